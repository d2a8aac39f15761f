"""Curves of detectors and folds, and boxes, on the screen; registered with ``interactive.figure``."""

from html import escape
from typing import Any

import plotly.graph_objects as go

from vizlib.evaluation.boxes import BoxPair, Suppression
from vizlib.evaluation.crossvalidation import FoldCurves
from vizlib.evaluation.detection_results import Detection, DetectionCurve
from vizlib.figures.curves import MOST_CURVES
from vizlib.figures.curves_plotly import drawn_curves
from vizlib.figures.detection import (
    Frame,
    FramesPlan,
    detection_plan,
    folds_plan,
    one_plan,
    pair_plan,
    suppression_plan,
)
from vizlib.figures.interactive import figure

SIDE = 420  # pixels
ANCHORS = {
    "above": {"xanchor": "left", "yanchor": "bottom"},
    "below": {"xanchor": "right", "yanchor": "top"},
    "inside": {"xanchor": "center", "yanchor": "middle"},
}


@figure.register
def detection(
    result: Detection, *, name: str | None = None, iou: float | None = None, most: int = MOST_CURVES, **_: Any
) -> go.Figure:
    """Curves of a detector; the keywords are those of :func:`vizlib.figures.detection.detection_plan`."""
    return drawn_curves(detection_plan(result, name, iou, most))


@figure.register
def one(result: DetectionCurve, **_: Any) -> go.Figure:
    """One curve of a detector."""
    return drawn_curves(one_plan(result))


@figure.register
def folds(result: FoldCurves, **_: Any) -> go.Figure:
    """The curves of the folds, their mean and band."""
    return drawn_curves(folds_plan(result)).update_layout(legend={"traceorder": "normal"})


@figure.register
def pair(result: BoxPair, **_: Any) -> go.Figure:
    """Two boxes."""
    return _frames(pair_plan(result))


@figure.register
def suppression(result: Suppression, **_: Any) -> go.Figure:
    """Boxes that were kept, and those that were not."""
    return _frames(suppression_plan(result))


def _frames(plan: FramesPlan) -> go.Figure:
    drawn = go.Figure([_frame(frame) for frame in plan.frames])
    for frame in plan.frames:
        if not frame.faint:
            x, y = frame.place
            text = escape(frame.words, quote=False)
            drawn.add_annotation(x=x, y=y, text=text, font_color=frame.colour, showarrow=False, **ANCHORS[frame.at])
    drawn.update_xaxes(range=[plan.low[0], plan.high[0]], constrain="domain", title="x")
    drawn.update_yaxes(range=[plan.high[1], plan.low[1]], scaleanchor="x", constrain="domain", title="y")
    return drawn.update_layout(
        title={"text": escape(plan.title, quote=False), "font": {"size": 13}},
        height=SIDE,
        margin={"l": 8, "r": 8, "t": 60, "b": 8},
        meta={"alternative": plan.alternative},
        showlegend=False,
        plot_bgcolor="rgba(0,0,0,0)",
    )


def _frame(frame: Frame) -> go.Scatter:
    x1, y1, x2, y2 = frame.box
    words = escape(frame.words, quote=False)
    look = {"color": frame.colour, "width": 1.5 if frame.faint else 3, "dash": "dot" if frame.faint else "solid"}
    filling = {"fill": "toself", "fillcolor": "rgba(0,158,115,0.3)"} if frame.filled else {}
    return go.Scatter(
        x=[x1, x2, x2, x1, x1], y=[y1, y1, y2, y2, y1], mode="lines", line=look, name=words,
        hovertemplate=f"{words}<extra></extra>", **filling,
    )  # fmt: skip
