"""Results that tell what single units look for: kernels, activations, patches."""

from dataclasses import dataclass

import numpy as np

from vizlib.core.results import Result
from vizlib.inside.results import Box


@dataclass(frozen=True, eq=False)
class Filters(Result):
    """The kernels of one layer.

    Attributes
    ----------
    weights : array [filters, channels, height, width]
        ``channels`` are those that one filter sees: of a grouped convolution, the channels of its group.
    norms : array [filters]
        Euclidean length of each filter.
    order : int array [filters]
        Filters by falling norm.
    dead : bool array [filters]
        Norm below a thousandth of the layer's largest.
    duplicates : int array [pairs, 2]
        Pairs whose cosine is above .95, the most alike first.
    cosines : array [pairs]
    layer, kind : str
        The layer that holds the kernels, and its class.
    notes : tuple of str
    """

    weights: np.ndarray
    norms: np.ndarray
    order: np.ndarray
    dead: np.ndarray
    duplicates: np.ndarray
    cosines: np.ndarray
    layer: str
    kind: str
    notes: tuple[str, ...] = ()

    def spectra(self, size: int | None = None) -> np.ndarray:
        """How strongly each filter reacts to each spatial frequency, [filters, channels, size, size].

        Magnitude of the two-dimensional Fourier transform, frequency zero in the middle.

        Parameters
        ----------
        size : int, optional
            Kernels are padded by zeros to this side, which draws a smoother picture; their own when left out.
        """
        shape = self.weights.shape[2:] if size is None else (size, size)
        transformed = np.fft.fft2(self.weights, s=shape, axes=(2, 3))
        magnitude: np.ndarray = np.fft.fftshift(np.abs(transformed), axes=(2, 3)).astype(self.weights.dtype)
        return magnitude

    def banners(self) -> tuple[str, ...]:
        """A layer without any weight."""
        return () if self.weights.any() else ("Every weight of this layer is zero.",)


@dataclass(frozen=True, eq=False)
class ActivationDifference(Result):
    """What a layer returns more, or less, for one image or model than for another.

    Attributes
    ----------
    values : array [batch, channel, height, width]
        The first minus the second.
    change : array [channel]
        Mean magnitude of the difference over the batch and all positions.
    first, second : str
        What is compared, in words.
    layer : str
    input_size : (int, int)
    notes : tuple of str
    """

    values: np.ndarray
    change: np.ndarray
    first: str
    second: str
    layer: str
    input_size: tuple[int, int]
    notes: tuple[str, ...] = ()

    @property
    def order(self) -> np.ndarray:
        """Channels by falling change."""
        return np.argsort(-self.change, kind="stable")

    def banners(self) -> tuple[str, ...]:
        """Two answers that are the same."""
        return () if self.values.any() else ("Both answers are identical: every difference is exactly zero.",)


@dataclass(frozen=True, eq=False)
class Activations(Result):
    """What a layer returns for a batch of images.

    Attributes
    ----------
    values : array [batch, channel, height, width]
        Tokens are folded into their grid; a layer without positions has a grid of 1 x 1.
    mean, maximum : array [channel]
        Over the batch and all positions.
    sparsity : array [channel]
        Share of values that are exactly zero.
    dead : bool array [channel]
        Exactly zero at every position of every image.
    special : array [batch, tokens, channel] or None
        Class and register tokens, which have no position.
    layer : str
    input_size : (int, int)
    notes : tuple of str
    """

    values: np.ndarray
    mean: np.ndarray
    maximum: np.ndarray
    sparsity: np.ndarray
    dead: np.ndarray
    special: np.ndarray | None
    layer: str
    input_size: tuple[int, int]
    notes: tuple[str, ...] = ()

    @property
    def order(self) -> np.ndarray:
        """Channels by falling maximum."""
        return np.argsort(-self.maximum, kind="stable")

    def minus(self, other: "Activations", names: tuple[str, str] = ("the first", "the second")) -> ActivationDifference:
        """What is more, or less, than in another answer of a layer of the same shape.

        Parameters
        ----------
        other : Activations
        names : (str, str)
            What the two are called.

        Raises
        ------
        ValueError
            The layers differ in shape.
        """
        if self.values.shape != other.values.shape:
            mine, theirs = (" x ".join(map(str, one.values.shape[1:])) for one in (self, other))
            raise ValueError(
                f"The layers differ in shape, {mine} and {theirs}; choose a layer that has the same in both."
            )
        values = self.values - other.values
        change = np.abs(values).mean((0, 2, 3))
        notes = tuple(dict.fromkeys((*self.notes, *other.notes)))
        return ActivationDifference(values, change, *names, self.layer, self.input_size, notes)

    def histogram(self, unit: int, bins: int = 60) -> tuple[np.ndarray, np.ndarray]:
        """Counts and edges of all values of a channel."""
        return np.histogram(self.values[:, unit], bins=bins)

    def banners(self) -> tuple[str, ...]:
        """A layer that is silent."""
        return () if self.values.any() else ("Every channel of this layer is zero for these images.",)


@dataclass(frozen=True, eq=False)
class UnitStatistics(Result):
    """How often and how strongly the channels of a layer answer over a set of images.

    Attributes
    ----------
    image_share, position_share : array [channel]
        Share of images, and of all positions of all images, at which the channel is above zero.
    mean, maximum, minimum : array [channel]
        Over all images and positions.
    sparsity : array [channel]
        Share of values that are exactly zero.
    dead : bool array [channel]
        Above zero at no position of any image.
    counts : int array [channel, 64]
        Histogram in equal bins about zero, 32 on either side.
    widths : array [channel]
        Width of the bins of each channel.
    layer : str
    searched : int
        Number of images.
    input_size : (int, int)
    notes : tuple of str
    """

    image_share: np.ndarray
    position_share: np.ndarray
    mean: np.ndarray
    maximum: np.ndarray
    minimum: np.ndarray
    sparsity: np.ndarray
    dead: np.ndarray
    counts: np.ndarray
    widths: np.ndarray
    layer: str
    searched: int
    input_size: tuple[int, int]
    notes: tuple[str, ...] = ()

    @property
    def order(self) -> np.ndarray:
        """Channels by falling share of positions at which they are active."""
        return np.argsort(-self.position_share, kind="stable")

    def edges(self, unit: int) -> np.ndarray:
        """Edges of the bins of a channel [65]."""
        half = self.counts.shape[1] // 2
        edges: np.ndarray = self.widths[unit] * np.arange(-half, half + 1)
        return edges

    def banners(self) -> tuple[str, ...]:
        """A layer in which nothing is ever active."""
        return ("No channel of this layer is ever above zero for these images.",) if self.dead.all() else ()


@dataclass(frozen=True, eq=False)
class Patches(Result):
    """The image patches that excite one channel most, each from another image.

    Attributes
    ----------
    patches : array [k, channel, height, width]
        The pixels that the unit sees, normalised as the network saw them, zero outside the image.
    inside : bool array [k, height, width]
        Which of these pixels lie in the image.
    values : array [k]
        Activations, falling.
    images : int array [k]
        Number of the image in the set.
    positions : int array [k, 2]
        Row and column of the unit in its channel.
    boxes : int array [k, 4]
        Top, left, bottom, right of the field in input pixels; it reaches outside where there is padding.
    quantiles : array [k]
        Share of all activations of the channel, over all images and positions, that are at most as large.
    levels : array [k]
        Of the row that the patch stands in: the share of images whose largest activation is less; 1 is the strongest.
    counts, edges : array [bins], [bins + 1]
        The histogram of these activations.
    zeros : float
        Share of them that are exactly zero.
    layer, unit : str, int
    searched : int
        Number of images.
    input_size : (int, int)
    notes : tuple of str
    """

    patches: np.ndarray
    inside: np.ndarray
    values: np.ndarray
    images: np.ndarray
    positions: np.ndarray
    boxes: np.ndarray
    quantiles: np.ndarray
    levels: np.ndarray
    counts: np.ndarray
    edges: np.ndarray
    zeros: float
    layer: str
    unit: int
    searched: int
    input_size: tuple[int, int]
    notes: tuple[str, ...] = ()

    def box(self, rank: int) -> Box:
        """The field of one of the patches, with what lies outside the image."""
        return Box(*self.boxes[rank].tolist())

    def banners(self) -> tuple[str, ...]:
        """A unit that nothing excites."""
        if self.values[0] > 0 and self.zeros < 1:
            return ()
        return ("No image excites this unit: its largest activation is not positive.",)
