"""Finding the weights a card asks for and putting them into the network; every one must be there and fit."""

import dataclasses
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from vizlib.core.technique import Progress
from vizlib.data.intake import check_fit, read_weights
from vizlib.zoo.build import build_empty, build_module
from vizlib.zoo.cards import Card, check_sha256

_Found = tuple[Card, Mapping[str, Tensor] | None, tuple[str, ...]]


def find_weights(card: Card, tensors: Mapping[str, Tensor] | None, weights: str, progress: Progress) -> _Found:
    """The card as it is to be loaded, its weights (None: as built) and what the reader of the file had to say."""
    kind, _, name = card.build.partition(":")
    if kind == "torchvision" and card.weights is None and tensors is None:
        from vizlib.zoo import torchvision as official  # slow to import, and the bundled models do without it

        card = official.completed(card, weights)
        if weights != "random" and not card.untrained:
            return card, official.official_tensors(name, weights, progress), ()
    elif weights not in ("default", "random"):
        raise ValueError(f"{card.name}: weights must be 'default' or 'random' for this model; got {weights!r}.")
    if weights == "random":
        return dataclasses.replace(card, untrained=True, accuracy=""), None, ()
    if tensors is None and card.weights is not None:
        return (card, *_from_file(card))
    untrained = card.untrained or (tensors is None and kind != "timm" and "untrained" not in card.given)
    return dataclasses.replace(card, untrained=untrained), tensors, ()


def _from_file(card: Card) -> tuple[Mapping[str, Tensor], tuple[str, ...]]:
    path = card.weights_path or Path()
    try:
        with path.open("rb") as file:
            check_sha256(card, file)
    except OSError:
        raise ValueError(
            f"{card.name}: the weights file {Path(card.weights or '').name!r} that card.toml names is not there; "
            "put it in its place, or use weights='random' for the untrained network."
        ) from None
    read = read_weights(path)
    return read.tensors, tuple(read.notes)


def network(card: Card, tensors: Mapping[str, Tensor] | None, weights: str) -> nn.Module:
    """The network of a card with its weights in place, or as it is built when there are none."""
    if tensors is None:
        return build_module(card, pretrained=weights != "random" and not card.untrained)
    if not card.build.startswith("torchvision:"):
        return _filled(card, build_module(card), tensors, assign=False)
    from vizlib.zoo import torchvision as official

    return _filled(card, build_empty(card), official.present_names(card, tensors), assign=True)


def _filled(card: Card, module: nn.Module, tensors: Mapping[str, Tensor], *, assign: bool) -> nn.Module:
    """Put the weights into the network; every one must be there and fit."""
    expected = module.state_dict()
    check_fit(tensors, {key: tuple(value.shape) for key, value in expected.items()})
    counters = {key: torch.tensor(0, device="cpu") for key in expected.keys() - tensors.keys()}
    complete = counters | dict(tensors)
    for key, value in expected.items():
        if value.is_floating_point() and not complete[key].is_floating_point():
            raise ValueError(
                f"{card.name}: the weights {key!r} are {_kind(complete[key])}, not real numbers; "
                "give the weights from before quantisation, saved as float32."
            )
    state = OrderedDict((key, complete[key].to(expected[key].dtype).contiguous()) for key in expected)
    state._metadata = expected._metadata  # type: ignore[attr-defined]
    try:
        module.load_state_dict(state, strict=True, assign=assign)
    except RuntimeError as error:
        raise ValueError(f"{card.name}: the weights do not fit the network that the card builds.") from error
    return module


def _kind(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
