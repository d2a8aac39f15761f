"""Receptive fields and layer tables on paper; registered with :func:`vizlib.figures.static.figure`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

from vizlib.figures.graph_matplotlib import graph_on_paper
from vizlib.figures.inside import BORDER, CANVAS, COSTS, FIELD, MOST, PADDING, PARAMETERS, Bars, bars, field_plan, short
from vizlib.figures.static import figure
from vizlib.inside.graph import LayerGraph
from vizlib.inside.results import Box, ModelSummary, ReceptiveField

SIDE = 3.2  # inches of a receptive field's figure
ROW = 0.12  # inches of one layer


@figure.register
def receptive_field(
    result: ReceptiveField,
    *,
    images: Sequence[np.ndarray] | None = None,
    unit: tuple[int, int] | None = None,
    **_: Any,
) -> Figure:
    """The part of the image that one unit sees; dashed where it reaches into the padding.

    Parameters
    ----------
    images : sequence of uint8 arrays, optional
        The first is drawn under the box.
    unit : (row, column), optional
        The central unit when left out.
    """
    plan = field_plan(result, unit, images)
    drawn = Figure(figsize=(SIDE, SIDE), layout="constrained")
    axes = drawn.subplots()
    _rectangle(axes, plan.whole, facecolor=PADDING, zorder=0)
    height, width = plan.size
    if plan.image is not None:
        axes.imshow(plan.image, extent=(0, width, height, 0), interpolation="nearest", zorder=1)
    else:
        _rectangle(axes, Box(0, 0, height, width), facecolor=CANVAS, zorder=1)
        _rectangle(axes, plan.clipped, facecolor=FIELD, alpha=0.15, zorder=1.5)
    _rectangle(axes, Box(0, 0, height, width), edgecolor=BORDER, linewidth=0.8, fill=False, zorder=2)
    _rectangle(axes, plan.whole, edgecolor=FIELD, linewidth=0.8, linestyle="--", fill=False, zorder=3)
    _rectangle(axes, plan.clipped, edgecolor=FIELD, linewidth=1.8, fill=False, zorder=4)
    axes.set(xlim=plan.x_range, ylim=plan.y_range[::-1], aspect="equal")
    axes.set_xlabel("column", fontsize=7)
    axes.set_ylabel("row", fontsize=7)
    axes.tick_params(labelsize=6)
    axes.set_title(plan.title, fontsize=7, loc="left", wrap=True, parse_math=False)
    return drawn


def _rectangle(axes: Axes, box: Box, **look: Any) -> None:
    axes.add_patch(Rectangle((box.left, box.top), box.right - box.left, box.bottom - box.top, **look))


@figure.register
def model_summary(
    result: ModelSummary, *, most: int = MOST, graph: LayerGraph | None = None, opened: str | None = None, **_: Any
) -> Figure:
    """Parameters and multiplications of each layer, first layer on top.

    Parameters
    ----------
    most : int
        Number of layers shown; the others are one row together.
    graph : LayerGraph, optional
        Draw which layer reads which instead.
    opened : str, optional
        Block of a large graph whose layers are drawn.
    """
    if graph is not None:
        return graph_on_paper(graph, opened)
    plan = bars(result, most)
    drawn = Figure(figsize=(6.5, ROW * len(plan.names) + 0.9), layout="constrained")
    left, right = drawn.subplots(1, 2, sharey=True)
    _bars(left, plan, plan.parameters, PARAMETERS, "parameters")
    _bars(right, plan, plan.macs, COSTS, "MACs")
    left.set_yticks(range(len(plan.names)), plan.names, fontsize=5)
    left.set_ylim(len(plan.names) - 0.5, -0.5)
    drawn.suptitle(plan.title, fontsize=7, x=0.01, ha="left", parse_math=False)
    return drawn


def _bars(axes: Axes, plan: Bars, numbers: Sequence[int], colour: str, label: str) -> None:
    axes.barh(range(len(plan.names)), numbers, color=colour, height=0.8)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axes.set_xlabel(label, fontsize=6)
    axes.tick_params(axis="x", labelsize=6)
    axes.spines[["top", "right"]].set_visible(False)
