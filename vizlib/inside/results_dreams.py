"""Results that tell what a layer looks for: effective receptive fields, and images made to please a unit."""

from dataclasses import dataclass

import numpy as np

from vizlib.core.results import Result

SHARES = (0.2, 0.3, 0.5, 0.99)


@dataclass(frozen=True, eq=False)
class EffectiveReceptiveField(Result):
    """How much each input pixel matters to the central unit of a layer. Pairs are (height, width).

    Attributes
    ----------
    values : array [height, width]
        |gradient| of the central unit (the sum over the layer's channels), summed over the image's channels and
        averaged over the images. In activations per unit of normalised input.
    center : (int, int)
        Row and column of the pixel in the middle of the central unit's field; the squares are centred there.
    sides : int array [4]
        Side, in pixels, of the smallest centred square that holds 20, 30, 50 and 99 % of the sum.
    ratios : array [4]
        Part of the image's area that these squares take, 0 to 1.
    replknet_ratios : array [4]
        The same as RepLKNet computes it: after log10(x + 1) and around the middle of the image. It changes with the
        gradient's scale; compare it with published numbers only.
    sigma : array [2]
        Standard deviation along height and width, from second moments, in pixels.
    fitted_sigma : float
        Of the Gaussian fitted to the radial profile, in pixels; 0 when nothing could be fitted.
    fitted_peak : float
        Height of that Gaussian.
    radii, profile : array [rings]
        Mean value at each whole distance from the centre.
    box : int array [4]
        Top, left, bottom, right of the theoretical field of the same unit, clipped at the border; -1 when unknown.
    field : (int, int)
        Size of the theoretical field before clipping; 0 when unknown, the image when it covers it.
    unit : (int, int)
        Row and column of the central unit.
    layer : str
    images : int
        How many were averaged.
    notes : tuple of str
    """

    values: np.ndarray
    center: tuple[int, int]
    sides: np.ndarray
    ratios: np.ndarray
    replknet_ratios: np.ndarray
    sigma: np.ndarray
    fitted_sigma: float
    fitted_peak: float
    radii: np.ndarray
    profile: np.ndarray
    box: np.ndarray
    field: tuple[int, int]
    unit: tuple[int, int]
    layer: str
    images: int
    notes: tuple[str, ...] = ()

    @property
    def share_of_field(self) -> float:
        """Side of the square that holds 50 % over the shorter side of the theoretical field; NaN when unknown."""
        side = min(self.field)
        return float(self.sides[2]) / side if side else float("nan")

    def banners(self) -> tuple[str, ...]:
        """Silent failures, in words: a field that is zero everywhere."""
        if self.values.any():
            return ()
        return ("The field is zero everywhere: no pixel moves this unit. Take more images or an earlier layer.",)


@dataclass(frozen=True, eq=False)
class Dream(Result):
    """An image made by following the gradient of an objective.

    Attributes
    ----------
    image : array [channel, height, width]
        For the screen, 0 to 1.
    input : array [channel, height, width]
        The same as the network sees it, normalised.
    trace : array [steps]
        The objective at each step, under that step's random transformation.
    start, end : float
        The objective of the first and of the last image, untransformed.
    technique : str
        "maximize_activation", "dream_toward" or "invert_features".
    objective : str
        What was followed, in words.
    layer : str
    unit : int
        Channel or class; -1 where there is none.
    seed : int
        The one that led to this image; it differs from the one asked for when a start was dead.
    total_variation : float
        Mean absolute difference of neighbouring display values; small for smooth images.
    direction : str
        Weights of channels, as in "12:1.0,40:-0.5"; empty for other objectives.
    notes : tuple of str
    """

    image: np.ndarray
    input: np.ndarray
    trace: np.ndarray
    start: float
    end: float
    technique: str
    objective: str
    layer: str
    unit: int
    seed: int
    total_variation: float
    direction: str = ""
    notes: tuple[str, ...] = ()

    def pixels(self) -> np.ndarray:
        """The image as uint8 [height, width, 3]."""
        shown = np.repeat(self.image, 3, axis=0) if len(self.image) == 1 else self.image[:3]
        return (np.clip(shown, 0, 1) * 255).round().astype(np.uint8).transpose(1, 2, 0)
