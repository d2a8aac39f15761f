"""A plane through the weights, measured node by node: first a rough look, then coarse to fine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from vizlib.core.heartbeat import Heartbeat
from vizlib.landscapes.measure import Level, Measure
from vizlib.landscapes.order import Point, coarse_to_fine
from vizlib.landscapes.results import LossLandscape
from vizlib.landscapes.weights import OwnWeights

FIRST_LOOK = 32  # images
LOOKED_AT = 2  # levels of the first look


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

    def fill(self, facts: dict[str, Any]) -> None:
        """Measure every node; show on the way what is known."""
        levels = coarse_to_fine(len(self.plane.axis))
        self._first_look([node for level in levels[:LOOKED_AT] for node in level], facts)
        for node in (node for level in levels for node in level):
            self._put(node, self._at(node))
            self.rough.pop(node, None)
            self.progress.show(lambda: self.told(**facts, notes=(self._unfinished(),)))

    def _first_look(self, nodes: list[Point], facts: dict[str, Any]) -> None:
        """A few images at a few nodes, when somebody watches and the real thing takes longer."""
        if not hasattr(self.progress.progress, "show") or len(self.measure.images) < 4 * FIRST_LOOK:
            return
        for node in nodes:
            self.rough[node] = self._at(node, FIRST_LOOK)
            self.progress.show(lambda: self.told(**facts, notes=(self._unfinished(),)))

    def _at(self, node: Point, first: int | None = None) -> Level:
        row, column = node
        steps = (float(self.plane.axis[column]), float(self.plane.rows[row]))
        self.weights.move(self.plane.origin, steps, (self.plane.first, self.plane.second))
        return self.measure(first)

    def _put(self, node: Point, level: Level) -> None:
        self.losses[node] = level.loss if np.isfinite(level.loss) else np.inf
        self.accuracy[node] = level.accuracy

    def _unfinished(self) -> str:
        known, total = int((~np.isnan(self.losses)).sum()), self.losses.size
        words = f"Unfinished: {known} of {total} points"
        return f"{words}; {len(self.rough)} more roughly, from {FIRST_LOOK} images." if self.rough else f"{words}."

    def told(self, *, notes: tuple[str, ...] = (), **facts: Any) -> LossLandscape:
        """The landscape as far as it is known."""
        losses, accuracy = self.losses.copy(), self.accuracy.copy()
        for node, level in self.rough.items():
            losses[node], accuracy[node] = level.loss, level.accuracy
        plane = self.plane
        return LossLandscape(
            losses=losses, accuracy=accuracy, axis=plane.axis, rows=plane.rows, directions=plane.directions,
            unit=plane.unit, marks=plane.marks, images=len(self.measure.images), notes=notes, **facts,
        )  # fmt: skip
