"""Histograms of weights on the screen; registered with :func:`vizlib.figures.interactive.figure`."""

from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from vizlib.figures.interactive import figure
from vizlib.figures.weights import MOST, MOST_COLUMNS, Bars, WeightPlan, compared_plan, weight_plan
from vizlib.inside.results_weights import ComparedWeights, WeightHistograms

ROW, ABOVE, BELOW = 206, 62, 26  # pixels of a row, and of what stands above and below its bars in it
GAP = 0.2  # between columns, as a part of the width, shared out
LETTERS = 12  # of a line
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
    """Traces and axes are made as plain words and checked once: a tenth of the time of adding each to a figure."""
    rows, columns = len(plan.panels), len(plan.panels[0])
    traces: list[Any] = []
    notes: list[Any] = []
    axes: dict[str, Any] = {}
    for place, bars in enumerate(bars for line in plan.panels for bars in line):
        row, column = divmod(place, columns)
        x, y = (f"{letter}{place + 1 if place else ''}" for letter in "xy")
        axes |= _axes(x, y, _domains(row, column, rows, columns), plan.highest[row][column] if bars else None)
        if bars is not None:
            traces.append(_bars(bars) | {"xaxis": x, "yaxis": y})
            notes.append(_title(bars) | {"xref": f"{x} domain", "yref": f"{y} domain"})
        if not column:
            axes[f"yaxis{y[1:]}"] |= {"automargin": True, "title": {"text": "count", "font": {"size": 10}}}
    layout = {
        "title": {"text": escape(plan.title, quote=False), "font": {"size": 13}},
        "height": ROW * rows + 60,
        "margin": {"l": 8, "r": 8, "t": 40, "b": 8},
        "bargap": 0,
        "showlegend": False,
        "meta": {"alternative": plan.alternative},
        "plot_bgcolor": "rgba(0,0,0,0)",
        "annotations": notes,
    }
    return go.Figure({"data": traces, "layout": layout | axes})


def _domains(row: int, column: int, rows: int, columns: int) -> tuple[list[float], list[float]]:
    """From where to where a panel reaches across and up, in parts of the figure."""
    gap = GAP / (columns + 1)
    wide = (1 - gap * (columns - 1)) / columns
    left = column * (wide + gap)
    low, high = (rows - row - 1) / rows + BELOW / (ROW * rows), (rows - row) / rows - ABOVE / (ROW * rows)
    return [left, min(left + wide, 1)], [low, high]


def _axes(x: str, y: str, domains: tuple[list[float], list[float]], highest: float | None) -> dict[str, Any]:
    """Both axes of a panel; hidden ones where there is none."""
    small = {"tickfont": {"size": 9}}
    across: dict[str, Any] = {"domain": domains[0], "anchor": y, "nticks": 4, "tickangle": 0, **small}
    up: dict[str, Any] = {"domain": domains[1], "anchor": x, **small}
    if highest is None:
        across["visible"] = up["visible"] = False
    else:
        up |= {"type": "log", "range": [float(np.log10(LEAST)), float(np.log10(highest))], "dtick": 1}
    return {f"xaxis{x[1:]}": across, f"yaxis{y[1:]}": up}


def _title(bars: Bars) -> dict[str, Any]:
    lines = [*_narrow(bars.title), *bars.fact.split(", ")]
    text = "<br>".join(escape(line, quote=False) for line in lines)
    place = {"x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom"}
    return {"text": text, "showarrow": False, "align": "left", "font": {"size": 10}, **place}


def _narrow(title: str) -> list[str]:
    """A title in two lines where it is long: four panels stand beside each other on a telephone."""
    network, _sign, layer = title.rpartition(": ")
    if network:
        return [network, layer]
    last = layer.rfind(".", 0, LETTERS)
    return [layer] if len(layer) <= LETTERS or last < 0 else [layer[: last + 1], layer[last + 1 :]]


def _bars(bars: Bars) -> dict[str, Any]:
    middles = (bars.edges[1:] + bars.edges[:-1]) / 2
    hover = "%{y:,} weights near %{x:.3g}<extra></extra>"
    look = {"color": bars.colours, "line": {"width": 0}}
    numbers = {"x": middles, "y": bars.counts, "width": np.diff(bars.edges)}
    return {"type": "bar", **numbers, "marker": look, "hovertemplate": hover}
