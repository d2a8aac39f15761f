"""Which class is taken for which: the confusion matrix, its table, and the pairs that are mixed up most."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

from vizlib.core.arrays import array_of
from vizlib.core.errors import OptionError
from vizlib.core.options import DATA
from vizlib.core.results import Result

MOST_CLASSES = 10_000
Share = Literal["true", "predicted", "all"]


class ClassRow(NamedTuple):
    """One class: NaN where nothing was predicted (precision) or nothing is of the class (recall)."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int
    predicted: int


class Mistake(NamedTuple):
    """Examples of one class that were taken for another."""

    true: str
    predicted: str
    examples: int
    share: float


@dataclass(frozen=True, eq=False)
class Confusion(Result):
    """How often each class was taken for each.

    Attributes
    ----------
    matrix : int array [classes, classes]
        Rows are the true classes, columns the predicted ones.
    names : tuple of str
    """

    matrix: np.ndarray
    names: tuple[str, ...]

    @cached_property
    def table(self) -> tuple[ClassRow, ...]:
        """Precision, recall, F1 and numbers of every class."""
        right = self.matrix.diagonal()
        support, predicted = self.matrix.sum(1), self.matrix.sum(0)
        with np.errstate(invalid="ignore"):
            columns = (right / predicted, right / support, 2 * right / (support + predicted))
        rows = zip(self.names, *(c.tolist() for c in (*columns, support, predicted)), strict=True)
        return tuple(ClassRow(*row) for row in rows)

    @property
    def accuracy(self) -> float:
        """Share of all examples on the diagonal."""
        return float(self.matrix.trace() / self.matrix.sum())

    @property
    def balanced_accuracy(self) -> float:
        """Mean recall of the classes that occur."""
        return float(np.nanmean([row.recall for row in self.table]))

    @property
    def absent(self) -> tuple[str, ...]:
        """Classes without an example; they have no recall and stay out of every mean."""
        return tuple(row.name for row in self.table if not row.support)

    def average(self, of: Literal["macro", "weighted"], measure: Literal["precision", "recall", "f1"]) -> float:
        """Mean over the classes that occur, each alike or by its number of examples.

        A class that was never predicted has precision 0 here, as in scikit-learn.
        """
        rows = [row for row in self.table if row.support]
        values = np.nan_to_num([getattr(row, measure) for row in rows])
        weights = np.array([row.support if of == "weighted" else 1 for row in rows])
        return float((values * weights).sum() / weights.sum())

    def normalised(self, by: Share = "true") -> np.ndarray:
        """Shares of each row ("true"), of each column ("predicted") or of all examples; NaN without examples."""
        if by not in ("true", "predicted", "all"):
            raise OptionError(f"confusion: normalise by true, predicted or all; got {by!r}.")
        total = {"true": self.matrix.sum(1, keepdims=True), "predicted": self.matrix.sum(0), "all": self.matrix.sum()}
        with np.errstate(invalid="ignore"):
            shares: np.ndarray = self.matrix / total[by]
        return shares

    def mistakes(self, most: int = 10) -> tuple[Mistake, ...]:
        """The pairs that are mixed up most often, with the share of the true class."""
        wrong = self.matrix.copy()
        np.fill_diagonal(wrong, 0)
        found = np.argsort(-wrong, axis=None, kind="stable")[:most]
        pairs = [divmod(int(place), len(wrong)) for place in found if wrong.flat[place]]
        support = self.matrix.sum(1)
        return tuple(
            Mistake(self.names[t], self.names[p], int(wrong[t, p]), float(wrong[t, p] / support[t])) for t, p in pairs
        )

    @cached_property
    def order(self) -> np.ndarray:
        """The classes such that those which are mixed up stand beside each other (average linkage, no library)."""
        return clustered(self.normalised("true"))


def confusion(predicted: Any, labels: Any, *, names: Annotated[Sequence[str] | int | None, DATA] = None) -> Confusion:
    """How often each class was taken for each.

    Parameters
    ----------
    predicted, labels : int array [n]
        Class indices from 0.
    names : sequence of str or int, optional
        Of the classes, or how many there are; as many as occur when left out.

    Returns
    -------
    Confusion
        ``matrix`` (rows are the true classes) and ``table``.

    Raises
    ------
    OptionError
        One sentence: an index that is no class, or lists of different length.
    """
    guesses, truth = _indices("predicted", predicted), _indices("labels", labels)
    if len(guesses) != len(truth):
        raise OptionError(f"confusion: predicted and labels must be equally many; got {len(guesses)} and {len(truth)}.")
    most = int(max(guesses.max(), truth.max())) + 1
    known = most if names is None else names if isinstance(names, int) else len(names)
    if most > known:
        raise OptionError(f"confusion: classes must be from 0 to {known - 1}; got {most - 1}.")
    if known > MOST_CLASSES:
        raise OptionError(f"confusion: at most {MOST_CLASSES:,} classes; got {known:,}.")
    cells = np.bincount(truth * known + guesses, minlength=known * known)
    words = tuple(names) if names is not None and not isinstance(names, int) else tuple(map(str, range(known)))
    return Confusion(cells.reshape(known, known), words)


def _indices(name: str, values: Any) -> np.ndarray:
    found = array_of(values)
    if found.ndim != 1 or not len(found):
        hint = " Take the class with the highest score first." if found.ndim == 2 else ""
        raise OptionError(f"confusion: {name} must be a list of class indices; got shape {list(found.shape)}.{hint}")
    if found.dtype.kind == "f" and np.isfinite(found).all() and (found == np.rint(found)).all():
        found = found.astype(np.int64)
    if found.dtype.kind not in "iub":
        raise OptionError(f"confusion: {name} must be class indices, whole numbers; got values of type {found.dtype}.")
    found = found.astype(np.int64)
    if found.min() < 0:
        raise OptionError(f"confusion: {name} must be class indices from 0; got {int(found.min())}.")
    return found


def clustered(shares: np.ndarray) -> np.ndarray:
    """Classes in an order that puts those which are mixed up side by side: the most alike groups are joined first."""
    likeness = np.nan_to_num(shares + shares.T)
    np.fill_diagonal(likeness, -1.0)
    groups: dict[int, list[int]] = {index: [index] for index in range(len(likeness))}
    while len(groups) > 1:
        first, second = sorted(divmod(int(likeness.argmax()), len(likeness)))
        if likeness[first, second] <= 0:
            break
        sizes = len(groups[first]), len(groups[second])
        joined = (likeness[first] * sizes[0] + likeness[second] * sizes[1]) / sum(sizes)
        joined[likeness[first] < 0] = -1.0  # itself, and groups that were joined to others
        joined[second] = -1.0
        likeness[first], likeness[:, first] = joined, joined
        likeness[second], likeness[:, second] = -1.0, -1.0
        groups[first] += groups.pop(second)
    return np.array([index for group in groups.values() for index in group])
