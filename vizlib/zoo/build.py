"""Building the network that a card names, always the same and without touching the global seed."""

import dataclasses
import difflib
import functools
import importlib
import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from vizlib.zoo.cards import Card
from vizlib.zoo.official import OFFICIAL

# Arguments that would load weights or files behind the card's back.
RESERVED = {"weights", "pretrained", "progress", "checkpoint_path", "pretrained_cfg", "pretrained_cfg_overlay"}
# The auxiliary heads only serve training, and drawing their weights from a truncated normal takes a minute.
WITHOUT_HEADS = {"googlenet": ("aux1.", "aux2."), "inception_v3": ("AuxLogits.",)}


class OwnSeed(TorchDispatchMode):
    """Inside this context every random number of this thread comes from one generator with a fixed seed."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        self.generator = torch.Generator().manual_seed(seed)

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Nothing is compiled while a network is built; to guard against it would import the compiler, 900 modules."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if torch.Tag.nondeterministic_seeded in func.tags:
            overloads = func.overloadpacket
            func = overloads.generator if "generator" in overloads.overloads() else func
            if any(argument.name == "generator" for argument in func._schema.arguments):
                kwargs["generator"] = self.generator
        return func(*args, **kwargs)


class WithoutMemory(TorchFunctionMode):
    """Inside this context ``torch.empty``, which makes the weights of every layer, takes no memory."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func is torch.empty:
            kwargs["device"] = "meta"
        return func(*args, **kwargs)


def build_module(card: Card, *, pretrained: bool = False) -> nn.Module:
    """Build the network with initial weights that are the same each time.

    Parameters
    ----------
    card : Card
        Says what to call and with which arguments.
    pretrained : bool
        Let timm load its own weights; the other kinds ignore it.
    """
    reserved = RESERVED & set(card.arguments)
    if reserved:
        raise ValueError(f"card.toml: arguments.{min(reserved)} is not possible; weights are named by the key weights.")
    builder = _builder(card.build, pretrained)
    with torch.device("cpu"), OwnSeed():  # whatever device the caller makes tensors on by default
        try:
            module = builder(**card.arguments)
        except (TypeError, ValueError, RuntimeError, OSError) as error:
            raise ValueError(_why_not_built(card, pretrained, error)) from error
    if not isinstance(module, nn.Module):
        raise ValueError(f"{card.name}: {card.build} must return a torch.nn.Module; got {type(module).__name__}.")
    return module


def _why_not_built(card: Card, pretrained: bool, error: Exception) -> str:
    if pretrained and card.build.startswith("timm:") and not isinstance(error, TypeError):
        return (
            f"{card.build}: its weights are not on this machine and could not be downloaded; name a weights file in "
            "card.toml, or use weights='random' for the untrained network."
        )
    reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())[:160]
    return f"{card.name}: {card.build} could not be called with the card's arguments: {reason}"


def build_empty(card: Card) -> nn.Module:
    """Build one of torchvision's networks without memory for its weights, which are put in place afterwards."""
    with WithoutMemory():
        return build_module(card)


def _builder(build: str, pretrained: bool) -> Callable[..., Any]:
    kind, _, name = build.partition(":")
    if kind == "torchvision":
        return _torchvision(name)
    return _timm(name, pretrained) if kind == "timm" else _function(kind, name)


def _torchvision(name: str) -> Callable[..., Any]:
    from torchvision import models

    if name not in OFFICIAL:
        raise ValueError(f"torchvision has no classification model {name!r}.{did_you_mean(name, OFFICIAL)}")
    plain = {"aux_logits": False, "init_weights": False} if name in WITHOUT_HEADS else {}
    return lambda **arguments: models.get_model(name, weights=None, **(plain | arguments))


def _timm(name: str, pretrained: bool) -> Callable[..., Any]:
    try:
        timm = importlib.import_module("timm")
    except ImportError:
        raise ValueError(f"timm:{name} needs the package timm, which is not installed: pip install timm.") from None
    if not timm.is_model(name):
        raise ValueError(f"timm has no model {name!r}.{did_you_mean(name, timm.list_models())}")
    return functools.partial(timm.create_model, name, pretrained=pretrained)


def timm_view(card: Card, module: nn.Module) -> Card:
    """The card of a timm network with timm's own input size and statistics where the card says nothing."""
    facts = getattr(module, "pretrained_cfg", None) if card.build.startswith("timm:") else None
    if not facts:
        return card
    channels, height, width = facts["input_size"]
    short = math.floor(min(height, width) / (facts.get("crop_pct") or 0.875))
    view: dict[str, Any] = {"channels": channels, "mean": tuple(facts["mean"]), "std": tuple(facts["std"])}
    view |= {"interpolation": "bicubic" if facts.get("interpolation") == "bicubic" else "bilinear"}
    if not card.given & {"input_size", "resize", "crop"}:
        view |= {"input_size": (height, width), "crop": (height, width)}
        view |= {"resize": short if height == width else (height, width)}
    return dataclasses.replace(card, **{key: value for key, value in view.items() if key not in card.given})


def _function(module: str, name: str) -> Callable[..., Any]:
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise ValueError(
            f"build = '{module}:{name}' needs the module {error.name!r}, which is not found; "
            "install it, or put its folder on PYTHONPATH."
        ) from None
    function = getattr(found, name, None)
    if not callable(function):
        raise ValueError(f"the module {module!r} has no function {name!r}.{did_you_mean(name, dir(found))}")
    return function


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint with the closest known names, or nothing."""
    near = difflib.get_close_matches(name, list(known), 3, 0.5)
    return f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
