"""Results that tell what a layer looks for: effective receptive fields, and images made to please a unit."""

from dataclasses import dataclass

import numpy as np

from vizlib.core.results import Result
from vizlib.inside.results_units import Patches

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
        return screen(self.image)


@dataclass(frozen=True, eq=False)
class DreamAblation(Result):
    """One dream as it is set, and the same dream from the same start with one regulariser switched each.

    Attributes
    ----------
    images : array [variant, channel, height, width]
        For the screen, 0 to 1; the first is the dream as it is set.
    names : tuple of str
        What is switched: "as set", then one regulariser each.
    changes : tuple of str
        The setting that differs, as in "decay=0.0"; empty for the first.
    scores : array [variant]
        The objective of the unmoved image.
    variations : array [variant]
        Mean absolute difference of neighbouring display values; small for smooth images.
    fresh : array [variant, trial]
        The objective under moves that no variant has seen, the same ones for all.
    confidences : array [variant, trial]
        Probability of the class under these moves; no trials when the objective is no logit.
    finished : bool array [variant]
        False where the climb was given up because the unit stayed silent, or has not begun yet.
    start : float
        The objective of the first image of the dream as it is set.
    objective, layer : str
    unit : int
    direction : str
    steps, seed : int
    notes : tuple of str
    """

    images: np.ndarray
    names: tuple[str, ...]
    changes: tuple[str, ...]
    scores: np.ndarray
    variations: np.ndarray
    fresh: np.ndarray
    confidences: np.ndarray
    finished: np.ndarray
    start: float
    objective: str
    layer: str
    unit: int
    direction: str
    steps: int
    seed: int
    notes: tuple[str, ...] = ()

    def pixels(self, variant: int) -> np.ndarray:
        """One image as uint8 [height, width, 3]."""
        return screen(self.images[variant])

    def banners(self) -> tuple[str, ...]:
        """Variants in which the unit stayed silent."""
        silent = [name for name, finished in zip(self.names, self.finished, strict=True) if not finished]
        return (f"The unit stayed silent with: {', '.join(silent)}.",) if silent else ()


@dataclass(frozen=True, eq=False)
class UnitCard(Result):
    """What is known of one unit: an image made to excite it, and the patches that do, over all its activations.

    Attributes
    ----------
    dream : Dream
    patches : Patches
    """

    dream: Dream
    patches: Patches

    @property
    def notes(self) -> tuple[str, ...]:
        """Of both."""
        return (*self.dream.notes, *self.patches.notes)

    def banners(self) -> tuple[str, ...]:
        """Of both."""
        return (*self.dream.banners(), *self.patches.banners())


def screen(image: np.ndarray) -> np.ndarray:
    """An image [channel, height, width] of 0 to 1 as uint8 [height, width, 3]."""
    shown = np.repeat(image, 3, axis=0) if len(image) == 1 else image[:3]
    return (np.clip(shown, 0, 1) * 255).round().astype(np.uint8).transpose(1, 2, 0)
