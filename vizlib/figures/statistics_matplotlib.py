"""Statistics of channels on paper; registered with :func:`vizlib.figures.static.figure`."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from vizlib.figures.static import figure
from vizlib.figures.statistics import LARGEST, SHARE, statistics_plan
from vizlib.inside.results_units import UnitStatistics

ALIVE = "#0072b2"
DEAD = "#d55e00"


@figure.register
def unit_statistics(result: UnitStatistics, *, unit: int | None = None, **_: Any) -> Figure:
    """A mark for each channel: how often it answers and how strongly; below, the histogram of one of them.

    Parameters
    ----------
    unit : int, optional
        Channel whose histogram is drawn, with a ring around its mark; the most active one when left out.
    """
    plan = statistics_plan(result, unit)
    drawn = Figure(figsize=(5.0, 4.2), layout="constrained")
    upper, lower = drawn.subplots(2, 1, height_ratios=[3, 2])
    upper.plot(result.position_share[plan.alive], result.maximum[plan.alive], "o", color=ALIVE, markersize=3)
    upper.plot(
        result.position_share[plan.dead], result.maximum[plan.dead], "x", color=DEAD, markersize=4, clip_on=False
    )
    ring = {"markerfacecolor": "none", "markeredgecolor": DEAD, "markersize": 8, "clip_on": False}
    upper.plot(result.position_share[plan.unit], result.maximum[plan.unit], "o", **ring)  # type: ignore[arg-type]
    upper.set_title(plan.title, fontsize=7, loc="left", parse_math=False)
    upper.set_xlim(-0.03, 1.03)
    upper.xaxis.set_major_formatter(PercentFormatter(1.0))
    upper.set_xlabel(SHARE, fontsize=6)
    upper.set_ylabel(LARGEST, fontsize=6)
    lower.bar(plan.edges[:-1], plan.counts, np.diff(plan.edges), align="edge", color=ALIVE)
    lower.set_yscale("log")
    lower.set_xlabel(plan.below, fontsize=6)
    lower.set_ylabel("count", fontsize=6)
    for axes in (upper, lower):
        axes.tick_params(labelsize=6)
        axes.spines[["top", "right"]].set_visible(False)
    return drawn
