"""A numeric check of a receptive field: the gradient of one unit of a linear twin of the network.

Gradient probes of the network itself can lie: a saturated gate or a rectifier hides pixels that matter. In the twin,
weights are positive averages, rectifiers do nothing, maxima are means, gates stay half open: every path carries a
positive gradient. Only function calls are replaced, so that the shared weights stay as they are.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_map

from vizlib.core.layers import find_layer
from vizlib.core.passes import stops
from vizlib.inside.grid import Grid
from vizlib.inside.tracing import input_like, one_tensor, traceable

MASKED = -50.0


class _Reached(Exception):
    """The layer has run for the last time; nothing after it matters."""

    def __init__(self, output: Tensor) -> None:
        self.output = output


def seen_by(
    model: nn.Module, layer: str, size: tuple[int, int], where: Grid, unit: tuple[int, int], calls: int = 1
) -> Tensor | None:
    """Input pixels [height, width] that reach one unit of a layer; None where the twin cannot be followed.

    Parameters
    ----------
    model : torch.nn.Module
        A private copy.
    layer : str
    size : (int, int)
        Height and width of the image.
    where : Grid
        Tells which numbers of the layer's output belong to the unit.
    unit : (row, column)
    calls : int
        How often the layer runs in one pass; its last output counts.
    """
    _, part = traceable(model)
    image = torch.ones_like(input_like(part, size), dtype=torch.float64).requires_grad_()
    try:
        output = _output(model, part, layer, image * 1, calls)
        (gradient,) = torch.autograd.grad(where.unit(output, *unit).sum(), image)
    except REFUSALS as error:
        if stops(error):
            raise
        return None
    return (gradient != 0).any(1)[0] if bool(torch.isfinite(gradient).all()) else None


REFUSALS = (RuntimeError, TypeError, ValueError, AttributeError, IndexError, KeyError)


def _output(model: nn.Module, part: nn.Module, layer: str, image: Tensor, calls: int) -> Tensor:
    left = calls

    def arrive(module: nn.Module, inputs: Any, output: Any) -> None:
        nonlocal left
        left -= 1
        tensor = one_tensor(output)
        if left == 0 and tensor is not None:
            raise _Reached(tensor)

    handle = find_layer(model, layer).register_forward_hook(arrive)
    try:
        with _LinearTwin():
            part(image)
    except _Reached as reached:
        return reached.output
    finally:
        handle.remove()
    raise ValueError("the layer did not run")


class _LinearTwin(TorchFunctionMode):
    """Replaces functions by linear ones with positive weights, in float64."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        replaced = REPLACED.get(getattr(func, "__name__", ""))
        if replaced is not None:
            return replaced(*args, **(kwargs or {}))
        args, kwargs = tree_map(_double, (args, kwargs or {}))
        return func(*args, **kwargs)


def _double(value: Any) -> Any:
    plain = isinstance(value, Tensor) and value.is_floating_point() and value.dtype is not torch.float64
    return value.double() if plain else torch.float64 if value in (torch.float32, torch.float16) else value


def _same(x: Tensor, *_: Any, **__: Any) -> Tensor:
    return x


def _half_open(x: Tensor, *_: Any, **__: Any) -> Tensor:
    return 0.5 + 0.01 * x / (1 + x.detach().abs())


def _convolution(x: Tensor, weight: Tensor, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
                 groups: int = 1) -> Tensor:  # fmt: skip
    """One averaging kernel for all channels, which are alike."""
    convolve = CONVOLUTIONS[x.ndim - 2]
    return _spread(convolve(_mean(x), _kernel(x, weight), None, stride, padding, dilation), weight.shape[0])


def _transposed(x: Tensor, weight: Tensor, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0,
                groups: int = 1, dilation: Any = 1) -> Tensor:  # fmt: skip
    convolve = TRANSPOSED[x.ndim - 2]
    made = convolve(_mean(x), _kernel(x, weight), None, stride, padding, output_padding, 1, dilation)
    return _spread(made, weight.shape[1] * groups)


CONVOLUTIONS: dict[int, Callable[..., Tensor]] = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED: dict[int, Callable[..., Tensor]] = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


def _mean(x: Tensor) -> Tensor:
    return x.mean(1, keepdim=True)


def _kernel(x: Tensor, weight: Tensor) -> Tensor:
    kernel = weight.shape[2:]
    return x.new_full((1, 1, *kernel), 1 / kernel.numel())


def _spread(x: Tensor, channels: int) -> Tensor:
    return x.repeat(1, channels, *(1,) * (x.ndim - 2))


def _linear(x: Tensor, weight: Tensor, bias: Any = None) -> Tensor:
    return x.mean(-1, keepdim=True).repeat(*(1,) * (x.ndim - 1), weight.shape[0])


def _largest(x: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
             ceil_mode: bool = False, return_indices: bool = False) -> Tensor:  # fmt: skip
    if dilation in (1, (1, 1), [1, 1]):
        return F.avg_pool2d(x, kernel_size, stride or None, padding, ceil_mode)
    kernel = [kernel_size] * 2 if isinstance(kernel_size, int) else list(kernel_size)
    weight = x.new_ones(x.shape[1], 1, *kernel)
    return F.conv2d(x, weight, None, stride or kernel, padding, dilation, x.shape[1])


def _adaptive(x: Tensor, output_size: Any, *_: Any, **__: Any) -> Tensor:
    return F.adaptive_avg_pool2d(x, output_size)


def _with_mean(x: Tensor, dims: list[int]) -> Tensor:
    scaled = x / x.detach().abs().amax().clamp(min=1)
    return scaled + scaled.mean(dims, keepdim=True)


def _layer_norm(x: Tensor, normalized_shape: Any, *_: Any, **__: Any) -> Tensor:
    return _with_mean(x, list(range(-len(normalized_shape), 0)))


def _group_norm(x: Tensor, *_: Any, **__: Any) -> Tensor:
    return _with_mean(x, list(range(1, x.ndim)))


def _batch_norm(x: Tensor, running_mean: Any = None, running_var: Any = None, weight: Any = None, bias: Any = None,
                training: bool = False, *_: Any, **__: Any) -> Tensor:  # fmt: skip
    return _with_mean(x, [0, *range(2, x.ndim)]) if training or running_mean is None else x


def _instance_norm(x: Tensor, *_: Any, **__: Any) -> Tensor:
    return _with_mean(x, list(range(2, x.ndim)))


def _softmax(x: Tensor, dim: Any = None, *_: Any, **__: Any) -> Tensor:
    """Even weights over what no mask takes out, and a little of every logit."""
    dim = -1 if dim is None else dim
    used = (x.detach() > MASKED).double()
    logits = (x * used).mean(dim, keepdim=True)
    return used / used.sum(dim, keepdim=True) * (1 + 0.01 * logits / (1 + logits.detach().abs()))


def _attention(query: Tensor, key: Tensor, value: Tensor, attn_mask: Any = None, *_: Any, **__: Any) -> Tensor:
    used = query.new_ones(query.shape[-2], key.shape[-2])
    if attn_mask is not None:
        used = (attn_mask if attn_mask.dtype == torch.bool else attn_mask > MASKED).double()
    looked = used / used.sum(-1, keepdim=True) @ (value + key.mean(-1, keepdim=True))
    return looked + query.mean(-1, keepdim=True)


def _heads(query: Tensor, key: Tensor, value: Tensor, *_: Any, **__: Any) -> tuple[Tensor, None]:
    """Multi-head attention with the tokens first."""
    return query + key.mean(0, keepdim=True) + value.mean(0, keepdim=True), None


def _fused_heads(query: Tensor, key: Tensor, value: Tensor, *_: Any, **__: Any) -> tuple[Tensor, None]:
    """Multi-head attention with the batch first."""
    return query + key.mean(1, keepdim=True) + value.mean(1, keepdim=True), None


def _mean_instead(x: Tensor, dim: Any = None, keepdim: bool = False, **_: Any) -> Tensor:
    return x.mean() if dim is None else x.mean(dim, keepdim=keepdim)


RECTIFIERS = (
    "relu", "relu_", "relu6", "leaky_relu", "leaky_relu_", "prelu", "rrelu", "elu", "elu_", "selu", "selu_", "celu",
    "gelu", "silu", "silu_", "mish", "hardswish", "hardswish_", "hardtanh", "hardtanh_", "softplus", "clamp", "clamp_",
    "threshold", "dropout", "dropout2d", "stochastic_depth", "normalize", "exp", "sqrt", "rsqrt", "square", "abs",
)  # fmt: skip
GATES = ("sigmoid", "sigmoid_", "hardsigmoid", "hardsigmoid_", "tanh", "tanh_", "logsigmoid")

REPLACED: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(RECTIFIERS, _same),
    **dict.fromkeys(GATES, _half_open),
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), _convolution),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), _transposed),
    "linear": _linear,
    "max_pool2d": _largest,
    "adaptive_max_pool2d": _adaptive,
    "layer_norm": _layer_norm,
    "rms_norm": _layer_norm,
    "group_norm": _group_norm,
    "batch_norm": _batch_norm,
    "instance_norm": _instance_norm,
    "softmax": _softmax,
    "log_softmax": _softmax,
    "scaled_dot_product_attention": _attention,
    "multi_head_attention_forward": _heads,
    "_native_multi_head_attention": _fused_heads,
    "amax": _mean_instead,
}
