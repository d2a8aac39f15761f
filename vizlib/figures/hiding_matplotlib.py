"""Hiding on paper; registered with :func:`vizlib.figures.static.figure`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vizlib.attribution.results_hiding import Hiding
from vizlib.figures.hiding import AFTER, BEFORE, STATES, HidingPlan, hiding_plan
from vizlib.figures.static import draw_map, figure

SIDE = 2.0  # inches of a picture


@figure.register
def hiding(
    result: Hiding, *, images: Sequence[np.ndarray] | None = None, labels: Sequence[str] | None = None, **_: Any
) -> Figure:
    """The picture before and after, its maps on one scale, and the strongest classes.

    Parameters
    ----------
    images : sequence of uint8 arrays, optional
        The first is the picture as the network saw it.
    labels : sequence of str, optional
        Class names.
    """
    plan = hiding_plan(result, images, labels)
    rows = [bool(plan.images), bool(plan.maps)]
    drawn = Figure(figsize=(2 * SIDE + 0.9, SIDE * sum(rows) + 1.6), layout="constrained")
    grid = drawn.add_gridspec(sum(rows) + 1, 2, height_ratios=[SIDE] * sum(rows) + [1.2])
    for column, word in enumerate(STATES):
        if plan.images:
            axes = drawn.add_subplot(grid[0, column])
            axes.imshow(plan.images[column], interpolation="nearest", cmap="gray")
            axes.set_axis_off()
            axes.set_title(word, fontsize=7, loc="left")
        if plan.maps:
            draw_map(drawn, drawn.add_subplot(grid[int(rows[0]), column]), plan.maps[column], under=bool(plan.images))
    _bars(drawn.add_subplot(grid[-1, :]), plan)
    drawn.suptitle(plan.title, fontsize=7, x=0.01, ha="left", parse_math=False)
    return drawn


def _bars(axes: Axes, plan: HidingPlan) -> None:
    rows = np.arange(len(plan.names))
    for shares, colour, word, shift in zip(plan.shares, (BEFORE, AFTER), STATES, (-0.19, 0.19), strict=True):
        axes.barh(rows + shift, shares, height=0.36, color=colour, label=word)
    axes.set_yticks(rows, plan.names, fontsize=6, parse_math=False)
    axes.set(xlim=(0, 1), ylim=(len(rows) - 0.5, -0.5))
    axes.set_xlabel("probability", fontsize=6)
    axes.tick_params(axis="x", labelsize=6)
    axes.legend(fontsize=6, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
