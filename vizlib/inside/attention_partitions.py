"""Attention in windows and in grids (MaxViT of torchvision), with every query and key at its place in the image.

The cut of the features into windows, or into grids of distant positions, is also done to the numbers of the positions,
which tells afterwards where the queries and keys came from.
"""

from typing import Any

import torch
from torch import Tensor


def partitioned(layer: Any, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Weights [batch, head, position, key], positions of the keys [position, key], output as the layer's attention.

    Parameters
    ----------
    layer : PartitionAttentionLayer
    x : Tensor [batch, part, position in the part, channel]
        What its attention sees.
    """
    weights, output = _attend(layer.attn_layer[1], x)
    where = places(layer)
    order = where.flatten().argsort()
    weights = weights.permute(0, 2, 1, 3, 4).flatten(2, 3)[:, :, order]
    keys = where[:, None, :].expand(-1, where.shape[1], -1).flatten(0, 1)[order]
    return weights, keys, output


def places(layer: Any) -> Tensor:
    """Positions of the image [part, position in the part], in the order in which the attention sees them."""
    height, width = layer.grid_size
    image = torch.arange(height * width, device=next(layer.parameters()).device).reshape(1, 1, height, width)
    found: Tensor = layer.partition_swap(layer.partition_op(image, layer.p))
    return found[0, :, :, 0]


def _attend(attention: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    """Weights [batch, part, head, query, key] and the output [batch, part, position, channel]."""
    batch, parts, area, _ = x.shape
    qkv = attention.to_qkv(x).reshape(batch, parts, area, 3, attention.n_heads, attention.head_dim)
    q, k, v = qkv.permute(3, 0, 1, 4, 2, 5)
    scores = q @ (k * attention.scale_factor).transpose(-2, -1) + attention.get_relative_positional_bias()
    weights = torch.softmax(scores, dim=-1)
    mixed = (weights @ v).transpose(2, 3).reshape(batch, parts, area, -1)
    return weights, attention.merge(mixed)
