"""The formula of a layer with its numbers filled in."""

import math
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn


def formula(module: nn.Module, before: tuple[int, ...], after: tuple[int, ...]) -> str:
    """How the output's size and the number of parameters come about; empty for layers without a formula.

    Parameters
    ----------
    module : torch.nn.Module
    before, after : tuple of int
        Shapes of the input and of the output, with the batch axis.
    """
    for kinds, words in FORMULAS:
        if isinstance(module, kinds) and before and after:
            return words(module, before, after)
    return ""


def _pair(value: Any, count: int) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * count


def _sizes(names: tuple[str, ...], lines: list[str]) -> str:
    """One line when height and width agree, else one for each."""
    if len(set(lines)) == 1:
        return f"out = {lines[0]}"
    return "; ".join(f"{name} = {line}" for name, line in zip(names, lines, strict=True))


AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def _window(module: Any, before: tuple[int, ...], after: tuple[int, ...]) -> str:
    count = len(after) - 2
    kernel = _pair(module.kernel_size, count)
    stride = _pair(module.stride or module.kernel_size, count)
    dilation = _pair(getattr(module, "dilation", 1), count)
    padding = _padding(module, count, kernel, dilation)
    ceil = "ceil" if getattr(module, "ceil_mode", False) else "floor"
    numbers = zip(before[2:], padding, dilation, kernel, stride, after[2:], strict=True)
    return _sizes(AXES[count], [_window_line(ceil, *of_axis) for of_axis in numbers])


def _padding(module: Any, count: int, kernel: tuple[int, ...], dilation: tuple[int, ...]) -> tuple[Any, ...]:
    """The padding in numbers; "same" is half of what the kernel spans."""
    if module.padding == "valid":
        return (0,) * count
    if module.padding == "same":
        return tuple(d * (k - 1) / 2 for k, d in zip(kernel, dilation, strict=True))
    return _pair(module.padding, count)


def _window_line(rounding: str, size: int, padding: Any, dilation: int, kernel: int, stride: int, out: int) -> str:
    spanned = f"{kernel}" if dilation == 1 else f"({dilation}·({kernel} - 1) + 1)"
    return f"{rounding}(({size} + 2·{padding:g} - {spanned})/{stride}) + 1 = {out}"


def _convolution(module: Any, before: tuple[int, ...], after: tuple[int, ...]) -> str:
    inputs = module.in_channels // module.groups
    kernel = "·".join(str(size) for size in module.kernel_size)
    places = "·".join(str(size) for size in after[1:])
    weights = module.out_channels * inputs * math.prod(module.kernel_size)
    macs = math.prod(after[1:]) * inputs * math.prod(module.kernel_size)
    return "; ".join(
        (
            _window(module, before, after),
            f"parameters = {_parameters(f'{module.out_channels}·{inputs}·{kernel}', weights, module)}",
            f"MACs = {places}·{inputs}·{kernel} = {macs}",
        )
    )


def _parameters(product: str, weights: int, module: Any) -> str:
    bias = 0 if module.bias is None else module.bias.numel()
    return f"{product} + {bias} = {weights + bias}" if bias else f"{product} = {weights}"


def _transposed(module: Any, before: tuple[int, ...], after: tuple[int, ...]) -> str:
    count = len(after) - 2
    settings = (module.stride, module.padding, module.dilation, module.kernel_size, module.output_padding)
    numbers = zip(before[2:], *(_pair(value, count) for value in settings), after[2:], strict=True)
    lines = [f"({n} - 1)·{s} - 2·{p} + {d}·({k} - 1) + {o} + 1 = {out}" for n, s, p, d, k, o, out in numbers]
    outputs = module.out_channels // module.groups
    kernel = "·".join(str(size) for size in module.kernel_size)
    weights = module.in_channels * outputs * math.prod(module.kernel_size)
    macs = math.prod(before[1:]) * outputs * math.prod(module.kernel_size)
    places = "·".join(str(size) for size in before[1:])
    return "; ".join(
        (
            _sizes(AXES[count], lines),
            f"parameters = {_parameters(f'{module.in_channels}·{outputs}·{kernel}', weights, module)}",
            f"MACs = {places}·{outputs}·{kernel} = {macs}",
        )
    )


def _linear(module: Any, before: tuple[int, ...], after: tuple[int, ...]) -> str:
    product, weights = f"{module.in_features}·{module.out_features}", module.in_features * module.out_features
    places = math.prod(after[1:-1])
    times = f"{places}·" if places > 1 else ""
    return f"parameters = {_parameters(product, weights, module)}; MACs = {times}{product} = {places * weights}"


def _normalisation(module: Any, before: tuple[int, ...], after: tuple[int, ...]) -> str:
    own = [p.numel() for p in (getattr(module, "weight", None), getattr(module, "bias", None)) if isinstance(p, Tensor)]
    return f"parameters = {' + '.join(map(str, own))} = {sum(own)}" if own else ""


def _attention(module: Any, before: tuple[int, ...], after: tuple[int, ...]) -> str:
    tokens, width = before[1], module.embed_dim
    products = 4 * tokens * width**2 + 2 * tokens**2 * width
    return f"MACs = 4·{tokens}·{width}² + 2·{tokens}²·{width} = {products}"


FORMULAS: tuple[tuple[Any, Callable[[Any, tuple[int, ...], tuple[int, ...]], str]], ...] = (
    ((nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d), _transposed),
    ((nn.Conv1d, nn.Conv2d, nn.Conv3d), _convolution),
    ((nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d), _window),
    (nn.Linear, _linear),
    ((nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.LayerNorm, nn.GroupNorm), _normalisation),
    (nn.MultiheadAttention, _attention),
)
