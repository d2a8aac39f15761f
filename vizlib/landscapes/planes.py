"""Planes through checkpoints: the main components of a trajectory, and the plane of three solutions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vizlib.core.errors import OptionError
from vizlib.landscapes.weights import Tensors, difference

FLAT = 1e-9


@dataclass(frozen=True, eq=False)
class MainPlane:
    """Two main components of θ_t - θ, and where the checkpoints lie.

    Attributes
    ----------
    first, second : dict of Tensor
        Directions of length 1.
    points : array [checkpoint, 2]
    explained : array [component]
    distance, outside : array [checkpoint]
        From the origin, and from the plane.
    """

    first: dict[str, Tensor]
    second: dict[str, Tensor]
    points: np.ndarray
    explained: np.ndarray
    distance: np.ndarray
    outside: np.ndarray


def main_plane(origin: Tensors, others: Sequence[Tensors]) -> MainPlane:
    """PCA of θ_t - θ over the checkpoints; the plane goes through θ.

    Parameters
    ----------
    origin : θ, by name
    others : θ_t
    """
    names = list(origin)
    moves = torch.stack([flat(difference(other, origin, names), names).double() for other in others])
    centred = moves - moves.mean(0)
    values, vectors = torch.linalg.eigh(centred @ centred.T)
    values, vectors = values.flip(0).clamp(min=0), vectors.flip(1)
    if values[0] <= 0:
        raise OptionError("checkpoints must differ from each other; these are all the same.")
    explained = (values / values.sum()).numpy(force=True)
    basis = _orthonormal(centred.T @ vectors[:, :2])
    points = moves @ basis
    left = moves - points @ basis.T
    return MainPlane(
        first=unflat(basis[:, 0], origin, names),
        second=unflat(basis[:, 1], origin, names),
        points=points.numpy(force=True),
        explained=explained,
        distance=moves.norm(dim=1).numpy(force=True),
        outside=left.norm(dim=1).numpy(force=True),
    )


def _orthonormal(columns: Tensor) -> Tensor:
    """Directions of length 1; the second is 0 where the checkpoints lie on one line."""
    lengths = columns.norm(dim=0)
    basis = torch.where(lengths > FLAT * lengths[0], columns / lengths.clamp(min=1e-300), torch.zeros_like(columns))
    signs = torch.where(basis.sum(0) < 0, -1.0, 1.0).to(basis)
    return basis * signs


def three_point_plane(
    origin: Tensors, one: Tensors, other: Tensors
) -> tuple[dict[str, Tensor], dict[str, Tensor], np.ndarray]:
    """Two directions of length 1, at right angles, such that both other solutions lie in the plane; their places."""
    names = list(origin)
    along, across = (flat(difference(end, origin, names), names).double() for end in (one, other))
    if not bool(along.norm() > 0):
        raise OptionError("checkpoints must differ from the model; the first is the same.")
    first = along / along.norm()
    rest = across - first * (first @ across)
    if not bool(rest.norm() > FLAT * along.norm()):
        raise OptionError("checkpoints must span a plane with the model; these lie on one line.")
    second = rest / rest.norm()
    marks = np.array([[float(along.norm()), 0.0], [float(first @ across), float(rest.norm())]])
    return unflat(first, origin, names), unflat(second, origin, names), marks


def extent(points: np.ndarray) -> np.ndarray:
    """How far the points reach along each direction; never 0."""
    reach = np.abs(points).max(axis=0)
    found: np.ndarray = np.where(reach > 0, reach, reach.max() or 1.0)
    return found


def flat(tensors: Tensors, names: Sequence[str]) -> Tensor:
    """All numbers in a row."""
    return torch.cat([tensors[name].detach().reshape(-1) for name in names])


def unflat(numbers: Tensor, like: Tensors, names: Sequence[str]) -> dict[str, Tensor]:
    """The other way round."""
    parts = numbers.split([like[name].numel() for name in names])
    return {name: part.reshape(like[name].shape).to(like[name]) for name, part in zip(names, parts, strict=True)}
