"""Curves of every class against the rest, and their averages: micro, macro and weighted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

import numpy as np

from vizlib.core.arrays import array_of
from vizlib.core.errors import OptionError
from vizlib.core.options import DATA
from vizlib.core.results import Result
from vizlib.evaluation.at_k import class_scores
from vizlib.evaluation.curves import pr_of, roc_of
from vizlib.evaluation.ranking import ranking
from vizlib.evaluation.results import PrCurve, RocCurve


@dataclass(frozen=True, eq=False)
class Curves(Result):
    """One curve a class.

    Attributes
    ----------
    areas : array [classes]
        NaN where a class has no curve.
    support : int array [classes]
        Number of positives.
    names : tuple of str
    scores : array [n, classes]
    truth : bool array [n, classes]
    """

    areas: np.ndarray
    support: np.ndarray
    names: tuple[str, ...]
    scores: np.ndarray
    truth: np.ndarray

    @property
    def absent(self) -> tuple[str, ...]:
        """Classes that have no curve, and stay out of the averages."""
        return tuple(name for name, area in zip(self.names, self.areas, strict=True) if np.isnan(area))

    @property
    def macro(self) -> float:
        """Mean area of the classes that have a curve, each alike."""
        return float(np.nanmean(self.areas))

    @property
    def weighted(self) -> float:
        """Mean area of the classes that have a curve, each by its number of positives."""
        known = ~np.isnan(self.areas)
        return float((self.areas[known] * self.support[known]).sum() / self.support[known].sum())


@dataclass(frozen=True, eq=False)
class RocCurves(Curves):
    """ROC curves of every class against the rest; ``areas`` are the AUC."""

    def curve(self, number: int, **settings: Any) -> RocCurve:
        """The curve of one class; the settings are those of :func:`vizlib.roc_curve`."""
        _known(self, "roc_curves", number)
        return roc_of(ranking("roc_curves", self.scores[:, number], self.truth[:, number]), **settings)

    @cached_property
    def micro(self) -> RocCurve:
        """All decisions of all classes in one curve; scores of different classes must be comparable for it."""
        return roc_of(ranking("roc_curves", self.scores.ravel(), self.truth.ravel()))

    def macro_curve(self, points: int = 1001) -> tuple[np.ndarray, np.ndarray]:
        """Mean true positive rate of the classes over a grid of false positive rates."""
        grid = np.linspace(0, 1, points)
        curves = [self.curve(number) for number in np.flatnonzero(~np.isnan(self.areas)).tolist()]
        return grid, np.mean([np.interp(grid, curve.fpr, curve.tpr) for curve in curves], axis=0)


@dataclass(frozen=True, eq=False)
class PrCurves(Curves):
    """Precision-recall curves of every class against the rest; ``areas`` are the average precision (step)."""

    def curve(self, number: int, **settings: Any) -> PrCurve:
        """The curve of one class; the settings are those of :func:`vizlib.pr_curve`."""
        _known(self, "pr_curves", number)
        return pr_of(ranking("pr_curves", self.scores[:, number], self.truth[:, number]), **settings)

    @cached_property
    def micro(self) -> PrCurve:
        """All decisions of all classes in one curve; scores of different classes must be comparable for it."""
        return pr_of(ranking("pr_curves", self.scores.ravel(), self.truth.ravel()))


def roc_curves(scores: Any, labels: Any, *, names: Annotated[Sequence[str] | None, DATA] = None) -> RocCurves:
    """ROC curves of every class against the rest.

    Parameters
    ----------
    scores : array [n, classes]
    labels : int array [n], or array [n, classes] of 0 and 1
        The class of each example, or all its classes where it may have several.
    names : sequence of str, optional
        Of the classes.

    Returns
    -------
    RocCurves
        ``areas``, ``macro``, ``weighted``, ``micro`` and the ``curve`` of each class. A class that occurs nowhere or
        everywhere has none and is named in ``absent``.
    """
    values, truth, words = _classes("roc_curves", scores, labels, names)
    support = truth.sum(axis=0)
    usable = (support > 0) & (support < len(truth))
    _some("roc_curves", usable)

    def area(number: int) -> float:
        return roc_of(ranking("roc_curves", values[:, number], truth[:, number])).auc

    return RocCurves(_areas(usable, area), support, words, values, truth)


def pr_curves(scores: Any, labels: Any, *, names: Annotated[Sequence[str] | None, DATA] = None) -> PrCurves:
    """Precision-recall curves of every class against the rest; the parameters are those of ``roc_curves``."""
    values, truth, words = _classes("pr_curves", scores, labels, names)
    support = truth.sum(axis=0)
    _some("pr_curves", support > 0)

    def area(number: int) -> float:
        return pr_of(ranking("pr_curves", values[:, number], truth[:, number])).average_precision

    return PrCurves(_areas(support > 0, area), support, words, values, truth)


def _areas(usable: np.ndarray, area: Callable[[int], float]) -> np.ndarray:
    return np.array([area(number) if can else np.nan for number, can in enumerate(usable.tolist())])


def _some(name: str, usable: np.ndarray) -> None:
    if not usable.any():
        raise OptionError(f"{name}: no class has both positives and negatives, so there is no curve.")


def _known(curves: Curves, name: str, number: int) -> None:
    if not 0 <= number < len(curves.names):
        raise OptionError(f"{name}: the class must be from 0 to {len(curves.names) - 1}; got {number}.")
    if np.isnan(curves.areas[number]):
        raise OptionError(f"{name}: class {curves.names[number]} has no curve: it occurs nowhere or everywhere.")


def _classes(
    name: str, scores: Any, labels: Any, names: Sequence[str] | None
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Scores, which classes each example has, and the names."""
    marks = array_of(labels)
    if marks.ndim == 2:
        values, _ = class_scores(name, scores, np.zeros(len(marks), np.int64))
        if marks.shape != values.shape or not np.isin(marks, (0, 1)).all():
            raise OptionError(f"{name}: labels must be 0 or 1 for every score, {list(values.shape)}; they are not.")
        truth = marks.astype(bool)
    else:
        values, indices = class_scores(name, scores, marks)
        truth = indices[:, None] == np.arange(values.shape[1])
    words = tuple(names) if names is not None else tuple(map(str, range(values.shape[1])))
    if len(words) != values.shape[1]:
        raise OptionError(f"{name}: names must be one for each class, {values.shape[1]}; got {len(words)}.")
    return values, truth, words
