"""Where a layer's numbers lie in the image: channels first, channels last, or tokens."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

from vizlib.core.errors import UnsupportedModel
from vizlib.core.layers import default_layer

Layout = Literal["nchw", "nhwc", "tokens"]
CHANNELS_FIRST = (nn.Conv2d, nn.BatchNorm2d, nn.GroupNorm, nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d)
SPECIAL_TOKENS = 16  # the most class and register tokens that may stand before the patches


@dataclass(frozen=True)
class Positions:
    """How to read a layer's output as a grid of ``height`` x ``width`` positions."""

    layout: Layout
    height: int
    width: int
    special: int = 0

    def channels_first(self, tensor: Tensor) -> Tensor:
        """The tensor as [batch, channel, height, width]; class and register tokens are left out."""
        if self.layout == "nchw":
            return tensor
        if self.layout == "nhwc":
            return tensor.permute(0, 3, 1, 2)
        patches = tensor[:, self.special :]
        return patches.reshape(len(tensor), self.height, self.width, -1).permute(0, 3, 1, 2)


def positions(model: nn.Module, layer: str, output: Tensor, image_size: tuple[int, int]) -> Positions:
    """Find out how the output of a layer is laid out.

    Parameters
    ----------
    model : torch.nn.Module
    layer : str
        Its name; used for what its modules reveal and for messages.
    output : Tensor
        What the layer returned for a batch of images.
    image_size : (int, int)
        Height and width of these images.

    Raises
    ------
    UnsupportedModel
        When the output has no positions, or when it cannot be known which axis is which.
    """
    if output.ndim == 4 and sum(size > 1 for size in output.shape[1:]) >= 2:
        return _grid(model, layer, output, image_size)
    if output.ndim == 3:
        return _tokens(model, layer, output, image_size)
    raise UnsupportedModel(
        f"layer must have a spatial output; got {layer!r} ({list(output.shape)}).{_try(model, layer)}"
    )


def _try(model: nn.Module, layer: str) -> str:
    known = default_layer(model)
    convolutions = [name for name, module in model.named_modules() if isinstance(module, nn.Conv2d)]
    better = known or (convolutions[-1] if convolutions else None)
    if better == layer:
        return " The images are too small for it; try an earlier layer or larger images."
    return f" Try {better!r}." if better else ""


def _grid(model: nn.Module, layer: str, output: Tensor, image_size: tuple[int, int]) -> Positions:
    _, one, two, three = output.shape
    first = min(two, three) > 1 and _alike((two, three), image_size)
    last = min(one, two) > 1 and _alike((one, two), image_size)
    if first == last:
        last = min(one, two) > 1 and _is_channels_last(model, layer, output)
    return Positions("nhwc", one, two) if last else Positions("nchw", two, three)


def _alike(size: tuple[int, int], image_size: tuple[int, int]) -> bool:
    """True when a map of this size may come from such an image by even strides, give or take one position."""
    (height, width), (tall, wide) = size, image_size
    if height > tall or width > wide:
        return False
    return abs(height - width * tall / wide) <= 1 or abs(width - height * wide / tall) <= 1


def _is_channels_last(model: nn.Module, layer: str, output: Tensor) -> bool:
    """Decide a shape that reads both ways by what the layer's own modules, else the whole model's, work on."""
    inside = list(model.get_submodule(layer).modules())
    first = any(isinstance(module, CHANNELS_FIRST) for module in inside)
    last = output.shape[-1] in _widths(inside)
    if first != last:
        return last
    if first or output.shape[-1] in _widths(model.modules(), nn.LayerNorm):
        raise UnsupportedModel(
            f"the output of layer {layer!r} ({list(output.shape)}) may be channels first or channels last; "
            "choose a convolution or normalisation layer near it."
        )
    return False


def _widths(modules: Iterable[nn.Module], *kinds: type[nn.Module]) -> set[int]:
    """Sizes of the last axis that linear and layer-normalisation modules return."""
    kinds = kinds or (nn.LayerNorm, nn.Linear)
    found = [module for module in modules if type(module) in kinds]
    return {m.out_features if isinstance(m, nn.Linear) else m.normalized_shape[-1] for m in found}  # type: ignore


def _tokens(model: nn.Module, layer: str, output: Tensor, image_size: tuple[int, int]) -> Positions:
    count = output.shape[1]
    for height, width in _patch_grids(model, image_size):
        if height * width > 1 and 0 <= count - height * width <= SPECIAL_TOKENS:
            return Positions("tokens", height, width, count - height * width)
    for special in range(6):
        side = math.isqrt(max(count - special, 0))
        square = side > 1 and side * side == count - special and image_size[0] == image_size[1]
        if square and output.shape[-1] in _widths(model.modules()):
            return Positions("tokens", side, side, special)
    raise UnsupportedModel(
        f"layer must have a spatial output; the {count} tokens of {layer!r} ({list(output.shape)}) form no grid."
        f"{_try(model, layer)}"
    )


def _patch_grids(model: nn.Module, image_size: tuple[int, int]) -> list[tuple[int, int]]:
    """Grids made by convolutions whose stride is their kernel: the patch embeddings."""
    convolutions = [m for m in model.modules() if isinstance(m, nn.Conv2d) and m.stride == m.kernel_size]
    return [(image_size[0] // c.kernel_size[0], image_size[1] // c.kernel_size[1]) for c in convolutions]
