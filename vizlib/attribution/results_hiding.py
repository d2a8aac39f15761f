"""What hiding a part of an image leads to."""

import hashlib
from dataclasses import dataclass

import numpy as np

from vizlib.core.results import Attribution, Result


@dataclass(frozen=True, eq=False)
class Hiding(Result):
    """An image as it is, and with a part hidden: the first and the second row of every array.

    Attributes
    ----------
    scores : array [2, class]
        Raw class scores.
    filled : array [channel, height, width]
        What would stand everywhere if all of the image were hidden, normalised.
    maps : Attribution or None
        Grad-CAM of both for the same class, that of ``target`` or the one first predicted.
    activations : array [2, h, w] or None
        Mean over the channels of the layer.
    layer : str or None
    """

    scores: np.ndarray
    filled: np.ndarray
    maps: Attribution | None = None
    activations: np.ndarray | None = None
    layer: str | None = None

    @property
    def probabilities(self) -> np.ndarray:
        """Softmax of the scores, float64 [2, class]."""
        scores = self.scores.astype(np.float64)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
        return shares

    def digest(self) -> str:
        """SHA-256 of the scores, and of the maps where there are some."""
        total = hashlib.sha256(np.ascontiguousarray(self.scores).tobytes())
        total.update(self.maps.digest().encode() if self.maps is not None else b"")
        return total.hexdigest()
