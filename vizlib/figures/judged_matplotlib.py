"""Numbers with their intervals on paper; registered with ``static.figure``."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vizlib.evaluation.crossvalidation import Spread
from vizlib.evaluation.results import AucComparison
from vizlib.evaluation.segmentation import Segmentation
from vizlib.evaluation.slices import Slices
from vizlib.figures.curves import GUESS
from vizlib.figures.judged import (
    MOST_ROWS,
    Row,
    RowsPlan,
    comparison_plan,
    segmentation_plan,
    slices_plan,
    spread_plan,
)
from vizlib.figures.static import figure

WIDTH, ROW, AROUND = 4.6, 0.3, 0.9  # inches
LONGEST = 32  # letters of a name at the axis


@figure.register
def slices(result: Slices, *, most: int = MOST_ROWS, **_: Any) -> Figure:
    """Slices, worst first; the keyword is that of :func:`vizlib.figures.judged.slices_plan`."""
    return _rows(slices_plan(result, most))


@figure.register
def comparison(result: AucComparison, *, names: tuple[str, str] = ("A", "B"), level: float = 0.95, **_: Any) -> Figure:
    """Two areas; the keywords are those of :func:`vizlib.figures.judged.comparison_plan`."""
    return _rows(comparison_plan(result, names, level))


@figure.register
def spread(result: Spread, **_: Any) -> Figure:
    """Hold-outs, folds and bootstrap on one axis."""
    return _rows(spread_plan(result))


@figure.register
def segmentation(result: Segmentation, *, most: int = MOST_ROWS, **_: Any) -> Figure:
    """IoU of every class; the keyword is that of :func:`vizlib.figures.judged.segmentation_plan`."""
    return _rows(segmentation_plan(result, most))


def _rows(plan: RowsPlan) -> Figure:
    drawn = Figure(figsize=(WIDTH, AROUND + ROW * max(len(plan.rows), 2)), layout="constrained")
    axes = drawn.subplots()
    for place, row in enumerate(plan.rows):
        _row(axes, place, row)
    if plan.line is not None and not np.isnan(plan.line):
        axes.axvline(plan.line, color=GUESS, linestyle="--", linewidth=0.8)
        axes.annotate(
            plan.line_name, (plan.line, 1), xycoords=("data", "axes fraction"), xytext=(2, -1),
            textcoords="offset points", fontsize=5, color=GUESS, va="top",
        )  # fmt: skip
    names = [row.name if len(row.name) <= LONGEST else row.name[: LONGEST - 1] + "…" for row in plan.rows]
    axes.set_yticks(range(len(names)), [name.replace("$", r"\$") for name in names], fontsize=6)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlabel(plan.x, fontsize=7)
    axes.tick_params(labelsize=6)
    axes.spines[["top", "right"]].set_visible(False)
    drawn.suptitle(plan.title, fontsize=6, x=0.01, ha="left", parse_math=False, wrap=True)
    return drawn


def _row(axes: Axes, place: int, row: Row) -> None:
    if len(row.single):
        axes.plot(row.single, np.full(len(row.single), place + 0.28), "|", color=row.colour, alpha=0.45, markersize=4)
    if np.isnan(row.value):
        axes.text(
            0.5, place, row.words, transform=axes.get_yaxis_transform(), fontsize=5, ha="center", va="center",
            color=GUESS, parse_math=False,
        )  # fmt: skip
        return
    if not np.isnan(row.low):
        ends = [[row.value - row.low], [row.high - row.value]]
        axes.errorbar([row.value], [place], xerr=np.maximum(ends, 0), fmt="none", ecolor=row.colour, capsize=2)
    axes.plot([row.value], [place], "o", color=row.colour, markersize=4)
