"""Whether one model ranks better than another: DeLong's test on the same examples."""

import math
from typing import Any

import numpy as np

from vizlib.core.errors import OptionError
from vizlib.evaluation.ranking import checked_labels, checked_scores
from vizlib.evaluation.results import AucComparison


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
    beaten = np.stack([_below(scores[truth], scores[~truth]) for scores in pair])
    beating = 1 - np.stack([_below(scores[~truth], scores[truth]) for scores in pair])
    spread = np.cov(beaten) / m + np.cov(beating) / n
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


def _below(scores: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Share of the others below each score, ties half: its midrank among all less that among its own."""
    ordered = np.sort(others)
    order = np.argsort(scores)  # sorted queries stay in the cache
    asked = scores[order]
    twice = np.searchsorted(ordered, asked, "left") + np.searchsorted(ordered, asked, "right")
    shares = np.empty(len(scores))
    shares[order] = twice / (2 * len(others))
    return shares


def _ratio(difference: float, error: float) -> float:
    if error > 0:
        return difference / error
    return 0.0 if difference == 0 else math.copysign(math.inf, difference)
