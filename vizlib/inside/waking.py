"""The first climb that a unit answers to: other seeds where it is silent, another start where grey excites it."""

import torch
from torch import Tensor

from vizlib.core.errors import UnsupportedModel
from vizlib.inside.aims import Value
from vizlib.inside.ascent import OnStep, Path, Plan, climb
from vizlib.inside.starts import lately, quiet_start

STARTS = 4  # random starts before a unit is called dead


def waking_climb(plan: Plan, aim: Value, seed: int, on_step: OnStep) -> Path:
    """The first climb that a start does not leave silent; ``start`` and ``seed`` of it say where it began.

    Raises
    ------
    UnsupportedModel
        The unit stays silent from several starts.
    """
    for start in range(STARTS):
        path = climb(plan, aim, seed + start, on_step, quiet=True)
        if path.loud:
            path = _from_quiet(plan, aim, path, on_step)
        if not path.dead:
            return path
    raise UnsupportedModel(
        f"the unit is dead: no gradient reaches the image from {STARTS} random starts, nor through its rectifier. "
        "Choose another unit."
    )


def _from_quiet(plan: Plan, aim: Value, heard: Path, on_step: OnStep) -> Path:
    """The climb again, from a start that leaves the unit quiet, if it does not leave it dead."""

    @torch.no_grad()
    def answer(latent: Tensor) -> float:
        return float(aim(plan.display.input(plan.display.colours(latent))))

    start = quiet_start(plan.space, plan.space.decode(heard.first), answer, lately(heard.trace))
    path = climb(plan, aim, heard.seed, on_step, start=start)
    if path.dead:
        return climb(plan, aim, heard.seed, on_step)
    path.instead = heard.trace[0]
    return path


def start_notes(path: Path, seed: int, who: str = "the image starts") -> tuple[str, ...]:
    """What a reader must know of where a climb began: silent starts, a start that is not grey."""
    notes = []
    if path.seed != seed:
        notes.append(f"The unit was silent at {path.seed - seed} random starts; this is seed {path.seed}.")
    if path.instead is not None:
        notes.append(f"Faint noise on grey excites the unit to {path.instead:.3g}, so {who} where it does less.")
    return tuple(notes)


def course_notes(path: Path, seed: int) -> tuple[str, ...]:
    """The same, and what to know of its course: steps in which the unit was silent, or that it still is."""
    notes = [*start_notes(path, seed)]
    if path.led:
        notes.append(f"The unit was silent in {path.led} steps, which followed the input of its rectifier.")
    if not path.alive:
        notes.append("The unit is still silent; take more steps.")
    return tuple(notes)
