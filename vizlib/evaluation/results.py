"""Results of an evaluation: curves with their area, intervals and the definitions of average precision. All float64."""

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Literal

import numpy as np

from vizlib.core.errors import OptionError
from vizlib.core.results import Result
from vizlib.evaluation.areas import DEFINITIONS, auc_of, auc_variance, average_precisions, step_precisions
from vizlib.evaluation.intervals import (
    Interval,
    bootstrap,
    checked_level,
    on_logit_scale,
    percentiles,
    symmetric,
)

Method = Literal["logit", "delong", "bootstrap"]
SAMPLES = 1000


@dataclass(frozen=True, eq=False)
class RocCurve(Result):
    """How many positives are found at the price of how many false alarms, for every threshold.

    Attributes
    ----------
    fpr, tpr : array [points]
        Shares of the negatives and of the positives whose score is at least the threshold; both rise from 0 to 1.
    thresholds : array [points]
        Falling; the first is infinite.
    auc : float
        Share of pairs of a positive and a negative in which the positive has the higher score; ties count half.
    hits, alarms : int array [scores]
        Positives and negatives at or above each distinct score, falling: nothing is dropped here.
    method : {"logit", "delong", "bootstrap"}
        How ``interval`` is made.
    level : float
    samples, seed : int
        Of the bootstrap.
    """

    fpr: np.ndarray
    tpr: np.ndarray
    thresholds: np.ndarray
    auc: float
    hits: np.ndarray
    alarms: np.ndarray
    method: Method = "logit"
    level: float = 0.95
    samples: int = SAMPLES
    seed: int = 0

    @property
    def positives(self) -> int:
        """Number of positive examples."""
        return int(self.hits[-1])

    @property
    def negatives(self) -> int:
        """Number of negative examples."""
        return int(self.alarms[-1])

    @cached_property
    def variance(self) -> float:
        """Of the area, after DeLong."""
        return auc_variance(self.hits, self.alarms)

    @cached_property
    def interval(self) -> Interval:
        """Confidence interval of the area, by the method, level and seed of the curve."""
        return self.interval_by(self.method)

    def interval_by(self, method: Method, level: float | None = None) -> Interval:
        """Confidence interval of the area by another method or of another level."""
        level = checked_level("roc_curve", self.level if level is None else level)
        if method == "bootstrap":
            return percentiles(self.resampled(), level)
        if method not in ("logit", "delong"):
            raise OptionError(f"roc_curve: method must be logit, delong or bootstrap; got {method!r}.")
        return (on_logit_scale if method == "logit" else symmetric)(self.auc, self.variance, level)

    def resampled(self) -> np.ndarray:
        """Areas [samples] of resampled positives and negatives."""
        positives, negatives = runs(np.diff(self.hits, prepend=0), np.diff(self.alarms, prepend=0))
        return bootstrap(positives, negatives, _areas, samples=self.samples, seed=self.seed)

    def band(self, points: int = 101) -> "Band":
        """Pointwise interval of the true positive rate over a grid of false positive rates, by resampling."""
        grid = np.linspace(0, 1, points)
        positives, negatives = np.diff(self.hits, prepend=0), np.diff(self.alarms, prepend=0)
        rates = bootstrap(positives, negatives, lambda p, n: _rates(p, n, grid), samples=self.samples, seed=self.seed)
        low, high = np.quantile(rates, [(1 - self.level) / 2, (1 + self.level) / 2], axis=0)
        return Band(grid, low, high, self.level)


@dataclass(frozen=True, eq=False)
class Band(Result):
    """A pointwise interval around a curve: ``low`` and ``high`` at each ``x``."""

    x: np.ndarray
    low: np.ndarray
    high: np.ndarray
    level: float


@dataclass(frozen=True, eq=False)
class PrCurve(Result):
    """How many of what is let through is right, for every threshold.

    Attributes
    ----------
    precision, recall : array [points]
        By rising threshold; the last point, precision 1 at recall 0, has no threshold.
    thresholds : array [points - 1]
        Rising.
    average_precision : float
        The sum of precision times the step of recall.
    prevalence : float
        Share of positives: the precision of guessing.
    hits, alarms : int array [scores]
        Positives and negatives at or above each distinct score, falling: nothing is dropped here.
    level : float
    samples, seed : int
        Of ``interval``.
    """

    precision: np.ndarray
    recall: np.ndarray
    thresholds: np.ndarray
    average_precision: float
    prevalence: float
    hits: np.ndarray
    alarms: np.ndarray
    level: float = 0.95
    samples: int = SAMPLES
    seed: int = 0

    @property
    def positives(self) -> int:
        """Number of positive examples."""
        return int(self.hits[-1])

    @property
    def negatives(self) -> int:
        """Number of negative examples."""
        return int(self.alarms[-1])

    @cached_property
    def definitions(self) -> MappingProxyType[str, float]:
        """Average precision by each of the definitions in use; ``DEFINITIONS`` tells who uses which."""
        return MappingProxyType(average_precisions(self.hits, self.alarms))

    @cached_property
    def interval(self) -> Interval:
        """Confidence interval of the average precision, by resampling positives and negatives."""
        checked_level("pr_curve", self.level)
        return percentiles(self.resampled(), self.level)

    def resampled(self) -> np.ndarray:
        """Average precisions [samples] of resampled positives and negatives."""
        positives, negatives = np.diff(self.hits, prepend=0), np.diff(self.alarms, prepend=0)
        return bootstrap(positives, negatives, step_precisions, samples=self.samples, seed=self.seed)

    @property
    def f1(self) -> np.ndarray:
        """The harmonic mean of precision and recall at each point; 0 where both are 0."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / np.where(total > 0, total, 1)


@dataclass(frozen=True, eq=False)
class AucComparison(Result):
    """Whether one model ranks better than another, on the same examples.

    Attributes
    ----------
    auc_a, auc_b : float
    variance_a, variance_b, covariance : float
        Of the areas, after DeLong.
    z, p : float
        Difference by its standard error, and the two-sided probability of one at least as large by chance.
    positives, negatives : int
    """

    auc_a: float
    auc_b: float
    variance_a: float
    variance_b: float
    covariance: float
    z: float
    p: float
    positives: int
    negatives: int

    @property
    def difference(self) -> float:
        """Area of the first less that of the second."""
        return self.auc_a - self.auc_b

    def interval(self, level: float = 0.95) -> Interval:
        """Confidence interval of the difference."""
        variance = max(self.variance_a + self.variance_b - 2 * self.covariance, 0.0)
        return symmetric(self.difference, variance, checked_level("compare_auc", level))


def runs(positives: np.ndarray, negatives: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Neighbouring scores of one class alone as one: their order among themselves has no say in the area."""
    kind = np.where(negatives == 0, 1, np.where(positives == 0, 2, 0))
    starts = np.flatnonzero((np.diff(kind, prepend=-1) != 0) | (kind == 0))
    return np.add.reduceat(positives, starts), np.add.reduceat(negatives, starts)


def _areas(positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    return auc_of(np.cumsum(positives, axis=1), np.cumsum(negatives, axis=1))


def _rates(positives: np.ndarray, negatives: np.ndarray, grid: np.ndarray) -> np.ndarray:
    hits, alarms = np.cumsum(positives, axis=1, dtype=float), np.cumsum(negatives, axis=1, dtype=float)
    hits, alarms = hits / hits[:, -1:], alarms / alarms[:, -1:]
    return np.stack([np.interp(grid, [0, *x], [0, *y]) for x, y in zip(alarms, hits, strict=True)])


__all__ = ["DEFINITIONS", "AucComparison", "Band", "PrCurve", "RocCurve"]
