"""Where the tokens of a block lie in the image, and how far they look."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vizlib.core.positions import positions
from vizlib.inside.attention_weights import Seen


@dataclass(frozen=True)
class Layout:
    """Where the tokens of a block lie: ``special`` tokens, then a grid; the image's size in pixels."""

    grid: tuple[int, int]
    special: int
    input_size: tuple[int, int]


def layout_of(model: nn.Module, name: str, seen: Seen, input_size: tuple[int, int]) -> Layout:
    """Which tokens of a block are patches, and where; UnsupportedModel where they form no grid."""
    if seen.grid is not None:
        return Layout(seen.grid, 0, input_size)
    found = positions(model, name, seen.tokens, input_size)
    return Layout((found.height, found.width), found.special, input_size)


def mean_distance(weights: Tensor, keys: Tensor | None, layout: Layout) -> Tensor:
    """Mean attention distance [batch, head], in input pixels.

    The mean over all patches of ``sum_j a_ij |p_i - p_j| / sum_j a_ij``, where j runs over patches only and p are the
    centres of the patches.
    """
    height, width = layout.grid
    steps = (layout.input_size[0] / height, layout.input_size[1] / width)
    sides = (torch.arange(n, dtype=weights.dtype, device=weights.device) for n in (height, width))
    rows, columns = torch.meshgrid(*(side * step for side, step in zip(sides, steps, strict=True)), indexing="ij")
    centres = torch.stack([rows.flatten(), columns.flatten()], 1)
    if keys is None:
        looked, far = weights[..., layout.special :, layout.special :], torch.cdist(centres, centres)
    else:
        looked = weights * (keys >= 0)
        far = (centres[:, None] - centres[keys.clamp_min(0)]).norm(dim=-1)
    share = looked.sum(-1).clamp_min(torch.finfo(weights.dtype).tiny)
    return ((looked * far).sum(-1) / share).mean(-1)


def uniform_distance(seen: Seen, layout: Layout) -> float:
    """The distance of a head that looks at everything it may see alike."""
    shape = seen.weights.shape[-2:]
    even = torch.ones(1, 1, *shape, dtype=seen.weights.dtype, device=seen.weights.device)
    return float(mean_distance(even, seen.keys, layout))
