"""Images that a unit likes most: activation maximisation."""

from dataclasses import dataclass, field
from functools import partial
from typing import cast

import numpy as np
import torch
from torch import nn

from vizlib.core.heartbeat import Heartbeat
from vizlib.core.technique import Progress, silent, technique
from vizlib.inside import dream_options as option
from vizlib.inside.aims import WORDS, Value, aim_of
from vizlib.inside.ascent import Path, Plan
from vizlib.inside.parametrisation import Kind, Space, display
from vizlib.inside.regularisers import Moves, Regularisers
from vizlib.inside.results_dreams import Dream
from vizlib.inside.tracing import input_like, sides
from vizlib.inside.waking import course_notes, waking_climb

JITTER = 28  # default: this part of the shorter side
ASSUMED = "The input is taken to be normalised with 0.5 and 0.25."


@technique
def maximize_activation(
    model: nn.Module,
    normalisation: option.Normalisation = None,
    *,
    layer: option.DreamLayer,
    unit: option.Unit = 0,
    objective: option.Objective = "channel",
    direction: option.Direction = None,
    cosine: option.Cosine = 0.0,
    parametrisation: option.Parametrisation = "fourier",
    steps: option.Steps = 256,
    rate: option.Rate = 0.05,
    decay: option.Decay = 0.0,
    blur: option.Blur = 0.0,
    blur_every: option.BlurEvery = 4,
    norm_clip: option.NormClip = 0.0,
    contribution_clip: option.ContributionClip = 0.0,
    jitter: option.Jitter = None,
    zoom: option.Zoom = 0.05,
    rotate: option.Rotate = 5.0,
    input_size: option.DreamSize = None,
    seed: option.Seed = 0,
    progress: Progress = silent,
) -> Dream:
    """The image that excites a unit most, made from noise.

    Parameters
    ----------
    model : Module or Model
    normalisation : (mean, deviation), optional
        One number per channel each, of what the network's input was normalised with. A loaded model brings its own;
        a bare module is taken to want 0.5 and 0.25.
    layer : str
    unit : int
    objective : {"channel", "position", "logit", "direction"}
        Always taken before any softmax. A layer without positions has its value itself.
    direction : str, mapping or sequence of float, optional
        A linear combination of channels, as ``"12:1, 40:-0.5"``, ``{12: 1, 40: -0.5}`` or one number a channel; its
        length does not matter. When left out, the unit's own.
    cosine : float
        Of a direction: the answer at each position is multiplied with ``max(0.1, cos) ** cosine``.
    parametrisation : {"fourier", "pixel"}
    steps, rate : int, float
    decay, blur, blur_every, norm_clip, contribution_clip
        Regularisers applied to the image after a step; zero is off.
    jitter, zoom, rotate
        Random moves of the image before a step; zero is off. More of them makes calmer images that hold when the
        image is moved, at the cost of a smaller objective: :func:`vizlib.dream_ablation` measures both.
    input_size : int or (height, width), optional
    seed : int
    progress : callable
        Called as ``progress(done, total)``; cancels by raising.

    Returns
    -------
    Dream
        ``image`` [channel, height, width] for the screen, 0 to 1; the course of the objective; and notes on the start.
        Where a rectifier keeps the unit silent, the first steps follow the rectifier's input, then other seeds are
        tried. A unit that grey excites already would leave much of the image as it began: where the objective has not
        grown tenfold after 48 steps, the climb begins again, from a flat colour or stronger noise that excites less.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each; also when the unit stays silent from several starts.

    Notes
    -----
    One local optimum of many: another seed gives another one, and how natural it looks is due to the regularisers as
    much as to the network. Set beside the top patches of the unit it tells more.

    References
    ----------
    Erhan, Bengio, Courville, Vincent (2009), Visualizing higher-layer features of a deep network. Yosinski et al.
    (2015), Understanding neural networks through deep visualization, arXiv:1506.06579, section 3 (decay, blur, norm
    and contribution clipping). Olah, Mordvintsev, Schubert (2017), Feature visualization, Distill (waves, moves,
    directions). Carter, Armstrong, Schubert, Johnson, Olah (2019), Activation atlas, Distill (power of the cosine).
    """
    text = cast(str | None, direction)
    aim = aim_of(model, layer, unit, objective, text, cosine)
    regularisers = Regularisers(decay, blur, blur_every, norm_clip, contribution_clip)
    look = Look(parametrisation, steps, rate, regularisers, jitter, zoom, rotate)
    plan = plan_of(model, normalisation, input_size, look)
    named = partial(
        dream, plan, aim, technique="maximize_activation", objective=WORDS[objective], layer=layer or "",
        unit=-1 if objective == "direction" else unit,
        direction=(text or f"{unit}:1.0") if objective == "direction" else "",
        notes=() if normalisation else (ASSUMED,),
    )  # fmt: skip
    return dreamt(plan, aim, seed, named, progress)


@dataclass(frozen=True)
class Look:
    """The settings of a dream that shape its image."""

    parametrisation: Kind = "fourier"
    steps: int = 256
    rate: float = 0.05
    regularisers: Regularisers = field(default_factory=Regularisers)
    jitter: int | None = None
    zoom: float = 0.05
    rotate: float = 5.0


def plan_of(
    model: nn.Module, normalisation: option.Normalisation, size: int | tuple[int, int] | None, look: Look
) -> Plan:
    """How to climb to an image of a size that suits the model."""
    like = input_like(model, sides(size))
    channels, height, width = like.shape[1:]
    jitter = min(height, width) // JITTER if look.jitter is None else look.jitter
    return Plan(
        Space(look.parametrisation, channels, (height, width), like),
        display(normalisation, channels, like),
        look.steps,
        look.rate,
        look.regularisers,
        Moves(jitter, look.zoom, look.rotate),
    )


def dreamt(plan: Plan, aim: Value, seed: int, named: "partial[Dream]", progress: Progress) -> Dream:
    """Climb, with the image shown while it grows, and say how it went."""
    path = _watched(plan, aim, seed, named, cast(Heartbeat, progress))
    progress(plan.steps, plan.steps)
    return named(path, more=course_notes(path, seed))


def _watched(plan: Plan, aim: Value, seed: int, named: "partial[Dream]", progress: Heartbeat) -> Path:
    reached = 0

    def on_step(step: int, path: Path) -> None:
        nonlocal reached
        reached = max(reached, step - 1)
        progress(reached, plan.steps)
        progress.show(lambda: named(path))

    progress(0, plan.steps)
    return waking_climb(plan, aim, seed, on_step)


def dream(
    plan: Plan,
    aim: Value,
    path: Path,
    *,
    technique: str,
    objective: str,
    layer: str,
    unit: int,
    direction: str = "",
    notes: tuple[str, ...] = (),
    more: tuple[str, ...] = (),
) -> Dream:
    """Where a climb stands, as a result on the CPU."""
    with torch.no_grad():
        colours = plan.display.colours(plan.space.decode(path.numbers))
        ends = [float(aim(plan.input(numbers))) for numbers in (path.first, path.numbers)]
    image = colours[0].cpu().numpy().copy()
    return Dream(
        image=image,
        input=plan.display.input(colours)[0].cpu().numpy().copy(),
        trace=np.array(path.trace),
        start=ends[0],
        end=ends[1],
        technique=technique,
        objective=objective,
        layer=layer,
        unit=unit,
        direction=direction,
        seed=path.seed,
        total_variation=variation(image),
        notes=(*notes, *more),
    )


def variation(image: np.ndarray) -> float:
    """Mean absolute difference of neighbouring values of [channel, height, width]."""
    image = image.astype(np.float64)
    return float((np.abs(np.diff(image, axis=1)).mean() + np.abs(np.diff(image, axis=2)).mean()) / 2)
