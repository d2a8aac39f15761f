"""Curves, reliability diagrams and confusion matrices on the screen; registered with ``interactive.figure``."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from vizlib.evaluation.calibration import Calibration
from vizlib.evaluation.confusion import Confusion, Share
from vizlib.evaluation.multiclass import Curves
from vizlib.evaluation.results import Band, PrCurve, RocCurve
from vizlib.evaluation.thresholds import Balance
from vizlib.figures.curves import (
    COLOURS,
    GUESS,
    MOST_CURVES,
    CurvePlan,
    Line,
    Mark,
    Other,
    balance_plan,
    matrix_plan,
    pr_plan,
    reliability_plan,
    roc_plan,
    several_plan,
)
from vizlib.figures.interactive import colour_scale, figure

SIDE = 440  # pixels
FEW = 15  # classes whose numbers are written into the matrix


@figure.register
def roc(
    result: RocCurve,
    *,
    band: Band | None = None,
    log: bool = False,
    mark: Mark | None = None,
    other: Other | None = None,
    **_: Any,
) -> go.Figure:
    """The ROC curve; the keywords are those of :func:`vizlib.figures.curves.roc_plan`."""
    return drawn_curves(roc_plan(result, band, log, mark, other))


@figure.register
def precision_recall(
    result: PrCurve, *, iso_f1: bool = False, mark: Mark | None = None, other: Other | None = None, **_: Any
) -> go.Figure:
    """The precision-recall curve; the keywords are those of :func:`vizlib.figures.curves.pr_plan`."""
    return drawn_curves(pr_plan(result, iso_f1, mark, other))


@figure.register
def balance(result: Balance, *, at: float | None = None, **_: Any) -> go.Figure:
    """Precision at two class balances; the keyword is that of :func:`vizlib.figures.curves.balance_plan`."""
    return drawn_curves(balance_plan(result, at))


@figure.register
def several(result: Curves, *, most: int = MOST_CURVES, **_: Any) -> go.Figure:
    """The curves of the classes; the keyword is that of :func:`vizlib.figures.curves.several_plan`."""
    return drawn_curves(several_plan(result, most))


def drawn_curves(plan: CurvePlan) -> go.Figure:
    """Curves in the unit square, with their band and mark."""
    drawn = go.Figure()
    if plan.band is not None:
        edge: dict[str, Any] = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
        drawn.add_trace(go.Scatter(x=plan.band.x, y=plan.band.low, **edge))
        drawn.add_trace(
            go.Scatter(x=plan.band.x, y=plan.band.high, fill="tonexty", fillcolor="rgba(0,114,178,0.2)", **edge)
        )
    for line in plan.lines:
        drawn.add_trace(_line(line))
        if line.thin:
            drawn.add_annotation(x=1, y=line.y[-1], text=line.name, showarrow=False, yshift=7, xanchor="right")
    if plan.mark is not None:
        drawn.add_trace(_mark(plan.mark))
    if plan.log is None:
        drawn.update_xaxes(range=[-0.01, 1.01])
    else:
        drawn.update_xaxes(type="log", range=[np.log10(plan.log), 0])
    drawn.update_xaxes(title=plan.x)
    drawn.update_yaxes(title=plan.y, range=[-0.01, 1.01])
    return _finished(drawn, plan.title, plan.alternative)


def _line(line: Line) -> go.Scatter:
    look = {
        "color": line.colour,
        "width": 1 if line.thin else 1.5 if line.dashed else 2,
        "dash": "dash" if line.dashed else "solid",
    }
    look["shape"] = "vh" if line.step else "linear"
    name, hover = escape(line.name, quote=False), "%{x:.4f}, %{y:.4f}"
    if line.thresholds is not None:
        hover += "<br>threshold %{customdata:.4g}"
    return go.Scatter(
        x=line.x, y=line.y, mode="lines", name=name, line=look, showlegend=not line.thin, customdata=line.thresholds,
        hovertemplate=f"{hover}<extra>{name}</extra>",
    )  # fmt: skip


def _mark(mark: Mark) -> go.Scatter:
    look = {"color": COLOURS[1], "size": 13, "symbol": "diamond", "line": {"color": "white", "width": 1.5}}
    words = escape(mark.words, quote=False)
    hover = f"{words}<br>%{{x:.4f}}, %{{y:.4f}}<extra></extra>"
    return go.Scatter(x=[mark.x], y=[mark.y], mode="markers", marker=look, name=words, hovertemplate=hover)


@figure.register
def reliability(result: Calibration, **_: Any) -> go.Figure:
    """Accuracy over confidence with Wilson's intervals, above the number of examples in each bin."""
    plan = reliability_plan(result)
    middles, widths = (plan.left + plan.right) / 2, np.maximum(plan.right - plan.left, 1e-3)
    drawn = make_subplots(2, 1, shared_xaxes=True, row_heights=[0.75, 0.25], vertical_spacing=0.04)
    error = {"type": "data", "array": plan.high - plan.accuracy, "arrayminus": plan.accuracy - plan.low, "width": 3}
    drawn.add_trace(
        go.Bar(
            x=middles, y=plan.accuracy, width=widths, marker={"color": COLOURS[0], "opacity": 0.75},
            error_y=error, name="accuracy", customdata=plan.confidence,
            hovertemplate="accuracy %{y:.3f}, confidence %{customdata:.3f}<extra></extra>",
        ),
        row=1, col=1,
    )  # fmt: skip
    ideal = {"color": GUESS, "dash": "dash"}
    drawn.add_trace(go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line=ideal, name="honest"), row=1, col=1)
    mark = {"color": COLOURS[1], "size": 7}
    drawn.add_trace(
        go.Scatter(x=plan.confidence, y=plan.accuracy, mode="markers", marker=mark, name="mean confidence"),
        row=1, col=1,
    )  # fmt: skip
    counts = go.Bar(x=middles, y=plan.counts, width=widths, marker={"color": GUESS}, name="examples", showlegend=False)
    drawn.add_trace(counts, row=2, col=1)
    drawn.update_xaxes(range=[0, 1])
    drawn.update_xaxes(title="confidence", row=2, col=1)
    drawn.update_yaxes(title="accuracy", range=[0, 1.02], row=1, col=1)
    drawn.update_yaxes(title="examples", row=2, col=1)
    return _finished(drawn, plan.title, plan.alternative)


@figure.register
def matrix(
    result: Confusion, *, by: Share = "true", order: Sequence[int] | None = None, mistakes: bool = False, **_: Any
) -> go.Figure:
    """The confusion matrix; the keywords are those of :func:`vizlib.figures.curves.matrix_plan`."""
    plan = matrix_plan(result, by, order, mistakes)
    names = [escape(name, quote=False) for name in plan.names]
    places = np.arange(len(names))
    few = {"text": plan.counts, "texttemplate": "%{text}"} if len(names) <= FEW else {}
    hover = "%{customdata[0]} taken for %{customdata[1]}: %{customdata[2]:,} (%{z:.1%})<extra></extra>"
    facts = np.empty((*plan.counts.shape, 3), object)
    facts[..., 0], facts[..., 1], facts[..., 2] = np.array(names)[:, None], np.array(names)[None], plan.counts
    large = len(names) > MOST_FACTS
    drawn = go.Figure(
        go.Heatmap(
            z=plan.shares.astype(np.float32) if large else plan.shares, x=places, y=places, zmin=0,
            zmax=plan.high, colorscale=colour_scale("viridis"),
            customdata=None if large else facts,
            colorbar=_bar_above(plan.unit),
            hovertemplate="row %{y}, column %{x}: %{z:.1%}<extra></extra>" if large else hover, **few,
        )
    )  # fmt: skip
    ticks = {"tickvals": places, "ticktext": names} if plan.labels else {"visible": not large}
    ends: dict[str, Any] = {"constrain": "domain", "showgrid": False, "zeroline": False, **ticks}
    last = len(names) - 0.5
    drawn.update_xaxes(title="predicted", range=[-0.5, last], **ends)
    drawn.update_yaxes(title="true", range=[last, -0.5], scaleanchor="x", constraintoward="top", **ends)
    if plan.labels:
        drawn.add_trace(_touched(len(names)))
    return _finished(drawn, plan.title, plan.alternative)


def _bar_above(unit: str) -> dict[str, Any]:
    """A colour bar that leaves the matrix its width, on narrow screens too."""
    place = {"orientation": "h", "y": 1.0, "yanchor": "bottom", "len": 1.0, "thickness": 10}
    return {"title": {"text": unit, "side": "top", "font": {"size": 11}}, **place}


def _touched(count: int) -> go.Scatter:
    """Invisible squares over the cells, which report a click where pages listen: each says ``row,column``."""
    row, column = (place.ravel() for place in np.indices((count, count)))
    cells = [f"{one},{other}" for one, other in zip(row, column, strict=True)]
    mark = {"symbol": "square", "size": max(6, int(0.7 * SIDE / count)), "opacity": 0}
    return go.Scatter(
        x=column, y=row, mode="markers", marker=mark, customdata=cells, hoverinfo="skip", showlegend=False
    )


MOST_FACTS = 200  # classes of a matrix whose cells tell names


def _finished(drawn: go.Figure, title: str, alternative: str) -> go.Figure:
    legend = {"orientation": "h", "y": 1.0, "x": 0, "yanchor": "bottom"}
    return drawn.update_layout(
        title={"text": escape(title, quote=False), "font": {"size": 13}},
        height=SIDE,
        margin={"l": 8, "r": 8, "t": 70, "b": 8},
        legend=legend,
        meta={"alternative": alternative},
        plot_bgcolor="rgba(0,0,0,0)",
    )
