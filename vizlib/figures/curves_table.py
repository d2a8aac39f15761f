"""Curves, thresholds, reliability and confusion as tables: a row for each point, bin or true class."""

from collections.abc import Iterator

from vizlib.evaluation.calibration import Calibration
from vizlib.evaluation.confusion import Confusion
from vizlib.evaluation.multiclass import PrCurves, RocCurves
from vizlib.evaluation.results import PrCurve, RocCurve
from vizlib.evaluation.thresholds import Balance, Thresholds
from vizlib.figures.table import Row, rows


@rows.register
def _roc(result: RocCurve) -> Iterator[Row]:
    yield ("false_positive_rate", "true_positive_rate", "threshold")
    yield from zip(result.fpr.tolist(), result.tpr.tolist(), result.thresholds.tolist(), strict=True)


@rows.register
def _pr(result: PrCurve) -> Iterator[Row]:
    yield ("recall", "precision", "threshold")
    thresholds = [*result.thresholds.tolist(), ""]  # the last point has none
    yield from zip(result.recall.tolist(), result.precision.tolist(), thresholds, strict=True)


@rows.register(RocCurves)
@rows.register(PrCurves)
def _several(result: RocCurves | PrCurves) -> Iterator[Row]:
    yield ("class", "area", "positives")
    yield from zip(result.names, result.areas.tolist(), result.support.tolist(), strict=True)


@rows.register
def _thresholds(result: Thresholds) -> Iterator[Row]:
    yield ("threshold", "true_positives", "false_positives", "precision", "recall", "f_measure", "accuracy", "cost")
    arrays = (result.thresholds, result.hits, result.alarms, result.precision, result.recall)
    yield from zip(*(a.tolist() for a in (*arrays, result.f_measure, result.accuracy, result.cost)), strict=True)


@rows.register
def _balance(result: Balance) -> Iterator[Row]:
    yield ("threshold", "recall", f"precision_at_{result.usual.prevalence:.6g}", f"precision_at_{result.changed.prevalence:.6g}")  # fmt: skip  # noqa: E501
    arrays = (result.usual.thresholds, result.usual.recall, result.usual.precision, result.changed.precision)
    yield from zip(*(array.tolist() for array in arrays), strict=True)


@rows.register
def _confusion(result: Confusion) -> Iterator[Row]:
    yield ("true", *result.names)
    yield from ((name, *counts) for name, counts in zip(result.names, result.matrix.tolist(), strict=True))


@rows.register
def _calibration(result: Calibration) -> Iterator[Row]:
    yield ("from", "to", "examples", "confidence", "accuracy", "low", "high")
    bins = (result.edges[:-1], result.edges[1:], result.counts, result.confidence, result.accuracy)
    yield from zip(*(array.tolist() for array in (*bins, result.low, result.high)), strict=True)
