"""Attention on the screen; registered with :func:`vizlib.figures.interactive.figure`."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from vizlib.figures.attention import MARKS, HeadPlan, distance_plan, head_plan, head_sheet
from vizlib.figures.interactive import colour_scale, data_uri, figure
from vizlib.figures.style import Scale
from vizlib.figures.units_plotly import _axes, _finished, _sheet
from vizlib.inside.attention_results import Attention, AttentionDistance, Place

DOT = "#0072b2"
LINE = "#999999"
MARK = "#d55e00"
SIDE = 420  # pixels of one head's height


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
) -> go.Figure:
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
        return _sheet(head_sheet(result, query, index, scale, opacity, images))
    return _one_head(head_plan(result, head, query, index, scale, images), opacity)


def _one_head(plan: HeadPlan, opacity: float) -> go.Figure:
    drawn, (height, width) = go.Figure(), plan.values.shape
    if plan.ground is not None:
        drawn.add_layout_image(
            source=data_uri(plan.ground), x=-0.5, y=-0.5, sizex=width, sizey=height, xref="x", yref="y",
            sizing="stretch", layer="below",
        )  # fmt: skip
    drawn.add_trace(
        go.Heatmap(
            z=plan.values,
            zmin=plan.bar.low,
            zmax=plan.bar.high,
            colorscale=colour_scale(plan.bar.colours),
            opacity=opacity if plan.ground is not None else 1.0,
            hovertemplate="row %{y}, column %{x}<br>%{z:.3g}<extra></extra>",
            colorbar={"title": {"text": plan.bar.unit, "side": "right"}, "thickness": 12},
        )
    )
    if plan.values.size <= MARKS:
        _places(drawn, plan.values)
    if plan.query is not None:
        row, column = plan.query
        for colour, line in (("white", 5), (MARK, 3)):
            edges = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
            drawn.add_shape(type="rect", **edges, line={"color": colour, "width": line})
    _axes(drawn, width, height)
    return _finished(drawn, plan.title, plan.alternative, SIDE)


def _places(drawn: go.Figure, values: np.ndarray) -> None:
    """An invisible mark on each patch, to be clicked: heat maps report no clicks. It knows the number of the patch."""
    height, width = values.shape
    y, x = np.mgrid[:height, :width]
    drawn.add_trace(
        go.Scatter(
            x=x.ravel(),
            y=y.ravel(),
            mode="markers",
            marker={"symbol": "square", "size": max(5, 300 // max(height, width)), "opacity": 0},
            customdata=np.arange(height * width),
            text=[f"{value:.3g}" for value in values.ravel()],
            hovertemplate="row %{y}, column %{x}<br>%{text}<extra></extra>",
        )
    )


@figure.register
def attention_distance(result: AttentionDistance, **_: Any) -> go.Figure:
    """One dot a head against the depth of its block; dashed, what looking everywhere alike would give."""
    plan = distance_plan(result)
    drawn = go.Figure()
    line = {"color": LINE, "dash": "dash", "width": 1.5}
    even = "%{y:.1f} pixels if it looked at everything alike<extra></extra>"
    drawn.add_trace(
        go.Scatter(
            x=plan.blocks, y=plan.uniform, mode="lines", line=line, hovertemplate=even, name="looking everywhere alike"
        )
    )
    drawn.add_trace(
        go.Scatter(
            x=plan.x,
            y=plan.y,
            mode="markers",
            marker={"color": DOT, "size": 8, "opacity": 0.8},
            text=plan.texts,
            hovertemplate="%{text}<extra></extra>",
            name="one head",
        )
    )
    drawn.update_xaxes(title="block, from the first to the last", dtick=1, range=[0.4, len(plan.blocks) + 0.6])
    drawn.update_yaxes(title="mean attention distance, pixels", range=[0, plan.high])
    drawn.update_layout(
        title={"text": escape(plan.title, quote=False), "font": {"size": 13}},
        height=380,
        margin={"l": 50, "r": 8, "t": 40, "b": 45},
        legend={"orientation": "h", "y": -0.22, "x": 0},
        meta={"alternative": plan.alternative},
        plot_bgcolor="rgba(0,0,0,0)",
    )
    return drawn
