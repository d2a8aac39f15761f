"""A histogram of any number of values in bounded memory, whatever their range turns out to be."""

import numpy as np

KEPT = 12  # bits dropped of a float32: 11 bits of the mantissa stay, so a bin is 0.05 % wide
BINS = 1 << (32 - KEPT)


class Tally:
    """Counts values in bins that follow the float32 format: narrow near zero, wide far away, none outside.

    The same values in any order and any portions give the same counts.
    """

    def __init__(self) -> None:
        self.counts = np.zeros(BINS, np.int64)
        self.zeros = 0

    def add(self, values: np.ndarray) -> None:
        """Count some more values."""
        self.zeros += int((values == 0).sum())
        self.counts += np.bincount(_bins(values), minlength=BINS)

    @property
    def total(self) -> int:
        """How many values were counted."""
        return int(self.counts.sum())

    def at_most(self, values: np.ndarray) -> np.ndarray:
        """Share of the counted values that are at most as large; those in the same bin count as equal."""
        share: np.ndarray = np.cumsum(self.counts)[_bins(values)] / max(self.total, 1)
        return share

    def histogram(self, bins: int) -> tuple[np.ndarray, np.ndarray]:
        """Counts in equal bins from the smallest to the largest value, and their edges."""
        filled = np.flatnonzero(self.counts)
        places = _values(filled)
        return np.histogram(places, bins=bins, weights=self.counts[filled])


def _bins(values: np.ndarray) -> np.ndarray:
    """Bin numbers that rise with the value: the bits of a float32, negative ones turned round."""
    bits = (np.asarray(values, np.float32) + np.float32(0)).ravel().view(np.int32).astype(np.int64)
    rising = np.where(bits < 0, -(bits & 0x7FFFFFFF), bits)
    return (rising >> KEPT) + BINS // 2


def _values(bins: np.ndarray) -> np.ndarray:
    """The float32 at which a bin begins, the other way round."""
    rising = (bins - BINS // 2) << KEPT
    magnitude = np.abs(rising).astype(np.int32).view(np.float32).astype(np.float64)
    return np.where(rising < 0, -magnitude, magnitude)
