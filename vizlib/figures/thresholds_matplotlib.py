"""What every threshold does, on paper; registered with ``static.figure``."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from vizlib.evaluation.thresholds import Thresholds
from vizlib.figures.curves import COLOURS, GUESS
from vizlib.figures.static import figure
from vizlib.figures.thresholds import threshold_plan

SIDE = 3.4  # inches


@figure.register
def over_thresholds(result: Thresholds, *, at: float | None = None, **_: Any) -> Figure:
    """Shares above, cost below; the keyword is that of :func:`vizlib.figures.thresholds.threshold_plan`."""
    plan = threshold_plan(result, at)
    drawn = Figure(figsize=(SIDE, SIDE * 1.2), layout="constrained")
    above, below = drawn.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    for axes, lines in ((above, plan.shares), (below, (plan.cost,))):
        for line in lines:
            axes.plot(line.x, line.y, color=line.colour, linewidth=1.2, drawstyle="steps-post", label=line.name)
        if plan.at is not None:
            axes.axvline(plan.at, color=COLOURS[1], linewidth=1)
        axes.tick_params(labelsize=6)
        axes.spines[["top", "right"]].set_visible(False)
    above.axvline(plan.best, color=GUESS, linewidth=0.7, linestyle=":")
    if np.isfinite(plan.cheapest):
        below.plot([plan.cheapest], [result.lowest_cost], "*", color=plan.cost.colour, label="cheapest")
    above.set_ylim(-0.01, 1.01)
    above.set_ylabel("share", fontsize=7)
    below.set_ylabel("mean cost", fontsize=7)
    below.set_xlabel("threshold", fontsize=7)
    for axes in (above, below):
        axes.legend(fontsize=5, frameon=False)
    drawn.suptitle(plan.title, fontsize=6, x=0.01, ha="left", parse_math=False, wrap=True)
    return drawn
