"""What each regulariser does to a dream: the same dream with one of them switched at a time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.core.heartbeat import Heartbeat
from vizlib.core.targets import scores_of
from vizlib.core.technique import Progress, Range, silent, technique
from vizlib.inside import dream_options as option
from vizlib.inside.aims import WORDS, Value, aim_of
from vizlib.inside.ascent import Path, Plan, climb
from vizlib.inside.dreams import ASSUMED, JITTER, Look, plan_of, variation
from vizlib.inside.parametrisation import Kind
from vizlib.inside.regularisers import Moves, Regularisers
from vizlib.inside.results_dreams import DreamAblation
from vizlib.inside.waking import start_notes, waking_climb

# What a regulariser that is off is switched to: mild settings of Yosinski et al. (2015) and Olah et al. (2017).
STRENGTHS: dict[str, float] = {
    "decay": 0.02, "blur": 1.0, "norm_clip": 30.0, "contribution_clip": 30.0, "zoom": 0.1, "rotate": 8.0,
}  # fmt: skip
NAMES = {
    "parametrisation": "pixels or waves",
    "decay": "L2 decay",
    "blur": "blur",
    "norm_clip": "norm clipping",
    "contribution_clip": "contribution clipping",
    "jitter": "jitter",
    "zoom": "zoom",
    "rotate": "rotation",
}
UNSEEN = 16, 0.15, 12.0  # moves that test an image: part of a side that it is shifted by at most, zoom, degrees
FAR = 1 << 40  # their random numbers are none of a dream's


@technique
def dream_ablation(
    model: nn.Module,
    normalisation: option.Normalisation = None,
    *,
    layer: option.DreamLayer,
    unit: option.Unit = 0,
    objective: option.Objective = "channel",
    direction: option.Direction = None,
    cosine: option.Cosine = 0.0,
    parametrisation: option.Parametrisation = "fourier",
    steps: Annotated[int, Range(1, 128), "Number of steps of the optimiser, Adam, for each image."] = 64,
    rate: option.Rate = 0.05,
    decay: option.Decay = 0.0,
    blur: option.Blur = 0.0,
    blur_every: option.BlurEvery = 4,
    norm_clip: option.NormClip = 0.0,
    contribution_clip: option.ContributionClip = 0.0,
    jitter: option.Jitter = None,
    zoom: option.Zoom = 0.05,
    rotate: option.Rotate = 5.0,
    trials: Annotated[int, Range(1, 64), "Unseen moves under which each finished image is asked again."] = 8,
    input_size: option.DreamSize = None,
    seed: option.Seed = 0,
    progress: Progress = silent,
) -> DreamAblation:
    """What each regulariser does to a dream: the same dream nine times, each with one of them switched.

    Parameters
    ----------
    model : Module or Model
    normalisation : (mean, deviation), optional
        As in :func:`vizlib.maximize_activation`, and so are the options that are not named here: they set the dream
        that the others differ from.
    layer : str
    unit : int
    steps : int
        Of each image.
    trials : int
        Each finished image is shifted, zoomed and turned at random so many times, in ways that no variant has
        trained with and that are the same for all of them.
    seed : int
        One start for all images. It moves on when the unit is dead there in the dream as it is set, and leaves grey
        where :func:`vizlib.maximize_activation` would: where grey excites the unit already.
    progress : callable
        Called as ``progress(done, total)``; cancels by raising.

    Returns
    -------
    DreamAblation
        The dream as it is set, then one with each regulariser switched: off where it was on, on where it was off
        (L2 decay, Gaussian blur, norm clipping, contribution clipping, jitter, zoom, rotation), and pixels for waves.
        For each its objective, total variation, and objective and confidence under unseen moves.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each; also when the unit stays silent from several starts.

    Notes
    -----
    A large objective that falls under unseen moves belongs to a pattern that only fits the network's grid. One seed is
    one draw: a difference between two images can be luck, and another seed tells. The strength of a regulariser that
    is switched on is one choice of many.

    References
    ----------
    Yosinski et al. (2015), Understanding neural networks through deep visualization, arXiv:1506.06579, section 3.
    Olah, Mordvintsev, Schubert (2017), Feature visualization, Distill.
    """
    text = cast(str | None, direction)
    aim = aim_of(model, layer, unit, objective, text, cosine)
    regularisers = Regularisers(decay, blur, blur_every, norm_clip, contribution_clip)
    look = Look(parametrisation, steps, rate, regularisers, jitter, zoom, rotate)
    plan = plan_of(model, normalisation, input_size, look)
    look = replace(look, jitter=plan.moves.jitter)
    switched = [("as set", "", plan)]
    for name in NAMES:
        other, change = _switched(look, name, min(plan.space.size))
        switched.append((NAMES[name], change, plan_of(model, normalisation, input_size, other)))
    grid = Grid(switched, aim, _tests(model, aim, unit if objective == "logit" else None, plan, seed, trials))
    told = {
        "objective": WORDS[objective], "layer": layer or "", "unit": -1 if objective == "direction" else unit,
        "direction": (text or f"{unit}:1.0") if objective == "direction" else "", "steps": steps,
        "notes": () if normalisation else (ASSUMED,),
    }  # fmt: skip
    grid.fill(seed, partial(grid.result, **told), cast(Heartbeat, progress))
    return grid.result(**told)


def _switched(look: Look, name: str, side: int) -> tuple[Look, str]:
    """The same settings with one regulariser switched, and that setting in words."""
    if name == "parametrisation":
        kind: Kind = "pixel" if look.parametrisation == "fourier" else "fourier"
        return replace(look, parametrisation=kind), f"parametrisation={kind}"
    owner: Any = look if hasattr(look, name) else look.regularisers
    strength = max(1, side // JITTER) if name == "jitter" else STRENGTHS[name]
    value = type(strength)(0) if getattr(owner, name) else strength
    changed = replace(owner, **{name: value})
    return (changed if owner is look else replace(look, regularisers=changed)), f"{name}={value}"


@dataclass(frozen=True)
class Test:
    """How a finished image is asked again: under each move, its objective, and for a class its probability."""

    moves: Moves
    seed: int
    trials: int
    aim: Value
    probability: Value | None

    def __call__(self, x: Tensor) -> tuple[list[float], list[float]]:
        generator = torch.Generator().manual_seed(self.seed)
        with torch.no_grad():
            seen = [self.moves(x, generator) for _ in range(self.trials)]
            sure = [float(self.probability(each)) for each in seen] if self.probability else []
            return [float(self.aim(each)) for each in seen], sure


def _tests(model: nn.Module, aim: Value, label: int | None, plan: Plan, seed: int, trials: int) -> Test:
    part, zoom, turn = UNSEEN

    def probability(x: Tensor) -> Tensor:
        return scores_of(model, x).softmax(dim=1)[0, label]

    moves = Moves(max(1, min(plan.space.size) // part), zoom, turn)
    return Test(moves, seed + FAR, trials, aim, None if label is None else probability)


class Grid:
    """The variants, as far as they are known."""

    def __init__(self, switched: list[tuple[str, str, Plan]], aim: Value, test: Test) -> None:
        self.switched, self.aim, self.test = switched, aim, test
        self.images: list[np.ndarray] = []
        self.numbers: list[tuple[float, float]] = []
        self.fresh: list[tuple[list[float], list[float]]] = []
        self.finished: list[bool] = []
        self.start, self.seed = 0.0, 0
        self.more: tuple[str, ...] = ()

    def fill(self, seed: int, show: Callable[[], DreamAblation], progress: Heartbeat) -> None:
        """Every variant from one start; each that is ready is shown."""
        steps, total, reached = self.switched[0][2].steps, self.switched[0][2].steps * len(self.switched), 0
        progress(0, total)

        def on_step(step: int, path: Path) -> None:
            nonlocal reached
            reached = max(reached, len(self.images) * steps + step - 1)
            progress(reached, total)

        first = waking_climb(self.switched[0][2], self.aim, seed, on_step)
        self.seed, self.more = first.seed, start_notes(first, seed, "all images start")
        self._add(self.switched[0][2], first)
        for _name, _change, plan in self.switched[1:]:
            progress.show(show)
            self._add(plan, climb(plan, self.aim, first.seed, on_step, start=first.start))
        progress(total, total)

    def _add(self, plan: Plan, path: Path) -> None:
        with torch.no_grad():
            colours = plan.display.colours(plan.space.decode(path.numbers))
            x = plan.display.input(colours)
            score = float(self.aim(x))
            if not self.images:
                self.start = float(self.aim(plan.input(path.first)))
        image = colours[0].cpu().numpy().copy()
        self.fresh.append(self.test(x))
        self.numbers.append((score, variation(image)))
        self.finished.append(not path.dead)
        self.images.append(image)

    def result(self, **told: Any) -> DreamAblation:
        """What is known; variants that are not there yet are left out."""
        known = len(self.images)
        told["notes"] = (*told["notes"], *self.more, self._moves())
        return DreamAblation(
            images=np.stack(self.images),
            names=tuple(name for name, _change, _plan in self.switched[:known]),
            changes=tuple(change for _name, change, _plan in self.switched[:known]),
            scores=np.array([score for score, _ in self.numbers]),
            variations=np.array([size for _, size in self.numbers]),
            fresh=np.array([fresh for fresh, _ in self.fresh]),
            confidences=np.array([sure for _, sure in self.fresh]).reshape(known, -1),
            finished=np.array(self.finished),
            start=self.start,
            seed=self.seed,
            **told,
        )

    def _moves(self) -> str:
        moves = self.test.moves
        return (
            f"Unseen moves: {self.test.trials} random shifts of up to {moves.jitter} pixels, zooms of up to "
            f"{moves.zoom:.0%} and turns of up to {moves.rotate:g} degrees, the same for all images."
        )
