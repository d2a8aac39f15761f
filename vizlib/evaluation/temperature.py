"""Temperature scaling: one number that divides all scores, so that a model is as sure as it is right."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from vizlib.core.arrays import floats_of, probabilities
from vizlib.core.errors import OptionError
from vizlib.core.results import Result
from vizlib.evaluation.at_k import class_scores
from vizlib.evaluation.calibration import Calibration, calibration

HOTTEST = 100.0
TOLERANCE = 1e-10  # of the logarithm of the temperature


@dataclass(frozen=True, eq=False)
class Temperature(Result):
    """A temperature, and what it does to examples that it was not fitted on.

    Attributes
    ----------
    temperature : float
        Above 1 where the model is surer than it is right.
    fitted_on : int
        Number of examples that it was fitted on.
    before, after : Calibration
        Of the other examples.
    """

    temperature: float
    fitted_on: int
    before: Calibration
    after: Calibration


def fit_temperature(logits: Any, labels: Any) -> float:
    """The temperature under which the labels are most likely.

    Parameters
    ----------
    logits : array [n, classes]
        Raw scores; logarithms of probabilities will do as well.
    labels : int array [n]

    Notes
    -----
    The mean negative log-likelihood is convex in 1 / temperature, so that its slope is zero in one place, found by
    bisection between 1/100 and 100.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger (2017), On calibration of modern neural networks, arXiv:1706.04599, section 4.2.
    """
    scores, truth = class_scores("temperature", logits, labels)
    scores = scores - scores.max(axis=1, keepdims=True)
    own = scores[np.arange(len(scores)), truth]
    low, high = -math.log(HOTTEST), math.log(HOTTEST)  # of the logarithm of 1 / temperature
    while high - low > TOLERANCE:
        middle = (low + high) / 2
        low, high = (low, middle) if _slope(scores, own, math.exp(middle)) > 0 else (middle, high)
    return math.exp(-(low + high) / 2)


def _slope(scores: np.ndarray, own: np.ndarray, inverse: float) -> float:
    """Of the negative log-likelihood over 1 / temperature: what the model expects of a score, less what it got."""
    return float(((softened(scores, 1 / inverse) * scores).sum(axis=1) - own).mean())


def softened(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Softmax of scores divided by a temperature, over the last axis, in float64."""
    return probabilities(floats_of(logits) / temperature)


def temperature_scaling(logits: Any, labels: Any, *, share: float = 0.5, seed: int = 0, **settings: Any) -> Temperature:
    """Fit a temperature on one part of the examples and tell what it does to the others.

    Parameters
    ----------
    logits : array [n, classes]
        Raw scores; logarithms of probabilities will do as well.
    labels : int array [n]
    share : float
        Of the examples that the temperature is fitted on, between 0 and 1.
    seed : int
        Of the split.
    **settings
        Of :func:`vizlib.calibration`.

    Returns
    -------
    Temperature

    Notes
    -----
    The predicted classes stay as they are, and so does the accuracy. It repairs a model that is too sure everywhere,
    not one that is too sure of some classes.
    """
    if not 0 < share < 1:
        raise OptionError(f"temperature: share must be between 0 and 1; got {share:g}.")
    scores, truth = class_scores("temperature", logits, labels)
    order = np.random.default_rng(seed).permutation(len(scores))
    cut = round(share * len(scores))
    if not 0 < cut < len(scores):
        raise OptionError("temperature: there are too few examples to fit on some and to test on others.")
    fitted, tested = order[:cut], order[cut:]
    temperature = fit_temperature(scores[fitted], truth[fitted])
    before, after = (
        calibration(softened(scores[tested], degree), truth[tested], **settings) for degree in (1.0, temperature)
    )
    return Temperature(temperature, cut, before, after)
