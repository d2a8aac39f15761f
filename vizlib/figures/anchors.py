"""A detector's anchors over the fields of their units, on the screen and on paper."""

from html import escape
from typing import Any

import plotly.graph_objects as go
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from plotly.subplots import make_subplots

from vizlib.figures import interactive, static
from vizlib.figures.fields import (
    ANCHOR,
    COLOURS,
    HALF,
    IN_A_ROW,
    THEORY,
    LevelPlan,
    Outline,
    anchors_in_words,
    anchors_title,
    level_plans,
)
from vizlib.inside.results_fields import DetectorAnchors

SIDE = 300  # pixels of one level
INCHES = 2.2
LINES = (("theory", "theoretical field", THEORY), ("half", "half of the gradient", "white"), ("", "anchors", ANCHOR))


@interactive.figure.register
def anchors_on_screen(result: DetectorAnchors, **_: Any) -> go.Figure:
    """One map a level: the effective field, its half, the theoretical box, and the anchors on it."""
    plans = level_plans(result)
    rows = -(-len(plans) // IN_A_ROW)
    titles = [escape(plan.title, quote=False) for plan in plans]
    drawn = make_subplots(rows, IN_A_ROW, subplot_titles=titles, vertical_spacing=0.14, horizontal_spacing=0.07)
    for number, plan in enumerate(plans):
        _level(drawn, plan, number // IN_A_ROW + 1, number % IN_A_ROW + 1)
    for _key, name, colour in LINES:
        shown = "#8a959b" if colour == "white" else colour
        drawn.add_trace(go.Scatter(x=[None], y=[None], mode="lines", name=name, line={"color": shown}))
    drawn.update_annotations(font={"size": 11})
    drawn.update_layout(
        title={"text": escape(anchors_title(result), quote=False), "font": {"size": 13}},
        height=rows * SIDE + 90,
        margin={"l": 40, "r": 8, "t": 60, "b": 40},
        legend={"orientation": "h", "y": -0.06},
        meta={"alternative": anchors_in_words(result)},
    )
    return drawn


def _level(drawn: go.Figure, plan: LevelPlan, row: int, column: int) -> None:
    place = {"row": row, "col": column}
    high, wide = plan.values.shape
    left, right, bottom, top = plan.extent
    steps = {"x0": left + (right - left) / wide / 2, "dx": (right - left) / wide}
    steps |= {"y0": top + (bottom - top) / high / 2, "dy": (bottom - top) / high}
    scale = interactive.colour_scale(COLOURS)
    look = {"colorscale": scale, "zmin": 0, "zmax": 1, "showscale": False}
    drawn.add_trace(
        go.Heatmap(z=plan.values, hovertemplate="%{y:.0f}, %{x:.0f}<extra></extra>", **steps, **look), **place
    )
    for outline in plan.anchors:
        _outline(drawn, outline, {"color": ANCHOR, "width": 1}, place)
    _outline(drawn, plan.half, {"color": "white", "width": 2, "dash": "dot"}, place)
    _outline(drawn, plan.theory, {"color": THEORY, "width": 2}, place)
    drawn.update_xaxes(range=[-plan.reach, plan.reach], constrain="domain", showgrid=False, zeroline=False, **place)
    anchor = f"x{'' if (n := (row - 1) * IN_A_ROW + column) == 1 else n}"
    drawn.update_yaxes(range=[plan.reach, -plan.reach], scaleanchor=anchor, showgrid=False, zeroline=False, **place)


def _outline(drawn: go.Figure, box: Outline, line: dict[str, Any], place: dict[str, int]) -> None:
    edges = {"x0": box.left, "x1": box.right, "y0": box.top, "y1": box.bottom}
    drawn.add_shape(type="rect", **edges, line=line, **place)


@static.figure.register
def anchors_on_paper(result: DetectorAnchors, **_: Any) -> Figure:
    """One map a level: the effective field, its half, the theoretical box, and the anchors on it."""
    plans = level_plans(result)
    rows = -(-len(plans) // IN_A_ROW)
    drawn = Figure(figsize=(INCHES * IN_A_ROW, INCHES * rows + 0.4), layout="constrained")
    places = drawn.subplots(rows, IN_A_ROW, squeeze=False).ravel()
    for axes in places[len(plans) :]:
        axes.set_axis_off()
    for axes, plan in zip(places, plans, strict=False):
        _paper_level(axes, plan)
    handles = [Rectangle((0, 0), 1, 1, fill=False, edgecolor=colour) for colour in (THEORY, HALF, ANCHOR)]
    drawn.legend(handles, [name for _key, name, _colour in LINES], loc="outside lower center", ncols=3, fontsize=6)
    drawn.suptitle(anchors_title(result), fontsize=7, x=0.01, ha="left", parse_math=False)
    return drawn


def _paper_level(axes: Axes, plan: LevelPlan) -> None:
    axes.imshow(plan.values, cmap=COLOURS, vmin=0, vmax=1, extent=plan.extent, interpolation="nearest")
    for outline in plan.anchors:
        _paper_outline(axes, outline, ANCHOR, 0.6)
    _paper_outline(axes, plan.half, HALF, 1.2)
    _paper_outline(axes, plan.theory, THEORY, 1.2)
    axes.set(xlim=(-plan.reach, plan.reach), ylim=(plan.reach, -plan.reach))
    axes.set_title(plan.title, fontsize=5, loc="left", parse_math=False)
    axes.tick_params(labelsize=5)


def _paper_outline(axes: Axes, box: Outline, colour: str, width: float) -> None:
    size = (box.right - box.left, box.bottom - box.top)
    axes.add_patch(Rectangle((box.left, box.top), *size, fill=False, edgecolor=colour, linewidth=width))
