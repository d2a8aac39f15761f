"""Errors of predicted numbers on the screen; registered with ``interactive.figure``."""

from html import escape
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from vizlib.evaluation.regression import Regression
from vizlib.figures.curves import COLOURS, GUESS
from vizlib.figures.interactive import figure
from vizlib.figures.residuals import residual_plan

SIDE = 420  # pixels


@figure.register
def residuals(result: Regression, **_: Any) -> go.Figure:
    """Prediction over truth beside residual over prediction."""
    plan = residual_plan(result)
    drawn = make_subplots(1, 2, horizontal_spacing=0.2)
    mark = {"color": COLOURS[0], "size": 6, "opacity": 0.5}
    honest = {"color": GUESS, "dash": "dash"}
    drawn.add_trace(go.Scatter(x=plan.truth, y=plan.predicted, mode="markers", marker=mark, name=""), row=1, col=1)
    drawn.add_trace(go.Scatter(x=plan.ends, y=plan.ends, mode="lines", line=honest, hoverinfo="skip"), row=1, col=1)
    drawn.add_trace(go.Scatter(x=plan.predicted, y=plan.residuals, mode="markers", marker=mark, name=""), row=1, col=2)
    drawn.add_hline(y=0, line=honest, row=1, col=2)
    drawn.add_hline(y=plan.bias, line={"color": COLOURS[1], "width": 1.5}, row=1, col=2)
    drawn.update_xaxes(title="true", row=1, col=1)
    drawn.update_yaxes(title="predicted", row=1, col=1)
    drawn.update_xaxes(title="predicted", row=1, col=2)
    drawn.update_yaxes(title="predicted less true", row=1, col=2)
    return drawn.update_layout(
        title={"text": escape(plan.title, quote=False), "font": {"size": 13}},
        height=SIDE,
        margin={"l": 8, "r": 8, "t": 60, "b": 8},
        meta={"alternative": plan.alternative},
        showlegend=False,
        plot_bgcolor="rgba(0,0,0,0)",
    )
