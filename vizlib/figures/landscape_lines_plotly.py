"""Lines of loss and spectra on the screen; registered with :func:`vizlib.figures.interactive.figure`."""

from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from vizlib.figures.interactive import figure
from vizlib.figures.landscape import LINE_COLOURS, Show
from vizlib.figures.landscape_lines import LinesPlan, lines_plan, path_plan, sharpness_plan, spectrum_plan
from vizlib.landscapes.results import LossLines, LossPath, Spectrum
from vizlib.landscapes.sharpness import Sharpness

CLEAR = "rgba(0,0,0,0)"
ROOM = 0.15  # of the axis


@figure.register
def loss_lines(result: LossLines, *, show: Show = "loss", log: bool = False, **_: Any) -> go.Figure:
    """The mean over the seeds with its band; every seed as a thin line."""
    return _lines(lines_plan(result, show, log))


@figure.register
def loss_path(result: LossPath, *, show: Show = "loss", log: bool = False, **_: Any) -> go.Figure:
    """The loss on the way, over the straight line between its ends."""
    return _lines(path_plan(result, show, log))


def _lines(plan: LinesPlan) -> go.Figure:
    drawn = go.Figure()
    if plan.band is not None:
        x, (low, high) = plan.curves[0].x, plan.band
        quiet: dict[str, Any] = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
        drawn.add_trace(go.Scatter(x=x, y=low, **quiet))
        drawn.add_trace(go.Scatter(x=x, y=high, fill="tonexty", fillcolor="rgba(0,114,178,0.2)", **quiet))
    for number, curve in reversed(list(enumerate(plan.curves))):
        style = {"color": curve.colour, "width": 2.5 if number == 0 else 1, "dash": "solid" if number == 0 else "dot"}
        drawn.add_trace(
            go.Scatter(
                x=curve.x, y=curve.y, mode="lines", name=curve.name, line=style, connectgaps=True,
                hovertemplate="%{x:.3g}: %{y:.4g}<extra>" + escape(curve.name) + "</extra>",
            )
        )  # fmt: skip
    axis = {"title": plan.y_label, "type": "log" if plan.log else "linear"}
    return _finished(drawn, plan.title, plan.alternative, {"title": plan.x_label}, axis)


@figure.register
def spectrum(result: Spectrum, **_: Any) -> go.Figure:
    """Where the eigenvalues of the Hessian lie, and about how many of them."""
    plan = spectrum_plan(result)
    drawn = go.Figure()
    drawn.add_trace(
        go.Bar(
            x=plan.places, y=plan.shares, width=(plan.places.max() - plan.places.min() or 1) / 250, name="all",
            marker={"color": LINE_COLOURS[1]}, hovertemplate="near %{x:.4g}: share %{y:.2g}<extra></extra>",
        )
    )  # fmt: skip
    drawn.add_trace(
        go.Scatter(
            x=plan.top, y=plan.top_shares, mode="markers", name="largest", text=plan.texts,
            marker={"color": LINE_COLOURS[0], "size": 9}, hovertemplate="%{text}<extra></extra>",
        )
    )  # fmt: skip
    axis = {"title": "share of all eigenvalues, estimated", "type": "log", "exponentformat": "power"}
    return _finished(drawn, plan.title, plan.alternative, {"title": "eigenvalue"}, axis)


def _finished(drawn: go.Figure, title: str, alternative: str, x: dict[str, Any], y: dict[str, Any]) -> go.Figure:
    drawn.update_layout(
        title={"text": escape(title, quote=False), "font": {"size": 13}},
        height=360,
        margin={"l": 8, "r": 8, "t": 40, "b": 45},
        meta={"alternative": alternative},
        xaxis=x,
        yaxis=y,
        plot_bgcolor=CLEAR,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    return drawn


@figure.register
def sharpness(result: Sharpness, **_: Any) -> go.Figure:
    """One mark a training."""
    plan = sharpness_plan(result)
    marks = go.Scatter(
        x=plan.x, y=plan.y, mode="markers+text", text=[escape(name) for name in plan.names], customdata=plan.texts,
        textposition=plan.sides, marker={"color": LINE_COLOURS[1], "size": 10}, cliponaxis=False,
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    x = {"title": "largest eigenvalue of the Hessian", "type": "log", "range": _roomy(plan.x)}
    return _finished(go.Figure([marks]), plan.title, plan.alternative, x, {"title": "held-out minus training loss"})


def _roomy(values: np.ndarray) -> list[float] | None:
    """Ends of a logarithmic axis with room for half a name at both, even on a telephone."""
    powers = np.log10(values[values > 0])
    if not powers.size:
        return None
    room = ROOM * (float(np.ptp(powers)) or 1)
    return [float(powers.min()) - room, float(powers.max()) + room]
