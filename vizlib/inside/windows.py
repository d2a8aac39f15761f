"""Which inputs each output of a window takes, along one axis."""

import math

import torch
from torch import Tensor

from vizlib.inside.sight import Window, counted


def sliding(dim: int, outputs: int, kernel: int, stride: int, padding: int, dilation: int) -> Window:
    """A convolution or a pooling; padding counts before the first input."""
    starts = counted(outputs)[:, None] * stride - padding
    return Window(dim, starts + counted(kernel) * dilation, stride)


def spread(dim: int, outputs: int, kernel: int, stride: int, padding: int, dilation: int) -> Window:
    """A transposed convolution: input i is written to the outputs ``i * stride - padding + n * dilation``."""
    reached = counted(outputs)[:, None] + padding - counted(kernel) * dilation
    used = reached % stride == 0
    return Window(dim, torch.where(used, torch.div(reached, stride, rounding_mode="floor"), 0), 1 / stride, used)


def adaptive(dim: int, inputs: int, outputs: int) -> Window:
    """Adaptive pooling: output i takes floor(i n / m) to ceil((i + 1) n / m) - 1."""
    first = [index * inputs // outputs for index in range(outputs)]
    last = [math.ceil((index + 1) * inputs / outputs) - 1 for index in range(outputs)]
    longest = max(end - start for start, end in zip(first, last, strict=True)) + 1
    taps = torch.tensor(first, device="cpu")[:, None] + counted(longest)
    return Window(dim, torch.minimum(taps, torch.tensor(last, device="cpu")[:, None]), inputs / outputs)


def resized(dim: int, inputs: int, outputs: int, mode: str, corners: bool, factor: float | None) -> Window:
    """Nearest, linear or cubic resizing. ``factor`` is the given magnification, else that of the sizes."""
    scale = 1 / factor if factor else inputs / outputs
    index = counted(outputs).double()
    if mode == "nearest":
        return Window(dim, (index * scale).floor().long().clamp(max=inputs - 1)[:, None], scale)
    if mode == "nearest-exact":
        return Window(dim, ((index + 0.5) * scale).floor().long().clamp(max=inputs - 1)[:, None], scale)
    if corners:
        scale = (inputs - 1) / (outputs - 1) if outputs > 1 else 0.0
    at = index * scale if corners else (index + 0.5) * scale - 0.5
    at = at if mode == "cubic" else at.clamp(min=0)
    return Window(dim, _neighbours(at, mode).clamp(0, inputs - 1), scale)


def _neighbours(at: Tensor, mode: str) -> Tensor:
    """Inputs around a place; a place on an input takes that one alone."""
    before = (at + 1e-9).floor()
    offsets = counted(4) - 1 if mode == "cubic" else counted(2)
    on = (at - before).abs() < 1e-6
    return torch.where(on[:, None], before[:, None], before[:, None] + offsets).long()


def mirrored(dim: int, inputs: int, before: int, after: int, mode: str) -> Window:
    """Padding that repeats, mirrors or wraps what is inside."""
    index = counted(before + inputs + after) - before
    if mode == "reflection":
        index = (inputs - 1) - ((inputs - 1) - index.abs()).abs()
    taps = index % inputs if mode == "circular" else index.clamp(0, inputs - 1)
    return Window(dim, taps[:, None], 1)


def padded(dim: int, inputs: int, before: int, after: int) -> Window:
    """Padding with a constant, or cropping where negative."""
    return Window(dim, (counted(before + inputs + after) - before)[:, None], 1)
