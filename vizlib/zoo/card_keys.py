"""The keys of a model card: how each is read, and the one sentence for a value that is wrong.

Every reader takes the key and the value found in the file and returns the value of the card's field.
"""

import difflib
import math
import re
from collections.abc import Callable
from typing import Any

BUILD = re.compile(r"(torchvision|timm):[\w.-]+|[A-Za-z_][\w.]*:[A-Za-z_]\w*")
LARGEST_SIDE = 4096
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def wrong(key: str, rule: str, value: Any) -> ValueError:
    """The error of every key: what it must be and what was found instead."""
    shown = repr(value)
    return ValueError(f"card.toml: {key} must be {rule}; got {shown if len(shown) < 60 else shown[:57] + '...'}.")


def text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise wrong(key, "a text in quotes", value)
    return " ".join(value.split())


def plain_path(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise wrong(key, "the path of a file in quotes, relative to the card", value)
    return value


def build(key: str, value: Any) -> str:
    if not isinstance(value, str) or not BUILD.fullmatch(value):
        raise wrong(key, "'torchvision:NAME', 'timm:NAME' or 'package.module:function'", value)
    return value


def table(key: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong(key, "a table: a line [arguments] followed by lines name = value", value)
    return value


def checksum(key: str, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-fA-F]{64}", value):
        raise wrong(key, "the SHA-256 of the weights file, 64 hexadecimal digits in quotes", value)
    return value.lower()


def channels(key: str, value: Any) -> int:
    if value not in (1, 3) or isinstance(value, bool):
        raise wrong(key, "1 (grey) or 3 (colour)", value)
    return int(value)


def side_or_sides(key: str, value: Any) -> int | tuple[int, int]:
    sides = value if isinstance(value, list) else [value]
    if len(sides) not in (1, 2) or not all(_is_side(side) for side in sides):
        raise wrong(key, f"a whole number of pixels from 1 to {LARGEST_SIDE}, or [height, width]", value)
    return sides[0] if len(sides) == 1 else (sides[0], sides[1])


def _is_side(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST_SIDE


def numbers(key: str, value: Any) -> tuple[float, ...]:
    values = value if isinstance(value, list) else [value]
    if not values or not all(_is_number(number) for number in values):
        raise wrong(key, "a list of numbers, one a channel", value)
    return tuple(float(number) for number in values)


def positive_numbers(key: str, value: Any) -> tuple[float, ...]:
    values = numbers(key, value)
    if min(values) <= 0:
        raise wrong(key, "a list of numbers greater than 0, one a channel", value)
    return values


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def interpolation(key: str, value: Any) -> str:
    if value not in ("bilinear", "bicubic"):
        raise wrong(key, "'bilinear' or 'bicubic'", value)
    return str(value)


def labels(key: str, value: Any) -> tuple[str, ...] | str:
    """Class names, or the path of the file that holds one a line."""
    if isinstance(value, str):
        return plain_path(key, value)
    if not isinstance(value, list) or not value or not all(isinstance(label, str) for label in value):
        raise wrong(key, "a list of class names or the name of a text file with one class a line", value)
    return tuple(" ".join(label.split()) for label in value)


def accuracy(key: str, value: Any) -> str:
    if not isinstance(value, str) and not (_is_number(value) and 0 <= value <= 100):
        raise wrong(key, "a text such as '61.0 % top-1', a share from 0 to 1 or a percentage", value)
    if isinstance(value, str):
        return text(key, value)
    return f"{100 * value:.1f} %" if value <= 1 else f"{value:.1f} %"


def flag(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise wrong(key, "true or false", value)
    return value


READERS: dict[str, Callable[[str, Any], Any]] = {
    "name": text,
    "build": build,
    "arguments": table,
    "weights": plain_path,
    "sha256": checksum,
    "channels": channels,
    "input_size": side_or_sides,
    "resize": side_or_sides,
    "crop": side_or_sides,
    "mean": numbers,
    "std": positive_numbers,
    "interpolation": interpolation,
    "labels": labels,
    "default_layer": text,
    "licence": text,
    "citation": text,
    "accuracy": accuracy,
    "about": text,
    "untrained": flag,
}


def read_keys(found: dict[str, Any]) -> dict[str, Any]:
    """Read every key of a parsed card.toml; ValueError names the first that is unknown or wrong."""
    for key in found:
        if key not in READERS:
            near = difflib.get_close_matches(key, READERS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"the keys are {', '.join(READERS)}."
            raise ValueError(f"card.toml: there is no key {key[:40]!r}; {hint}")
    return {key: READERS[key](key, value) for key, value in found.items()}


def refuse_reach(keys: dict[str, Any]) -> None:
    """An uploaded card must not run a function, open a file or ask for an enormous network."""
    if not keys.get("build", "torchvision:").startswith(("torchvision:", "timm:")):
        raise ValueError("card.toml: build must be 'torchvision:NAME' or 'timm:NAME' in an uploaded card.")
    if "weights" in keys:
        raise ValueError("card.toml: weights cannot be named in an uploaded card; upload the weights file with it.")
    if isinstance(keys.get("labels"), str):
        raise ValueError("card.toml: labels must be a list in an uploaded card; a file is not looked up.")
    for name, value in keys.get("arguments", {}).items():
        if not isinstance(value, (bool, int, float)) or not abs(value) <= 10_000:
            raise wrong(f"arguments.{name}", "a number up to 10000 or true/false in an uploaded card", value)


def shaped(keys: dict[str, Any]) -> dict[str, Any]:
    """Fill in sizes and statistics from each other and check that they agree."""
    size = keys.get("input_size", keys.get("crop", keys.get("resize", 224)))
    keys["input_size"] = _pair(size)
    keys["crop"] = _pair(keys.get("crop", size))
    keys.setdefault("resize", keys["crop"][0] if keys["crop"][0] == keys["crop"][1] else keys["crop"])
    if keys["crop"] != keys["input_size"]:
        raise wrong("crop", f"equal to input_size {list(keys['input_size'])}", list(keys["crop"]))
    if any(crop > side for crop, side in zip(keys["crop"], _pair(keys["resize"]), strict=True)):
        raise wrong("resize", f"at least as large as the crop {list(keys['crop'])}", keys["resize"])
    channels = keys.get("channels", 3)
    keys.setdefault("mean", IMAGENET_MEAN if channels == 3 else (0.0,))
    keys.setdefault("std", IMAGENET_STD if channels == 3 else (1.0,))
    for key in ("mean", "std"):
        if len(keys[key]) != channels:
            raise wrong(key, f"{channels} numbers, one a channel" if channels > 1 else "1 number", keys[key])
    return keys


def _pair(size: int | tuple[int, int]) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else size
