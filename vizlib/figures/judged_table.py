"""Tables of what was judged: one row a class, slice, fold or example; registered with ``table.rows``."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from vizlib.evaluation.boxes import BoxPair, Suppression
from vizlib.evaluation.crossvalidation import FoldCurves, Spread, SpreadRow
from vizlib.evaluation.detection_results import Detection, DetectionCurve, DetectionRow
from vizlib.evaluation.regression import Regression
from vizlib.evaluation.results import AucComparison
from vizlib.evaluation.segmentation import Segmentation, SegmentationRow
from vizlib.evaluation.slices import SliceRow, Slices
from vizlib.figures.table import Row, rows


@rows.register
def _detection(result: Detection) -> Iterator[Row]:
    yield DetectionRow._fields
    yield from result.table


@rows.register
def _slices(result: Slices) -> Iterator[Row]:
    yield SliceRow._fields
    yield from result.table


@rows.register
def _segmentation(result: Segmentation) -> Iterator[Row]:
    yield SegmentationRow._fields
    yield from result.table


@rows.register
def _spread(result: Spread) -> Iterator[Row]:
    yield SpreadRow._fields
    yield from result.table


@rows.register
def _curve(result: DetectionCurve) -> Iterator[Row]:
    yield ("score", "recall", "precision", "envelope")
    yield from zip(result.scores, result.recall, result.precision, result.envelope, strict=True)


@rows.register
def _folds(result: FoldCurves) -> Iterator[Row]:
    yield ("x", "mean", "low", "high", *(f"fold_{name}" for name in result.names))
    yield from np.stack([result.grid, result.mean, result.low, result.high, *result.heights], axis=1).tolist()


@rows.register
def _regression(result: Regression) -> Iterator[Row]:
    yield ("truth", "predicted", "residual")
    yield from zip(result.truth, result.predicted, result.residuals, strict=True)


@rows.register
def _suppression(result: Suppression) -> Iterator[Row]:
    yield ("box", "x1", "y1", "x2", "y2", "score", "hidden_by", "overlap")
    facts = zip(result.boxes.tolist(), result.scores, result.hidden_by, result.overlap, strict=True)
    yield from ((place, *box, *others) for place, (box, *others) in enumerate(facts))


@rows.register(AucComparison)
@rows.register(BoxPair)
def _numbers(result: AucComparison | BoxPair) -> Iterator[Row]:
    """One row a number."""
    yield ("name", "value")
    for field in dataclasses.fields(result):
        value = getattr(result, field.name)
        if isinstance(value, (int, float)):
            yield (field.name, value)
