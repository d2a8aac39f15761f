"""One sort for every curve: how many positives and negatives have at least each score."""

from typing import Any, NamedTuple

import numpy as np

from vizlib.core.arrays import array_of
from vizlib.core.errors import OptionError

LOWER = np.int64(0x7FFF_FFFF_FFFF_FFFF)
MOST_KEPT = 2_000_000  # examples


class Ranking(NamedTuple):
    """Distinct scores, falling, with what a threshold at each of them lets through.

    ``hits`` and ``alarms`` are the numbers of positives and negatives whose score is at least ``scores``.
    """

    scores: np.ndarray
    hits: np.ndarray
    alarms: np.ndarray

    @property
    def positives(self) -> int:
        return int(self.hits[-1])

    @property
    def negatives(self) -> int:
        return int(self.alarms[-1])


class Kept(NamedTuple):
    """What was ranked last, so that a ROC and a precision-recall curve of the same examples share one sort."""

    values: np.ndarray
    truth: np.ndarray
    ranking: Ranking


_last: list[Kept] = []


def ranking(name: str, scores: Any, labels: Any) -> Ranking:
    """Sort scores and labels, once for the same ones; ``name`` is that of the caller, for what is refused."""
    values, truth = checked(name, scores, labels)
    for kept in _last[:1]:
        if np.array_equal(kept.values, values) and np.array_equal(kept.truth, truth):
            return kept.ranking
    found = _ranked(values, truth)
    _last[:] = [Kept(values, truth, found)] if len(values) <= MOST_KEPT else []
    return found


def _ranked(values: np.ndarray, truth: np.ndarray) -> Ranking:
    shift = _spare_bit(values)
    if shift is None:  # so wide a range of scores that a label does not fit beside them
        order = np.argsort(-values, kind="stable")
        ends = _ends(values[order])
        alarms = np.cumsum(~truth[order], dtype=np.int64)[ends]
        return Ranking(values[order][ends], ends + 1 - alarms, alarms)
    keys = _packed(values, truth, shift)
    keys.sort()
    alarms = np.cumsum(keys & 1, dtype=np.int64)
    keys >>= 1
    ends = _ends(keys)
    if len(ends) < len(keys):
        keys, alarms = keys[ends], alarms[ends]
    return Ranking(_unpacked(keys, shift), ends + 1 - alarms, alarms)


def _ends(ordered: np.ndarray) -> np.ndarray:
    """The last place of each distinct value."""
    changes = ordered[1:] != ordered[:-1]
    if changes.all():
        return np.arange(len(ordered))
    return np.append(np.flatnonzero(changes), len(ordered) - 1)


def _spare_bit(values: np.ndarray) -> int | None:
    """Which power of two to divide by without rounding, so that all scores are below 2 and leave one bit unused."""
    shift = max(0, int(np.frexp(max(values.max(), -values.min()))[1]) - 1)
    exact = shift == 0 or np.array_equal(np.ldexp(np.ldexp(values, -shift), shift), values)
    return shift if exact else None


def _packed(values: np.ndarray, truth: np.ndarray, shift: int) -> np.ndarray:
    """Score and label in one integer that sorts by falling score: sorting integers is several times as quick."""
    keys = (np.ldexp(values, -shift) if shift else values).view(np.int64)
    if keys.min() < 0:  # the bits of negative numbers rise with their magnitude
        keys = keys ^ ((keys >> 63) & LOWER)
    keys = keys << 1
    keys |= truth
    return np.invert(keys, out=keys)


def _unpacked(keys: np.ndarray, shift: int) -> np.ndarray:
    keys = np.invert(keys, out=keys)
    if keys[-1] < 0:
        keys ^= (keys >> 63) & LOWER
    values: np.ndarray = keys.view(np.float64)
    return np.ldexp(values, shift) if shift else values


def checked(name: str, scores: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """Scores as float64 and labels as bool [n]; OptionError in one sentence when they are none."""
    return checked_scores(name, scores), checked_labels(name, labels, len(array_of(scores)))


def checked_scores(name: str, scores: Any) -> np.ndarray:
    """Scores [n] as float64, finite, with one zero."""
    values = array_of(scores)
    if values.ndim != 1 or values.dtype.kind not in "fiub":
        hint = " For one column a class use roc_curves or pr_curves." if values.ndim == 2 else ""
        raise OptionError(f"{name}: scores must be a list of numbers; got shape {list(values.shape)}.{hint}")
    if not len(values):
        raise OptionError(f"{name}: scores are empty; give at least one example.")
    values = np.add(values, 0.0, dtype=np.float64)  # -0.0 and 0.0 are one score
    if not np.isfinite(values).all():
        wrong = int((~np.isfinite(values)).sum())
        raise OptionError(f"{name}: {wrong} of {len(values)} scores are NaN or infinite; remove or replace them.")
    return values


def checked_labels(name: str, labels: Any, count: int) -> np.ndarray:
    """Labels [n] as bool."""
    truth = array_of(labels)
    if truth.shape != (count,):
        raise OptionError(f"{name}: labels must be one for each score, {count}; got shape {list(truth.shape)}.")
    if truth.dtype == bool:
        return truth.copy()
    if truth.dtype.kind not in "iuf":
        raise OptionError(f"{name}: labels must be 0 or 1; got values of type {truth.dtype}.")
    positive: np.ndarray = truth == 1
    low, high = truth.min(), truth.max()
    if truth.dtype.kind == "f" or not 0 <= low <= high <= 1:
        other = truth[~positive]
        wrong = other[(other != 0) & ((other != -1) | bool((other == 0).any()))]
        if len(wrong):
            what = f"got {wrong[0]:g}. Compare them with the positive class first."
            raise OptionError(f"{name}: labels must be 0 or 1; {what}")
    return positive


def both(name: str, found: Ranking) -> Ranking:
    """The ranking, if it has positives and negatives."""
    if not found.positives or not found.negatives:
        missing = "positives" if not found.positives else "negatives"
        raise OptionError(f"{name}: the labels hold no {missing}; it takes both to rank one above the other.")
    return found
