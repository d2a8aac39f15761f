"""Weights of channels as people write them: ``12:1, 40:-0.5``, a mapping, or one number a channel."""

import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

RULE = "weights of channels, as in '12:1, 40:-0.5', a mapping, or one number a channel"
MOST = 65535  # number of a channel


def canonical(value: Any) -> str | None:
    """The weights as ``12:1.0,40:-0.5`` in the order of the channels, without zeros; None when they are none."""
    pairs = _pairs(value)
    if pairs is None or not all(_is_weight(channel, weight) for channel, weight in pairs):
        return None
    kept = {int(channel): float(weight) for channel, weight in pairs if weight != 0}
    if not kept or len({int(channel) for channel, _ in pairs}) < len(pairs):
        return None
    return ",".join(f"{channel}:{kept[channel]!r}" for channel in sorted(kept))


def weights_of(text: str) -> dict[int, float]:
    """The weights of a canonical text by channel."""
    return {int(channel): float(weight) for channel, _, weight in (part.partition(":") for part in text.split(","))}


def _pairs(value: Any) -> list[tuple[Any, Any]] | None:
    if isinstance(value, str):
        return _read(value)
    if isinstance(value, Mapping):
        return list(value.items())
    if hasattr(value, "tolist"):  # an array or a tensor
        value = value.tolist()
    return list(enumerate(value)) if isinstance(value, Sequence) else None


def _read(text: str) -> list[tuple[Any, Any]] | None:
    """``12`` alone is ``12:1``."""
    parts: Iterable[list[str]] = ([*part.split(":"), "1"][:2] for part in text.split(",") if part.count(":") < 2)
    try:
        pairs = [(int(channel), float(weight)) for channel, weight in parts]
    except ValueError:
        return None
    return pairs if len(pairs) == text.count(",") + 1 else None


def _is_weight(channel: Any, weight: Any) -> bool:
    whole = isinstance(channel, numbers.Integral) and not isinstance(channel, bool) and 0 <= int(channel) <= MOST
    number = isinstance(weight, numbers.Real) and not isinstance(weight, bool)
    try:
        return whole and number and math.isfinite(float(weight))
    except OverflowError:
        return False
