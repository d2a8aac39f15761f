"""How much a curve and a metric vary from one part of the examples to another: folds, hold-outs and the bootstrap."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

from vizlib.core.arrays import array_of
from vizlib.core.errors import OptionError
from vizlib.core.options import Range
from vizlib.core.results import Result
from vizlib.evaluation.areas import auc_of, step_precisions
from vizlib.evaluation.curves import pr_curve, roc_curve
from vizlib.evaluation.intervals import bootstrap
from vizlib.evaluation.ranking import Ranking, both, checked, ranking
from vizlib.evaluation.settings import Samples, Seed

Metric = Literal["auc", "average_precision", "accuracy"]
MOST_FOLDS = 100


@dataclass(frozen=True, eq=False)
class FoldCurves(Result):
    """The curve of every fold, their mean and how far they spread.

    Attributes
    ----------
    kind : {"roc", "pr"}
    names : tuple of str
        Of the folds.
    grid : array [points]
        False positive rates, or recalls.
    heights : array [folds, points]
        True positive rate, or precision, of each fold on the grid.
    areas : array [folds]
        AUC, or average precision (step).
    """

    kind: Literal["roc", "pr"]
    names: tuple[str, ...]
    grid: np.ndarray
    heights: np.ndarray
    areas: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """Mean height [points]: vertical averaging."""
        return np.asarray(self.heights.mean(axis=0))

    @property
    def deviation(self) -> np.ndarray:
        """Standard deviation of the heights [points], of these folds (divided by their number)."""
        return np.asarray(self.heights.std(axis=0))

    @property
    def low(self) -> np.ndarray:
        """Mean less one standard deviation, at least 0."""
        return np.maximum(self.mean - self.deviation, 0)

    @property
    def high(self) -> np.ndarray:
        """Mean plus one standard deviation, at most 1."""
        return np.minimum(self.mean + self.deviation, 1)

    @property
    def mean_area(self) -> float:
        """Mean of the areas."""
        return float(self.areas.mean())

    @property
    def area_deviation(self) -> float:
        """Standard deviation of the areas, divided by their number."""
        return float(self.areas.std())


class SpreadRow(NamedTuple):
    """One way of choosing examples: how many values, their mean, deviation and middle 95 %."""

    name: str
    values: int
    mean: float
    deviation: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Spread(Result):
    """A metric of the same predictions, on random hold-outs, on k folds and on resampled examples.

    Attributes
    ----------
    metric : str
    value : float
        On all examples.
    holdouts : array [samples]
    folds : array [k]
    resampled : array [samples]
    share : float
        Of the examples in a hold-out.
    examples, seed : int
    """

    metric: Metric
    value: float
    holdouts: np.ndarray
    folds: np.ndarray
    resampled: np.ndarray
    share: float
    examples: int
    seed: int

    @property
    def table(self) -> tuple[SpreadRow, ...]:
        """Hold-outs, folds, bootstrap."""
        names = f"hold-outs of {self.share:.0%}", f"{len(self.folds)} folds", "bootstrap"
        return tuple(
            SpreadRow(name, len(v), float(v.mean()), float(v.std(ddof=1)), *np.quantile(v, [0.025, 0.975]).tolist())
            for name, v in zip(names, (self.holdouts, self.folds, self.resampled), strict=True)
        )


def fold_curves(
    scores: Any,
    labels: Any,
    folds: Any,
    *,
    kind: Annotated[Literal["roc", "pr"], "Which curve."] = "roc",
    points: Annotated[int, Range(2, 10_000), "Of the mean curve."] = 101,
) -> FoldCurves:
    """The curve of every fold, with their mean and band, on one axis.

    Parameters
    ----------
    scores : array [n]
        Of the model that was trained without the example's fold.
    labels : array [n] of bool or 0 and 1
    folds : array [n]
        Which fold each example was held out in: numbers or words.
    kind : {"roc", "pr"}
        ROC curves are averaged at equal false positive rates, between their points on straight lines; precision at
        equal recalls, in steps.
    points : int
        Of the grid, 2 to 10,000.

    Returns
    -------
    FoldCurves

    Raises
    ------
    OptionError
        One sentence, also when a fold has no positives or no negatives.

    Notes
    -----
    The band tells how much the folds differ, not how sure the mean is: the folds share training examples. Vertical
    averaging mixes different thresholds; no single threshold gives the mean curve.

    References
    ----------
    Fawcett (2006), An introduction to ROC analysis, Pattern Recognition Letters 27, section 8.
    """
    values, truth = checked("fold_curves", scores, labels)
    if kind not in ("roc", "pr"):
        raise OptionError(f"fold_curves: kind must be roc or pr; got {kind!r}.")
    if not 2 <= points <= 10_000:
        raise OptionError(f"fold_curves: points must be from 2 to 10000; got {points}.")
    names, places = _folds(folds, len(values))
    grid = np.linspace(0, 1, points)
    heights, areas = np.empty((len(names), points)), np.empty(len(names))
    for place, name in enumerate(names):
        chosen = places == place
        if not 0 < truth[chosen].sum() < chosen.sum():
            what = "positives" if not truth[chosen].any() else "negatives"
            raise OptionError(f"fold_curves: fold {name} holds no {what}; make the folds anew, each with both classes.")
        heights[place], areas[place] = _on_grid(values[chosen], truth[chosen], grid, kind)
    return FoldCurves(kind, names, grid, heights, areas)


def stratified_folds(labels: Any, k: int, *, seed: int = 0) -> np.ndarray:
    """A fold from 1 to k for each example [n], at random, with the same share of every label in each fold."""
    truth = array_of(labels)
    if truth.ndim != 1 or not 2 <= k <= min(len(truth), MOST_FOLDS):
        raise OptionError(f"stratified_folds: k must be from 2 to {min(truth.size, MOST_FOLDS)}, one example or more in each fold; got {k}.")  # fmt: skip  # noqa: E501
    order = np.random.default_rng(seed).permutation(len(truth))
    order = order[np.argsort(truth[order], kind="stable")]
    folds = np.empty(len(truth), np.int64)
    folds[order] = 1 + np.arange(len(truth)) % k
    return folds


def _folds(folds: Any, count: int) -> tuple[tuple[str, ...], np.ndarray]:
    found = array_of(folds)
    if found.shape != (count,):
        raise OptionError(f"fold_curves: folds must be one for each score, {count}; got shape {list(found.shape)}.")
    names, places = np.unique(found, return_inverse=True)
    if not 2 <= len(names) <= MOST_FOLDS:
        raise OptionError(f"fold_curves: there must be 2 to {MOST_FOLDS} folds; got {len(names)}.")
    return tuple(f"{name:g}" if found.dtype.kind == "f" else str(name) for name in names.tolist()), places


def _on_grid(scores: np.ndarray, truth: np.ndarray, grid: np.ndarray, kind: str) -> tuple[np.ndarray, float]:
    if kind == "roc":
        roc = roc_curve(scores, truth)
        heights = np.interp(grid, roc.fpr, roc.tpr)
        heights[0] = 0.0  # where the curve rises at once, it starts at 0 all the same
        return heights, roc.auc
    pr = pr_curve(scores, truth)
    recall, precision = pr.recall[-2::-1], pr.precision[-2::-1]  # by falling threshold
    places = np.searchsorted(recall, grid, "left")
    return precision[np.minimum(places, len(precision) - 1)], pr.average_precision


def metric_spread(
    scores: Any,
    labels: Any,
    *,
    metric: Annotated[Metric, "What is measured."] = "auc",
    k: Annotated[int, Range(2, 100), "Number of folds."] = 5,
    share: Annotated[float, Range(0.01, 0.99), "Of the examples in each random hold-out."] = 0.2,
    samples: Samples = 1000,
    threshold: Annotated[float, Range(-1e9, 1e9), "Least score that is called positive, for accuracy."] = 0.5,
    seed: Seed = 0,
) -> Spread:
    """How much a metric of the same predictions varies with the examples that it is measured on.

    Parameters
    ----------
    scores : array [n]
        Higher is more positive; finite.
    labels : array [n] of bool or 0 and 1
    metric : {"auc", "average_precision", "accuracy"}
    k : int
        Folds, each with the same share of positives.
    share : float
        Of positives and of negatives in each random hold-out, above 0 and below 1.
    samples : int
        Hold-outs, and resamples.
    threshold : float
        Least score that is called positive, for accuracy.
    seed : int

    Returns
    -------
    Spread

    Raises
    ------
    OptionError
        One sentence.

    Notes
    -----
    The model stays as it is: what training again would change is not in here. A hold-out is smaller than the whole,
    so its values spread more than the uncertainty of the whole, which is what the bootstrap shows.
    """
    found = both("metric_spread", ranking("metric_spread", scores, labels))
    _checked_spread(metric, k, share, samples, found)
    groups = np.diff(found.hits, prepend=0), np.diff(found.alarms, prepend=0)
    examples = [np.repeat(np.arange(len(found.scores)), counts) for counts in groups]
    generator = np.random.default_rng(seed)
    above = found.scores >= threshold

    def worth(positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
        return _worth(metric, positives, negatives, above)

    held = [_held_out(examples, share, len(found.scores), generator) for _ in range(samples)]
    parts = [np.array_split(generator.permutation(one), k) for one in examples]
    counted = [[np.bincount(part, minlength=len(found.scores)) for part in kind] for kind in parts]
    return Spread(
        metric=metric,
        value=float(worth(groups[0][None], groups[1][None])[0]),
        holdouts=np.concatenate([worth(positives[None], negatives[None]) for positives, negatives in held]),
        folds=worth(np.array(counted[0]), np.array(counted[1])),
        resampled=bootstrap(*groups, worth, samples=samples, seed=seed),
        share=float(share),
        examples=len(examples[0]) + len(examples[1]),
        seed=seed,
    )


def _held_out(
    examples: list[np.ndarray], share: float, groups: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Counts of a random part of the positives and of the negatives, at least one of each."""
    sizes = [max(1, round(share * len(one))) for one in examples]
    drawn = [generator.choice(one, size, replace=False) for one, size in zip(examples, sizes, strict=True)]
    return np.bincount(drawn[0], minlength=groups), np.bincount(drawn[1], minlength=groups)


def _worth(metric: str, positives: np.ndarray, negatives: np.ndarray, above: np.ndarray) -> np.ndarray:
    """The metric of counts [batch, scores]."""
    if metric == "average_precision":
        return np.asarray(step_precisions(positives, negatives))
    if metric == "auc":
        return np.asarray(auc_of(np.cumsum(positives, axis=-1), np.cumsum(negatives, axis=-1)))
    right = (positives * above).sum(-1) + (negatives * ~above).sum(-1)
    return np.asarray(right / (positives.sum(-1) + negatives.sum(-1)))


def _checked_spread(metric: str, k: int, share: float, samples: int, found: Ranking) -> None:
    least = min(found.positives, found.negatives)
    if metric not in ("auc", "average_precision", "accuracy"):
        raise OptionError(f"metric_spread: metric must be auc, average_precision or accuracy; got {metric!r}.")
    if not 2 <= k <= min(least, MOST_FOLDS):
        raise OptionError(f"metric_spread: k must be from 2 to {min(least, MOST_FOLDS)}, so that every fold has both classes; got {k}.")  # fmt: skip  # noqa: E501
    if not 0 < share < 1:
        raise OptionError(f"metric_spread: share must be above 0 and below 1; got {share:g}.")
    if samples < 2:
        raise OptionError(f"metric_spread: samples must be at least 2; got {samples}.")
