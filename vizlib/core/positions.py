"""Where a layer's numbers lie in the image: channels first, channels last, or tokens."""

import math
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

from vizlib.core.errors import UnsupportedModel
from vizlib.core.layers import default_layer

Layout = Literal["nchw", "nhwc", "tokens"]
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
    raise UnsupportedModel(f"layer must have a spatial output; got {layer!r} ({list(output.shape)}).{_try(model)}")


def _try(model: nn.Module) -> str:
    known = default_layer(model)
    convolutions = [name for name, module in model.named_modules() if isinstance(module, nn.Conv2d)]
    better = known or (convolutions[-1] if convolutions else None)
    return f" Try {better!r}." if better else ""


def _grid(model: nn.Module, layer: str, output: Tensor, image_size: tuple[int, int]) -> Positions:
    _, one, two, three = output.shape
    first = min(two, three) > 1 and _alike((two, three), image_size)
    last = min(one, two) > 1 and _alike((one, two), image_size)
    if first and last:
        last = _is_channels_last(model, layer, output)
    elif not first and not last:
        last = min(one, two) > 1 and _is_channels_last(model, layer, output)
    if last:
        return Positions("nhwc", one, two)
    return Positions("nchw", two, three)


def _alike(size: tuple[int, int], image_size: tuple[int, int]) -> bool:
    """True when a map of this size may come from such an image by even strides, give or take one position."""
    (height, width), (tall, wide) = size, image_size
    if height > tall or width > wide:
        return False
    return abs(height - width * tall / wide) <= 1 or abs(width - height * wide / tall) <= 1


def _is_channels_last(model: nn.Module, layer: str, output: Tensor) -> bool:
    """Decide a shape that reads both ways by what the layer's own modules normalise or produce."""
    for module in reversed(list(model.get_submodule(layer).modules())):
        if isinstance(module, (nn.Conv2d, nn.BatchNorm2d)):
            return False
        if isinstance(module, (nn.Linear, nn.LayerNorm)):
            width = module.out_features if isinstance(module, nn.Linear) else module.normalized_shape[-1]
            return width == output.shape[-1]
    normalised = {m.normalized_shape[-1] for m in model.modules() if type(m) is nn.LayerNorm}
    if output.shape[-1] in normalised:
        raise UnsupportedModel(
            f"the output of layer {layer!r} ({list(output.shape)}) may be channels first or channels last; "
            "choose a convolution or normalisation layer near it."
        )
    return False


def _tokens(model: nn.Module, layer: str, output: Tensor, image_size: tuple[int, int]) -> Positions:
    count = output.shape[1]
    for height, width in _patch_grids(model, image_size):
        if 0 <= count - height * width <= SPECIAL_TOKENS:
            return Positions("tokens", height, width, count - height * width)
    for special in range(6):
        side = math.isqrt(max(count - special, 0))
        if side > 1 and side * side == count - special and image_size[0] == image_size[1]:
            return Positions("tokens", side, side, special)
    raise UnsupportedModel(
        f"layer must have a spatial output; the {count} tokens of {layer!r} ({list(output.shape)}) form no grid."
    )


def _patch_grids(model: nn.Module, image_size: tuple[int, int]) -> list[tuple[int, int]]:
    """Grids made by convolutions whose stride is their kernel: the patch embeddings."""
    convolutions = [m for m in model.modules() if isinstance(m, nn.Conv2d) and m.stride == m.kernel_size]
    return [(image_size[0] // c.kernel_size[0], image_size[1] // c.kernel_size[1]) for c in convolutions]
