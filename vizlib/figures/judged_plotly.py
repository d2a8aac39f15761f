"""Numbers with their intervals on the screen; registered with ``interactive.figure``."""

from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from vizlib.evaluation.crossvalidation import Spread
from vizlib.evaluation.results import AucComparison
from vizlib.evaluation.segmentation import Segmentation
from vizlib.evaluation.slices import Slices
from vizlib.figures.curves import GUESS
from vizlib.figures.interactive import figure
from vizlib.figures.judged import (
    MOST_ROWS,
    Row,
    RowsPlan,
    comparison_plan,
    segmentation_plan,
    slices_plan,
    spread_plan,
)

ROW, AROUND, LEAST = 34, 110, 240  # pixels
LONGEST = 32  # letters of a name at the axis


@figure.register
def slices(result: Slices, *, most: int = MOST_ROWS, **_: Any) -> go.Figure:
    """Slices, worst first; the keyword is that of :func:`vizlib.figures.judged.slices_plan`."""
    return _rows(slices_plan(result, most))


@figure.register
def comparison(
    result: AucComparison, *, names: tuple[str, str] = ("A", "B"), level: float = 0.95, **_: Any
) -> go.Figure:
    """Two areas; the keywords are those of :func:`vizlib.figures.judged.comparison_plan`."""
    return _rows(comparison_plan(result, names, level))


@figure.register
def spread(result: Spread, **_: Any) -> go.Figure:
    """Hold-outs, folds and bootstrap on one axis."""
    return _rows(spread_plan(result))


@figure.register
def segmentation(result: Segmentation, *, most: int = MOST_ROWS, **_: Any) -> go.Figure:
    """IoU of every class; the keyword is that of :func:`vizlib.figures.judged.segmentation_plan`."""
    return _rows(segmentation_plan(result, most))


def _rows(plan: RowsPlan) -> go.Figure:
    drawn = go.Figure()
    for place, row in enumerate(plan.rows):
        if len(row.single):
            drawn.add_trace(_cloud(place, row))
        drawn.add_trace(_point(place, row))
        if np.isnan(row.value):
            drawn.add_annotation(x=0.5, xref="paper", y=place, text=escape(row.words, quote=False), showarrow=False)
    if plan.line is not None and not np.isnan(plan.line):
        drawn.add_vline(
            x=plan.line, line={"color": GUESS, "dash": "dash", "width": 1.5}, annotation_text=plan.line_name
        )
    names = [escape(shortened(row.name), quote=False) for row in plan.rows]
    drawn.update_xaxes(title=plan.x)
    drawn.update_yaxes(
        tickvals=list(range(len(names))), ticktext=names, range=[len(names) - 0.4, -0.6], automargin=True
    )
    return drawn.update_layout(
        title={"text": escape(plan.title, quote=False), "font": {"size": 13}},
        height=max(LEAST, AROUND + ROW * len(names)),
        margin={"l": 8, "r": 8, "t": 60, "b": 8},
        meta={"alternative": plan.alternative},
        showlegend=False,
        plot_bgcolor="rgba(0,0,0,0)",
    )


def _point(place: int, row: Row) -> go.Scatter:
    known = not np.isnan(row.low) and not np.isnan(row.value)
    error = {"type": "data", "array": [row.high - row.value], "arrayminus": [row.value - row.low], "width": 5}
    name, words = escape(row.name, quote=False), escape(row.words, quote=False)
    said = f"{name}: %{{x:.4f}}<br>{words}"
    said += f"<br>{row.low:.4f} to {row.high:.4f}" if known else ""
    return go.Scatter(
        x=[None if np.isnan(row.value) else row.value], y=[place], mode="markers",
        marker={"color": row.colour, "size": 10}, error_x=error if known else None, name=name,
        hovertemplate=f"{said}<extra></extra>",
    )  # fmt: skip


def _cloud(place: int, row: Row) -> go.Scatter:
    return go.Scatter(
        x=row.single, y=np.full(len(row.single), place + 0.28), mode="markers", hoverinfo="skip",
        marker={"color": row.colour, "size": 9, "symbol": "line-ns-open", "opacity": 0.45},
    )  # fmt: skip


def shortened(name: str) -> str:
    """A name that fits beside an axis."""
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
