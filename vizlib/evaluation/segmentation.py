"""How well labels of pixels agree: mean IoU, accuracies and Dice of one confusion matrix pooled over all images."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from vizlib.core.arrays import array_of
from vizlib.core.errors import OptionError
from vizlib.core.results import Result

IGNORED = 255
MOST_CLASSES = 1000


class SegmentationRow(NamedTuple):
    """One class: NaN where it neither occurs nor is predicted (IoU, Dice), or does not occur (accuracy)."""

    name: str
    iou: float
    dice: float
    accuracy: float
    pixels: int
    predicted: int


@dataclass(frozen=True, eq=False)
class Segmentation(Result):
    """How well labels of pixels agree with the truth.

    Attributes
    ----------
    matrix : int array [classes, classes]
        Pixels of all images; rows are the true classes, columns the predicted ones.
    names : tuple of str
    images : int
    ignored_pixels : int
        Left out, since the truth says nothing there.
    """

    matrix: np.ndarray
    names: tuple[str, ...]
    images: int
    ignored_pixels: int

    @property
    def iou(self) -> np.ndarray:
        """Intersection by union [classes]; NaN for a class that is nowhere, neither true nor predicted."""
        return _shares(self._right, self._true + self._said - self._right)

    @property
    def dice(self) -> np.ndarray:
        """Twice the intersection by both areas [classes], the F1 of the pixels."""
        return _shares(2 * self._right, self._true + self._said)

    @property
    def accuracies(self) -> np.ndarray:
        """Share of the pixels of each class that are labelled right [classes]; NaN for a class that does not occur."""
        return _shares(self._right, self._true)

    @property
    def mean_iou(self) -> float:
        """Mean of the IoUs that are defined."""
        return _mean(self.iou)

    @property
    def mean_dice(self) -> float:
        """Mean of the Dice coefficients that are defined."""
        return _mean(self.dice)

    @property
    def mean_accuracy(self) -> float:
        """Mean over the classes that occur."""
        return _mean(self.accuracies)

    @property
    def accuracy(self) -> float:
        """Share of all pixels that are labelled right."""
        return float(self._right.sum() / self.matrix.sum())

    @property
    def weighted_iou(self) -> float:
        """Mean IoU, each class by its share of the pixels."""
        return float((np.nan_to_num(self.iou) * self._true).sum() / self.matrix.sum())

    @property
    def undefined(self) -> tuple[str, ...]:
        """Classes that are nowhere; they have no IoU and stay out of every mean."""
        return tuple(name for name, value in zip(self.names, self.iou, strict=True) if np.isnan(value))

    @property
    def table(self) -> tuple[SegmentationRow, ...]:
        """One row a class."""
        columns = (self.iou, self.dice, self.accuracies, self._true, self._said)
        return tuple(SegmentationRow(*row) for row in zip(self.names, *(c.tolist() for c in columns), strict=True))

    @property
    def _right(self) -> np.ndarray:
        return self.matrix.diagonal()

    @property
    def _true(self) -> np.ndarray:
        found: np.ndarray = self.matrix.sum(1)
        return found

    @property
    def _said(self) -> np.ndarray:
        found: np.ndarray = self.matrix.sum(0)
        return found


def segmentation(
    predicted: Any, labels: Any, *, names: Sequence[str] | int | None = None, ignore: int | None = IGNORED
) -> Segmentation:
    """How well labels of pixels agree with the truth, over all images at once.

    Parameters
    ----------
    predicted, labels : int array [height, width] or [batch, height, width], or a list of them
        Class indices; the images of a list may differ in size.
    names : sequence of str or int, optional
        Of the classes, or how many there are; as many as occur when left out.
    ignore : int or None
        Label of pixels that do not count, 255 in most data sets.

    Returns
    -------
    Segmentation
        ``mean_iou``, ``accuracy``, ``mean_accuracy``, ``weighted_iou``, ``mean_dice`` and ``table``.

    Raises
    ------
    OptionError
        One sentence: shapes that differ, a label that is no class, no pixel that counts.

    Notes
    -----
    Pixels of all images are counted together, so a large object weighs more than a small one; the mean of one IoU an
    image is another number. A class that is nowhere has no IoU: to call it 0 or 1 would move the mean.

    References
    ----------
    Everingham, Van Gool, Williams, Winn, Zisserman (2010), The PASCAL visual object classes (VOC) challenge, IJCV 88.
    Long, Shelhamer, Darrell (2015), Fully convolutional networks for semantic segmentation, arXiv:1411.4038.
    """
    guesses, truths = _pictures("predicted", predicted), _pictures("labels", labels)
    if [picture.shape for picture in guesses] != [picture.shape for picture in truths]:
        raise OptionError("segmentation: predicted and labels must be as many pictures, each pair of the same size.")
    counted = [np.ones(t.shape, bool) if ignore is None else t != ignore for t in truths]
    pairs = [(g[c], t[c]) for g, t, c in zip(guesses, truths, counted, strict=True)]
    if not any(t.size for _, t in pairs):
        raise OptionError(f"segmentation: no pixel counts; every label is {ignore}, which is ignored.")
    highest = 1 + max(int(side.max()) for pair in pairs for side in pair if side.size)
    lowest = min(int(side.min()) for pair in pairs for side in pair if side.size)
    known = highest if names is None else names if isinstance(names, int) else len(names)
    if lowest < 0 or highest > known:
        wrong = lowest if lowest < 0 else highest - 1
        raise OptionError(f"segmentation: labels must be classes from 0 to {known - 1}, or the one to ignore; got {wrong}.")  # fmt: skip  # noqa: E501
    if known > MOST_CLASSES:
        raise OptionError(f"segmentation: at most {MOST_CLASSES:,} classes; got {known:,}.")
    cells = sum((np.bincount(t * known + g, minlength=known**2) for g, t in pairs), np.zeros(known**2, np.int64))
    words = tuple(names) if names is not None and not isinstance(names, int) else tuple(map(str, range(known)))
    lost = sum(int((~c).sum()) for c in counted)
    return Segmentation(cells.reshape(known, known), words, len(truths), lost)


def _pictures(name: str, values: Any) -> list[np.ndarray]:
    """Pictures of whole numbers."""
    stack = values if isinstance(values, (list, tuple)) and len(values) and np.ndim(values[0]) == 2 else None
    found = [array_of(value) for value in stack] if stack else list(_stacked(name, array_of(values)))
    if not found or any(picture.ndim != 2 for picture in found):
        raise OptionError(f"segmentation: {name} must be pictures of class indices [height, width].")
    if any(picture.dtype.kind not in "iub" for picture in found):
        raise OptionError(f"segmentation: {name} must be class indices, whole numbers; take the class with the highest score first.")  # fmt: skip  # noqa: E501
    return [picture.astype(np.int64) for picture in found]


def _stacked(name: str, values: np.ndarray) -> np.ndarray:
    if values.ndim not in (2, 3):
        raise OptionError(f"segmentation: {name} must be [height, width] or [batch, height, width]; got shape {list(values.shape)}.")  # fmt: skip  # noqa: E501
    return values[None] if values.ndim == 2 else values


def _shares(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        found: np.ndarray = part / whole
    return found


def _mean(values: np.ndarray) -> float:
    return float(values[~np.isnan(values)].mean())
