"""Whether a model is as often right as it says: reliability diagram, calibration errors and proper scores."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np

from vizlib.core.arrays import array_of
from vizlib.core.errors import OptionError
from vizlib.core.options import Range
from vizlib.core.results import Result
from vizlib.evaluation.intervals import checked_level, wilson
from vizlib.evaluation.settings import Level

Closed = Literal["right", "left"]
Strategy = Literal["uniform", "adaptive"]
SLACK = 1e-3  # by which probabilities may miss a sum of 1


@dataclass(frozen=True, eq=False)
class Calibration(Result):
    """How often a model is right, beside how sure it says it is.

    Attributes
    ----------
    edges : array [bins + 1]
    counts : int array [bins]
    confidence, accuracy : array [bins]
        Mean of what the model says and share of right answers; NaN in an empty bin.
    low, high : array [bins]
        Wilson's interval of the accuracy.
    ece, mce : float
        Mean of |accuracy - confidence| over all examples, and the largest of a bin.
    brier : float
        Mean squared distance of the probabilities from the truth: summed over the classes, or of the confidence alone.
    nll : float
        Mean of -log(probability of the true class), natural logarithm; of the confidence alone for top-label input.
    examples : int
    closed, strategy : str
        Whose end of a bin belongs to it, and how the bins were laid.
    level : float
    """

    edges: np.ndarray
    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    low: np.ndarray
    high: np.ndarray
    ece: float
    mce: float
    brier: float
    nll: float
    examples: int
    closed: Closed
    strategy: Strategy
    level: float

    @property
    def overconfidence(self) -> float:
        """Mean confidence less accuracy: above 0 where the model is surer than it is right."""
        full = self.counts > 0
        gap = self.counts[full] * (self.confidence[full] - self.accuracy[full])
        return float(gap.sum() / self.examples)


def calibration(
    probabilities: Any,
    labels: Any,
    *,
    bins: Annotated[int, Range(1, 1000), "How many ranges of confidence."] = 15,
    closed: Annotated[Closed, "Which end belongs to a bin: right as Guo et al., left as scikit-learn."] = "right",
    strategy: Annotated[Strategy, "Bins of equal width, or of equally many examples."] = "uniform",
    level: Level = 0.95,
) -> Calibration:
    """Whether a model is as often right as it says.

    Parameters
    ----------
    probabilities : array [n, classes] or [n]
        Of every class, or of the predicted one alone.
    labels : int array [n]
        True classes; for [n] probabilities whether the prediction was right, 0 or 1.
    bins : int
        1 to 1000.
    closed : {"right", "left"}
        Right: bins ]a, b], as in Guo et al. and torchmetrics; 0 is in the first. Left: bins [a, b[, as NumPy's and
        scikit-learn's; 1 is in the last.
    strategy : {"uniform", "adaptive"}
        Bins of equal width, or of equally many examples; equal confidences stay together.
    level : float
        Of Wilson's intervals.

    Returns
    -------
    Calibration

    Raises
    ------
    OptionError
        One sentence: a number that is no probability, rows that do not add up to 1, a label that is no class.

    Notes
    -----
    The error depends on the bins: compare models with the same ones. It is never zero for finitely many examples,
    and a model that always says the share of right answers has none and is of no use; read Brier score and NLL too.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger (2017), On calibration of modern neural networks, arXiv:1706.04599.
    Naeini, Cooper, Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian binning, AAAI.
    """
    _checked_options(bins, closed, strategy, level)
    values = _probabilities(probabilities)
    truth = _labels(labels, values)
    if values.ndim == 2:
        confidence, right = values.max(axis=1), values.argmax(axis=1) == truth
        of_truth = values[np.arange(len(values)), truth]
        brier = float(((values**2).sum(1) - 2 * of_truth + 1).mean())
    else:
        confidence, right = values, truth == 1
        of_truth = np.where(right, values, 1 - values)
        brier = float(((values - right) ** 2).mean())
    edges = np.linspace(0, 1, bins + 1) if strategy == "uniform" else _equal_counts(confidence, bins)
    place = _places(confidence, edges, closed)
    counts = np.bincount(place, minlength=len(edges) - 1)
    hits = np.bincount(place, right, len(edges) - 1)
    with np.errstate(invalid="ignore"):
        said, found = np.bincount(place, confidence, len(edges) - 1) / counts, hits / counts
    low, high = wilson(hits, counts, level)
    gaps = np.abs(found - said)[counts > 0]
    return Calibration(
        edges=edges,
        counts=counts,
        confidence=said,
        accuracy=found,
        low=low,
        high=high,
        ece=float((gaps * counts[counts > 0]).sum() / len(values)),
        mce=float(gaps.max()),
        brier=brier,
        nll=float(-np.log(np.clip(of_truth, np.finfo(np.float64).eps, 1)).mean()),
        examples=len(values),
        closed=closed,
        strategy=strategy,
        level=level,
    )


def _places(confidence: np.ndarray, edges: np.ndarray, closed: Closed) -> np.ndarray:
    found = np.searchsorted(edges, confidence, "left" if closed == "right" else "right") - 1
    return found.clip(0, len(edges) - 2)


def _equal_counts(confidence: np.ndarray, bins: int) -> np.ndarray:
    """Edges between which about equally many confidences lie; fewer bins where many are equal."""
    edges = np.unique(np.quantile(confidence, np.linspace(0, 1, bins + 1)))
    return edges if len(edges) > 1 else np.repeat(edges, 2)


def _checked_options(bins: int, closed: str, strategy: str, level: float) -> None:
    if isinstance(bins, bool) or not isinstance(bins, (int, np.integer)) or not 1 <= bins <= 1000:
        raise OptionError(f"calibration: bins must be a whole number from 1 to 1000; got {bins!r}.")
    if closed not in ("right", "left"):
        raise OptionError(f"calibration: closed must be right or left; got {closed!r}.")
    if strategy not in ("uniform", "adaptive"):
        raise OptionError(f"calibration: strategy must be uniform or adaptive; got {strategy!r}.")
    checked_level("calibration", level)


def _probabilities(probabilities: Any) -> np.ndarray:
    values = array_of(probabilities)
    if values.ndim not in (1, 2) or 0 in values.shape or values.dtype.kind not in "fiub":
        raise OptionError(f"calibration: probabilities must be [n] or [n, classes]; got shape {list(values.shape)}.")
    values = values.astype(np.float64)
    if not ((values >= 0) & (values <= 1)).all():
        wrong = values[~((values >= 0) & (values <= 1))][0]
        raise OptionError(f"calibration: probabilities must be from 0 to 1; got {wrong:g}. Apply softmax to scores first.")  # fmt: skip  # noqa: E501
    if values.ndim == 2 and np.abs(values.sum(1) - 1).max() > SLACK:
        raise OptionError("calibration: the probabilities of an example must add up to 1; apply softmax to scores first.")  # fmt: skip  # noqa: E501
    return values


def _labels(labels: Any, values: np.ndarray) -> np.ndarray:
    truth = array_of(labels)
    if truth.shape != (len(values),):
        raise OptionError(f"calibration: labels must be one for each example, {len(values)}; got shape {list(truth.shape)}.")  # fmt: skip  # noqa: E501
    last = values.shape[1] - 1 if values.ndim == 2 else 1
    if truth.dtype.kind not in "iubf" or not np.isin(truth, np.arange(last + 1)).all():
        what = f"class indices from 0 to {last}" if values.ndim == 2 else "0 or 1, whether the prediction was right"
        raise OptionError(f"calibration: labels must be {what}; at least one is not.")
    return truth.astype(np.int64)
