"""The plane through three images, and what a model says everywhere on it."""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.passes import first_tensor, output_of
from vizlib.core.results import Result
from vizlib.core.technique import Progress, Range, silent, technique

FLAT = 1e-5  # share of the longest side below which three images lie on a line
UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class DecisionPlane(Result):
    """What a model says on the plane through three images.

    Attributes
    ----------
    classes : int array [row, column]
        The predicted class at each node; -1 in a preview, where it is not known yet.
    confidence : float64 array [row, column]
        The largest softmax probability.
    axis, rows : float64 array [column], [row]
        Where the nodes lie, in the distance of the model's input; both rise.
    positions : float64 array [3, 2]
        Of the images, along ``axis`` and ``rows``. The first one lies at 0, 0, the second one to its right.
    nodes : int array [3, 2]
        Row and column of each image: every image is a node.
    predicted : int array [3]
    basis : array [2, channel, height, width]
        Two orthonormal directions: a node is the first image + axis * basis[0] + rows * basis[1].
    notes : tuple of str
    """

    classes: np.ndarray
    confidence: np.ndarray
    axis: np.ndarray
    rows: np.ndarray
    positions: np.ndarray
    nodes: np.ndarray
    predicted: np.ndarray
    basis: np.ndarray
    notes: tuple[str, ...] = ()

    @property
    def shares(self) -> dict[int, float]:
        """Share of the plane's area that each class has, the largest first."""
        cells = np.outer(np.gradient(self.rows), np.gradient(self.axis))
        known = self.classes != UNKNOWN
        area = {
            int(c): float(cells[self.classes == c].sum() / cells[known].sum()) for c in np.unique(self.classes[known])
        }
        return dict(sorted(area.items(), key=lambda pair: -pair[1]))


@technique
def decision_plane(
    model: nn.Module,
    images: Tensor,
    *,
    steps: Annotated[int, Range(5, 128), "Nodes along the longer side; the time grows with their square."] = 40,
    margin: Annotated[
        float, Range(0, 3), "How far the plane reaches beyond the three images, as a share of their extent."
    ] = 0.4,
    batch_size: Annotated[int, Range(1, 1024), "Images in one forward pass; changes the speed only."] = 32,
    progress: Progress = silent,
) -> DecisionPlane:
    """Which class the model says everywhere on the plane through three images.

    Parameters
    ----------
    model : Module or Model
        It returns one row of class scores for each image.
    images : array [3, channel, height, width]
        Exactly three, that do not lie on one line.
    steps : int
        The nodes of the three images are added to the grid.
    margin : float
    batch_size : int
    progress : callable
        Called as ``progress(done, total)`` with nodes; cancels by raising. ``progress.show`` gets the rows so far.

    Returns
    -------
    DecisionPlane

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    Hardly anything on this plane is a photo: between the images lie their mixtures, beyond them negatives of each
    other, and a network is just as sure there. One plane of very many: regions that do not meet here may meet
    elsewhere. Another training of the same network often draws nearly the same picture near the images.

    References
    ----------
    Somepalli et al. (2022), Can neural nets learn the same model twice?, arXiv:2203.08124, section 3.
    """
    plane = Plane.through(images)
    ground = Ground.of(plane, steps, margin)
    said = Said(ground, plane)
    total = len(ground.axis) * len(ground.rows)
    progress(0, total)
    for start in range(0, total, batch_size):
        numbers = range(start, min(start + batch_size, total))
        said.take(numbers, _scores(model, torch.stack([ground.image(number, plane, images) for number in numbers])))
        show: Any = getattr(progress, "show", None)
        if show is not None:
            show(said.told)
        progress(numbers.stop, total)
    return said.told()


def _scores(model: nn.Module, batch: Tensor) -> Tensor:
    with torch.no_grad():
        scores = first_tensor(output_of(model, batch, spare=True))
    if scores is None or scores.ndim != 2 or scores.shape[1] < 2 or len(scores) != len(batch):
        raise UnsupportedModel("the model must return one row of scores of at least two classes for each image.")
    if not bool(torch.isfinite(scores).all()):
        raise UnsupportedModel("the model returns NaN or infinite scores on this plane; take a smaller margin.")
    return scores.double().softmax(1).cpu()


@dataclass(frozen=True, eq=False)
class Plane:
    """Two orthonormal directions from the first image, and where the three images lie along them."""

    basis: Tensor
    positions: np.ndarray

    @classmethod
    def through(cls, images: Tensor) -> "Plane":
        """Through three images; refused when they lie on a line."""
        if len(images) != 3:
            raise OptionError(f"images must be exactly three; got {len(images)}.")
        second, third = (images[1:] - images[0]).double().cpu()
        reach = max(float(second.norm()), float(third.norm()), float((second - third).norm()))
        if float(second.norm()) <= FLAT * reach or reach == 0:
            raise OptionError("images must be three different ones; two of them are the same.")
        right = second / second.norm()
        along = float((third * right).sum())
        rest = third - along * right
        height = float(rest.norm())
        if height <= FLAT * reach:
            raise OptionError("images must not lie on one line; two are the same, or one is a mixture of the others.")
        positions = np.array([[0, 0], [float(second.norm()), 0], [along, height]])
        return cls(torch.stack([right, rest / height]), positions)


@dataclass(frozen=True, eq=False)
class Ground:
    """The nodes: an even grid, and the places of the images."""

    axis: np.ndarray
    rows: np.ndarray
    nodes: np.ndarray

    @classmethod
    def of(cls, plane: Plane, steps: int, margin: float) -> "Ground":
        """As fine along both sides."""
        low, high = plane.positions.min(0), plane.positions.max(0)
        low, high = low - margin * (high - low), high + margin * (high - low)
        step = float((high - low).max()) / (steps - 1)
        counts = np.maximum(2, np.rint((high - low) / step).astype(int) + 1)
        axis, rows = (
            _with(np.linspace(low[side], high[side], counts[side]), plane.positions[:, side]) for side in (0, 1)
        )
        columns, lines = (np.searchsorted(line, plane.positions[:, side]) for side, line in enumerate((axis, rows)))
        return cls(axis, rows, np.stack([lines, columns], axis=1).astype(np.int64))

    def image(self, number: int, plane: Plane, images: Tensor) -> Tensor:
        """What lies at a node, counted along the rows; at their own nodes the images themselves."""
        row, column = divmod(number, len(self.axis))
        own = np.flatnonzero((self.nodes == (row, column)).all(1))
        if len(own):
            return images[int(own[0])]
        away = self.axis[column] * plane.basis[0] + self.rows[row] * plane.basis[1]
        return images[0] + away.to(images)


def _with(line: np.ndarray, places: np.ndarray) -> np.ndarray:
    """A line of nodes in which the nearest ones have moved to the places; one that is taken gets a neighbour."""
    gap = (line[-1] - line[0]) / (len(line) - 1)
    apart = np.abs(line[:, None] - places[None]).min(1)
    return np.unique(np.concatenate([line[apart > gap / 2], places]))


class Said:
    """What is known of the nodes so far."""

    def __init__(self, ground: Ground, plane: Plane) -> None:
        self.ground, self.plane = ground, plane
        shape = len(ground.rows), len(ground.axis)
        self.classes, self.confidence = np.full(shape, UNKNOWN, np.int64), np.zeros(shape)

    def take(self, numbers: range, probabilities: Tensor) -> None:
        """The answers at some nodes."""
        best = probabilities.max(1)
        self.classes.flat[list(numbers)] = best.indices.numpy()
        self.confidence.flat[list(numbers)] = best.values.numpy()

    def told(self) -> DecisionPlane:
        """The result; a preview where nodes are missing."""
        at = tuple(self.ground.nodes.T)
        return DecisionPlane(
            classes=self.classes.copy(),
            confidence=self.confidence.copy(),
            axis=self.ground.axis,
            rows=self.ground.rows,
            positions=self.plane.positions,
            nodes=self.ground.nodes,
            predicted=self.classes[at],
            basis=self.plane.basis.numpy(),
        )
