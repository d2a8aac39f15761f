"""The positions of a layer as a grid of units, whatever the layout: channels first or last, or tokens."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vizlib.inside.sight import TOLERANCE, Part, Sight, counted, smallest, varies


@dataclass(frozen=True, eq=False)
class Axis:
    """Rows or columns of units: what each sees, in input pixels; ``ideal`` goes on beyond the image.

    Arrays [units, 2] hold the first pixel and the one after the last; both are equal where nothing is seen.
    """

    ideal: np.ndarray
    real: np.ndarray

    def is_even(self, stride: float) -> bool:
        """Whether every unit has the same size and lies one stride after the one before."""
        steps = np.arange(len(self.ideal)) * stride
        return bool((np.abs(self.ideal - self.ideal[0] - steps[:, None]) < TOLERANCE).all())

    def repeated(self, count: int) -> "Axis":
        """As many units that all see what the first one sees, or as many as there are already."""
        if len(self.ideal) == count:
            return self
        return Axis(np.repeat(self.ideal[:1], count, 0), np.repeat(self.real[:1], count, 0))

    def span(self) -> int:
        """Size of the largest field, before clipping."""
        return round(float((self.ideal[:, 1] - self.ideal[:, 0]).max()))


@dataclass(frozen=True, eq=False)
class Grid:
    """Units of a layer in their places.

    Attributes
    ----------
    rows, columns : Axis
        Without what global operations add.
    whole : bool
        Every unit sees the whole image through a global operation.
    partly : bool
        Some units do and some do not.
    places : Tensor [units high, units wide, ...] of int
        Index of each unit along the axes of the output in ``axes``.
    """

    rows: Axis
    columns: Axis
    whole: bool
    partly: bool
    places: Tensor
    axes: tuple[int, ...]

    def unit(self, output: Tensor, row: int, column: int) -> Tensor:
        """All numbers of one unit, whatever their channel."""
        for axis, place in sorted(zip(self.axes, self.places[row, column].tolist(), strict=True), reverse=True):
            output = output.select(axis, place)
        return output


def grid(sight: Sight) -> Grid | None:
    """Arrange what a layer's elements see by place; None when its positions form no grid."""
    rows, columns, whole = (smallest(part) for part in sight.parts())
    axes = tuple(dim for dim in range(len(sight.shape)) if varies(rows, dim) or varies(columns, dim))
    down = [dim for dim in axes if varies(rows, dim)]
    across = [dim for dim in axes if varies(columns, dim)]
    if (len(down) <= 1 and len(across) <= 1 and down != across) or not axes:
        return _separate(rows, columns, whole, sight, (down, across))
    return _listed(rows, columns, whole, sight, axes)


def _separate(rows: Part, columns: Part, whole: Part, sight: Sight, axes: tuple[list[int], list[int]]) -> Grid:
    """One axis of the tensor for the image's rows, one for its columns."""
    down, across = axes
    high = sight.shape[down[0]] if down else 1
    wide = sight.shape[across[0]] if across else 1
    places = torch.stack(torch.meshgrid(counted(high), counted(wide), indexing="ij"), -1)
    kept = [n for n, axis in enumerate(axes) if axis]
    return Grid(
        _axis(rows.reshape(4, -1)),
        _axis(columns.reshape(4, -1)),
        bool(whole.all()),
        bool(whole.any()),
        places[..., kept],
        tuple(axis[0] for axis in axes if axis),
    )


def _listed(rows: Part, columns: Part, whole: Part, sight: Sight, axes: tuple[int, ...]) -> Grid | None:
    """Tokens, or windows: sort the elements by what they see; those that see nothing (class tokens) are left out."""
    shape = [size if dim in axes else 1 for dim, size in enumerate(sight.shape)]
    rows, columns = (part.expand(4, *shape).reshape(4, -1) for part in (rows, columns))
    seen = (rows[1] > -torch.inf) & (columns[1] > -torch.inf)
    places = torch.stack(torch.meshgrid(*(counted(sight.shape[dim]) for dim in axes), indexing="ij"), -1)
    places = places.reshape(-1, len(axes))[seen]
    down, across = (part[1, seen] - part[0, seen] for part in (rows, columns))
    high, wide = len(down.unique()), len(across.unique())
    if high * wide != len(down):
        high, wide = _as_laid_out(sight, axes, len(down))
        order = counted(len(down))
    else:
        order = torch.from_numpy(np.lexsort((across.numpy(), down.numpy())))
    if high * wide != len(down):
        return None
    by_place = [part[:, seen][:, order].reshape(4, high, wide) for part in (rows, columns)]
    reaching = whole.amax([d + 1 for d in range(len(shape)) if d not in axes], keepdim=True) if axes else whole
    covered = reaching.expand(1, *shape).reshape(-1)[seen]
    return Grid(
        _axis(by_place[0].amax(2)),
        _axis(by_place[1].amax(1)),
        bool(covered.all()),
        bool(covered.any()),
        places[order].reshape(high, wide, len(axes)),
        axes,
    )


def _as_laid_out(sight: Sight, axes: tuple[int, ...], count: int) -> tuple[int, int]:
    """Two axes that both matter to rows and columns are taken as rows and columns."""
    return (sight.shape[axes[0]], sight.shape[axes[1]]) if len(axes) == 2 else (0, count)


def _axis(part: Tensor) -> Axis:
    intervals = part.clone()
    intervals[[0, 2]] *= -1
    intervals[[1, 3]] += 1
    for first, last in ((0, 1), (2, 3)):
        intervals[first : last + 1, part[last] == -torch.inf] = 0
    return Axis(intervals[:2].T.numpy(), intervals[2:].T.numpy())
