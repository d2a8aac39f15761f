"""What every threshold does, on the screen; registered with ``interactive.figure``."""

from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from vizlib.evaluation.thresholds import Thresholds
from vizlib.figures.curves import COLOURS, GUESS, Line
from vizlib.figures.interactive import figure
from vizlib.figures.thresholds import threshold_plan

SIDE = 440  # pixels


@figure.register
def over_thresholds(result: Thresholds, *, at: float | None = None, **_: Any) -> go.Figure:
    """Shares above, cost below; the keyword is that of :func:`vizlib.figures.thresholds.threshold_plan`."""
    plan = threshold_plan(result, at)
    drawn = make_subplots(2, 1, shared_xaxes=True, row_heights=[0.65, 0.35], vertical_spacing=0.06)
    for line in plan.shares:
        drawn.add_trace(_line(line), row=1, col=1)
    drawn.add_trace(_line(plan.cost), row=2, col=1)
    if np.isfinite(plan.cheapest):
        point = {"color": plan.cost.colour, "size": 10, "symbol": "star"}
        least = result.lowest_cost
        star = go.Scatter(x=[plan.cheapest], y=[least], mode="markers", marker=point, name="cheapest")
        drawn.add_trace(star, row=2, col=1)
    if plan.at is not None:
        drawn.add_vline(plan.at, line={"color": COLOURS[1], "width": 2})
    drawn.add_vline(plan.best, line={"color": GUESS, "width": 1, "dash": "dot"}, row=1, col=1)
    drawn.update_yaxes(title="share", range=[-0.01, 1.01], row=1, col=1)
    drawn.update_yaxes(title="mean cost", rangemode="tozero", row=2, col=1)
    drawn.update_xaxes(title="threshold", row=2, col=1)
    legend = {"orientation": "h", "y": 1.0, "x": 0, "yanchor": "bottom"}
    return drawn.update_layout(
        title={"text": escape(plan.title, quote=False), "font": {"size": 13}},
        height=SIDE,
        margin={"l": 8, "r": 8, "t": 70, "b": 8},
        legend=legend,
        meta={"alternative": plan.alternative},
        plot_bgcolor="rgba(0,0,0,0)",
    )


def _line(line: Line) -> go.Scatter:
    look = {"color": line.colour, "width": 2, "shape": "hv"}
    hover = f"threshold %{{x:.4g}}<br>{line.name} %{{y:.4f}}<extra></extra>"
    return go.Scatter(x=line.x, y=line.y, mode="lines", line=look, name=line.name, hovertemplate=hover)
