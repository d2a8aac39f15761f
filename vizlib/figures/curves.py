"""Places and words of ROC and precision-recall curves, reliability diagrams and confusion matrices."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vizlib.evaluation.calibration import Calibration
from vizlib.evaluation.confusion import Confusion, Share
from vizlib.evaluation.multiclass import Curves, PrCurves, RocCurves
from vizlib.evaluation.results import Band, PrCurve, RocCurve
from vizlib.evaluation.thresholds import Balance

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#f0e442")  # Okabe and Ito
GUESS = "#808b90"
MOST_POINTS = 4000  # of a drawn curve
MOST_CURVES = 8  # classes drawn at once, as many as there are colours
MOST_LABELS = 40  # classes named at the axes of a matrix
ISO_F1 = (0.2, 0.4, 0.6, 0.8)
LEAST = 1e-4  # left end of a logarithmic axis when no point tells another


@dataclass(frozen=True, eq=False)
class Line:
    """One curve: ``step`` holds its height back to the point before, ``thin`` is labelled at its end."""

    x: np.ndarray
    y: np.ndarray
    name: str
    colour: str
    step: bool = False
    dashed: bool = False
    thin: bool = False
    thresholds: np.ndarray | None = None


class Mark(NamedTuple):
    """A point on a curve, where a chosen threshold works."""

    x: float
    y: float
    words: str


class Other(NamedTuple):
    """The curve of another model on the same examples, and what both are called."""

    curve: RocCurve | PrCurve
    names: tuple[str, str]


@dataclass(frozen=True, eq=False)
class CurvePlan:
    """Curves ready to draw in the unit square; ``log`` is the left end of a logarithmic x axis."""

    lines: tuple[Line, ...]
    x: str
    y: str
    title: str
    alternative: str
    band: Band | None = None
    log: float | None = None
    mark: Mark | None = None


def roc_plan(
    result: RocCurve, band: Band | None = None, log: bool = False, mark: Mark | None = None, other: Other | None = None
) -> CurvePlan:
    """One ROC curve over the line of guessing.

    Parameters
    ----------
    result : RocCurve
    band : Band, optional
        What ``result.band()`` gave.
    log : bool
        A logarithmic axis of false positive rates, for detectors that may hardly ever be wrong.
    mark : Mark, optional
        Where a chosen threshold works.
    other : Other, optional
        The ROC curve of another model on the same examples.
    """
    title = f"AUC {result.auc:.4f}{_interval(result)}, {result.positives:,} positives, {result.negatives:,} negatives"
    thinned = _thinned(result.fpr, result.tpr, result.thresholds)
    line = Line(thinned[0], thinned[1], other.names[0] if other else "model", COLOURS[0], thresholds=thinned[2])
    lines = [line]
    if other is not None and isinstance(other.curve, RocCurve):
        lines.append(Line(*_thinned(other.curve.fpr, other.curve.tpr)[:2], other.names[1], COLOURS[1]))
        title += f"; {other.names[1]} {other.curve.auc:.4f}"
    start = result.fpr[result.fpr > 0].min() / 2 if log else None
    words = f"ROC curve, {title}. At a false positive rate of 0.1 it finds {_at(result, 0.1):.1%} of the positives."
    axes = ("false positive rate", "true positive rate")
    return CurvePlan((*lines, _guess(start)), *axes, title, words, band, start, mark)


def pr_plan(result: PrCurve, iso_f1: bool = False, mark: Mark | None = None, other: Other | None = None) -> CurvePlan:
    """One precision-recall curve in steps, over the line of guessing.

    Parameters
    ----------
    result : PrCurve
    iso_f1 : bool
        Add lines of equal F1.
    mark : Mark, optional
        Where a chosen threshold works.
    other : Other, optional
        The precision-recall curve of another model on the same examples.
    """
    title = f"Average precision (step) {result.average_precision:.4f}, prevalence {result.prevalence:.3g}"
    thresholds = np.append(result.thresholds, np.inf)
    x, y, at = _thinned(result.recall[::-1], result.precision[::-1], thresholds[::-1])
    name = other.names[0] if other else "model"
    lines = [Line(x, y, name, COLOURS[0], step=True, thresholds=at), _level(result.prevalence)]
    if other is not None and isinstance(other.curve, PrCurve):
        drawn = _thinned(other.curve.recall[::-1], other.curve.precision[::-1])[:2]
        lines.insert(1, Line(*drawn, other.names[1], COLOURS[1], step=True))
        title += f"; {other.names[1]} {other.curve.average_precision:.4f}"
    if iso_f1:
        lines += [_of_equal_f1(value) for value in ISO_F1]
    words = f"Precision-recall curve. {title}. The highest F1 is {result.f1.max():.3f}."
    return CurvePlan(tuple(lines), "recall", "precision", title, words, mark=mark)


def balance_plan(result: Balance, at: float | None = None) -> CurvePlan:
    """The precision-recall curve at two class balances, each over its line of guessing.

    Parameters
    ----------
    result : Balance
    at : float, optional
        A threshold, marked on the changed curve.
    """
    lines = []
    for one, colour in ((result.usual, COLOURS[0]), (result.changed, COLOURS[2])):
        x, y, falling = _thinned(one.recall, one.precision, one.thresholds)
        lines.append(Line(x, y, f"{one.prevalence:.3g} positives", colour, step=True, thresholds=falling))
        level = _level(one.prevalence)
        lines.append(Line(level.x, level.y, f"guessing, {one.prevalence:.3g}", colour, dashed=True))
    first, second = result.usual, result.changed
    title = f"Average precision (step) {first.average_precision:.4f} at {first.prevalence:.3g} positives"
    title += f", {second.average_precision:.4f} at {second.prevalence:.3g}"
    mark = None
    if at is not None:
        place = second.place(at)
        mark = Mark(float(second.recall[place]), float(second.precision[place]), f"threshold {at:.4g}")
    return CurvePlan(tuple(lines), "recall", "precision", title, f"Precision-recall curves. {title}.", mark=mark)


def several_plan(result: Curves, most: int = MOST_CURVES) -> CurvePlan:
    """The curves of the classes, the worst ones when there are many, and the average over all decisions."""
    known = np.flatnonzero(~np.isnan(result.areas))
    shown = sorted(known[np.argsort(result.areas[known], kind="stable")][:most].tolist())
    roc = isinstance(result, RocCurves)
    lines = [_of_class(result, number, COLOURS[place % len(COLOURS)]) for place, number in enumerate(shown)]
    some = f", the {len(shown)} worst of {len(result.names)} classes" if len(shown) < len(known) else ""
    what = "AUC" if roc else "average precision (step)"
    title = f"{what}: macro {result.macro:.4f}, weighted {result.weighted:.4f}{some}"
    absent = f" Without a curve: {', '.join(result.absent)}." if result.absent else ""
    worst = int(known[np.argmin(result.areas[known])])
    words = f"{title}. The worst class is {result.names[worst]} with {result.areas[worst]:.4f}.{absent}"
    if isinstance(result, RocCurves):
        grid, mean = result.macro_curve()
        lines.append(Line(grid, mean, "mean of the classes", GUESS))
        return CurvePlan((*lines, _guess(None)), "false positive rate", "true positive rate", title, words)
    return CurvePlan(tuple(lines), "recall", "precision", title, words)


def _of_class(result: Curves, number: int, colour: str) -> Line:
    name = f"{result.names[number]} {result.areas[number]:.3f}"
    if isinstance(result, RocCurves):
        roc = result.curve(number)
        return Line(*_thinned(roc.fpr, roc.tpr)[:2], name, colour)
    assert isinstance(result, PrCurves)
    pr = result.curve(number)
    return Line(*_thinned(pr.recall[::-1], pr.precision[::-1])[:2], name, colour, step=True)


def _thinned(
    x: np.ndarray, y: np.ndarray, thresholds: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Points of the same drawn shape: of each narrow column the first, the last, the highest and the lowest."""
    if len(x) <= MOST_POINTS:
        return x, y, thresholds
    columns = np.minimum((x * (MOST_POINTS // 4)).astype(np.int64), MOST_POINTS // 4 - 1)
    starts = np.flatnonzero(np.diff(columns, prepend=-1))
    kept = [starts, np.append(starts[1:], len(x)) - 1]
    sizes = np.diff(np.append(starts, len(x)))
    for most in (np.maximum, np.minimum):
        reached = np.flatnonzero(y == np.repeat(most.reduceat(y, starts), sizes))
        kept.append(reached[np.unique(columns[reached], return_index=True)[1]])
    at = np.unique(np.concatenate(kept))
    return x[at], y[at], None if thresholds is None else thresholds[at]


def _guess(start: float | None) -> Line:
    ends = np.linspace(0, 1, 2) if start is None else np.geomspace(start, 1, 200)
    return Line(ends, ends, "guessing", GUESS, dashed=True)


def _level(prevalence: float) -> Line:
    return Line(np.array([0.0, 1.0]), np.array([prevalence, prevalence]), "guessing", GUESS, dashed=True)


def _of_equal_f1(value: float) -> Line:
    recall = np.linspace(value / (2 - value), 1, 60)
    return Line(recall, value * recall / (2 * recall - value), f"F1 {value:g}", "#c5ccd0", thin=True)


def _interval(result: RocCurve) -> str:
    if min(result.positives, result.negatives) < 2 or result.method == "bootstrap":
        return ""  # what takes long is computed when somebody asks for it
    low, high = result.interval
    return f" ({result.level:.0%} interval {low:.4f} to {high:.4f})"


def _at(result: RocCurve, rate: float) -> float:
    return float(result.tpr[np.searchsorted(result.fpr, rate, "right") - 1])


@dataclass(frozen=True, eq=False)
class ReliabilityPlan:
    """Full bins of a reliability diagram: edges, accuracy with interval, confidence and counts."""

    left: np.ndarray
    right: np.ndarray
    accuracy: np.ndarray
    confidence: np.ndarray
    low: np.ndarray
    high: np.ndarray
    counts: np.ndarray
    title: str
    alternative: str


def reliability_plan(result: Calibration) -> ReliabilityPlan:
    """The bins that hold examples."""
    full = result.counts > 0
    bins = "]a, b]" if result.closed == "right" else "[a, b["
    title = f"ECE {result.ece:.4f}, MCE {result.mce:.4f}, Brier {result.brier:.4f}, NLL {result.nll:.4f}"
    title += f" ({len(result.counts)} {result.strategy} bins {bins})"
    sure = "surer" if result.overconfidence > 0 else "less sure"
    words = (
        f"Reliability diagram of {result.examples:,} examples. {title}. "
        f"On average the model is {abs(result.overconfidence):.1%} {sure} than it is right."
    )
    left, right = result.edges[:-1][full], result.edges[1:][full]
    return ReliabilityPlan(
        left=left,
        right=right,
        accuracy=result.accuracy[full],
        confidence=result.confidence[full],
        low=result.low[full],
        high=result.high[full],
        counts=result.counts[full],
        title=title,
        alternative=words,
    )


@dataclass(frozen=True, eq=False)
class MatrixPlan:
    """A confusion matrix ready to draw, in the order of the axes; ``labels`` is empty where there are too many."""

    shares: np.ndarray
    counts: np.ndarray
    names: tuple[str, ...]
    labels: tuple[str, ...]
    unit: str
    high: float | None
    title: str
    alternative: str


def matrix_plan(
    result: Confusion, by: Share = "true", order: Sequence[int] | None = None, mistakes: bool = False
) -> MatrixPlan:
    """Shares of a confusion matrix.

    Parameters
    ----------
    result : Confusion
    by : {"true", "predicted", "all"}
        What the shares add up to 1 over.
    order : sequence of int, optional
        Of the classes, for instance ``result.order``, or some of them; that of their numbers when left out.
    mistakes : bool
        Leave the right answers blank, so that the colours tell the mistakes apart.
    """
    places = np.arange(len(result.names)) if order is None else np.asarray(order)
    shares = result.normalised(by)[np.ix_(places, places)]
    names = tuple(result.names[place] for place in places)
    unit = {"true": "share of the true class", "predicted": "share of the predictions", "all": "share of all"}[by]
    high = 1.0 if by != "all" else None
    if mistakes:
        np.fill_diagonal(shares, np.nan)
        high = float(np.nanmax(shares, initial=0.0)) or 1.0
        unit += ", mistakes alone"
    some = f"{len(names)} of " if len(names) < len(result.names) else ""
    title = (
        f"Accuracy {result.accuracy:.2%} on {int(result.matrix.sum()):,} examples, {some}{len(result.names)} classes"
    )
    worst = result.mistakes(1)
    pair = (
        f" Most often {worst[0].true} is taken for {worst[0].predicted}, {worst[0].examples:,} times." if worst else ""
    )
    labels = names if len(names) <= MOST_LABELS else ()
    counts = result.matrix[np.ix_(places, places)]
    return MatrixPlan(shares, counts, names, labels, unit, high, title, f"Confusion matrix. {title}.{pair}")
