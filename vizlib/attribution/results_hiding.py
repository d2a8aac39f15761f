"""What hiding a part of an image leads to."""

from dataclasses import dataclass

import numpy as np

from vizlib.core.arrays import probabilities
from vizlib.core.results import Attribution, Result

NO_LAYER = "No layer of this model has positions, so its answer is followed alone: there is no map and no activation."


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
    target : int
        The class asked for, or the one first predicted; -1 where the target was a function of the scores.
    maps : Attribution or None
        Grad-CAM of both for that class; None, like the next two, where no layer of the model has positions.
    activations : array [2, h, w] or None
        Mean over the channels of the layer.
    layer : str or None
    """

    scores: np.ndarray
    mask: np.ndarray
    filled: np.ndarray
    target: int
    maps: Attribution | None
    activations: np.ndarray | None
    layer: str | None

    @property
    def probabilities(self) -> np.ndarray:
        """Softmax of the scores, float64 [2, class]."""
        return probabilities(self.scores)

    def banners(self) -> tuple[str, ...]:
        """What is left out, and why."""
        return (NO_LAYER,) if self.layer is None else ()

    def hidden(self, image: np.ndarray) -> np.ndarray:
        """A picture, as the network sees it, with its hidden part filled."""
        return np.where(self.mask[..., None], self.filled, image)
