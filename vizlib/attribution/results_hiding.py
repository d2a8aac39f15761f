"""What hiding a part of an image leads to."""

from dataclasses import dataclass

import numpy as np

from vizlib.core.arrays import probabilities
from vizlib.core.results import Attribution, Result


@dataclass(frozen=True, eq=False)
class Hiding(Result):
    """An image as it is, and with a part hidden: the first and the second row of every array of answers.

    Attributes
    ----------
    scores : array [2, class]
        Raw class scores.
    mask : bool array [height, width]
        True where the image is hidden.
    filled : uint8 array [height, width, 3]
        What would stand everywhere if all of the image were hidden, in colours.
    maps : Attribution
        Grad-CAM of both for the same class, that of ``target`` or the one first predicted.
    activations : array [2, h, w]
        Mean over the channels of the layer.
    layer : str
    """

    scores: np.ndarray
    mask: np.ndarray
    filled: np.ndarray
    maps: Attribution
    activations: np.ndarray
    layer: str

    @property
    def probabilities(self) -> np.ndarray:
        """Softmax of the scores, float64 [2, class]."""
        return probabilities(self.scores)

    def hidden(self, image: np.ndarray) -> np.ndarray:
        """A picture, as the network sees it, with its hidden part filled."""
        return np.where(self.mask[..., None], self.filled, image)
