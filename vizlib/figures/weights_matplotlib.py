"""Histograms of weights on paper; registered with :func:`vizlib.figures.static.figure`."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vizlib.figures.static import figure
from vizlib.figures.weights import MOST, MOST_COLUMNS, Bars, WeightPlan, compared_plan, weight_plan
from vizlib.inside.results_weights import ComparedWeights, WeightHistograms

WIDTH, ROW = 1.75, 1.35  # inches of one panel
LEAST = 0.7  # of the logarithmic axis, so that a bar of one weight is seen


@figure.register
def weight_histograms(result: WeightHistograms, *, most: int = MOST, **_: Any) -> Figure:
    """One histogram a layer, counts on a logarithmic axis; the keyword is that of ``weight_plan``."""
    return _drawn(weight_plan(result, most))


@figure.register
def compared_weights(result: ComparedWeights, *, most: int = MOST_COLUMNS, **_: Any) -> Figure:
    """One row a network, one column a layer, with the same axes; the keyword is that of ``compared_plan``."""
    return _drawn(compared_plan(result, most))


def _drawn(plan: WeightPlan) -> Figure:
    rows, columns = len(plan.panels), len(plan.panels[0])
    drawn = Figure(figsize=(max(3.4, WIDTH * columns), ROW * rows + 0.4), layout="constrained")
    grid = drawn.subplots(rows, columns, squeeze=False)
    for line, tops, axes in zip(plan.panels, plan.highest, grid, strict=True):
        axes[0].set_ylabel("count", fontsize=6)
        for bars, top, place in zip(line, tops, axes, strict=True):
            _bars(place, bars, top)
    drawn.suptitle(plan.title, fontsize=7, x=0.01, ha="left", parse_math=False)
    return drawn


def _bars(axes: Axes, bars: Bars | None, top: float) -> None:
    if bars is None:
        axes.set_axis_off()
        return
    axes.bar(bars.edges[:-1], bars.counts, np.diff(bars.edges), align="edge", color=bars.colours)
    axes.set_yscale("log")
    axes.set_ylim(LEAST, top)
    axes.set_title(f"{bars.title}\n{bars.fact}", fontsize=6, loc="left", parse_math=False)
    axes.tick_params(labelsize=5)
    axes.spines[["top", "right"]].set_visible(False)
