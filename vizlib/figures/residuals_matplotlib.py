"""Errors of predicted numbers on paper; registered with ``static.figure``."""

from typing import Any

from matplotlib.figure import Figure

from vizlib.evaluation.regression import Regression
from vizlib.figures.curves import COLOURS, GUESS
from vizlib.figures.residuals import residual_plan
from vizlib.figures.static import figure

WIDTH, HEIGHT = 6.0, 3.0  # inches


@figure.register
def residuals(result: Regression, **_: Any) -> Figure:
    """Prediction over truth beside residual over prediction."""
    plan = residual_plan(result)
    drawn = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    left, right = drawn.subplots(1, 2)
    look: dict[str, Any] = {"color": COLOURS[0], "alpha": 0.5, "markersize": 2, "linestyle": "none", "marker": "o"}
    left.plot(plan.truth, plan.predicted, **look)
    left.plot(plan.ends, plan.ends, "--", color=GUESS, linewidth=0.8)
    left.set_xlabel("true", fontsize=7)
    left.set_ylabel("predicted", fontsize=7)
    right.plot(plan.predicted, plan.residuals, **look)
    right.axhline(0, color=GUESS, linestyle="--", linewidth=0.8)
    right.axhline(plan.bias, color=COLOURS[1], linewidth=0.8)
    right.set_xlabel("predicted", fontsize=7)
    right.set_ylabel("predicted less true", fontsize=7)
    for axes in (left, right):
        axes.tick_params(labelsize=6)
        axes.spines[["top", "right"]].set_visible(False)
    drawn.suptitle(plan.title, fontsize=6, x=0.01, ha="left", parse_math=False, wrap=True)
    return drawn
