"""Places and words of the curves of detectors and of folds, and of boxes beside each other."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from vizlib.evaluation.boxes import BoxPair, Suppression
from vizlib.evaluation.crossvalidation import FoldCurves
from vizlib.evaluation.detection_results import Detection, DetectionCurve
from vizlib.evaluation.results import Band
from vizlib.figures.curves import COLOURS, GUESS, MOST_CURVES, CurvePlan, Line


def detection_plan(
    result: Detection, name: str | None = None, iou: float | None = None, most: int = MOST_CURVES
) -> CurvePlan:
    """Precision against recall: of the classes at one IoU, or of one class at every IoU.

    Parameters
    ----------
    result : Detection
    name : str, optional
        The class whose curves at every IoU are drawn.
    iou : float, optional
        The lowest one when left out.
    most : int
        Classes drawn, the worst ones when there are more.
    """
    first = float(result.thresholds[0]) if iou is None else iou
    if name is None:
        curves, cut = _of_classes(result, first, most)
        lines = [_line(curve, f"{curve.name} {curve.average_precision:.3f}", place) for place, curve in enumerate(curves)]  # fmt: skip  # noqa: E501
        about = f"at IoU {first:g}{cut}"
    else:
        curves = [result.curve(name, float(at)) for at in _spaced(result.thresholds, most)]
        lines = [_line(curve, f"IoU {curve.iou:g}: {curve.average_precision:.3f}", place) for place, curve in enumerate(curves)]  # fmt: skip  # noqa: E501
        about = f"of {name}"
    which = "mean over the IoUs" if len(result.thresholds) > 1 else f"at IoU {result.thresholds[0]:g}"
    title = f"mAP {result.mean:.4f} ({result.protocol.upper()}, {which}); precision and recall {about}"
    said = "; ".join(line.name for line in lines)
    absent = f" Without objects: {', '.join(result.absent)}." if result.absent else ""
    return CurvePlan(tuple(lines), "recall", "precision", title, f"{title}. Average precisions: {said}.{absent}")


def _of_classes(result: Detection, iou: float, most: int) -> tuple[list[DetectionCurve], str]:
    known = [result.curve(name, iou) for name in result.names if name not in result.absent]
    worst = sorted(known, key=lambda curve: curve.average_precision)[:most]
    cut = f", the {most} worst of {len(known)} classes" if len(known) > most else ""
    return [curve for curve in known if curve in worst], cut


def _spaced(thresholds: np.ndarray, most: int) -> np.ndarray:
    places = np.linspace(0, len(thresholds) - 1, min(most, len(thresholds))).round().astype(int)
    return thresholds[np.unique(places)]


def one_plan(result: DetectionCurve) -> CurvePlan:
    """The points of one curve, and the highest precision at that recall or beyond."""
    title = f"{result.name} at IoU {result.iou:g}: average precision ({result.definition}) {result.average_precision:.4f}, {result.objects:,} objects"  # fmt: skip  # noqa: E501
    raw = Line(result.recall, result.precision, "precision", GUESS, thresholds=result.scores)
    lines = (raw, _line(result, "highest at that recall or beyond", 0))
    reached = f" The highest recall is {result.recall.max(initial=0):.3f}."
    return CurvePlan(lines, "recall", "precision", title, f"Precision against recall, {title}.{reached}")


def _line(curve: DetectionCurve, name: str, place: int) -> Line:
    """The envelope in steps, from recall 0 to 0 precision behind the highest recall."""
    reached = float(curve.recall.max(initial=0.0))
    top = float(curve.envelope[0]) if len(curve.envelope) else 0.0
    x, y = np.concatenate([[0.0], curve.recall, [reached]]), np.concatenate([[top], curve.envelope, [0.0]])
    return Line(x, y, name, COLOURS[place % len(COLOURS)], step=True)


def folds_plan(result: FoldCurves) -> CurvePlan:
    """The curve of every fold, thin, below their mean with a band of one standard deviation."""
    roc = result.kind == "roc"
    x, y, what = ("false positive rate", "true positive rate", "AUC") if roc else ("recall", "precision", "average precision (step)")  # fmt: skip  # noqa: E501
    lines = [
        Line(result.grid, heights, f"fold {name}: {area:.3f}", COLOURS[1 + place % (len(COLOURS) - 1)], dashed=True)
        for place, (name, heights, area) in enumerate(zip(result.names, result.heights, result.areas, strict=True))
    ]
    lines.append(Line(result.grid, result.mean, "mean", COLOURS[0]))
    title = f"{what} {result.mean_area:.4f} ± {result.area_deviation:.4f} over {len(result.names)} folds; band: one standard deviation"  # fmt: skip  # noqa: E501
    words = f"{'ROC' if roc else 'Precision-recall'} curves of folds. {title}. The lowest is {result.areas.min():.4f}, the highest {result.areas.max():.4f}."  # fmt: skip  # noqa: E501
    return CurvePlan(tuple(lines), x, y, title, words, Band(result.grid, result.low, result.high, 0.0))


Corner = Literal["above", "below", "inside"]


@dataclass(frozen=True, eq=False)
class Frame:
    """One box: ``faint`` is drawn dashed; its words stand above its left end, below its right end, or inside."""

    box: tuple[float, float, float, float]
    words: str
    colour: str
    faint: bool = False
    filled: bool = False
    at: Corner = "above"

    @property
    def place(self) -> tuple[float, float]:
        """Where the words stand."""
        x1, y1, x2, y2 = self.box
        return {"above": (x1, y1), "below": (x2, y2), "inside": ((x1 + x2) / 2, (y1 + y2) / 2)}[self.at]


@dataclass(frozen=True, eq=False)
class FramesPlan:
    """Boxes in the plane of an image, whose y axis points down; ``low`` and ``high`` are its corners."""

    frames: tuple[Frame, ...]
    low: tuple[float, float]
    high: tuple[float, float]
    title: str
    alternative: str


def pair_plan(result: BoxPair) -> FramesPlan:
    """Two boxes, what they share, and the box around both."""
    wider = 1.0 if result.convention == "inclusive" else 0.0
    boxes = result.boxes + np.array([0, 0, wider, wider])
    around = (*boxes[:, :2].min(0), *boxes[:, 2:].max(0))
    common = (*boxes[:, :2].max(0), *boxes[:, 2:].min(0))
    frames = [Frame(_four(around), f"enclosing, {result.enclosing:g}", GUESS, faint=True)]
    frames.append(Frame(_four(boxes[0]), "A", COLOURS[0]))
    frames.append(Frame(_four(boxes[1]), "B", COLOURS[1], at="below"))
    if result.intersection > 0:
        frames.append(
            Frame(_four(common), f"intersection, {result.intersection:g}", COLOURS[2], filled=True, at="inside")
        )
    title = f"IoU {result.iou:.3f}, GIoU {result.giou:.3f}, DIoU {result.diou:.3f}, CIoU {result.ciou:.3f}, EIoU {result.eiou:.3f}"  # fmt: skip  # noqa: E501
    words = f"Two boxes. {title}. They share {result.intersection:g} of {result.union:g} that either covers; the box around both has {result.enclosing:g}."  # fmt: skip  # noqa: E501
    return _framed(frames, title, words)


def suppression_plan(result: Suppression) -> FramesPlan:
    """Kept boxes with their scores; those that were suppressed, dashed in the colour of the one that hid them."""
    colours = {int(box): COLOURS[place % 7] for place, box in enumerate(result.kept)}  # yellow is too pale for a line
    order = [*np.flatnonzero(result.hidden_by >= 0).tolist(), *result.kept.tolist()]
    frames = [_suppressed(result, box, colours) for box in order]
    title = f"{len(result.kept)} of {len(result.boxes)} boxes kept at IoU {result.threshold:g}"
    most = np.nanmax(result.overlap) if (result.hidden_by >= 0).any() else float("nan")
    more = "" if np.isnan(most) else f" The largest overlap of a suppressed box is {most:.3f}."
    return _framed(frames, title, f"Non-maximum suppression: {title}.{more}")


def _suppressed(result: Suppression, box: int, colours: dict[int, str]) -> Frame:
    by, score = int(result.hidden_by[box]), result.scores[box]
    words = f"{score:.2f}" if by < 0 else f"{score:.2f}, IoU {result.overlap[box]:.2f} with {result.scores[by]:.2f}"
    at: Corner = "below" if by < 0 and result.kept.tolist().index(box) % 2 else "above"  # those of neighbours part
    return Frame(_four(result.boxes[box]), words, colours[box if by < 0 else by], faint=by >= 0, at=at)


def _four(box: object) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = np.asarray(box, float).tolist()
    return x1, y1, x2, y2


def _framed(frames: list[Frame], title: str, words: str) -> FramesPlan:
    boxes = np.array([frame.box for frame in frames]).reshape(-1, 4)
    low = boxes[:, :2].min(0, initial=0.0)
    high = boxes[:, 2:].max(0, initial=1.0)
    edge = 0.04 * (high - low).max()
    return FramesPlan(tuple(frames), _two(low - edge), _two(high + edge), title, words)


def _two(values: np.ndarray) -> tuple[float, float]:
    x, y = values.tolist()
    return x, y
