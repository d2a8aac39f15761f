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


@dataclass(frozen=True, eq=False)
class DetectorAnchors(Result):
    """The anchors of a detector's feature maps, beside what the units there could see and what matters to them.

    Attributes
    ----------
    levels : tuple of str
        Names of the feature maps, the finest first.
    shapes : int array [levels, 2]
        Rows and columns of units.
    strides : array [levels, 2]
        Distance of two neighbours, in input pixels.
    anchors : array [anchors, 2]
        Height and width of each anchor of one unit, in input pixels.
    anchor_levels : int array [anchors]
        Number of the level that it belongs to.
    sizes : int array [levels, 2]
        Theoretical field of a unit of the feature map, without global operations, before clipping.
    score_sizes : int array [levels, 2]
        The same of a unit of the class scores, behind the layers of the head.
    covers_image : bool array [levels]
        A global operation is on the path.
    sides : int array [levels, 4]
        Side of the smallest square that holds 20, 30, 50 and 99 % of the gradient of the central unit of the map.
    maps : array [levels, height, width]
        The effective fields, in blocks of pixels, the largest value of each 1.
    centres : int array [levels, 2]
        Row and column of the pixel in the middle of the central unit's field.
    input_size : (int, int)
    detector : str
    notes : tuple of str
    """

    levels: tuple[str, ...]
    shapes: np.ndarray
    strides: np.ndarray
    anchors: np.ndarray
    anchor_levels: np.ndarray
    sizes: np.ndarray
    score_sizes: np.ndarray
    covers_image: np.ndarray
    sides: np.ndarray
    maps: np.ndarray
    centres: np.ndarray
    input_size: tuple[int, int]
    detector: str
    notes: tuple[str, ...] = ()

    def of_level(self, level: int) -> np.ndarray:
        """The anchors [anchors, 2] of one level."""
        return self.anchors[self.anchor_levels == level]


@dataclass(frozen=True, eq=False)
class DepthDive(Result):
    """One pixel of an image on its way through a network: a row for each of some layers, the first layer first.

    Attributes
    ----------
    layers : tuple of str
    pixel : (int, int)
        Row and column of the image.
    units : int array [layers, 2]
        Row and column of the unit above the pixel.
    boxes : int array [layers, 4]
        Top, left, bottom, right of the unit's theoretical field, clipped at the border.
    sizes : int array [layers, 2]
        The field without global operations, before clipping.
    covers_image : bool array [layers]
    effective : array [layers, height, width]
        How much each pixel matters to the unit; the largest value of each layer is 1.
    sides : int array [layers]
        Side of the smallest square that holds half of that.
    channels : int array [layers]
        The strongest channel of the unit.
    activations : array [layers]
        Its value there.
    patch_images : int array [layers, k]
        Number of the image of each of the patches that excite the channel most, the strongest first; -1 for none.
    patch_boxes : int array [layers, k, 4]
        Top, left, bottom, right of each patch, which may reach out of its image.
    patch_values : array [layers, k]
    dreams : array [layers, channel, height, width]
        An image made to excite the channel, 0 to 1.
    images : array [images, channel, height, width]
        The images of the patches for the screen, 0 to 1.
    input_size : (int, int)
    notes : tuple of str
    """

    layers: tuple[str, ...]
    pixel: tuple[int, int]
    units: np.ndarray
    boxes: np.ndarray
    sizes: np.ndarray
    covers_image: np.ndarray
    effective: np.ndarray
    sides: np.ndarray
    channels: np.ndarray
    activations: np.ndarray
    patch_images: np.ndarray
    patch_boxes: np.ndarray
    patch_values: np.ndarray
    dreams: np.ndarray
    images: np.ndarray
    input_size: tuple[int, int]
    notes: tuple[str, ...] = ()
