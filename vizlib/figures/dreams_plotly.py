"""Effective receptive fields and dreams on the screen; registered with :func:`vizlib.figures.interactive.figure`."""

from collections.abc import Sequence
from html import escape
from textwrap import wrap
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from vizlib.figures.dreams import COLOURS, FITTED, MEASURED, THEORY, UNIT, ErfPlan, dream_plan, erf_plan
from vizlib.figures.interactive import colour_scale, data_uri, figure
from vizlib.inside.results import Box
from vizlib.inside.results_dreams import Dream, EffectiveReceptiveField

SIDE, ABOVE, NARROW = 380, 58, 18  # pixels of one figure's height and for the titles of its parts; letters of a line
MAP, BETWEEN, PROFILE = 0.84, 0.2, 0.42  # of a width: the map across, what is between, the profile's height
WIDTH, WIDEST, AXIS = 560, 35, 48  # pixels, rem on a page, pixels under the profile


@figure.register
def effective_receptive_field(result: EffectiveReceptiveField, **_: Any) -> go.Figure:
    """The map inside the theoretical box, and its radial profile with the Gaussian nearest to it."""
    plan = erf_plan(result)
    height, width = plan.values.shape
    tall = MAP * height / width
    whole = tall + BETWEEN + PROFILE  # in widths of the figure: both stand below each other, on every screen
    drawn = make_subplots(2, 1)
    bar = {"title": {"text": UNIT, "side": "right"}, "thickness": 12, "x": MAP, "len": tall / whole, "y": 1}
    hover = "row %{y}, column %{x}<br>%{z:.4g}<extra></extra>"
    drawn.add_trace(
        go.Heatmap(
            z=plan.values, zmin=0, zmax=plan.high, colorscale=colour_scale(COLOURS), hovertemplate=hover,
            colorbar={**bar, "yanchor": "top"},
        ),
        row=1, col=1,
    )  # fmt: skip
    for square in plan.squares:
        _rectangle(drawn, square, {"color": "white", "width": 1, "dash": "dot"})
    if plan.box:
        _rectangle(drawn, plan.box, {"color": THEORY, "width": 3})
    drawn.update_xaxes(range=[-0.5, width - 0.5], domain=[0, MAP], constrain="domain", showgrid=False, row=1)
    down = {"scaleanchor": "x", "constrain": "domain", "constraintoward": "top"}
    drawn.update_yaxes(range=[height - 0.5, -0.5], domain=[1 - tall / whole, 1], showgrid=False, row=1, **down)
    _profile(drawn, plan)
    drawn.update_yaxes(domain=[0, PROFILE / whole], row=2)
    words = {"text": escape(plan.profile_title, quote=False), "x": 0, "y": PROFILE / whole, "font": {"size": 12}}
    drawn.add_annotation(**words, xref="paper", yref="paper", xanchor="left", yanchor="bottom", showarrow=False)
    drawn.update_layout(
        title={"text": escape(plan.title, quote=False), "font": {"size": 13}},
        height=round(WIDTH * whole) + 40 + AXIS,
        margin={"l": 40, "r": 8, "t": 40, "b": AXIS},
        legend={"x": 0.98, "y": PROFILE / whole, "xanchor": "right", "yanchor": "top"},
        meta={"alternative": plan.alternative, "aspect": whole, "foot": AXIS, "widest": WIDEST},
    )
    return drawn


def _rectangle(drawn: go.Figure, box: Box, line: dict[str, Any]) -> None:
    edges = {"x0": box.left - 0.5, "x1": box.right - 0.5, "y0": box.top - 0.5, "y1": box.bottom - 0.5}
    drawn.add_shape(type="rect", **edges, line=line, row=1, col=1)


def _profile(drawn: go.Figure, plan: ErfPlan) -> None:
    lines: tuple[tuple[str, np.ndarray, dict[str, Any], str], ...] = (
        ("measured", plan.profile, {"color": MEASURED}, "lines+markers"),
        ("Gaussian", plan.fit, {"color": FITTED, "dash": "dash"}, "lines"),
    )
    for name, values, look, mode in lines:
        drawn.add_trace(go.Scatter(x=plan.radii, y=values, name=name, line=look, mode=mode), row=2, col=1)
    drawn.update_xaxes(title="distance from the centre, pixels", row=2, col=1)
    drawn.update_yaxes(rangemode="tozero", row=2, col=1)


@figure.register
def dream(
    result: Dream, *, images: Sequence[np.ndarray] | None = None, labels: Sequence[str] | None = None, **_: Any
) -> go.Figure:
    """The image, for an inversion beside the original, and the course of the objective.

    Parameters
    ----------
    images : sequence of uint8 arrays, optional
        The first is shown beside an inversion.
    labels : sequence of str, optional
        Class names.
    """
    plan = dream_plan(result, images, labels)
    shown = [("image", plan.original), ("made", plan.image)] if plan.original is not None else [("", plan.image)]
    words, numbers = plan.course.split(": ")
    course_words = "<br>".join([*wrap(f"{words}:", NARROW), numbers])  # no wider than the course on a telephone
    titles = [*(title for title, _picture_of in shown), escape(course_words, quote=False).replace("&lt;br&gt;", "<br>")]
    spacing = 0.12  # the numbers beside the course need as much on a telephone
    widths = [1.3] * len(shown) + [1]
    drawn = make_subplots(1, len(widths), subplot_titles=titles, column_widths=widths, horizontal_spacing=spacing)
    for column, panel in enumerate(shown, start=1):
        _picture(drawn, panel[1], column)
    steps = np.arange(1, len(plan.trace) + 1)
    course = go.Scatter(x=steps, y=plan.trace, mode="lines", line={"color": MEASURED}, showlegend=False)
    drawn.add_trace(course, row=1, col=len(shown) + 1)
    drawn.update_xaxes(title="step", row=1, col=len(shown) + 1)
    drawn.update_layout(
        title={"text": escape(plan.title, quote=False), "font": {"size": 13}},
        height=SIDE,
        margin={"l": 8, "r": 8, "t": 80, "b": 40},
        meta={"alternative": plan.alternative, "above": ABOVE},
    )
    return drawn.update_annotations(font={"size": 12})


def _picture(drawn: go.Figure, image: np.ndarray, column: int) -> None:
    drawn.add_trace(go.Image(source=data_uri(image), hoverinfo="skip"), row=1, col=column)
    drawn.update_xaxes(visible=False, constrain="domain", row=1, col=column)
    drawn.update_yaxes(visible=False, constrain="domain", row=1, col=column)


from vizlib.figures import dream_cards_plotly  # noqa: E402, F401  (register figures)
