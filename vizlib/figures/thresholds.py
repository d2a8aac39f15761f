"""Lines and words of what every threshold does."""

from dataclasses import dataclass

import numpy as np

from vizlib.evaluation.thresholds import Thresholds
from vizlib.figures.curves import COLOURS, MOST_POINTS, Line


@dataclass(frozen=True, eq=False)
class ThresholdPlan:
    """Shares and costs over the threshold; ``at`` is the chosen one, ``best`` and ``cheapest`` those that stand out."""

    shares: tuple[Line, ...]
    cost: Line
    at: float | None
    best: float
    cheapest: float
    title: str
    alternative: str


def threshold_plan(result: Thresholds, at: float | None = None) -> ThresholdPlan:
    """Precision, recall, F-measure and cost over the threshold.

    Parameters
    ----------
    result : Thresholds
    at : float, optional
        The chosen threshold, drawn as a line.
    """
    drawn = result.some(_places(result))
    measures = {"precision": drawn.precision, "recall": drawn.recall, f"F{result.beta:g}": drawn.f_measure}
    shares = tuple(
        Line(drawn.thresholds[:-1], values[:-1], name, colour, step=True)
        for (name, values), colour in zip(measures.items(), COLOURS, strict=False)
    )
    cost = Line(drawn.thresholds[:-1], drawn.cost[:-1], "mean cost", COLOURS[3], step=True)
    best, cheapest = result.best_f, result.cheapest
    title = f"F{result.beta:g} is highest, {result.highest_f:.4f}, at {best:.4g}"
    title += f"; a decision is cheapest, {result.lowest_cost:.4g}, at {_said(cheapest)}"
    words = f"Precision, recall, F-measure and cost over the threshold. {title}."
    return ThresholdPlan(shares, cost, at, best, cheapest, title, words)


def _places(result: Thresholds) -> np.ndarray:
    """Points to draw, few enough for a screen; the first, infinite one has no place on an axis."""
    count = len(result.thresholds) - 1
    return 1 + np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).astype(np.int64))


def _said(threshold: float) -> str:
    return f"{threshold:.4g}" if np.isfinite(threshold) else "no threshold: letting nothing through costs least"
