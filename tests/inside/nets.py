"""Tiny networks whose receptive fields are known, and a brute-force field of any network."""

import numpy as np
import torch
import torchvision
from torch import Tensor, nn


class Stack(nn.Sequential):
    """Convolutions by (kernel, stride, padding, dilation)."""

    def __init__(self, *settings: tuple[int, int, int, int]) -> None:
        sizes = [1, *[2] * len(settings)]
        super().__init__(
            *(nn.Conv2d(sizes[n], 2, k, s, p, d) for n, (k, s, p, d) in enumerate(settings)),
        )


class Branches(nn.Module):
    """Two ways through, joined by what ``join`` does."""

    def __init__(self, one: nn.Module, other: nn.Module, join: str = "add") -> None:
        super().__init__()
        self.one, self.other, self.join = one, other, join
        self.end = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        one, other = self.one(x), self.other(x)
        return self.end(one + other if self.join == "add" else torch.cat([one, other], 1))


def conv(kernel, stride=1, padding=0, dilation=1, inputs=1, outputs=1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation)


def closed_form(settings: list[tuple[int, int, int, int]]) -> tuple[int, int, int]:
    """Size, stride and start of a stack along one axis: r = 1 + Σ d (k - 1) Π s, S = Π s, P = Σ p Π s."""
    size, stride, start = 1, 1, 0
    for kernel, step, padding, dilation in settings:
        size += dilation * (kernel - 1) * stride
        start -= padding * stride
        stride *= step
    return size, stride, start


def positive(model: nn.Module) -> nn.Module:
    """Positive weights and no bias, so that no dependence is cancelled."""
    for parameter in model.parameters():
        nn.init.uniform_(parameter, 0.5, 1.5) if parameter.ndim > 1 else nn.init.zeros_(parameter)
    return model.double().eval()


def brute_force(
    model: nn.Module, layer: str, size: tuple[int, int], unit: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Box (top, left, bottom, right) of the pixels that change a unit, each tried by itself."""
    outputs: list[Tensor] = []
    handle = model.get_submodule(layer).register_forward_hook(lambda *call: outputs.append(call[2]))
    height, width = size
    pixels = torch.eye(height * width, dtype=torch.float64).reshape(-1, 1, height, width)
    with torch.no_grad():
        model(torch.cat([torch.zeros_like(pixels[:1]), pixels]))
    handle.remove()
    values = outputs[-1][:, :, unit[0], unit[1]]
    moved = (values[1:] != values[:1]).any(1).reshape(height, width).numpy()
    rows, columns = np.flatnonzero(moved.any(1)), np.flatnonzero(moved.any(0))
    if not len(rows):
        return None
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def untrained(name: str, **arguments: object) -> nn.Module:
    """A model of torchvision without the seconds that drawing weights takes; what is asked does not depend on them."""
    if name.startswith("regnet"):  # works out its widths with tensors
        return torchvision.models.get_model(name, weights=None, **arguments).eval()
    if name == "googlenet":
        arguments["init_weights"] = False
    with torch.device("meta"):
        shapes = torchvision.models.get_model(name, weights=None, **arguments)
    return shapes.to_empty(device="cpu").eval()
