"""Loading a model: card, network, weights, and what every technique needs to know about it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vizlib.core.errors import UnsupportedModel
from vizlib.core.layers import default_layer, named_layers
from vizlib.core.technique import Progress, own_modes, silent
from vizlib.zoo.build import did_you_mean, timm_view
from vizlib.zoo.cards import PRECISIONS, Card, Precision, list_models, model_folders, read_card
from vizlib.zoo.digest import model_digest
from vizlib.zoo.model import Model
from vizlib.zoo.official import OFFICIAL
from vizlib.zoo.weights import find_weights, network

__all__ = ["Model", "find_card", "load_card", "load_model"]

UNTRAINED = "Untrained: the weights are random, so the picture shows the architecture and nothing that was learned."


def load_model(
    name: str | os.PathLike[str],
    *,
    weights: str = "default",
    device: str | torch.device = "auto",
    precision: Precision = "float32",
    progress: Progress = silent,
) -> Model:
    """Load a model by its name, or from a folder with a ``card.toml``.

    Parameters
    ----------
    name : str or path
        A name from :func:`vizlib.list_models`, "torchvision:NAME", "timm:NAME" or a folder.
    weights : str
        "default"; "random" for the untrained network, the same every time; or one of torchvision's sets of
        weights, such as "IMAGENET1K_V1".
    device : str or torch.device
        "auto" takes the first CUDA device, else the CPU.
    precision : {"float32", "float64"}
        What the network computes in. float64 takes twice the memory and a few times as long; it tells what of a map
        is rounding error.
    progress : callable
        Called with (done, total) bytes while weights are downloaded; it may raise to stop.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        One sentence: what is wrong with the name, the card or the weights, and what to do.

    Notes
    -----
    A card whose build is "package.module:function" imports and calls that function. Cards that others upload are
    read by ``parse_card(content, trusted=False)``, which refuses it, and loaded by :func:`load_card`.
    """
    return load_card(find_card(name), weights=weights, device=device, precision=precision, progress=progress)


def find_card(name: str | os.PathLike[str]) -> Card:
    """Card of a model by name or folder; ValueError with the closest names."""
    if not isinstance(name, str) or os.sep in name or "/" in name:
        return read_card(name)
    own = _card_in_folders(name)
    if own is not None:
        return own
    kind, _, rest = name.rpartition(":")
    if kind == "timm":
        return Card(name=rest, build=name)
    if kind in ("", "torchvision") and rest in OFFICIAL:
        return Card(name=rest, build=f"torchvision:{rest}", source="torchvision")
    if Path(name, "card.toml").is_file():
        return read_card(name)
    hint = did_you_mean(rest, [model.name for model in list_models()])
    raise ValueError(f"There is no model {name[:60]!r}.{hint} list_models() names them all; a folder is accepted too.")


def _card_in_folders(name: str) -> Card | None:
    folders = model_folders()
    for folder in folders:
        if folder.resolve().name == name:
            return read_card(folder)
    readable = {model.name: model.folder for model in list_models() if model.weights != "unreadable" and model.folder}
    return read_card(readable[name]) if name in readable else None


@own_modes()
def load_card(
    card: Card,
    *,
    tensors: Mapping[str, Tensor] | None = None,
    weights: str = "default",
    device: str | torch.device = "auto",
    precision: Precision = "float32",
    progress: Progress = silent,
) -> Model:
    """Load the model of a card.

    Parameters
    ----------
    card : Card
        From :func:`vizlib.zoo.cards.read_card` or :func:`vizlib.zoo.cards.parse_card`.
    tensors : mapping of str to Tensor, optional
        Weights that were already read (an upload), instead of the card's file.
    weights, device, precision, progress
        As for :func:`load_model`.
    """
    place, kind = _device(device), _kind(precision)
    card, found, notes = find_weights(card, tensors, weights, progress)
    module = network(card, found, weights).eval().requires_grad_(False)
    card = timm_view(card, module)
    digest = model_digest(module, card.build, card.arguments)
    if card.untrained:
        notes = (*notes, UNTRAINED)
    labels, layer = _outputs(card, module)
    return Model(
        card=card,
        module=module.to(place, kind),
        labels=labels,
        layers=named_layers(module),
        default_layer=layer,
        digest=digest,
        device=place,
        notes=notes,
        precision=precision,
    )


def _device(device: str | torch.device) -> torch.device:
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        place = torch.device(device)
        torch.empty(0, device=place)
        if place.type == "meta":  # which holds no numbers
            raise RuntimeError
    except (RuntimeError, AssertionError, TypeError):
        raise ValueError(f"device must be 'auto' or a device of this machine such as 'cpu'; got {device!r}.") from None
    return place


def _kind(precision: str) -> torch.dtype:
    if precision not in PRECISIONS:
        raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}; got {precision!r}.")
    kind: torch.dtype = getattr(torch, precision)
    return kind


def _outputs(card: Card, module: nn.Module) -> tuple[tuple[str, ...], str | None]:
    """Class names and default layer, checked against one forward pass where they are not torchvision's own."""
    layer = card.default_layer
    if layer is not None and layer not in named_layers(module):
        hint = did_you_mean(layer, named_layers(module))
        raise ValueError(f"card.toml: default_layer {layer!r} is not a layer of {card.name}.{hint}")
    if card.source == "torchvision":
        return card.labels, layer or default_layer(module)
    images = torch.randn((1, card.channels, *card.input_size), generator=torch.Generator().manual_seed(0), device="cpu")
    classes = _classes(card, module, images)
    if card.labels and len(card.labels) != classes:
        raise ValueError(f"card.toml: labels has {len(card.labels)} names, but {card.name} gives {classes} scores.")
    labels = card.labels or tuple(f"class {index}" for index in range(classes))
    return labels, layer or _probed_layer(module, images)


def _probed_layer(module: nn.Module, images: Tensor) -> str | None:
    try:
        return default_layer(module, images)
    except (RuntimeError, UnsupportedModel):  # no layer whose way to the scores can be differentiated
        return None


def _classes(card: Card, module: nn.Module, images: Tensor) -> int:
    try:
        with torch.no_grad():
            scores: Any = module(images)
    except (RuntimeError, TypeError, ValueError, IndexError, AssertionError) as error:
        shape = " x ".join(str(side) for side in images.shape[1:])
        raise UnsupportedModel(
            f"{card.name}: the network does not accept images of {shape}; check channels and input_size in card.toml."
        ) from error
    if not isinstance(scores, Tensor) or scores.ndim != 2 or len(scores) != 1:
        raise UnsupportedModel(f"{card.name}: the network must return one score a class, [batch, classes].")
    return scores.shape[1]
