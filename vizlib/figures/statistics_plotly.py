"""Statistics of channels on the screen; registered with :func:`vizlib.figures.interactive.figure`."""

from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from vizlib.figures.interactive import figure
from vizlib.figures.statistics import LARGEST, SHARE, StatisticsPlan, statistics_plan
from vizlib.inside.results_units import UnitStatistics

ALIVE = "#0072b2"
DEAD = "#d55e00"
SPLIT = 0.42  # of the height, below which the histogram lies


@figure.register
def unit_statistics(result: UnitStatistics, *, unit: int | None = None, **_: Any) -> go.Figure:
    """A mark for each channel: how often it answers and how strongly; below, the histogram of one of them.

    Parameters
    ----------
    unit : int, optional
        Channel whose histogram is drawn, with a ring around its mark; the most active one when left out.
    """
    plan = statistics_plan(result, unit)
    drawn = go.Figure()
    for name, which, colour, symbol in (("active", plan.alive, ALIVE, "circle"), ("dead", plan.dead, DEAD, "x")):
        drawn.add_trace(_marks(result, plan, name, which, {"color": colour, "symbol": symbol, "size": 7}))
    ring = {"color": "rgba(0,0,0,0)", "size": 15, "line": {"color": DEAD, "width": 2}}
    drawn.add_trace(_marks(result, plan, "chosen", np.array([plan.unit]), ring))
    drawn.add_trace(_histogram(plan))
    drawn.update_layout(
        title={"text": escape(plan.title, quote=False), "font": {"size": 13}},
        xaxis={"title": SHARE, "tickformat": ".0%", "range": [-0.03, 1.03]},
        yaxis={"title": LARGEST, "domain": [SPLIT + 0.1, 1]},
        xaxis2={"anchor": "y2", "title": plan.below},
        yaxis2={"anchor": "x2", "domain": [0, SPLIT - 0.1], "type": "log", "title": "count"},
        height=520,
        margin={"l": 8, "r": 8, "t": 40, "b": 45},
        showlegend=False,
        bargap=0,
        meta={"alternative": plan.alternative},
        plot_bgcolor="rgba(0,0,0,0)",
    )
    return drawn


def _marks(
    result: UnitStatistics, plan: StatisticsPlan, name: str, which: np.ndarray, marker: dict[str, Any]
) -> go.Scatter:
    return go.Scatter(
        x=result.position_share[which],
        y=result.maximum[which],
        mode="markers",
        name=name,
        marker=marker,
        customdata=which,
        text=[plan.texts[n] for n in which.tolist()],
        hovertemplate="%{text}<extra></extra>",
    )


def _histogram(plan: StatisticsPlan) -> go.Bar:
    return go.Bar(
        x=(plan.edges[1:] + plan.edges[:-1]) / 2,
        y=plan.counts,
        width=np.diff(plan.edges),
        marker={"color": ALIVE},
        hovertemplate="%{y:,} activations near %{x:.3g}<extra></extra>",
        xaxis="x2",
        yaxis="y2",
    )
