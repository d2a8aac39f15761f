"""What every threshold does: right and wrong decisions, precision, recall, F-measure and cost; at any class balance."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any, NamedTuple

import numpy as np

from vizlib.core.errors import OptionError
from vizlib.core.options import Range
from vizlib.core.results import Result
from vizlib.evaluation.ranking import Ranking, both, ranking
from vizlib.evaluation.settings import Cost

PART = 1 << 18  # points
SHARE = Range(1e-6, 1 - 1e-6)


class Decisions(NamedTuple):
    """Examples by what they are and what a threshold says about them."""

    hits: int
    alarms: int
    misses: int
    passes: int


@dataclass(frozen=True, eq=False)
class Thresholds(Result):
    """What each threshold does; an example is let through when its score is at least the threshold.

    Attributes
    ----------
    thresholds : array [points]
        Falling; the first is infinite and lets nothing through.
    hits, alarms : int array [points]
        Positives and negatives let through.
    prevalence : float
        Share of positives that precision, F-measure, accuracy and cost are told for; that of the examples, or another.
    beta : float
        How many times as much recall counts as precision in the F-measure.
    false_alarm, miss : float
        What a negative let through and a positive held back cost.
    """

    thresholds: np.ndarray
    hits: np.ndarray
    alarms: np.ndarray
    prevalence: float
    beta: float
    false_alarm: float
    miss: float

    @property
    def positives(self) -> int:
        """Number of positive examples."""
        return int(self.hits[-1])

    @property
    def negatives(self) -> int:
        """Number of negative examples."""
        return int(self.alarms[-1])

    @cached_property
    def recall(self) -> np.ndarray:
        """Share of the positives let through; no class balance changes it."""
        return self.hits / self.positives

    @cached_property
    def fall_out(self) -> np.ndarray:
        """Share of the negatives let through; no class balance changes it."""
        return self.alarms / self.negatives

    @cached_property
    def precision(self) -> np.ndarray:
        """Share of positives among what is let through; 1 where nothing is."""
        right, wrong = self.prevalence * self.recall, (1 - self.prevalence) * self.fall_out
        return np.divide(right, right + wrong, out=np.ones(len(right)), where=right + wrong > 0)

    @cached_property
    def f_measure(self) -> np.ndarray:
        """Weighted harmonic mean of precision and recall; 0 where nothing is let through."""
        square, right = self.beta**2, self.prevalence * self.recall
        through = right + (1 - self.prevalence) * self.fall_out
        measure: np.ndarray = (1 + square) * right / (square * self.prevalence + through)
        return measure

    @cached_property
    def accuracy(self) -> np.ndarray:
        """Share of right decisions."""
        return self.prevalence * self.recall + (1 - self.prevalence) * (1 - self.fall_out)

    @cached_property
    def cost(self) -> np.ndarray:
        """Mean cost of a decision."""
        missed = self.prevalence * (1 - self.recall)
        return self.miss * missed + self.false_alarm * (1 - self.prevalence) * self.fall_out

    def some(self, places: Any) -> "Thresholds":
        """The same at some of the points; the last one, which lets everything through, is always the last."""
        kept = np.append(np.asarray(places, np.int64), len(self.thresholds) - 1)
        return replace(self, thresholds=self.thresholds[kept], hits=self.hits[kept], alarms=self.alarms[kept])

    @cached_property
    def _best(self) -> int:
        return self._first(lambda part: part.f_measure)

    @cached_property
    def _least(self) -> int:
        return self._first(lambda part: -part.cost)

    def _first(self, worth: Callable[["Thresholds"], np.ndarray]) -> int:
        """The first point of the highest worth; in parts, so that nothing as long as the examples is kept."""
        best, place = -np.inf, 0
        for start in range(0, len(self.thresholds), PART):
            part = worth(self.some(np.arange(start, min(start + PART, len(self.thresholds)))))
            if part.max() > best:
                best, place = part.max(), start + int(part.argmax())
        return min(place, len(self.thresholds) - 1)

    @property
    def best_f(self) -> float:
        """Threshold of the highest F-measure; the highest one of several."""
        return float(self.thresholds[self._best])

    @property
    def cheapest(self) -> float:
        """Threshold of the lowest cost; the highest one of several, infinite where letting nothing through is best."""
        return float(self.thresholds[self._least])

    @property
    def highest_f(self) -> float:
        """The highest F-measure."""
        return float(self.some([self._best]).f_measure[0])

    @property
    def lowest_cost(self) -> float:
        """The lowest mean cost of a decision."""
        return float(self.some([self._least]).cost[0])

    @cached_property
    def average_precision(self) -> float:
        """Of the step kind, at this class balance."""
        return float((np.diff(self.recall) * self.precision[1:]).sum())

    def place(self, threshold: float) -> int:
        """Number of the point that decides as this threshold does."""
        return int(np.searchsorted(-self.thresholds, -threshold, "right")) - 1

    def decisions(self, threshold: float) -> Decisions:
        """Right and wrong decisions among the examples themselves."""
        at = self.place(threshold)
        hits, alarms = int(self.hits[at]), int(self.alarms[at])
        return Decisions(hits, alarms, self.positives - hits, self.negatives - alarms)


@dataclass(frozen=True, eq=False)
class Balance(Result):
    """The same decisions at the class balance of the examples, and at another one.

    Attributes
    ----------
    usual, changed : Thresholds
    """

    usual: Thresholds
    changed: Thresholds


def thresholds(
    scores: Any,
    labels: Any,
    *,
    prevalence: Annotated[float | None, SHARE, "Another share of positives; that of the examples when empty."] = None,
    beta: Annotated[float, Range(0.01, 100), "How many times as much recall counts as precision."] = 1.0,
    false_alarm: Annotated[Cost, "What a negative let through costs."] = 1.0,
    miss: Annotated[Cost, "What a positive held back costs."] = 1.0,
) -> Thresholds:
    """What every threshold does to the same examples.

    Parameters
    ----------
    scores : array [n]
        Higher is more positive; finite.
    labels : array [n] of bool or 0 and 1
    prevalence : float, optional
        Another share of positives, between 0 and 1: as if positives and negatives were drawn anew in these shares,
        each group looking as it does here.
    beta : float
        Recall counts ``beta`` times as much as precision.
    false_alarm, miss : float
        Costs, at least 0, of one wrong decision of each kind.

    Returns
    -------
    Thresholds

    Raises
    ------
    OptionError
        One sentence: no positives or no negatives, a score that is no finite number, a cost below 0.

    Notes
    -----
    The best threshold of some examples is a little too good for them: choose it on one set, report it on another.

    References
    ----------
    Elkan (2001), The foundations of cost-sensitive learning, IJCAI. Saerens, Latinne, Decaestecker (2002), Adjusting
    the outputs of a classifier to new a priori probabilities, Neural Computation 14.
    """
    found = both("thresholds", ranking("thresholds", scores, labels))
    return thresholds_of(found, prevalence=prevalence, beta=beta, false_alarm=false_alarm, miss=miss)


def class_balance(
    scores: Any, labels: Any, *, prevalence: Annotated[float, SHARE, "The other share of positives."] = 0.01
) -> Balance:
    """The same decisions at the class balance of the examples, and at another one.

    Parameters
    ----------
    scores : array [n]
        Higher is more positive; finite.
    labels : array [n] of bool or 0 and 1
    prevalence : float
        Share of positives, between 0 and 1, as in ``thresholds``.

    Returns
    -------
    Balance

    Notes
    -----
    It takes for granted that positives and negatives look the same however rare they are.
    """
    found = both("class_balance", ranking("class_balance", scores, labels))
    return Balance(thresholds_of(found), thresholds_of(found, prevalence=prevalence))


def thresholds_of(
    found: Ranking,
    *,
    prevalence: float | None = None,
    beta: float = 1.0,
    false_alarm: float = 1.0,
    miss: float = 1.0,
) -> Thresholds:
    """The same of a ranking that is there already."""
    if prevalence is not None and not 0 < prevalence < 1:
        raise OptionError(f"thresholds: prevalence must be between 0 and 1; got {prevalence:g}.")
    if not (math.isfinite(beta) and beta > 0):
        raise OptionError(f"thresholds: beta must be above 0; got {beta:g}.")
    for name, cost in (("false_alarm", false_alarm), ("miss", miss)):
        if not (math.isfinite(cost) and cost >= 0):
            raise OptionError(f"thresholds: {name} must be a cost of 0 or more; got {cost:g}.")
    return Thresholds(
        thresholds=np.concatenate([[np.inf], found.scores]),
        hits=np.concatenate([[0], found.hits]),
        alarms=np.concatenate([[0], found.alarms]),
        prevalence=found.positives / (found.positives + found.negatives) if prevalence is None else prevalence,
        beta=beta,
        false_alarm=false_alarm,
        miss=miss,
    )
