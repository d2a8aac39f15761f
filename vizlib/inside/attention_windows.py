"""Attention in shifted windows (Swin and Swin V2 of torchvision), with every query and key at its place in the image.

The steps are those of torchvision's ``shifted_window_attention``; what it does to features is also done to the numbers
of their positions, which tells afterwards where each window's queries and keys came from.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

NOWHERE = -1  # the position of padding, and of keys that the mask hides
HIDDEN = -100.0  # what the mask adds


def windowed(block: Any, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Weights [batch, head, position, key], positions of the keys [position, key], output [batch, h, w, channel]."""
    size = block.window_size
    batch, height, width, channels = x.shape
    bottom, right = -height % size[0], -width % size[1]
    sides = (height + bottom, width + right)
    shift = [0 if size[axis] >= sides[axis] else block.shift_size[axis] for axis in (0, 1)]
    places = torch.arange(height * width, device=x.device).reshape(1, height, width, 1)
    windows = _cut(F.pad(x, (0, 0, 0, right, 0, bottom)), shift, size)
    where = _cut(F.pad(places, (0, 0, 0, right, 0, bottom), value=NOWHERE), shift, size)[0, :, :, 0]
    regions = _cut(_regions(*sides, shift, size, x.device), [0, 0], size)[0, :, :, 0]
    apart = regions[:, :, None] != regions[:, None, :]
    weights, mixed = _attend(block, windows, apart)
    mixed = F.linear(mixed, block.proj.weight, block.proj.bias)
    queries, order = _in_place(where)
    weights = weights.permute(0, 2, 1, 3, 4).flatten(2, 3)[:, :, queries][:, :, order]
    keys = where[:, None, :].masked_fill(apart, NOWHERE).flatten(0, 1)[queries][order]
    output = mixed.flatten(1, 2)[:, queries][:, order].reshape(batch, height, width, channels)
    return weights, keys, output


def _cut(x: Tensor, shift: list[int], size: list[int]) -> Tensor:
    """Shift cyclically, then cut [batch, h, w, channel] into [batch, window, area, channel]."""
    x = torch.roll(x, (-shift[0], -shift[1]), (1, 2))
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height // size[0], size[0], width // size[1], size[1], channels)
    return x.transpose(2, 3).reshape(batch, -1, size[0] * size[1], channels)


def _regions(height: int, width: int, shift: list[int], size: list[int], device: Any) -> Tensor:
    """Parts of the shifted image that were not neighbours before: they must not see each other."""
    regions = torch.zeros(1, height, width, 1, dtype=torch.long, device=device)
    if not any(shift):
        return regions
    number = 0
    for rows in _bands(size[0], shift[0]):
        for columns in _bands(size[1], shift[1]):
            regions[:, rows, columns] = number
            number += 1
    return regions


def _bands(size: int, shift: int) -> tuple[slice, slice, slice]:
    return slice(0, -size), slice(-size, -shift), slice(-shift, None)


def _attend(block: Any, windows: Tensor, apart: Tensor) -> tuple[Tensor, Tensor]:
    """Weights [batch, window, head, area, area] and what they mix [batch, window, area, channel]."""
    batch, count, area, channels = windows.shape
    scale = getattr(block, "logit_scale", None)
    bias = block.qkv.bias
    if scale is not None and bias is not None:
        bias = torch.cat([bias[:channels], torch.zeros_like(bias[:channels]), bias[2 * channels :]])
    qkv = F.linear(windows, block.qkv.weight, bias).reshape(batch, count, area, 3, block.num_heads, -1)
    q, k, v = qkv.permute(3, 0, 1, 4, 2, 5)
    if scale is not None:
        scores = F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).transpose(-2, -1)
        scores = scores * torch.clamp(scale, max=math.log(100.0)).exp()
    else:
        scores = q * (channels // block.num_heads) ** -0.5 @ k.transpose(-2, -1)
    scores = scores + block.get_relative_position_bias()
    scores = scores + HIDDEN * apart.to(scores.dtype)[:, None]
    weights = torch.softmax(scores, dim=-1)
    return weights, (weights @ v).transpose(2, 3).reshape(batch, count, area, channels)


def _in_place(where: Tensor) -> tuple[Tensor, Tensor]:
    """Which of all windows' rows lie in the image, and in which order they make the image."""
    flat = where.flatten()
    queries = torch.nonzero(flat != NOWHERE).flatten()
    return queries, flat[queries].argsort()
