"""Where a model is worse: accuracy and AUC of every value of a column, with intervals, the worst first."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

from vizlib.core.arrays import array_of
from vizlib.core.errors import OptionError
from vizlib.core.options import DATA, Range
from vizlib.core.results import Result
from vizlib.evaluation.curves import roc_curve
from vizlib.evaluation.intervals import checked_level, wilson
from vizlib.evaluation.ranking import checked
from vizlib.evaluation.settings import Level

MOST_SLICES = 1000
FEW_VALUES = 12  # distinct numbers of a column that are slices of their own


class SliceRow(NamedTuple):
    """One slice: ``value`` with its interval, or NaN and the reason why there is none."""

    name: str
    examples: int
    positives: int
    value: float
    low: float
    high: float
    why: str


@dataclass(frozen=True, eq=False)
class Slices(Result):
    """A metric on each part of the examples.

    Attributes
    ----------
    column : str
    metric : {"accuracy", "auc"}
    names : tuple of str
        The slices, worst first; those without a value last.
    examples, positives : int array [slices]
        ``positives``: right answers for accuracy, positive labels for AUC.
    values, low, high : array [slices]
        NaN where the metric is not defined.
    reasons : tuple of str
        Why a slice has no value, or no interval; empty where it has both.
    overall : float
    level : float
    """

    column: str
    metric: Literal["accuracy", "auc"]
    names: tuple[str, ...]
    examples: np.ndarray
    positives: np.ndarray
    values: np.ndarray
    low: np.ndarray
    high: np.ndarray
    reasons: tuple[str, ...]
    overall: float
    level: float

    @property
    def table(self) -> tuple[SliceRow, ...]:
        """One row a slice, worst first."""
        columns = (self.examples, self.positives, self.values, self.low, self.high)
        rows = zip(self.names, *(column.tolist() for column in columns), self.reasons, strict=True)
        return tuple(SliceRow(*row) for row in rows)


Bins = Annotated[int, Range(2, 100), "Ranges of about equally many examples, where the column holds many numbers."]


def slice_accuracy(
    correct: Any, column: Any, *, name: Annotated[str, DATA] = "slice", level: Level = 0.95, bins: Bins = 4
) -> Slices:
    """Share of right answers in every slice, with Wilson's interval, worst first.

    Parameters
    ----------
    correct : array [n] of bool or 0 and 1
        Whether the model was right.
    column : array [n]
        Any property of the examples: words make a slice each, many different numbers are cut into ``bins`` of about
        equally many.
    name : str
        Of the column.
    level : float
    bins : int

    Raises
    ------
    OptionError
        One sentence.

    Notes
    -----
    The worst of many slices looks bad by chance: an interval that holds the overall value says nothing. Slices were
    not assigned by lot, so a difference need not be caused by what they are named after.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22.
    """
    _, right = checked("slice_accuracy", np.zeros(array_of(correct).shape), correct)
    checked_level("slice_accuracy", level)
    names, places = _slices("slice_accuracy", column, len(right), bins)
    examples = np.bincount(places, minlength=len(names))
    hits = np.bincount(places, right, len(names)).astype(np.int64)
    low, high = wilson(hits, examples, level)
    found = hits / examples, low, high
    return _sorted(name, "accuracy", names, examples, hits, found, [""] * len(names), float(right.mean()), level)


def slice_auc(
    scores: Any, labels: Any, column: Any, *, name: Annotated[str, DATA] = "slice", level: Level = 0.95, bins: Bins = 4
) -> Slices:
    """Area under the ROC curve in every slice, with DeLong's interval on the logit scale, worst first.

    Parameters
    ----------
    scores : array [n]
        Higher is more positive; finite.
    labels : array [n] of bool or 0 and 1
    column : array [n]
        As in ``slice_accuracy``.
    name : str
        Of the column.
    level : float
    bins : int

    Raises
    ------
    OptionError
        One sentence.

    Notes
    -----
    A slice of one class has no area, and says so. A model can rank well within every slice and badly over all of
    them, and the other way round.

    References
    ----------
    DeLong, DeLong, Clarke-Pearson (1988), Biometrics 44.
    """
    values, truth = checked("slice_auc", scores, labels)
    checked_level("slice_auc", level)
    names, places = _slices("slice_auc", column, len(values), bins)
    rows = [_area(values[places == place], truth[places == place], level) for place in range(len(names))]
    examples, positives = np.bincount(places, minlength=len(names)), np.bincount(places, truth, len(names))
    numbers = np.array([row[:3] for row in rows]).T
    reasons = [row[3] for row in rows]
    overall = _area(values, truth, level)[0]
    return _sorted(name, "auc", names, examples, positives.astype(np.int64), numbers, reasons, overall, level)


def _area(scores: np.ndarray, truth: np.ndarray, level: float) -> tuple[float, float, float, str]:
    """Area, interval, and why one is missing."""
    positives, nan = int(truth.sum()), float("nan")
    if positives in (0, len(truth)):
        which = "negative" if positives == 0 else "positive"
        return nan, nan, nan, f"no AUC: all {len(truth)} examples are {which}"
    curve = roc_curve(scores, truth, level=level)
    if min(positives, len(truth) - positives) < 2:
        one = "positive" if positives == 1 else "negative"
        return curve.auc, nan, nan, f"no interval: there is only one {one} example"
    return curve.auc, *curve.interval, ""


def _sorted(
    column: str, metric: Literal["accuracy", "auc"], names: list[str], examples: np.ndarray, positives: np.ndarray,
    numbers: Any, reasons: list[str], overall: float, level: float,
) -> Slices:  # fmt: skip
    values, low, high = numbers
    order = np.argsort(values, kind="stable")  # NaN last
    return Slices(
        column=column,
        metric=metric,
        names=tuple(names[place] for place in order),
        examples=examples[order],
        positives=positives[order],
        values=values[order],
        low=low[order],
        high=high[order],
        reasons=tuple(reasons[place] for place in order),
        overall=overall,
        level=level,
    )


def _slices(name: str, column: Any, count: int, bins: int) -> tuple[list[str], np.ndarray]:
    """Names of the slices, and the slice of each example."""
    values = array_of(column)
    if values.shape != (count,):
        raise OptionError(f"{name}: the column must be one value for each example, {count}; got shape {list(values.shape)}.")  # fmt: skip  # noqa: E501
    if values.dtype.kind in "fiu" and len(np.unique(values)) > FEW_VALUES:
        return _cut(name, values.astype(np.float64), bins)
    if values.dtype.kind == "f":
        words = np.array([f"{value:g}" if np.isfinite(value) else "missing" for value in values])
    else:
        words = np.array(["missing" if value is None or value != value else str(value) for value in values.tolist()])
    names, places = np.unique(words, return_inverse=True)
    if len(names) > MOST_SLICES:
        raise OptionError(f"{name}: the column has {len(names):,} different values; at most {MOST_SLICES:,} can be told apart.")  # fmt: skip  # noqa: E501
    return names.tolist(), places


def _cut(name: str, values: np.ndarray, bins: int) -> tuple[list[str], np.ndarray]:
    """Ranges of about equally many numbers; those that are missing are one more."""
    if isinstance(bins, bool) or not isinstance(bins, (int, np.integer)) or not 1 <= bins <= 100:
        raise OptionError(f"{name}: bins must be a whole number from 1 to 100; got {bins!r}.")
    known = np.isfinite(values)
    edges = np.unique(np.quantile(values[known], np.linspace(0, 1, bins + 1)))
    edges = edges if len(edges) > 1 else np.repeat(edges, 2)
    places = np.clip(np.searchsorted(edges, values, "right") - 1, 0, len(edges) - 2)
    names = [f"{low:.4g} to {high:.4g}" for low, high in pairwise(edges.tolist())]
    if not known.all():
        names, places = [*names, "missing"], np.where(known, places, len(names))
    used, places = np.unique(places, return_inverse=True)
    return [names[place] for place in used], places
