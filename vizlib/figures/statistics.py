"""How often and how strongly the channels of a layer answer; screen and paper take it from here."""

from dataclasses import dataclass

import numpy as np

from vizlib.figures.sheets import chosen, quantity
from vizlib.inside.results_units import UnitStatistics

SHARE = "share of all positions at which the channel is active"
LARGEST = "largest activation"


@dataclass(frozen=True, eq=False)
class StatisticsPlan:
    """One mark a channel, and the histogram of one of them."""

    alive: np.ndarray
    dead: np.ndarray
    unit: int
    texts: tuple[str, ...]
    counts: np.ndarray
    edges: np.ndarray
    title: str
    below: str
    alternative: str


def statistics_plan(result: UnitStatistics, unit: int | None = None) -> StatisticsPlan:
    """What is drawn; the histogram is that of the most active channel when none is chosen."""
    unit = chosen(unit, len(result.mean), "unit")
    unit = int(result.order[0]) if unit is None else unit
    numbers = np.arange(len(result.mean))
    filled = np.flatnonzero(result.counts[unit])
    used = slice(filled[0], filled[-1] + 1)
    dead = f", {int(result.dead.sum())} dead" if result.dead.any() else ", none dead"
    title = f"{quantity(len(numbers), 'channel')} of {result.layer} over {quantity(result.searched, 'image')}{dead}"
    often = f"A channel is active in {np.median(result.image_share):.0%} of the images (median)."
    return StatisticsPlan(
        alive=numbers[~result.dead],
        dead=numbers[result.dead],
        unit=unit,
        texts=tuple(channel_words(result, n) for n in numbers.tolist()),
        counts=result.counts[unit][used],
        edges=result.edges(unit)[used.start : used.stop + 1],
        title=title,
        below=f"activation of channel {unit} ({result.sparsity[unit]:.0%} are exactly 0)",
        alternative=f"{title}. {often} {' '.join(result.notes)}".strip(),
    )


def channel_words(result: UnitStatistics, unit: int) -> str:
    """What hovering over a channel tells."""
    return (
        f"channel {unit}<br>active in {result.image_share[unit]:.1%} of the images, "
        f"at {result.position_share[unit]:.1%} of the positions"
        f"<br>mean {result.mean[unit]:.3g}, maximum {result.maximum[unit]:.3g}"
    )
