"""How alike two layers see the same images."""

from typing import Any

import numpy as np

from vizlib.core.errors import OptionError
from vizlib.space.inputs import features_of


def cka(features: Any, other: Any) -> float:
    """Linear centred kernel alignment of two sets of features of the same images: 1 when one is the other turned.

    Parameters
    ----------
    features, other : Features or array [image, feature]
        As many rows; the features may differ in number.

    Returns
    -------
    float
        From 0 to 1; it does not change when features are turned, shifted or scaled as a whole.

    Notes
    -----
    With few images and many features it is high for anything: compare with the value of random weights.

    References
    ----------
    Kornblith et al. (2019), Similarity of neural network representations revisited, arXiv:1905.00414, section 3.
    """
    first, second = (features_of(given).values.astype(np.float64) for given in (features, other))
    if len(first) != len(second):
        raise OptionError(f"other must be of the same {len(first)} images; got {len(second)}.")
    first, second = first - first.mean(0), second - second.mean(0)
    own = _alignment(first, first) * _alignment(second, second)
    return float(_alignment(first, second) / np.sqrt(own)) if own > 0 else 0.0


def _alignment(first: np.ndarray, second: np.ndarray) -> float:
    """Squared Frobenius norm of the cross products, by whichever way is shorter."""
    if len(first) < max(first.shape[1], second.shape[1]):
        return float(((first @ first.T) * (second @ second.T)).sum())
    return float(((first.T @ second) ** 2).sum())
