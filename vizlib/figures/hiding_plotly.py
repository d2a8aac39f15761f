"""Hiding on the screen; registered with :func:`vizlib.figures.interactive.figure`."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from vizlib.attribution.results_hiding import Hiding
from vizlib.figures.hiding import AFTER, BEFORE, STATES, hiding_plan
from vizlib.figures.interactive import colour_scale, data_uri, figure
from vizlib.figures.style import Panel

SIDE = 300  # pixels of a picture
BARS = 220


@figure.register
def hiding(
    result: Hiding, *, images: Sequence[np.ndarray] | None = None, labels: Sequence[str] | None = None, **_: Any
) -> go.Figure:
    """The picture before and after, its maps on one scale, and the strongest classes.

    Parameters
    ----------
    images : sequence of uint8 arrays, optional
        The first is the picture as the network saw it.
    labels : sequence of str, optional
        Class names.
    """
    plan = hiding_plan(result, images, labels)
    kinds = [kind for kind, shown in (("image", plan.images), ("map", plan.maps)) if shown]
    count = len(kinds) + 1
    titles = [escape(word, quote=False) for word in STATES] if kinds else []
    heights = [*(SIDE for _kind in kinds), BARS]
    drawn = make_subplots(
        count,
        2,
        specs=[*([{}, {}] for _kind in kinds), [{"colspan": 2}, None]],
        row_heights=heights,
        subplot_titles=titles,
        vertical_spacing=0.06,
    )
    for row, kind in enumerate(kinds, start=1):
        for column in (1, 2):
            trace = _picture(plan.images[column - 1]) if kind == "image" else _map(plan.maps[column - 1], column)
            drawn.add_trace(trace, row=row, col=column)
            drawn.update_xaxes(visible=False, constrain="domain", row=row, col=column)
            anchor = drawn.get_subplot(row, column).xaxis.plotly_name.replace("axis", "")
            drawn.update_yaxes(
                visible=False, autorange="reversed", scaleanchor=anchor, constrain="domain", row=row, col=column
            )
    names = [escape(name, quote=False) for name in plan.names]
    for shares, colour, word in zip(plan.shares, (BEFORE, AFTER), STATES, strict=True):
        look = {"marker": {"color": colour}, "hovertemplate": "%{y}: %{x:.2%}<extra>" + word + "</extra>"}
        drawn.add_trace(go.Bar(y=names, x=shares, orientation="h", name=word, **look), row=count, col=1)
    drawn.update_yaxes(autorange="reversed", type="category", row=count, col=1)
    drawn.update_xaxes(range=[0, 1], title="probability", row=count, col=1)
    drawn.update_layout(
        title={"text": escape(plan.title, quote=False), "font": {"size": 13}},
        height=sum(heights) + 120,
        margin={"l": 90, "r": 8, "t": 70, "b": 40},
        meta={"alternative": plan.alternative},
    )
    return drawn


def _picture(image: np.ndarray) -> go.Image:
    return go.Image(source=data_uri(np.ascontiguousarray(image)), hoverinfo="skip")


def _map(panel: Panel, column: int) -> go.Heatmap:
    bar = {"title": {"text": panel.unit, "side": "right"}, "thickness": 12, "len": 0.35, "y": 0.5}
    return go.Heatmap(
        z=panel.values, zmin=panel.low, zmax=panel.high, colorscale=colour_scale(panel.colours),
        reversescale=panel.diverging_colours, showscale=column == 2, colorbar=bar,
        hovertemplate="row %{y}, column %{x}<br>%{z:.4g}<extra></extra>",
    )  # fmt: skip
