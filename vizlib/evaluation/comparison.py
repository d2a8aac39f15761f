"""Whether one model ranks better than another: DeLong's test on the same examples."""

import math
from typing import Any

import numpy as np

from vizlib.core.errors import OptionError
from vizlib.evaluation.ranking import checked_labels, checked_scores
from vizlib.evaluation.results import AucComparison

SMALL = 1 << 30  # twice a number of examples below it fits into 32 bits


def compare_auc(scores_a: Any, scores_b: Any, labels: Any) -> AucComparison:
    """Compare the areas under the ROC curves of two models on the same examples.

    Parameters
    ----------
    scores_a, scores_b : array [n]
        Higher is more positive; finite. The scales may differ.
    labels : array [n] of bool or 0 and 1

    Returns
    -------
    AucComparison
        Areas, their variances and covariance, and the two-sided test of their difference.

    Raises
    ------
    OptionError
        One sentence, also when a class has fewer than two examples.

    Notes
    -----
    A small probability does not say that the difference matters, a large one not that there is none. The test takes
    the models as given; it does not know how much training again would change them.

    References
    ----------
    DeLong, DeLong, Clarke-Pearson (1988), Biometrics 44. Sun, Xu (2014), Fast implementation of DeLong's algorithm
    for comparing the areas under correlated receiver operating characteristic curves, IEEE Signal Process. Lett. 21.
    """
    pair = [checked_scores("compare_auc", scores) for scores in (scores_a, scores_b)]
    if len(pair[0]) != len(pair[1]):
        raise OptionError(f"compare_auc: both models must score the same examples; got {len(pair[0])} and {len(pair[1])}.")  # fmt: skip  # noqa: E501
    truth = checked_labels("compare_auc", labels, len(pair[0]))
    m, n = int(truth.sum()), int((~truth).sum())
    if min(m, n) < 2:
        raise OptionError("compare_auc: it takes at least two positives and two negatives.")
    beaten, beating = _placements(pair, truth)
    spread = _covariance(beaten) / m + _covariance(beating) / n
    area = [float(share.mean()) for share in beaten]
    z = _ratio(area[0] - area[1], math.sqrt(max(spread[0, 0] + spread[1, 1] - 2 * spread[0, 1], 0.0)))
    return AucComparison(
        auc_a=area[0],
        auc_b=area[1],
        variance_a=float(spread[0, 0]),
        variance_b=float(spread[1, 1]),
        covariance=float(spread[0, 1]),
        z=z,
        p=math.erfc(abs(z) / math.sqrt(2)),
        positives=m,
        negatives=n,
    )


def _placements(pair: list[np.ndarray], truth: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """For each model the share of negatives below every positive, and of positives above every negative, ties half."""
    places = np.flatnonzero(truth), np.flatnonzero(~truth)
    m, n = map(len, places)
    twice = [_twice_below(scores, truth) for scores in pair]
    return [found[places[0]] / (2 * n) for found in twice], [1 - found[places[1]] / (2 * m) for found in twice]


def _twice_below(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Twice how many of the other class lie below each example, ties half: from one sort, as midranks."""
    order = np.argsort(scores)
    ordered, marks = scores[order], truth[order]
    kind = np.int32 if len(scores) < SMALL else np.int64
    positives: np.ndarray = np.cumsum(marks, dtype=kind)
    ends = ordered[1:] != ordered[:-1]
    if ends.all():
        found = np.where(marks, np.arange(1, len(scores) + 1, dtype=kind) - positives, positives)
        found *= 2
    else:
        last = np.append(np.flatnonzero(ends), len(scores) - 1)  # of each run of equal scores
        run = np.concatenate([[0], np.cumsum(ends)])
        hits: np.ndarray = positives[last]
        alarms: np.ndarray = last + 1 - hits
        both = [counts + np.append(0, counts[:-1]) for counts in (alarms, hits)]
        found = np.where(marks, both[0][run], both[1][run])
    twice = np.empty(len(scores), kind)
    twice[order] = found
    return twice


def _covariance(pair: list[np.ndarray]) -> np.ndarray:
    """Covariance matrix [2, 2] of two lists, divided by one less than their length."""
    first, second = (values - values.mean() for values in pair)
    mixed = first @ second
    return np.array([[first @ first, mixed], [mixed, second @ second]]) / (len(first) - 1)


def _ratio(difference: float, error: float) -> float:
    if error > 0:
        return difference / error
    return 0.0 if difference == 0 else math.copysign(math.inf, difference)
