"""A stack's receptive field on the screen and on paper: the span after each layer, and the paths to one unit."""

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
from matplotlib.figure import Figure
from plotly.subplots import make_subplots

from vizlib.figures import interactive, static
from vizlib.figures.inside import PARAMETERS
from vizlib.inside.sandbox import StackField

COLOURS = "cividis"
UNSEEN = "#ffffff"
TITLES = ("Span after each layer", "Paths to one unit of the last layer")


@dataclass(frozen=True, eq=False)
class SandboxPlan:
    """Numbers and words that both pictures share; the map is the share of the strongest pixel, NaN where none goes."""

    layers: tuple[str, ...]
    sizes: np.ndarray
    used: np.ndarray
    paths: np.ndarray
    title: str
    alternative: str


def sandbox_plan(result: StackField) -> SandboxPlan:
    """What is drawn, and what it says."""
    paths = np.outer(result.paths, result.paths)
    size, holes = int(result.sizes[-1]), result.holes
    gaps = f", {holes} of them unseen along each axis" if holes else ", without holes"
    title = f"{size} × {size} pixels{gaps}, stride {result.strides[-1]}, {int(result.parameters.sum()):,} parameters"
    words = f"Receptive field of a stack of {len(result.sizes)} convolutions: {title}. Spans after each layer: "
    return SandboxPlan(
        tuple(f"layer {number}" for number in range(1, len(result.sizes) + 1)),
        result.sizes,
        result.used,
        np.where(paths > 0, paths / paths.max(), np.nan),
        title,
        words + ", ".join(map(str, result.sizes)) + ".",
    )


@interactive.figure.register
def stack_on_screen(result: StackField, **_: Any) -> go.Figure:
    """Bars of the spans, the used pixels in front; beside them the map of paths."""
    plan = sandbox_plan(result)
    drawn = make_subplots(1, 2, column_widths=[0.45, 0.55], horizontal_spacing=0.22, subplot_titles=TITLES)
    for numbers, name, colour in ((plan.sizes, "span", "#c8d3da"), (plan.used, "pixels seen", PARAMETERS)):
        look = {"marker": {"color": colour}, "hovertemplate": "%{y}: %{x} pixels<extra>" + name + "</extra>"}
        drawn.add_trace(go.Bar(y=plan.layers, x=numbers, orientation="h", name=name, **look), row=1, col=1)
    words = {"text": "share of the strongest pixel", "side": "right", "font": {"size": 10}}
    shown = {"title": words, "outlinewidth": 0, "thickness": 12, "tickfont": {"size": 10}}
    drawn.add_trace(
        go.Heatmap(z=plan.paths, colorscale=COLOURS, zmin=0, zmax=1, colorbar=shown, hoverongaps=False), row=1, col=2
    )
    drawn.update_annotations(font={"size": 11})
    drawn.for_each_annotation(lambda note: note.update(text=note.text.replace(" of the", "<br>of the")))
    drawn.update_yaxes(autorange="reversed", row=1, col=1)
    row = {"text": "row", "standoff": 4}
    drawn.update_yaxes(autorange="reversed", scaleanchor="x2", constrain="domain", row=1, col=2, title=row)
    drawn.update_xaxes(title="pixels", row=1, col=1)
    drawn.update_xaxes(title="column", constrain="domain", row=1, col=2)
    drawn.update_layout(
        title={"text": escape(plan.title, quote=False), "font": {"size": 13}},
        barmode="overlay",
        height=400,
        margin={"l": 60, "r": 8, "t": 80, "b": 40},
        legend={"orientation": "h", "y": -0.18, "x": 0},
        meta={"alternative": plan.alternative},
    )
    return drawn


@static.figure.register
def stack_on_paper(result: StackField, **_: Any) -> Figure:
    """Bars of the spans, the used pixels in front; beside them the map of paths."""
    plan = sandbox_plan(result)
    drawn = Figure(figsize=(6.5, 2.8), layout="constrained")
    left, right = drawn.subplots(1, 2)
    left.barh(plan.layers, plan.sizes, color="#c8d3da", label="span")
    left.barh(plan.layers, plan.used, color=PARAMETERS, height=0.5, label="pixels seen")
    left.invert_yaxis()
    left.set_xlabel("pixels", fontsize=6)
    left.legend(fontsize=5, frameon=False)
    right.set_facecolor(UNSEEN)
    side = len(plan.paths)
    shown = right.imshow(plan.paths, cmap=COLOURS, vmin=0, vmax=1, interpolation="nearest", extent=(0, side, side, 0))
    bar = drawn.colorbar(shown, ax=right)
    bar.set_label("share of the strongest pixel", fontsize=6)
    bar.ax.tick_params(labelsize=5)
    for axes, title in zip((left, right), TITLES, strict=True):
        axes.set_title(title, fontsize=6)
        axes.tick_params(labelsize=5)
    drawn.suptitle(plan.title, fontsize=7, x=0.01, ha="left", parse_math=False)
    return drawn
