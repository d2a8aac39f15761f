"""Attention on paper; registered with :func:`vizlib.figures.static.figure`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from vizlib.figures.attention import HeadPlan, distance_plan, head_plan, head_sheet
from vizlib.figures.static import figure
from vizlib.figures.style import Scale
from vizlib.figures.units_matplotlib import _bar, _page, _titled
from vizlib.inside.attention_results import Attention, AttentionDistance, Place

DOT = "#0072b2"
LINE = "#999999"
MARK = "#d55e00"
SIDE = 3.2  # inches of one head


@figure.register
def attention(
    result: Attention,
    *,
    images: Sequence[np.ndarray] | None = None,
    index: int = 0,
    head: int | None = None,
    query: Place | None = None,
    scale: Scale = "own",
    opacity: float = 0.6,
    **_: Any,
) -> Figure:
    """Where one query looks: all heads as one picture, or one head over its image.

    Parameters
    ----------
    images : sequence of uint8 arrays, optional
        Drawn under the weights, in grey.
    index : int
        Number of the image.
    head : int, optional
        Draw this head alone; -1 is the mean over heads.
    query : (row, column), optional
        Patch that looks; the class token, or else the central patch, when left out.
    scale : {"own", "shared"}
        One colour range for each head, or one for all.
    opacity : float
        Of the weights over the image, 0 to 1.
    """
    if head is None:
        return _page(head_sheet(result, query, index, scale, opacity, images))
    return _one_head(head_plan(result, head, query, index, scale, images), opacity)


def _one_head(plan: HeadPlan, opacity: float) -> Figure:
    drawn = Figure(figsize=(SIDE + 0.9, SIDE), layout="constrained")
    axes = drawn.subplots()
    height, width = plan.values.shape
    alpha = None
    if plan.ground is not None:
        axes.imshow(plan.ground, extent=(-0.5, width - 0.5, height - 0.5, -0.5), interpolation="nearest")
        alpha = np.full(plan.values.shape, opacity)  # one number a pixel: PDF and SVG would write one number twice
    look = {"cmap": plan.bar.colours, "vmin": plan.bar.low, "vmax": plan.bar.high, "interpolation": "nearest"}
    axes.imshow(plan.values, alpha=alpha, **look)  # type: ignore[arg-type]
    if plan.query is not None:
        row, column = plan.query
        for colour, line in (("white", 3.0), (MARK, 1.6)):
            corner = (column - 0.5, row - 0.5)
            axes.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=colour, linewidth=line))
    axes.set_axis_off()
    _titled(axes, plan.title)
    _bar(drawn, axes, plan.bar)
    return drawn


@figure.register
def attention_distance(result: AttentionDistance, **_: Any) -> Figure:
    """One dot a head against the depth of its block; dashed, what looking everywhere alike would give."""
    plan = distance_plan(result)
    drawn = Figure(figsize=(max(3.4, 0.28 * len(plan.blocks) + 1), 2.8), layout="constrained")
    axes = drawn.subplots()
    axes.plot(plan.blocks, plan.uniform, "--", color=LINE, linewidth=1, label="looking everywhere alike")
    axes.plot(plan.x, plan.y, "o", color=DOT, markersize=3, alpha=0.8, label="one head")
    axes.set_xlabel("block, from the first to the last", fontsize=7)
    axes.set_ylabel("mean attention distance, pixels", fontsize=7)
    axes.set_xticks(plan.blocks)
    axes.set(xlim=(0.4, len(plan.blocks) + 0.6), ylim=(0, plan.high))
    axes.tick_params(labelsize=6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=6, frameon=False, loc="lower right")
    _titled(axes, plan.title)
    return drawn
