"""What a recipe asks of examples: which scores and which truth go into an evaluation."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from vizlib.core.results import Result
from vizlib.evaluation.comparison import compare_auc
from vizlib.evaluation.crossvalidation import stratified_folds
from vizlib.evaluation.examples import Examples
from vizlib.evaluation.temperature import softened

Column = Callable[[str], np.ndarray]
FOLDS = 5
TRUTH = "true class"
ONE = ("roc_curve", "pr_curve", "thresholds", "class_balance", "metric_spread")
OWN = ("compare_boxes", "nms")
FILES = ("mean_average_precision",)
TABLES = ("regression",)


def judge(
    technique: Callable[..., Result],
    examples: Examples,
    target: Sequence[int],
    data: Mapping[str, Any],
    options: Mapping[str, Any],
    column: Column,
    other: Examples | None = None,
) -> Result:
    """Answer what a recipe asks of examples.

    Parameters
    ----------
    technique : callable
        One of the evaluations.
    examples : Examples
    target : sequence of int
        The class; empty for all decisions together.
    data : dict
        ``folds``, ``column``: see :class:`vizlib.Recipe`.
    options : dict
    column : callable
        Values of a column by its name, one an example.
    other : Examples, optional
        The same ones, scored by a second model.
    """
    name = technique.__name__
    if name in ONE:
        return technique(*one(examples, target), **options)
    if name in ("roc_curves", "pr_curves"):
        truth = examples.truth[:, None] if examples.kind == "binary" else examples.truth
        return technique(examples.scores, truth, names=examples.names, **options)
    return _WAYS[name](technique, examples, target, data, options, column, other)


def one(examples: Examples, target: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Scores and truth of one class, or of all decisions together."""
    if not target and examples.kind != "binary":
        return examples.scores.ravel(), examples.marks().ravel()
    number = target[0] if target else 0
    if not 0 <= number < len(examples.names):
        raise ValueError(f"The class must be from 0 to {len(examples.names) - 1}; got {number}.")
    return examples.scores[:, number], examples.positive(number)


def probabilities(examples: Examples) -> np.ndarray:
    """Probabilities of every class, or of the positive one; the softmax of scores that are none."""
    values = examples.scores
    if examples.kind == "binary":
        return values[:, 0] if examples.probable else softened(pair(values[:, 0]), 1.0)[:, 1]
    return values if examples.probable else softened(values, 1.0)


def pair(logit: np.ndarray) -> np.ndarray:
    """Two scores whose difference is the logit of the second."""
    return np.stack([np.zeros(len(logit)), logit], axis=1)


def _confusion(technique: Any, examples: Examples, *_rest: Any) -> Result:
    _exclusive(examples)
    found: Result = technique(examples.predicted(), examples.truth.astype(np.int64), names=examples.told_apart)
    return found


def _calibration(technique: Any, examples: Examples, _target: Any, _data: Any, options: Any, *_rest: Any) -> Result:
    _exclusive(examples)
    found: Result = technique(probabilities(examples), examples.truth.astype(np.int64), **options)
    return found


def _exclusive(examples: Examples) -> None:
    if examples.kind == "several":
        raise ValueError("An example may have several classes here; this is told for classes that exclude each other.")


def _folds(technique: Any, examples: Examples, target: Any, data: Any, options: Any, column: Column, _o: Any) -> Result:
    scores, truth = one(examples, target)
    folds = column(data["column"]) if "column" in data else stratified_folds(truth, int(data.get("folds", FOLDS)))
    found: Result = technique(scores, truth, folds, **options)
    return found


def _slices(
    technique: Any, examples: Examples, target: Any, data: Any, options: Any, column: Column, _other: Any
) -> Result:
    name = data.get("column", TRUTH)
    found: Result
    if technique.__name__ == "slice_accuracy":
        _exclusive(examples)
        found = technique(examples.predicted() == examples.truth, column(name), name=name, **options)
    else:
        found = technique(*one(examples, target), column(name), name=name, **options)
    return found


def _comparison(_technique: Any, examples: Examples, target: Any, _d: Any, _o: Any, _c: Any, other: Any) -> Result:
    if other is None:
        raise ValueError("compare_auc: it takes a second model on the same images; name it with --other.")
    scores, truth = one(examples, target)
    place = [other.names.index(examples.names[target[0]])] if target else []
    return compare_auc(scores, one(other, place)[0], truth)


_WAYS: dict[str, Callable[..., Result]] = {
    "confusion": _confusion,
    "calibration": _calibration,
    "fold_curves": _folds,
    "slice_accuracy": _slices,
    "slice_auc": _slices,
    "compare_auc": _comparison,
}
