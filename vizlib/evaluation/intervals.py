"""How sure a number is: intervals after DeLong, Wilson and by resampling."""

import math
from collections.abc import Callable, Iterator
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from vizlib.core.errors import OptionError

AT_ONCE = 100_000  # numbers that a batch of resamples holds, so that it stays in the cache
DRAW, CELL = 5.0, 60.0  # ns of one drawn example, and of one cell of a multinomial draw


class Interval(NamedTuple):
    """Lower and upper end."""

    low: float
    high: float


def checked_level(name: str, level: float) -> float:
    """A confidence between 0 and 1."""
    if not 0 < level < 1:
        raise OptionError(f"{name}: level must be between 0 and 1, as 0.95; got {level:g}.")
    return level


def quantile(level: float) -> float:
    """How many standard deviations a two-sided interval of this level reaches."""
    return NormalDist().inv_cdf((1 + level) / 2)


def symmetric(value: float, variance: float, level: float) -> Interval:
    """Value plus and minus the normal quantile times the standard error; it may leave [0, 1]."""
    reach = quantile(level) * math.sqrt(variance)
    return Interval(value - reach, value + reach)


def on_logit_scale(value: float, variance: float, level: float) -> Interval:
    """The symmetric interval of log(p / (1 - p)), turned back; it stays inside [0, 1]."""
    if not 0 < value < 1 or variance == 0:
        return Interval(value, value)
    middle = math.log(value / (1 - value))
    ends = symmetric(middle, variance / (value * (1 - value)) ** 2, level)
    return Interval(*(1 / (1 + math.exp(-end)) if end > -700 else 0.0 for end in ends))


def wilson(successes: np.ndarray, trials: np.ndarray, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's score interval of shares, without continuity correction; NaN without trials.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22.
    """
    z = quantile(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = successes / trials
        middle = (share + z**2 / (2 * trials)) / (1 + z**2 / trials)
        reach = z * np.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2)) / (1 + z**2 / trials)
    return np.maximum(middle - reach, 0), np.minimum(middle + reach, 1)


def percentiles(values: np.ndarray, level: float) -> Interval:
    """The middle share of resampled values."""
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def bootstrap(
    positives: np.ndarray,
    negatives: np.ndarray,
    statistic: Callable[[np.ndarray, np.ndarray], np.ndarray],
    *,
    samples: int,
    seed: int,
) -> np.ndarray:
    """A statistic of resampled examples, as many positives and negatives as there are.

    Parameters
    ----------
    positives, negatives : int array [groups]
        Number of examples with each score, falling.
    statistic : callable
        Of resampled counts [batch, groups] to values [batch].
    samples, seed : int

    Notes
    -----
    Drawing examples with replacement only changes how often each score occurs. The ranking stays, so nothing is
    sorted again.
    """
    generator = np.random.Generator(np.random.SFC64(seed))
    batch = max(1, AT_ONCE // (len(positives) + int(positives.sum()) + int(negatives.sum())))
    sizes = [min(batch, samples - start) for start in range(0, samples, batch)]
    drawn = zip(_drawn(positives, sizes, generator), _drawn(negatives, sizes, generator), strict=True)
    return np.concatenate([statistic(*counts) for counts in drawn])


def _drawn(counts: np.ndarray, sizes: list[int], generator: np.random.Generator) -> Iterator[np.ndarray]:
    """Counts of resampled examples [batch, groups]."""
    cells, total = np.flatnonzero(counts), int(counts.sum())
    if len(cells) * CELL < total * DRAW:
        for size in sizes:
            found = np.zeros((size, len(counts)), np.int64)
            found[:, cells] = generator.multinomial(total, counts[cells] / total, size)
            yield found
        return
    kind = np.uint32 if total < 1 << 32 else np.uint64
    starts = np.cumsum(counts[cells]) - counts[cells]
    for size in sizes:
        examples = generator.integers(0, total, (size, total), dtype=kind)
        flat = examples.astype(np.int64) + np.arange(size)[:, None] * total if size > 1 else examples
        times = np.bincount(flat.ravel(), minlength=size * total).reshape(size, total)
        found = np.zeros((size, len(counts)), np.int64)
        found[:, cells] = times if len(cells) == total else np.add.reduceat(times, starts, axis=1)
        yield found
