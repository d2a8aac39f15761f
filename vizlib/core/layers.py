"""Layers of a model by name: listing them, finding the default one, and recording what passes through."""

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from vizlib.core.copies import uncompiled
from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.passes import first_tensor
from vizlib.core.targets import scores_of

# The layer whose map Grad-CAM shows by default, by the class name of torchvision's models.
DEFAULT_LAYERS = {
    "AlexNet": "features",
    "ConvNeXt": "features",
    "DenseNet": "features",
    "EfficientNet": "features",
    "GoogLeNet": "inception5b",
    "Inception3": "Mixed_7c",
    "MNASNet": "layers",
    "MaxVit": "blocks.{last}",
    "MobileNetV2": "features",
    "MobileNetV3": "features",
    "RegNet": "trunk_output",
    "ResNet": "layer4",
    "ShuffleNetV2": "conv5",
    "SqueezeNet": "features",
    "SwinTransformer": "features",
    "VGG": "features",
    "VisionTransformer": "encoder.layers.encoder_layer_{last}.ln_1",
}
# What the probe for the default layer passes over: global pooling, and what cannot be looked into.
NOT_SHOWN = (nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d, torch.jit.ScriptModule)


@dataclass
class Recording:
    """What left the recorded layers, newest call last."""

    outputs: dict[str, list[Tensor]] = field(default_factory=dict)

    def last(self, name: str) -> Tensor:
        """Output of the layer's last call in the forward pass."""
        calls = self.outputs.get(name)
        if not calls:
            raise UnsupportedModel(f"layer {name!r} is not used when the model sees an image; choose another layer.")
        return calls[-1]


def layer_names(model: Any) -> tuple[str, ...]:
    """Names of all layers of a module, or the ``layers`` of a loaded model."""
    if isinstance(model, nn.Module):
        return tuple(name for name, _ in uncompiled(model).named_modules() if name)
    return tuple(model.layers)


def named_layers(module: nn.Module) -> tuple[str, ...]:
    """Names of all layers of a module in the order of definition, without the root."""
    return layer_names(module)


def find_layer(model: nn.Module, name: str) -> nn.Module:
    """The submodule called ``name``; OptionError with the nearest names when there is none."""
    try:
        return model.get_submodule(name)
    except AttributeError:
        names = layer_names(model)
        near = difflib.get_close_matches(name, names, 3, 0.3) or names[-3:]
        hint = f" Try {' or '.join(repr(n) for n in near)}." if near else ""
        raise OptionError(f"layer must be the name of a layer of this model; got {name!r}.{hint}") from None


@contextmanager
def record(model: nn.Module, *names: str) -> Iterator[Recording]:
    """Record the outputs of the named layers of a private copy during its forward passes.

    What is recorded is a clone, and the model goes on with a clone of that: neither a following in-place ReLU or
    ``+=`` nor anyone who still holds the layer's own output can overwrite it.
    """
    recording = Recording()
    handles = [_attach(model, name, recording) for name in names]
    try:
        yield recording
    finally:
        for handle in handles:
            handle.remove()


def _attach(model: nn.Module, name: str, recording: Recording) -> Any:
    def keep(module: nn.Module, args: Any, output: Any) -> Any:
        tensor = first_tensor(output)
        if tensor is None:
            return None
        recorded = tensor.clone()
        recording.outputs.setdefault(name, []).append(recorded)
        return _swap_first(output, recorded.clone())

    layer = find_layer(model, name)
    if isinstance(layer, torch.jit.ScriptModule):
        raise UnsupportedModel(f"layer {name!r} is scripted, so it cannot be looked into; choose another layer.")
    return layer.register_forward_hook(keep)


def _swap_first(output: Any, tensor: Tensor) -> Any:
    if isinstance(output, Tensor):
        return tensor
    make = getattr(output, "_make", type(output))  # of a named tuple
    return make([tensor, *output[1:]])


def default_layer(model: nn.Module, images: Tensor | None = None) -> str | None:
    """Name of the last spatial or token layer before pooling.

    Parameters
    ----------
    model : torch.nn.Module
        A bare module. torchvision's classification models are known by class.
    images : Tensor of shape [batch, channel, height, width], optional
        Needed for other architectures, where the layer is found by one forward and one backward pass.

    Returns
    -------
    str or None
        None when there is no such layer, or when it cannot be known without images.
    """
    known = _known_default(model)
    if known is not None or images is None:
        return known
    with torch.enable_grad():
        return _probed_default(model, images[:1])


def _known_default(model: nn.Module) -> str | None:
    if not type(model).__module__.startswith("torchvision.models."):
        return None
    name = DEFAULT_LAYERS.get(type(model).__name__, "")
    if "{last}" in name:
        blocks = name[: name.index("{last}")].rpartition(".")[0]
        name = name.replace("{last}", str(len(list(model.get_submodule(blocks).children())) - 1))
    return name if name in layer_names(model) else None


@dataclass
class _Call:
    """One output seen while probing: who returned it, what was kept, and the clone the model went on with."""

    names: list[str]
    kept: Tensor
    passed_on: Tensor
    version: int

    def is_same(self, tensor: Tensor) -> bool:
        return tensor is self.passed_on and tensor._version == self.version


def _probed_default(model: nn.Module, images: Tensor) -> str | None:
    """Last layer in order of execution that has positions and whose positions reach the score."""
    calls: list[_Call] = []
    layers = {n: m for n, m in model.named_modules() if n and not isinstance(m, NOT_SHOWN)}
    handles = [layer.register_forward_hook(_logger(name, calls)) for name, layer in layers.items()]
    try:
        scores = scores_of(model, images.clone().requires_grad_())
    finally:
        for handle in handles:
            handle.remove()
    positioned = [call for call in calls if _has_positions(call.kept)]
    if not scores.requires_grad or not positioned:
        return None
    best = scores.flatten(1).amax(1).sum()
    gradients = torch.autograd.grad(best, [call.kept for call in positioned], allow_unused=True)
    reaching = [call for call, gradient in zip(positioned, gradients, strict=True) if _reaches(gradient)]
    return min(reaching[-1].names, key=lambda name: name.count(".")) if reaching else None


def _logger(name: str, calls: list[_Call]) -> Any:
    def log(module: nn.Module, args: Any, output: Any) -> Any:
        tensor = first_tensor(output)
        if tensor is None or not tensor.requires_grad:
            return None
        if calls and calls[-1].is_same(tensor):
            calls[-1].names.append(name)
            return None
        clone = tensor.clone()
        calls.append(_Call([name], tensor, clone, clone._version))
        return _swap_first(output, clone)

    return log


def _has_positions(tensor: Tensor) -> bool:
    if tensor.ndim == 4:
        return sum(size > 1 for size in tensor.shape[1:]) >= 2 and min(tensor.shape[2:]) > 1
    return tensor.ndim == 3 and tensor.shape[1] > 4


def _reaches(gradient: Tensor | None) -> bool:
    """True when more than one position has a gradient (after a class token is read, only one has)."""
    if gradient is None:
        return False
    if gradient.ndim == 3:
        return int((gradient[0].abs().amax(-1) > 0).sum()) > 1
    return bool((gradient != 0).any())
