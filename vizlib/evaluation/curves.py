"""ROC and precision-recall curves: points as scikit-learn has them, from one quick sort, with intervals on demand."""

from typing import Annotated, Any

import numpy as np

from vizlib.core.errors import OptionError
from vizlib.evaluation.areas import auc_of, step_precision
from vizlib.evaluation.intervals import checked_level
from vizlib.evaluation.ranking import Ranking, both, ranking
from vizlib.evaluation.results import SAMPLES, Method, PrCurve, RocCurve
from vizlib.evaluation.settings import Level, Samples, Seed


def roc_curve(
    scores: Any,
    labels: Any,
    *,
    drop_intermediate: Annotated[bool, "Leave out points on a straight line between their neighbours."] = True,
    method: Annotated[Method, "How the interval of the area is made."] = "logit",
    level: Level = 0.95,
    samples: Samples = SAMPLES,
    seed: Seed = 0,
) -> RocCurve:
    """How many positives are found at the price of how many false alarms, for every threshold.

    Parameters
    ----------
    scores : array [n]
        Higher is more positive; finite.
    labels : array [n] of bool or 0 and 1
        -1 and 1 are taken too.
    drop_intermediate : bool
        Leave out points on a straight line between their neighbours; the curve and its area stay.
    method : {"logit", "delong", "bootstrap"}
        Of ``interval``: DeLong's variance on the logit scale, which stays inside [0, 1]; the plain symmetric
        interval of DeLong; or resampling of positives and negatives.
    level : float
    samples, seed : int
        Of the bootstrap.

    Returns
    -------
    RocCurve

    Raises
    ------
    OptionError
        One sentence: no positives or no negatives, a score that is no finite number, a label that is neither 0 nor 1.

    Notes
    -----
    The curve keeps its shape when the balance of the classes changes; what a false alarm costs does not.

    References
    ----------
    Fawcett (2006), An introduction to ROC analysis, Pattern Recognition Letters 27.
    """
    found = both("roc_curve", ranking("roc_curve", scores, labels))
    return roc_of(found, drop_intermediate, method, level, samples, seed)


def roc_of(
    found: Ranking, drop_intermediate: bool = True, method: Method = "logit", level: float = 0.95,
    samples: int = SAMPLES, seed: int = 0,
) -> RocCurve:  # fmt: skip
    """The ROC curve of a ranking that is there already."""
    _checked_settings("roc_curve", method, level, samples)
    at, hits, alarms = found
    if drop_intermediate and len(hits) > 2:
        kept = _corners(hits, alarms)
        at, hits, alarms = at[kept], hits[kept], alarms[kept]
    return RocCurve(
        fpr=_from_zero(alarms),
        tpr=_from_zero(hits),
        thresholds=np.concatenate([[np.inf], at]),
        auc=float(auc_of(hits, alarms)),
        hits=found.hits,
        alarms=found.alarms,
        method=method,
        level=level,
        samples=samples,
        seed=seed,
    )


def pr_curve(
    scores: Any,
    labels: Any,
    *,
    drop_intermediate: Annotated[bool, "Leave out points on a straight line between their neighbours."] = False,
    level: Level = 0.95,
    samples: Samples = SAMPLES,
    seed: Seed = 0,
) -> PrCurve:
    """How many of what a threshold lets through is right, for every threshold.

    Parameters
    ----------
    scores : array [n]
        Higher is more positive; finite.
    labels : array [n] of bool or 0 and 1
        -1 and 1 are taken too.
    drop_intermediate : bool
        Of points with the same recall keep the first and the last only.
    level : float
    samples, seed : int
        Of the bootstrap that makes ``interval``.

    Returns
    -------
    PrCurve
        With ``average_precision`` (step) and, when asked for, ``definitions``.

    Raises
    ------
    OptionError
        One sentence: no positives, a score that is no finite number, a label that is neither 0 nor 1.

    Notes
    -----
    Precision falls when positives become rarer, with the same scores: compare it with the prevalence, which is what
    guessing gives. Between two points it does not go straight; draw it in steps.

    References
    ----------
    Davis, Goadrich (2006), The relationship between precision-recall and ROC curves, ICML.
    """
    found = ranking("pr_curve", scores, labels)
    if not found.positives:
        raise OptionError("pr_curve: the labels hold no positives; without them there is no recall.")
    return pr_of(found, drop_intermediate, level, samples, seed)


def pr_of(
    found: Ranking, drop_intermediate: bool = False, level: float = 0.95, samples: int = SAMPLES, seed: int = 0
) -> PrCurve:
    """The precision-recall curve of a ranking that is there already."""
    _checked_settings("pr_curve", "bootstrap", level, samples)
    at, hits, alarms = found
    precision = hits / (hits + alarms)
    area = step_precision(precision, hits)
    if drop_intermediate and len(hits) > 2:
        steps = np.diff(hits) != 0
        kept = np.flatnonzero(np.concatenate([[True], steps[:-1] | steps[1:], [True]]))
        at, hits, precision = at[kept], hits[kept], precision[kept]
    return PrCurve(
        precision=_rising(precision, 1, 1.0),
        recall=_rising(hits, hits[-1], 0.0),
        thresholds=at[::-1],
        average_precision=area,
        prevalence=found.positives / (found.positives + found.negatives),
        hits=found.hits,
        alarms=found.alarms,
        level=level,
        samples=samples,
        seed=seed,
    )


def _corners(hits: np.ndarray, alarms: np.ndarray) -> np.ndarray:
    """Which points turn; scikit-learn keeps the same."""
    kept = np.ones(len(hits), bool)
    up = np.diff(hits)
    np.not_equal(up[1:], up[:-1], out=kept[1:-1])
    if hits[-1] + alarms[-1] > len(hits):  # without ties a step that is not up is across
        across = np.diff(alarms)
        kept[1:-1] |= across[1:] != across[:-1]
    return np.flatnonzero(kept)


def _from_zero(counts: np.ndarray) -> np.ndarray:
    rates = np.zeros(len(counts) + 1)
    np.divide(counts, counts[-1], out=rates[1:])
    return rates


def _rising(counts: np.ndarray, of: int, last: float) -> np.ndarray:
    """Shares by rising threshold, and what stands after the last."""
    shares = np.full(len(counts) + 1, last)
    np.divide(counts[::-1], of, out=shares[:-1])
    return shares


def _checked_settings(name: str, method: str, level: float, samples: int) -> None:
    checked_level(name, level)
    if method not in ("logit", "delong", "bootstrap"):
        raise OptionError(f"{name}: method must be logit, delong or bootstrap; got {method!r}.")
    if samples < 1:
        raise OptionError(f"{name}: samples must be at least 1; got {samples}.")
