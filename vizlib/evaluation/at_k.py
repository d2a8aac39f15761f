"""What the first k are worth: precision among the highest scores, and whether the true class is among the first."""

from typing import Any

import numpy as np

from vizlib.core.arrays import array_of
from vizlib.core.errors import OptionError
from vizlib.evaluation.ranking import ranking


def precision_at_k(scores: Any, labels: Any, *, k: int) -> float:
    """Share of positives among the k highest scores; of scores that tie at the border, the expected share.

    Parameters
    ----------
    scores : array [n]
    labels : array [n] of bool or 0 and 1
    k : int
        1 to n.
    """
    found = ranking("precision_at_k", scores, labels)
    through = found.hits + found.alarms
    _checked_k("precision_at_k", k, int(through[-1]), "examples")
    at = int(np.searchsorted(through, k))
    before = (int(found.hits[at - 1]), int(through[at - 1])) if at else (0, 0)
    tied = (int(found.hits[at]) - before[0]) / (int(through[at]) - before[1])
    return (before[0] + tied * (k - before[1])) / k


def top_k_accuracy(scores: Any, labels: Any, *, k: int) -> float:
    """Share of examples whose true class is among the k with the highest scores; ties count by their chance.

    Parameters
    ----------
    scores : array [n, classes]
    labels : int array [n]
        Class indices.
    k : int
        1 to the number of classes.
    """
    values, truth = class_scores("top_k_accuracy", scores, labels)
    _checked_k("top_k_accuracy", k, values.shape[1], "classes")
    own = np.take_along_axis(values, truth[:, None], axis=1)
    higher, ties = (values > own).sum(axis=1), (values == own).sum(axis=1)
    return float(np.clip((k - higher) / ties, 0, 1).mean())


def class_scores(name: str, scores: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """Scores [n, classes] as float64 and class indices [n]; OptionError in one sentence when they are none."""
    values, truth = array_of(scores), array_of(labels)
    if values.ndim != 2 or 0 in values.shape or values.dtype.kind not in "fiub":
        raise OptionError(f"{name}: scores must be [n, classes]; got shape {list(values.shape)}.")
    values = values.astype(np.float64)
    if not np.isfinite(values).all():
        raise OptionError(f"{name}: some scores are NaN or infinite; remove or replace them.")
    if truth.shape != (len(values),):
        raise OptionError(f"{name}: labels must be one for each example, {len(values)}; got shape {list(truth.shape)}.")
    if truth.dtype.kind not in "iubf" or not np.isin(truth, np.arange(values.shape[1])).all():
        last = values.shape[1] - 1
        raise OptionError(f"{name}: labels must be class indices from 0 to {last}; at least one is not.")
    return values, truth.astype(np.int64)


def _checked_k(name: str, k: int, most: int, what: str) -> None:
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or not 1 <= k <= most:
        raise OptionError(f"{name}: k must be a whole number from 1 to {most}, the number of {what}; got {k!r}.")
