"""How often and how strongly the channels of a layer answer, over a whole set of images."""

from typing import Annotated, cast

import numpy as np
from torch import Tensor, nn

from vizlib.core.errors import OptionError
from vizlib.core.heartbeat import Heartbeat
from vizlib.core.stream import Stream
from vizlib.core.technique import Layer, Progress, Range, silent, technique
from vizlib.inside.maps import Maps
from vizlib.inside.results_units import UnitStatistics

HALF = 32  # bins on either side of zero
LOWEST = -148  # exponent of a channel that has been zero so far


@technique
def unit_statistics(
    model: nn.Module,
    images: Tensor | Stream,
    *,
    layer: Annotated[Layer, "Layer whose channels are counted, by name."],
    batch_size: Annotated[int, Range(1, 1024), "Images in one forward pass; changes the speed only."] = 16,
    progress: Progress = silent,
) -> UnitStatistics:
    """How often and how strongly every channel of a layer answers over a set of images, and which never do.

    Parameters
    ----------
    model : Module or Model
    images : array [batch, channel, height, width], or an image set
        They pass through the network in parts; of the activations only counts and sums are kept.
    layer : str
    batch_size : int
    progress : callable
        Called as ``progress(done, total)`` with images; cancels by raising.

    Returns
    -------
    UnitStatistics
        Per channel: share of images and of positions at which it is active, mean, largest and smallest value, share
        of zeros, whether it is dead, and a histogram.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    Active means above zero. A channel that is dead over this set may answer to other images; of a layer before its
    rectifier, dead means that the rectifier will let nothing through. A channel that is always active tells little
    about an image by being so.

    References
    ----------
    Zeiler, Fergus (2014), Visualizing and understanding convolutional networks, arXiv:1311.2901.
    """
    if layer is None:
        raise OptionError("layer must be given; it is the name of a layer.")
    maps, count = Maps(model, layer), Count()
    size = (images.shape[2], images.shape[3])
    progress(0, len(images))
    for start in range(0, len(images), batch_size):
        values, _ = maps.of(images[start : start + batch_size])
        count.add(values.cpu().numpy())
        progress(min(start + batch_size, len(images)), len(images))
        cast(Heartbeat, progress).show(lambda: count.told(layer, size, tuple(maps.notes)))
    return count.told(layer, size, tuple(maps.notes))


class Count:
    """Running counts and sums of the channels of a layer."""

    def __init__(self) -> None:
        self.images = self.positions = 0
        self.histogram = Histogram()
        self.answered = self.active = self.zeros = np.zeros(0, np.int64)
        self.total, self.largest, self.smallest = np.zeros(0), np.zeros(0), np.zeros(0)

    def add(self, values: np.ndarray) -> None:
        """See the maps [part, channel, height, width] of some more images."""
        if not self.images:
            self._begin(values.shape[1], values.dtype)
        self.images += len(values)
        self.positions += values[:, 0].size
        self.answered += (values > 0).any((2, 3)).sum(0)
        self.active += (values > 0).sum((0, 2, 3))
        self.zeros += (values == 0).sum((0, 2, 3))
        for image in values:  # one by one, so that the portions do not change the sum
            self.total += image.sum((1, 2), dtype=np.float64)
        self.largest = np.maximum(self.largest, values.max((0, 2, 3)))
        self.smallest = np.minimum(self.smallest, values.min((0, 2, 3)))
        self.histogram.add(np.swapaxes(values, 0, 1).reshape(values.shape[1], -1))

    def _begin(self, channels: int, kind: np.dtype) -> None:
        self.answered, self.active, self.zeros = (np.zeros(channels, np.int64) for _ in range(3))
        self.total = np.zeros(channels)
        self.largest, self.smallest = np.full(channels, -np.inf, kind), np.full(channels, np.inf, kind)

    def told(self, layer: str, size: tuple[int, int], notes: tuple[str, ...]) -> UnitStatistics:
        """The statistics of the images so far."""
        kind = self.largest.dtype
        return UnitStatistics(
            image_share=(self.answered / self.images).astype(kind),
            position_share=(self.active / self.positions).astype(kind),
            mean=(self.total / self.positions).astype(kind),
            maximum=self.largest.copy(),
            minimum=self.smallest.copy(),
            sparsity=(self.zeros / self.positions).astype(kind),
            dead=self.active == 0,
            counts=self.histogram.counts.copy(),
            widths=self.histogram.widths,
            layer=layer,
            searched=self.images,
            input_size=size,
            notes=notes,
        )


class Histogram:
    """Counts in equal bins about zero, one row a channel, whose width doubles when a value lies outside.

    Widths are powers of two, so that two old bins make one new one exactly: the counts do not depend on the order.
    """

    def __init__(self) -> None:
        self.counts = np.zeros((0, 2 * HALF), np.int64)
        self.exponents = np.zeros(0, np.int64)

    @property
    def widths(self) -> np.ndarray:
        """Of the bins of each channel [channel]."""
        return np.ldexp(1.0 / HALF, self.exponents)

    def add(self, values: np.ndarray) -> None:
        """Count some more values [channel, n]."""
        if not len(self.counts):
            self.counts = np.zeros((len(values), 2 * HALF), np.int64)
            self.exponents = np.full(len(values), LOWEST)
        peak = np.abs(values).max(axis=1).astype(np.float64)
        needed = np.where(peak > 0, np.frexp(peak)[1], LOWEST)  # peak < 2 ** needed
        self._widen(np.maximum(needed, self.exponents))
        bins = np.floor(values / self.widths[:, None]).astype(np.int64).clip(-HALF, HALF - 1) + HALF
        rows = np.arange(len(values))[:, None] * (2 * HALF)
        self.counts += np.bincount((bins + rows).ravel(), minlength=self.counts.size).reshape(self.counts.shape)

    def _widen(self, exponents: np.ndarray) -> None:
        bins = np.arange(-HALF, HALF)
        for channel in np.flatnonzero(exponents > self.exponents):
            merged = (bins >> min(int(exponents[channel] - self.exponents[channel]), 63)) + HALF
            self.counts[channel] = np.bincount(merged, self.counts[channel], 2 * HALF).astype(np.int64)
        self.exponents = exponents
