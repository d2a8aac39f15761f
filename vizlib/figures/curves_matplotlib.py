"""Curves, reliability diagrams and confusion matrices on paper; registered with ``static.figure``."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vizlib.evaluation.calibration import Calibration
from vizlib.evaluation.confusion import Confusion, Share
from vizlib.evaluation.multiclass import Curves
from vizlib.evaluation.results import Band, PrCurve, RocCurve
from vizlib.evaluation.thresholds import Balance
from vizlib.figures.curves import (
    COLOURS,
    GUESS,
    MOST_CURVES,
    CurvePlan,
    Line,
    Mark,
    Other,
    balance_plan,
    matrix_plan,
    pr_plan,
    reliability_plan,
    roc_plan,
    several_plan,
)
from vizlib.figures.static import figure

SIDE = 3.4  # inches
FEW = 15  # classes whose numbers are written into the matrix


@figure.register
def roc(
    result: RocCurve,
    *,
    band: Band | None = None,
    log: bool = False,
    mark: Mark | None = None,
    other: Other | None = None,
    **_: Any,
) -> Figure:
    """The ROC curve; the keywords are those of :func:`vizlib.figures.curves.roc_plan`."""
    return drawn_curves(roc_plan(result, band, log, mark, other))


@figure.register
def precision_recall(
    result: PrCurve, *, iso_f1: bool = False, mark: Mark | None = None, other: Other | None = None, **_: Any
) -> Figure:
    """The precision-recall curve; the keywords are those of :func:`vizlib.figures.curves.pr_plan`."""
    return drawn_curves(pr_plan(result, iso_f1, mark, other))


@figure.register
def balance(result: Balance, *, at: float | None = None, **_: Any) -> Figure:
    """Precision at two class balances; the keyword is that of :func:`vizlib.figures.curves.balance_plan`."""
    return drawn_curves(balance_plan(result, at))


@figure.register
def several(result: Curves, *, most: int = MOST_CURVES, **_: Any) -> Figure:
    """The curves of the classes; the keyword is that of :func:`vizlib.figures.curves.several_plan`."""
    return drawn_curves(several_plan(result, most))


def drawn_curves(plan: CurvePlan) -> Figure:
    """Curves in the unit square, with their band and mark."""
    drawn, axes = _square(plan.title)
    if plan.band is not None:
        axes.fill_between(plan.band.x, plan.band.low, plan.band.high, color=COLOURS[0], alpha=0.2, linewidth=0)
    for line in plan.lines:
        _line(axes, line)
    if plan.mark is not None:
        look: dict[str, Any] = {"color": COLOURS[1], "markersize": 6, "markeredgecolor": "white", "linestyle": "none"}
        axes.plot([plan.mark.x], [plan.mark.y], "D", label=plan.mark.words, **look)
    if plan.log is not None:
        axes.set_xscale("log")
    axes.set(xlim=(plan.log or -0.01, 1.01), ylim=(-0.01, 1.01))
    axes.set_xlabel(plan.x, fontsize=7)
    axes.set_ylabel(plan.y, fontsize=7)
    axes.legend(fontsize=5, frameon=False)
    return drawn


def _line(axes: Axes, line: Line) -> None:
    axes.plot(
        line.x,
        line.y,
        color=line.colour,
        linewidth=0.6 if line.thin else 0.8 if line.dashed else 1.3,
        linestyle="--" if line.dashed else "-",
        drawstyle="steps-pre" if line.step else "default",
        label="_" if line.thin else line.name.replace("$", r"\$"),
    )
    if line.thin:
        axes.text(1, line.y[-1], line.name, fontsize=5, ha="right", va="bottom", color=GUESS)


def _square(title: str) -> tuple[Figure, Axes]:
    drawn = Figure(figsize=(SIDE, SIDE), layout="constrained")
    axes = drawn.subplots()
    _plain(axes)
    drawn.suptitle(title, fontsize=6, x=0.01, ha="left", parse_math=False, wrap=True)
    return drawn, axes


def _plain(axes: Axes) -> None:
    axes.tick_params(labelsize=6)
    axes.spines[["top", "right"]].set_visible(False)


@figure.register
def reliability(result: Calibration, **_: Any) -> Figure:
    """Accuracy over confidence with Wilson's intervals, above the number of examples in each bin."""
    plan = reliability_plan(result)
    drawn = Figure(figsize=(SIDE, SIDE * 1.2), layout="constrained")
    above, below = drawn.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    widths, middles = np.maximum(plan.right - plan.left, 1e-3), (plan.left + plan.right) / 2
    above.bar(middles, plan.accuracy, widths, color=COLOURS[0], alpha=0.75, edgecolor="white", linewidth=0.5)
    reach = np.stack([plan.accuracy - plan.low, plan.high - plan.accuracy])
    above.errorbar(
        middles, plan.accuracy, np.maximum(reach, 0), fmt="none", ecolor="#333333", elinewidth=0.8, capsize=2
    )
    above.plot([0, 1], [0, 1], "--", color=GUESS, linewidth=0.8, label="honest")
    above.plot(plan.confidence, plan.accuracy, "o", color=COLOURS[1], markersize=3, label="mean confidence")
    above.set(xlim=(0, 1), ylim=(0, 1.02))
    above.set_ylabel("accuracy", fontsize=7)
    above.legend(fontsize=5, frameon=False)
    below.bar(middles, plan.counts, widths, color=GUESS)
    below.set_xlabel("confidence", fontsize=7)
    below.set_ylabel("examples", fontsize=7)
    for axes in (above, below):
        _plain(axes)
    drawn.suptitle(plan.title, fontsize=6, x=0.01, ha="left", parse_math=False, wrap=True)
    return drawn


@figure.register
def matrix(
    result: Confusion, *, by: Share = "true", order: Sequence[int] | None = None, mistakes: bool = False, **_: Any
) -> Figure:
    """The confusion matrix; the keywords are those of :func:`vizlib.figures.curves.matrix_plan`."""
    plan = matrix_plan(result, by, order, mistakes)
    drawn, axes = _square(plan.title)
    shown = axes.imshow(plan.shares, cmap="viridis", vmin=0, vmax=plan.high, interpolation="nearest")
    bar = drawn.colorbar(shown, ax=axes, fraction=0.046, pad=0.03)
    bar.set_label(plan.unit, fontsize=6)
    bar.ax.tick_params(labelsize=6)
    ticks = range(len(plan.labels))
    size = 6 if len(plan.labels) <= FEW else 4
    labels = [label.replace("$", r"\$") for label in plan.labels]
    axes.set_xticks(ticks, labels, rotation=90, fontsize=size)
    axes.set_yticks(ticks, labels, fontsize=size)
    axes.set_xlabel("predicted", fontsize=7)
    axes.set_ylabel("true", fontsize=7)
    if len(plan.names) <= FEW:
        middle = np.nanmax(plan.shares) / 2
        for (row, column), count in np.ndenumerate(plan.counts):
            dark = not plan.shares[row, column] > middle
            colour = "white" if dark else "black"
            axes.text(column, row, f"{count}", ha="center", va="center", fontsize=4, color=colour)
    return drawn
