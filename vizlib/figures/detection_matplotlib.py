"""Curves of detectors and folds, and boxes, on paper; registered with ``static.figure``."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from vizlib.evaluation.boxes import BoxPair, Suppression
from vizlib.evaluation.crossvalidation import FoldCurves
from vizlib.evaluation.detection_results import Detection, DetectionCurve
from vizlib.figures.curves import MOST_CURVES
from vizlib.figures.curves_matplotlib import drawn_curves
from vizlib.figures.detection import (
    Frame,
    FramesPlan,
    detection_plan,
    folds_plan,
    one_plan,
    pair_plan,
    suppression_plan,
)
from vizlib.figures.static import figure

SIDE = 3.4  # inches
ANCHORS = {"above": ("left", "bottom"), "below": ("right", "top"), "inside": ("center", "center")}


@figure.register
def detection(
    result: Detection, *, name: str | None = None, iou: float | None = None, most: int = MOST_CURVES, **_: Any
) -> Figure:
    """Curves of a detector; the keywords are those of :func:`vizlib.figures.detection.detection_plan`."""
    return drawn_curves(detection_plan(result, name, iou, most))


@figure.register
def one(result: DetectionCurve, **_: Any) -> Figure:
    """One curve of a detector."""
    return drawn_curves(one_plan(result))


@figure.register
def folds(result: FoldCurves, **_: Any) -> Figure:
    """The curves of the folds, their mean and band."""
    return drawn_curves(folds_plan(result))


@figure.register
def pair(result: BoxPair, **_: Any) -> Figure:
    """Two boxes."""
    return _frames(pair_plan(result))


@figure.register
def suppression(result: Suppression, **_: Any) -> Figure:
    """Boxes that were kept, and those that were not."""
    return _frames(suppression_plan(result))


def _frames(plan: FramesPlan) -> Figure:
    drawn = Figure(figsize=(SIDE, SIDE), layout="constrained")
    axes = drawn.subplots()
    for frame in plan.frames:
        _frame(axes, frame)
    axes.set(xlim=(plan.low[0], plan.high[0]), ylim=(plan.high[1], plan.low[1]), aspect="equal")
    axes.tick_params(labelsize=6)
    axes.spines[["top", "right"]].set_visible(False)
    drawn.suptitle(plan.title, fontsize=6, x=0.01, ha="left", parse_math=False, wrap=True)
    return drawn


def _frame(axes: Axes, frame: Frame) -> None:
    x1, y1, x2, y2 = frame.box
    look: dict[str, Any] = {"edgecolor": frame.colour, "facecolor": "none"}
    if frame.filled:
        look["facecolor"] = (0, 158 / 255, 115 / 255, 0.3)
    style, width = (":", 0.8) if frame.faint else ("-", 1.5)
    axes.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, linestyle=style, linewidth=width, **look))
    if not frame.faint:
        across, down = ANCHORS[frame.at]
        axes.text(*frame.place, frame.words, ha=across, va=down, fontsize=5, color=frame.colour)
