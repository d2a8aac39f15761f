"""The seam of the library: ``@technique`` turns a plain function into one that is safe to call from anywhere.

The signature is the only declaration. The decorator checks the options, hands the body a private copy of the model
and clean images, and re-raises a user's mistake once, with the name of the technique in front.
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.core.copies import private_copy
from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.heartbeat import Heartbeat
from vizlib.core.layers import default_layer
from vizlib.core.options import Layer, LayerIfAny, Option, Range, Technique, checked_options, options, shown
from vizlib.core.progress import Progress, silent
from vizlib.core.results import Attribution
from vizlib.core.stream import Prepared, Stream, takes_stream

__all__ = ["Layer", "LayerIfAny", "Option", "Progress", "Range", "Technique", "options", "silent", "technique"]

AUTOCAST = ("cpu", "cuda", "mps", "xpu")  # kinds of devices for which a caller may have asked for half precision
Function = TypeVar("Function", bound=Callable[..., Any])


def technique(function: Function) -> Function:
    """Make a technique of a function: options checked, model copied privately, gradients on, errors named.

    The first parameter tells what comes in: ``model`` (then ``images`` may follow), ``features`` or ``scores``.
    """
    signature = inspect.signature(function)
    takes_model = next(iter(signature.parameters)) == "model"

    @functools.wraps(function)
    def call(*data: Any, **keywords: Any) -> Any:
        arguments = _bound(function, signature, data, keywords)
        given = {name: keywords[name] for name in keywords if name not in arguments and name != "progress"}
        settings = checked_options(function, given)
        progress = Heartbeat(keywords.get("progress") or silent)
        with own_modes(), named(function.__name__):
            if takes_model:
                arguments, settings = _prepared(function, arguments, settings, progress)
            result = function(**arguments, **settings, **_progress(signature, progress))
            return _finite(result)

    call.is_technique = True  # type: ignore[attr-defined]
    return call  # type: ignore[return-value]


@contextmanager
def own_modes() -> Iterator[None]:
    """The caller's modes are left outside: gradients are on, half precision is off, scripted layers run step by step.

    All of it is a matter of this thread.
    """
    with ExitStack() as modes:
        for kind in AUTOCAST:
            if torch.is_autocast_enabled(kind):
                modes.enter_context(torch.autocast(kind, enabled=False))
        for mode in (torch.inference_mode(False), torch.enable_grad(), torch.jit.optimized_execution(False)):
            modes.enter_context(mode)
        yield


def _finite(result: Any) -> Any:
    if isinstance(result, Attribution) and not result.is_finite():
        raise UnsupportedModel("the map has NaN or infinite values; the model divides by zero or overflows somewhere.")
    return result


class named:
    """Puts the technique's name in front of a mistake, once."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, (OptionError, UnsupportedModel)) and not str(error).startswith(f"{self.name}: "):
            raise type(error)(f"{self.name}: {error}") from error.__cause__
        if isinstance(error, torch.OutOfMemoryError):
            raise UnsupportedModel(f"{self.name}: the memory is too small; try fewer or smaller images.") from None


def _bound(function: Any, signature: inspect.Signature, data: Any, keywords: dict[str, Any]) -> dict[str, Any]:
    """Data arguments by name, whether they came by position or by name."""
    positional = [p for p in signature.parameters.values() if p.kind is not p.KEYWORD_ONLY]
    if len(data) > len(positional):
        raise OptionError(f"{function.__name__}: options must be given by name, as in window=16.")
    arguments = {p.name: value for p, value in zip(positional, data, strict=False)}
    for parameter in positional[len(data) :]:
        if parameter.name in keywords:
            arguments[parameter.name] = keywords[parameter.name]
        elif parameter.default is parameter.empty:
            raise OptionError(f"{function.__name__}: {parameter.name} must be given.")
    return arguments


def _progress(signature: inspect.Signature, progress: Progress) -> dict[str, Progress]:
    return {"progress": progress} if "progress" in signature.parameters else {}


def _prepared(
    function: Any, arguments: dict[str, Any], settings: dict[str, Any], heartbeat: Heartbeat
) -> tuple[dict, dict]:
    given = arguments["model"]
    private = private_copy(bare_module(given))
    heartbeat.watch(private)
    arguments = {**arguments, "model": private}
    if "images" in arguments:
        arguments["images"] = _images(function, arguments["images"], given, private, heartbeat)
    if "normalisation" in inspect.signature(function).parameters and not isinstance(given, nn.Module):
        arguments.setdefault("normalisation", (given.card.mean, given.card.std))
    return arguments, _with_layer(function, given, private, arguments.get("images"), settings)


def bare_module(model: Any) -> nn.Module:
    """The module itself, of a module or of a loaded model."""
    module = model if isinstance(model, nn.Module) else getattr(model, "module", None)
    if not isinstance(module, nn.Module):
        raise OptionError(f"model must be a torch module or a loaded model; got {shown(model)}.")
    return module


def _with_layer(function: Any, given: Any, private: nn.Module, images: Any, settings: dict[str, Any]) -> dict[str, Any]:
    """Fill what was left empty from the card: a layer, else the last one with positions; the size of the image."""
    for option in options(function):
        if option.kind == "layer" and settings[option.name] is None and not option.required:
            layer = getattr(given, "default_layer", None) if not isinstance(given, nn.Module) else None
            layer = layer or default_layer(private, images)
            if layer is None and not option.may_lack:
                raise UnsupportedModel("no layer of this model has positions; give layer by name.")
            settings = {**settings, option.name: layer}
        if option.kind == "size" and settings[option.name] is None and not isinstance(given, nn.Module):
            settings = {**settings, option.name: given.input_size}
    return settings


def _images(function: Any, images: Any, given: Any, private: nn.Module, heartbeat: Heartbeat) -> Tensor | Stream:
    """A batch, or an image set that passes in parts."""
    if hasattr(images, "seen_by"):
        if isinstance(given, nn.Module):
            raise OptionError("an image set must be prepared: give a loaded model, or images.seen_by(a loaded model).")
        images = images.seen_by(given)
    if isinstance(images, (Tensor, np.ndarray)) or not isinstance(images, Prepared):
        return checked_images(images, private)
    if not takes_stream(inspect.signature(function).parameters["images"].annotation):
        raise OptionError("images must be single images, not an image set; give a few of its files.")
    return Stream(images, lambda part: checked_images(part, private), heartbeat.beat)


def checked_images(images: Any, model: nn.Module) -> Tensor:
    """Images as a fresh tensor [batch, channel, height, width] where the model lies."""
    tensor = _as_tensor(images)
    if tensor.ndim != 4 or 0 in tensor.shape:
        raise OptionError(f"images must be [batch, channel, height, width]; got {list(tensor.shape)}.{_axis(tensor)}")
    if tensor.dtype not in (torch.float32, torch.float64):
        raise OptionError(f"images must be float32 or float64, normalised as the model expects; got {tensor.dtype}.")
    if tensor.is_meta or any(parameter.is_meta for parameter in model.parameters()):
        raise OptionError("images and model must hold numbers, but one of them is on the meta device; load its values.")
    if not bool(torch.isfinite(tensor).all()):
        raise OptionError("images contain NaN or infinite values; check how they were normalised.")
    weights = next((p for p in model.parameters() if p.is_floating_point()), None)
    if weights is not None and weights.dtype != tensor.dtype:
        raise OptionError(f"images are {tensor.dtype} and the model's weights {weights.dtype}; convert one of them.")
    return tensor.to(weights.device if weights is not None else tensor.device)


def _as_tensor(images: Any) -> Tensor:
    if isinstance(images, Tensor):
        return images.detach().clone()
    array = getattr(images, "values", images)
    if isinstance(array, np.ndarray) and array.dtype.kind in "biufc":
        try:
            return torch.from_numpy(np.array(array, array.dtype.newbyteorder("=")))
        except TypeError:  # numbers that torch does not know, such as those of 16 bytes
            raise OptionError(f"images must be float32 or float64; got {array.dtype}.") from None
    raise OptionError(f"images must be a tensor or an array; got {shown(images)}.")


def _axis(tensor: Tensor) -> str:
    return " Add a batch axis: images[None]." if tensor.ndim == 3 else ""
