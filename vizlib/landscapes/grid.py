"""A plane through the weights, measured node by node: first a rough look, then coarse to fine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from vizlib.core.heartbeat import Heartbeat
from vizlib.landscapes.measure import FEW, Level, Measure
from vizlib.landscapes.order import Point, coarse_to_fine
from vizlib.landscapes.results import LossLandscape
from vizlib.landscapes.weights import OwnWeights

LOOKED_AT = 2  # levels of the first look
DRAWABLE = 9  # nodes: fewer make no picture


@dataclass(frozen=True, eq=False)
class Plane:
    """Where a landscape lies: a point and two directions, and how far along them."""

    origin: Mapping[str, Tensor]
    first: Mapping[str, Tensor]
    second: Mapping[str, Tensor]
    axis: np.ndarray
    rows: np.ndarray
    directions: str
    unit: str
    marks: np.ndarray


class Grid:
    """Losses and accuracies on the nodes of a plane, as far as they are known."""

    def __init__(self, weights: OwnWeights, measure: Measure, plane: Plane, progress: Heartbeat) -> None:
        self.weights, self.measure, self.plane, self.progress = weights, measure, plane, progress
        shape = (len(plane.rows), len(plane.axis))
        self.losses, self.accuracy = np.full(shape, np.nan), np.full(shape, np.nan)
        self.rough: dict[Point, Level] = {}

    def first_look(self, facts: dict[str, Any]) -> None:
        """A few images at a few nodes, when somebody watches and the real thing takes longer."""
        if not hasattr(self.progress.progress, "show") or self.measure.count < 4 * FEW:
            return
        for node in (node for level in coarse_to_fine(len(self.plane.axis))[:LOOKED_AT] for node in level):
            self._go(node)
            self.rough[node] = self.measure.rough()
            self.progress.beat()
            if len(self.rough) >= DRAWABLE:
                self.progress.show(lambda: self._roughly(facts))

    def _roughly(self, facts: dict[str, Any]) -> LossLandscape:
        """What a few images tell; the middle was looked at first."""
        center = next(iter(self.rough.values())).loss
        return self.told(**facts, model_loss=center, center_loss=center, notes=self._so_far())

    def fill(self, facts: dict[str, Any]) -> None:
        """Measure every node; show on the way what is known."""
        for node in (node for level in coarse_to_fine(len(self.plane.axis)) for node in level):
            self._go(node)
            self._put(node, self.measure())
            self.rough.pop(node, None)
            self.progress.show(lambda: self.told(**facts, notes=self._so_far()))

    def _go(self, node: Point) -> None:
        row, column = node
        steps = (float(self.plane.axis[column]), float(self.plane.rows[row]))
        self.weights.move(self.plane.origin, steps, (self.plane.first, self.plane.second))

    def _put(self, node: Point, level: Level) -> None:
        self.losses[node] = level.loss if np.isfinite(level.loss) else np.inf
        self.accuracy[node] = level.accuracy

    def _so_far(self) -> tuple[str]:
        known, total = int((~np.isnan(self.losses)).sum()), self.losses.size
        words = f"Unfinished: {known} of {total} points"
        more = f"{words}; {len(self.rough)} more roughly, from {FEW} images."
        return (more if self.rough else f"{words}.",)

    def told(self, *, notes: tuple[str, ...] = (), **facts: Any) -> LossLandscape:
        """The landscape as far as it is known."""
        losses, accuracy = self.losses.copy(), self.accuracy.copy()
        for node, level in self.rough.items():
            losses[node], accuracy[node] = level.loss, level.accuracy
        plane = self.plane
        return LossLandscape(
            losses=losses, accuracy=accuracy, axis=plane.axis, rows=plane.rows, directions=plane.directions,
            unit=plane.unit, marks=plane.marks, images=self.measure.count, notes=notes, **facts,
        )  # fmt: skip
