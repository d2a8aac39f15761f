"""Results about fields along a network: their growth with depth, a detector's anchors, and a dive at one pixel."""

from dataclasses import dataclass

import numpy as np

from vizlib.core.results import Result
from vizlib.inside.results_dreams import SHARES


@dataclass(frozen=True, eq=False)
class FieldGrowth(Result):
    """Theoretical and effective receptive fields of a network's layers, first layer first.

    Attributes
    ----------
    layers : tuple of str
    sizes : int array [layers, 2]
        Height and width of the theoretical field without global operations, before clipping, in input pixels.
    covers_image : bool array [layers]
        A global operation is on the path: in theory the unit sees the whole image.
    sides : int array [layers, 4]
        Side of the smallest square around the central unit that holds 20, 30, 50 and 99 % of the gradient; 0 where
        no gradient came.
    sigma : array [layers, 2]
        Standard deviation of the effective field along height and width, in pixels.
    input_size : (int, int)
    images : int
        How many were averaged.
    notes : tuple of str
    """

    layers: tuple[str, ...]
    sizes: np.ndarray
    covers_image: np.ndarray
    sides: np.ndarray
    sigma: np.ndarray
    input_size: tuple[int, int]
    images: int
    notes: tuple[str, ...] = ()

    @property
    def effective(self) -> np.ndarray:
        """Side of the square that holds half of the gradient, for each layer."""
        return self.sides[:, SHARES.index(0.5)]

    @property
    def theoretical(self) -> np.ndarray:
        """The shorter side of the theoretical field, before clipping; of the image where the field covers it."""
        return np.where(self.covers_image, min(self.input_size), self.sizes.min(axis=1))

    @property
    def ratios(self) -> np.ndarray:
        """The effective side as a part of the theoretical one."""
        return self.effective / self.theoretical

    def banners(self) -> tuple[str, ...]:
        """Silent failures, in words: layers without any gradient."""
        silent = [name for name, sides in zip(self.layers, self.sides, strict=True) if not sides.any()]
        if not silent:
            return ()
        return (f"No pixel moves the central unit of {', '.join(silent[:3])}: the field there is zero everywhere.",)
