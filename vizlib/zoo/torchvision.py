"""torchvision's classification models: their cards and their official weights."""

import dataclasses
import hashlib
import http.client
import os
import pickle
import re
import tempfile
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torchvision import models

from vizlib.core.technique import Progress, silent
from vizlib.zoo.build import WITHOUT_HEADS, did_you_mean
from vizlib.zoo.cards import Card
from vizlib.zoo.official import OFFICIAL, family

CHUNK = 1 << 20
TIMEOUT = 10
OLD_NAMES = (
    (re.compile(r"(.*denselayer\d+\.(?:norm|conv))\.([12]\..*)"), r"\1\2"),
    (re.compile(r"(.*\.mlp)\.linear_1\.(weight|bias)"), r"\1.0.\2"),
    (re.compile(r"(.*\.mlp)\.linear_2\.(weight|bias)"), r"\1.3.\2"),
)


def official_card(name: str, weights: str = "default") -> Card:
    """Card of a torchvision model with the transforms, classes and accuracy of one of its official weights.

    Parameters
    ----------
    name : str
        One of torchvision's classification models.
    weights : str
        "default", "random" (as default, but untrained) or the name of a set of weights such as "IMAGENET1K_V1".
    """
    member = official_weights(name, weights)
    preset, meta = member.transforms(), member.meta
    (crop,), (resize,) = preset.crop_size, preset.resize_size
    return Card(
        name=name,
        build=f"torchvision:{name}",
        arguments=_arguments(name, crop),
        input_size=(crop, crop),
        crop=(crop, crop),
        resize=resize,
        mean=tuple(preset.mean),
        std=tuple(preset.std),
        interpolation=preset.interpolation.value,
        labels=tuple(meta["categories"]),
        licence="CC-BY-NC-4.0" if "SWAG" in member.name else "BSD-3-Clause",
        citation=family(name).citation,
        accuracy=f"{meta['_metrics']['ImageNet-1K']['acc@1']:.1f} % top-1 on ImageNet",
        about=f"{family(name).title}, {meta['num_params'] / 1e6:.1f} M parameters, ImageNet",
        source="torchvision",
    )


def _arguments(name: str, crop: int) -> dict[str, Any]:
    """What torchvision's own builders set when they are given weights, where it is not the plain default."""
    if name in WITHOUT_HEADS:
        return {"transform_input": True}
    return {"image_size": crop} if name.startswith("vit_") and crop != 224 else {}


def official_weights(name: str, weights: str = "default") -> Any:
    """Member of torchvision's weights enum; ValueError with the possible names."""
    if name not in OFFICIAL:
        raise ValueError(f"torchvision has no classification model {name!r}.{did_you_mean(name, OFFICIAL)}")
    enum = models.get_model_weights(name)
    if weights in ("default", "random"):
        return enum["DEFAULT"]
    usable = [member.name for member in enum if member.meta["categories"]]
    if weights not in usable:
        known = ", ".join(repr(choice) for choice in ("default", "random", *usable))
        raise ValueError(f"{name}: weights must be one of {known}; got {weights!r}.")
    return enum[weights]


def completed(card: Card, weights: str) -> Card:
    """A card that names a torchvision network but no weights file, filled up from the official weights."""
    base = official_card(card.build.partition(":")[2], weights)
    given = set(card.given) | {"name", "build", "arguments"}
    if given & {"input_size", "resize", "crop"}:
        given |= {"input_size", "resize", "crop"}
    changes = {key: getattr(card, key) for key in given}
    changes["arguments"] = base.arguments | card.arguments
    if "num_classes" in card.arguments and "labels" not in given:
        changes["labels"] = ()
    return dataclasses.replace(base, **changes, source=card.source, given=card.given, folder=card.folder)


def official_tensors(name: str, weights: str, progress: Progress) -> dict[str, Tensor]:
    """The official weights, from torchvision's cache or, when there is a network, downloaded into it."""
    path = official_file(name, weights, progress)
    file = path.name
    try:
        if _hash_agrees(path):
            return dict(torch.load(path, map_location="cpu", weights_only=True))
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
        raise ValueError(f"{name}: the file {file} in torchvision's cache cannot be read; delete it.") from error
    raise ValueError(
        f"{name}: the file {file} in torchvision's cache is damaged or not the official one (its checksum does not "
        "begin with the digits in its name); delete it and try again."
    )


def official_file(name: str, weights: str = "default", progress: Progress = silent) -> Path:
    """The file of the official weights in torchvision's cache; downloaded into it when it is not there.

    Parameters
    ----------
    name, weights : str
        As for :func:`official_card`.
    progress : callable
        Called with (done, total) bytes; it may raise to stop, and then nothing stays behind.

    Raises
    ------
    ValueError
        Without a network, or when what came is not the official file; the sentence says where to put it by hand.
    """
    url = official_weights(name, weights).url
    path = Path(torch.hub.get_dir()) / "checkpoints" / url.rsplit("/", 1)[1]
    if not path.is_file():
        _download(name, url, path, progress)
    return path


def _hash_agrees(path: Path, name: str = "") -> bool:
    """Whether the content begins with the digits in its name (in ``name`` while the file has a temporary one)."""
    prefix = re.search(r"-([a-f0-9]+)\.", name or path.name)
    with path.open("rb") as file:
        return prefix is not None and hashlib.file_digest(file, "sha256").hexdigest().startswith(prefix[1])


def _download(name: str, url: str, path: Path, progress: Progress) -> None:
    """Fetch into a temporary file beside ``path``; nothing stays behind when it fails or is cancelled."""
    part = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
            total = int(answer.headers.get("Content-Length") or 0)
            with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
                part = file.name
                while chunk := answer.read1(CHUNK):
                    file.write(chunk)
                    progress(file.tell(), max(total, file.tell()))
        if not _hash_agrees(Path(part), path.name):
            raise ValueError(
                f"{name}: what was downloaded as {path.name} is not the official file (its checksum does not begin "
                "with the digits in its name); it was thrown away. Try again, or put the file there by hand."
            )
        os.replace(part, path)
    except (OSError, http.client.HTTPException) as error:
        raise ValueError(_without_network(name, path.name)) from error
    finally:
        if part and os.path.exists(part):
            os.unlink(part)


def _without_network(name: str, file: str) -> str:
    return (
        f"{name}: its weights are not on this machine and could not be downloaded. Put the file {file} into the "
        "folder hub/checkpoints of $TORCH_HOME (where that is not set: .cache/torch/hub/checkpoints in your home "
        "folder), or use weights='random' for the untrained network."
    )


def present_names(card: Card, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights under the names of today's torchvision: old checkpoints differ, and heads for training are left out."""
    heads = () if card.arguments.get("aux_logits") else WITHOUT_HEADS.get(card.build.partition(":")[2], ())
    return {_present_name(key): tensor for key, tensor in tensors.items() if not key.startswith(heads or "\0")}


def _present_name(key: str) -> str:
    for pattern, replacement in OLD_NAMES:
        key = pattern.sub(replacement, key)
    return key
