"""Models from weights alone: the card of a known network, read off the weights and what a person says about them."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from vizlib.zoo import card_keys
from vizlib.zoo.cards import Card
from vizlib.zoo.official import OFFICIAL

if TYPE_CHECKING:
    from torch import Tensor

IMAGENET_CLASSES = 1000
WIDEST = 1000  # a file of a few bytes must not ask for an enormous network


class Ours(NamedTuple):
    """A network of :mod:`vizlib.zoo.architectures`: its input, its default layer, and which weights tell its size."""

    channels: int
    side: int
    layer: str
    told_by: Mapping[str, str]


OURS: Mapping[str, Ours] = {
    "scenes_resnet": Ours(3, 96, "layer3", {"classes": "fc.weight", "width": "conv1.weight"}),
    "digits_cnn": Ours(1, 32, "relu3", {"classes": "fc.weight"}),
}


def architectures() -> tuple[str, ...]:
    """Names of the networks for which weights can be given; reading them imports nothing."""
    return (*OFFICIAL, *OURS)


def guessed(file: str) -> str | None:
    """The network that a weights file is named after, if any: the longest name that its name begins with."""
    plain = file.lower().replace("-", "_").replace(".", "_")
    return max((name for name in architectures() if plain.startswith(name)), key=len, default=None)


def card_for(
    architecture: str,
    tensors: Mapping[str, "Tensor"],
    *,
    name: str = "",
    labels: Sequence[str] = (),
    input_size: int | None = None,
    mean: Sequence[float] = (),
    std: Sequence[float] = (),
) -> Card:
    """The card of weights for a known network.

    Parameters
    ----------
    architecture : str
        One of :func:`architectures`.
    tensors : mapping of str to Tensor
        The weights; the number of classes is read off the last layer.
    name : str
    labels : sequence of str
        Class names in the order of the scores; for 1000 classes of a torchvision network ImageNet's by default.
    input_size : int, optional
        Side of the input in pixels; None is the network's usual one.
    mean, std : sequence of float
        One number a channel; ImageNet's by default, (0) and (1) for one channel.

    Raises
    ------
    ValueError
        One sentence about a number that is wrong, or class names that do not match the weights.
    """
    if architecture not in architectures():
        raise ValueError(f"There is no known network {architecture[:60]!r}; choose one from the list.")
    keys = _of_ours(architecture, tensors) if architecture in OURS else _of_torchvision(architecture, tensors)
    if input_size is not None and input_size != keys["input_size"]:
        keys |= {"input_size": input_size, "resize": input_size}
        if architecture.startswith("vit_"):
            keys["arguments"]["image_size"] = input_size
    keys |= {"name": name or architecture} | ({"labels": list(labels)} if labels else {})
    keys |= {key: list(numbers) for key, numbers in (("mean", mean), ("std", std)) if numbers}
    return _card(keys)


def _card(keys: dict[str, Any]) -> Card:
    try:
        return Card(**card_keys.shaped(card_keys.read_keys(keys)), given=frozenset(keys))
    except ValueError as error:
        raise ValueError(str(error).removeprefix("card.toml: ")) from None


def _of_ours(architecture: str, tensors: Mapping[str, "Tensor"]) -> dict[str, Any]:
    ours = OURS[architecture]
    shapes = {argument: tensors[key].shape for argument, key in ours.told_by.items() if key in tensors}
    return {
        "build": f"vizlib.zoo.architectures:{architecture}",
        "arguments": {name: shape[0] for name, shape in shapes.items() if len(shape) and shape[0] <= WIDEST},
        "channels": ours.channels,
        "input_size": ours.side,
        "default_layer": ours.layer,
    }


def _of_torchvision(architecture: str, tensors: Mapping[str, "Tensor"]) -> dict[str, Any]:
    from vizlib.zoo.torchvision import official_card

    base = official_card(architecture)
    classes = classes_in(base, tensors)
    keys: dict[str, Any] = {"build": base.build, "arguments": dict(base.arguments), "resize": base.resize}
    keys |= {"input_size": base.input_size[0], "interpolation": base.interpolation, "citation": base.citation}
    keys |= {"mean": list(base.mean), "std": list(base.std)}
    if classes == IMAGENET_CLASSES:
        return keys | {"labels": list(base.labels)}
    return keys | {"arguments": base.arguments | ({"num_classes": classes} if classes else {})}


def with_imagenet_names(card: Card, tensors: Mapping[str, "Tensor"]) -> Card:
    """A torchvision card that names no classes, with ImageNet's where its weights tell 1000 apart."""
    kind, _, name = card.build.partition(":")
    if kind != "torchvision" or name not in OFFICIAL or card.labels or "num_classes" in card.arguments:
        return card
    from vizlib.zoo.torchvision import official_card

    same = classes_in(card, tensors) == IMAGENET_CLASSES
    return dataclasses.replace(card, labels=official_card(name).labels) if same else card


def classes_in(card: Card, tensors: Mapping[str, "Tensor"]) -> int | None:
    """How many classes weights of a torchvision network tell apart; None when its last layer is not among them."""
    from vizlib.zoo.build import build_empty
    from vizlib.zoo.torchvision import present_names

    last = next(reversed(build_empty(card).state_dict()))
    found = present_names(card, tensors).get(last)
    return None if found is None or not found.ndim else found.shape[0]
