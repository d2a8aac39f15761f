"""Histograms of weights on the screen; registered with :func:`vizlib.figures.interactive.figure`."""

from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from vizlib.figures.interactive import figure
from vizlib.figures.weights import MOST, MOST_COLUMNS, Bars, WeightPlan, compared_plan, weight_plan
from vizlib.inside.results_weights import ComparedWeights, WeightHistograms

ROW, ABOVE, BELOW = 180, 36, 26  # pixels of a row, and of what stands above and below its bars in it
LEAST = 0.7  # of the logarithmic axis, so that a bar of one weight is seen


@figure.register
def weight_histograms(result: WeightHistograms, *, most: int = MOST, **_: Any) -> go.Figure:
    """One histogram a layer, counts on a logarithmic axis; the keyword is that of ``weight_plan``."""
    return _drawn(weight_plan(result, most))


@figure.register
def compared_weights(result: ComparedWeights, *, most: int = MOST_COLUMNS, **_: Any) -> go.Figure:
    """One row a network, one column a layer, with the same axes; the keyword is that of ``compared_plan``."""
    return _drawn(compared_plan(result, most))


def _drawn(plan: WeightPlan) -> go.Figure:
    rows, columns = len(plan.panels), len(plan.panels[0])
    drawn = make_subplots(rows, columns, horizontal_spacing=0.2 / (columns + 1))
    for row, line in enumerate(plan.panels, start=1):
        inside = [1 - row / rows + BELOW / (ROW * rows), 1 - (row - 1) / rows - ABOVE / (ROW * rows)]
        drawn.update_yaxes(domain=inside, row=row)
        for column, bars in enumerate(line, start=1):
            if bars is not None:
                drawn.add_trace(_bars(bars), row=row, col=column)
                top = float(np.log10(plan.highest[row - 1][column - 1]))
                drawn.update_yaxes(type="log", range=[np.log10(LEAST), top], dtick=1, row=row, col=column)
                drawn.add_annotation(**_title(bars), row=row, col=column)
            else:
                drawn.update_xaxes(visible=False, row=row, col=column)
                drawn.update_yaxes(visible=False, row=row, col=column)
    drawn.update_yaxes(title="count", title_font_size=10, automargin=True, col=1)
    drawn.update_xaxes(tickfont_size=9, nticks=5)
    drawn.update_yaxes(tickfont_size=9)
    return drawn.update_layout(
        title={"text": escape(plan.title, quote=False), "font": {"size": 13}},
        height=ROW * rows + 60,
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        bargap=0,
        showlegend=False,
        meta={"alternative": plan.alternative},
        plot_bgcolor="rgba(0,0,0,0)",
    )


def _title(bars: Bars) -> dict[str, Any]:
    text = f"{escape(bars.title, quote=False)}<br>{escape(bars.fact, quote=False)}"
    place = {"xref": "x domain", "yref": "y domain", "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom"}
    return {"text": text, "showarrow": False, "align": "left", "font": {"size": 11}, **place}


def _bars(bars: Bars) -> go.Bar:
    middles = (bars.edges[1:] + bars.edges[:-1]) / 2
    hover = "%{y:,} weights near %{x:.3g}<extra></extra>"
    look = {"color": bars.colours, "line": {"width": 0}}
    return go.Bar(x=middles, y=bars.counts, width=np.diff(bars.edges), marker=look, hovertemplate=hover)
