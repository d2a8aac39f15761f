"""Where a climb begins: at grey, or where grey excites the unit already, at a colour or a contrast that does less."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from torch import Tensor

from vizlib.inside.parametrisation import Space

LOOK_AFTER = 48  # steps after which it is asked whether the start was loud
LATELY = 8  # steps whose mean says where a climb stands, since each is moved at random
TENFOLD = 10.0  # a climb that has not grown by this much had a loud start
QUIET = 0.08  # of what was reached: a start below is quiet
LEVELS = ((0.6, 10.0), (1.2, 20.0), (1.8, 40.0), (2.4, 80.0))  # strength of a flat colour; contrast of the noise
MIXED = 3  # channels that are mixed to colours


@dataclass(frozen=True, eq=False)
class Start:
    """A latent colour [1, channel, 1, 1], and what the contrast of the noise around it is multiplied with."""

    colour: Tensor
    contrast: float = 1.0

    def image(self, noise: Tensor) -> Tensor:
        """The latent image of the start."""
        return self.contrast * noise + self.colour


def loud(trace: Sequence[float]) -> bool:
    """Whether the start excited the unit already: the climb has hardly grown by now."""
    return trace[0] > 0 and lately(trace) < TENFOLD * trace[0]


def lately(trace: Sequence[float]) -> float:
    """Where a climb stands."""
    return sum(trace[-LATELY:]) / len(trace[-LATELY:])


def quiet_start(space: Space, noise: Tensor, answer: Callable[[Tensor], float], reached: float) -> Start:
    """The start nearest to faint noise on grey that leaves a unit quiet, or else the quietest there is.

    Parameters
    ----------
    space : Space
    noise : Tensor
        Latent image of the start on grey.
    answer : callable
        Latent image -> what the unit answers.
    reached : float
        Where the climb from grey stands.
    """
    best = Start(_grey(noise))
    least = answer(best.image(noise))
    for start in _starts(space, noise):
        value = answer(start.image(noise))
        if value < least:
            best, least = start, value
        if least <= QUIET * reached:
            break
    return best


def _starts(space: Space, noise: Tensor) -> Iterator[Start]:
    """Flat colours and noise on grey, ever further from faint noise on grey."""
    ways = [way for way in product((0.0, -1.0, 1.0), repeat=min(space.channels, MIXED)) if any(way)]
    grey = _grey(noise)
    for strength, contrast in LEVELS:
        for way in ways:
            colour = grey.clone()
            for channel, share in enumerate(way):
                colour[0, channel] = strength * share / math.hypot(*way)
            yield Start(colour)
        yield Start(grey, contrast)


def _grey(noise: Tensor) -> Tensor:
    return noise.new_zeros(1, noise.shape[1], 1, 1)
