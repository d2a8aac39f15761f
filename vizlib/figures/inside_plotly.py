"""Receptive fields and layer tables on the screen; registered with :func:`vizlib.figures.interactive.figure`."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from vizlib.figures.graph_plotly import graph_on_screen
from vizlib.figures.inside import BORDER, CANVAS, COSTS, FIELD, MOST, PADDING, PARAMETERS, bars, field_plan
from vizlib.figures.interactive import data_uri, figure
from vizlib.inside.graph import LayerGraph
from vizlib.inside.results import Box, ModelSummary, ReceptiveField

INSIDE = "rgba(213, 94, 0, 0.15)"
SIDE = 420  # pixels of a receptive field's figure
ROW = 16  # pixels of one layer


@figure.register
def receptive_field(
    result: ReceptiveField,
    *,
    images: Sequence[np.ndarray] | None = None,
    unit: tuple[int, int] | None = None,
    **_: Any,
) -> go.Figure:
    """The part of the image that one unit sees; dashed where it reaches into the padding.

    Parameters
    ----------
    images : sequence of uint8 arrays, optional
        The first is drawn under the box.
    unit : (row, column), optional
        The central unit when left out.
    """
    plan = field_plan(result, unit, images)
    drawn = go.Figure()
    _rectangle(drawn, plan.whole, fillcolor=PADDING, line={"width": 0}, layer="below")
    look = {} if plan.image is not None else {"fillcolor": CANVAS, "layer": "below"}
    _rectangle(drawn, Box(0, 0, *plan.size), line={"color": BORDER, "width": 1}, **look)
    if plan.image is not None:
        height, width = plan.size
        drawn.add_layout_image(
            source=data_uri(plan.image), x=0, y=0, sizex=width, sizey=height, xref="x", yref="y", sizing="stretch",
            layer="below",
        )  # fmt: skip
    _rectangle(drawn, plan.whole, line={"color": FIELD, "width": 1.5, "dash": "dash"})
    _rectangle(drawn, plan.clipped, line={"color": FIELD, "width": 3}, fillcolor=INSIDE if plan.image is None else None)
    _hint(drawn, plan.clipped)
    drawn.update_xaxes(range=plan.x_range, constrain="domain", title="column", showgrid=False, zeroline=False)
    drawn.update_yaxes(
        range=plan.y_range[::-1], scaleanchor="x", constrain="domain", title="row", showgrid=False, zeroline=False
    )
    drawn.update_layout(
        title={"text": escape(plan.title, quote=False), "font": {"size": 13}},
        height=SIDE,
        margin={"l": 50, "r": 8, "t": 40, "b": 45},
        meta={"alternative": plan.alternative},
        plot_bgcolor="rgba(0,0,0,0)",
    )
    return drawn


def _rectangle(drawn: go.Figure, box: Box, **look: Any) -> None:
    drawn.add_shape(type="rect", x0=box.left, x1=box.right, y0=box.top, y1=box.bottom, **look)


def _hint(drawn: go.Figure, box: Box) -> None:
    """What hovering over the middle of the box tells; it also makes the axes exist."""
    text = f"rows {box.top} to {box.bottom - 1}<br>columns {box.left} to {box.right - 1}"
    middle = {"x": [(box.left + box.right) / 2], "y": [(box.top + box.bottom) / 2]}
    drawn.add_trace(
        go.Scatter(**middle, mode="markers", marker={"color": FIELD}, hovertemplate=f"{text}<extra></extra>")
    )


@figure.register
def model_summary(
    result: ModelSummary, *, most: int = MOST, graph: LayerGraph | None = None, opened: str | None = None, **_: Any
) -> go.Figure:
    """Parameters and multiplications of each layer, first layer on top; hovering tells shapes and formulas.

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
        return graph_on_screen(graph, opened)
    plan = bars(result, most)
    drawn = make_subplots(1, 2, shared_yaxes=True, horizontal_spacing=0.08, subplot_titles=("Parameters", "MACs"))
    for column, (numbers, colour) in enumerate(((plan.parameters, PARAMETERS), (plan.macs, COSTS)), start=1):
        drawn.add_trace(
            go.Bar(
                y=plan.names,
                x=numbers,
                orientation="h",
                marker={"color": colour},
                customdata=plan.facts,
                hovertemplate="<b>%{y}</b><br>%{x:,}<br>%{customdata}<extra></extra>",
            ),
            row=1,
            col=column,
        )
    drawn.update_xaxes(nticks=4)  # on a phone the numbers of both sides would meet
    drawn.update_yaxes(autorange="reversed", type="category", tickfont={"size": 10})
    drawn.update_layout(
        title={"text": escape(plan.title, quote=False), "font": {"size": 13}},
        height=ROW * len(plan.names) + 110,
        margin={"l": 8, "r": 8, "t": 70, "b": 30},
        showlegend=False,
        meta={"alternative": plan.alternative},
    )
    return drawn
