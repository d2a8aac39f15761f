"""Images that a unit likes most: activation maximisation."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal, cast

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.heartbeat import Heartbeat
from vizlib.core.layers import find_layer
from vizlib.core.technique import Layer, Progress, Range, silent, technique
from vizlib.inside.ascent import Objective, Path, Plan, climb
from vizlib.inside.parametrisation import Space, display
from vizlib.inside.reading import Reader, Scores, check_unit
from vizlib.inside.regularisers import Moves, Regularisers
from vizlib.inside.results_dreams import Dream
from vizlib.inside.tracing import input_like, sides

STARTS = 4  # random starts before a unit is called dead
Aim = Literal["channel", "position", "logit"]
Normalisation = Sequence[Sequence[float]] | None
DreamSize = Annotated[
    int | tuple[int, int] | None,
    Range(8, 640),
    "Sides of the image, in pixels; when empty, the model's own, or 224.",
]
Seed = Annotated[int, Range(0, 2**31 - 1), "Start of the random numbers; another one gives another image."]


@technique
def maximize_activation(
    model: nn.Module,
    normalisation: Normalisation = None,
    *,
    layer: Annotated[Layer, "Layer that the unit belongs to, by name; not read when the objective is a logit."],
    unit: Annotated[int, Range(0, 65535), "Channel of the layer, or class of a logit, counted from 0."] = 0,
    objective: Annotated[
        Aim, "Mean of the channel, its value at the central position, or the score of a class."
    ] = "channel",
    parametrisation: Annotated[
        Literal["fourier", "pixel"], "Optimise waves, which gives coarse and smooth images, or single pixels."
    ] = "fourier",
    steps: Annotated[int, Range(1, 1024), "Number of steps of the optimiser, Adam."] = 256,
    rate: Annotated[float, Range(1e-4, 1), "Length of a step of the optimiser."] = 0.05,
    decay: Annotated[float, Range(0, 0.5), "L2 decay: part of the contrast that is taken away at each step."] = 0.0,
    blur: Annotated[float, Range(0, 10), "Radius of a Gaussian blur every few steps, in pixels; 0 is none."] = 0.0,
    blur_every: Annotated[int, Range(1, 64), "Number of steps from one blur to the next."] = 4,
    norm_clip: Annotated[float, Range(0, 95), "Per cent of the pixels, those of least contrast, made grey."] = 0.0,
    contribution_clip: Annotated[
        float, Range(0, 95), "Per cent of the pixels, those that contribute least to the objective, made grey."
    ] = 0.0,
    jitter: Annotated[
        int | None, Range(0, 64), "Largest random shift before each step, in pixels; when empty, 1/64 of a side."
    ] = None,
    zoom: Annotated[float, Range(0, 0.5), "Largest random zoom before each step, as a part of the size."] = 0.0,
    rotate: Annotated[float, Range(0, 180), "Largest random turn before each step, in degrees."] = 0.0,
    input_size: DreamSize = None,
    seed: Seed = 0,
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
    objective : {"channel", "position", "logit"}
        Always taken before any softmax. A layer without positions has its value itself.
    parametrisation : {"fourier", "pixel"}
    steps, rate : int, float
    decay, blur, blur_every, norm_clip, contribution_clip
        Regularisers applied to the image after a step; zero is off.
    jitter, zoom, rotate
        Random moves of the image before a step; zero is off. More of them makes calmer images that hold when the
        image is moved, at the cost of a smaller objective.
    input_size : int or (height, width), optional
    seed : int
    progress : callable
        Called as ``progress(done, total)``; cancels by raising.

    Returns
    -------
    Dream
        ``image`` [channel, height, width] for the screen, 0 to 1; the course of the objective.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each; also when the unit stays silent from several starts.

    Notes
    -----
    One local optimum of many: another seed gives another one, and how natural it looks is due to the regularisers as
    much as to the network. Set beside the top patches of the unit it tells more. Where a rectifier keeps the unit
    silent, the first steps follow the rectifier's input, then other seeds are tried; both are told in the notes.

    References
    ----------
    Erhan, Bengio, Courville, Vincent (2009), Visualizing higher-layer features of a deep network. Yosinski et al.
    (2015), Understanding neural networks through deep visualization, arXiv:1506.06579, section 3 (decay, blur, norm
    and contribution clipping). Olah, Mordvintsev, Schubert (2017), Feature visualization, Distill (waves, moves).
    """
    aim = _aim(model, layer, unit, objective)
    like = input_like(model, sides(input_size))
    plan = Plan(
        Space(parametrisation, like.shape[1], (like.shape[2], like.shape[3]), like),
        display(normalisation, like.shape[1], like),
        steps,
        rate,
        Regularisers(decay, blur, blur_every, norm_clip, contribution_clip),
        Moves(min(like.shape[2:]) // 64 if jitter is None else jitter, zoom, rotate),
    )
    words = {"channel": "mean of the channel", "position": "central unit of the channel", "logit": "logit"}
    named = partial(
        dream, plan, aim, technique="maximize_activation", objective=words[objective], layer=layer or "", unit=unit,
        notes=() if normalisation else ("The input is taken to be normalised with 0.5 and 0.25.",),
    )  # fmt: skip
    path = _alive(plan, aim, seed, named, cast(Heartbeat, progress))
    notes = _notes(path, seed)
    progress(steps, steps)
    return named(path, more=notes)


def _aim(model: nn.Module, layer: str | None, unit: int, objective: Aim) -> Objective:
    if layer is not None:
        find_layer(model, layer)
    if objective == "logit":
        read: Reader | Scores = Scores(model)
    elif layer is None:
        raise OptionError("layer must be given; it is the name of a layer.")
    else:
        read = Reader(model, layer)

    def value(x: Tensor) -> Tensor:
        output = read(x)
        check_unit(unit, output.shape[1])
        channel = output[0, unit]
        return channel[channel.shape[0] // 2, channel.shape[1] // 2] if objective == "position" else channel.mean()

    return value


def _alive(plan: Plan, aim: Objective, seed: int, named: "partial[Dream]", progress: Heartbeat) -> Path:
    """The first climb that a start does not leave silent."""
    reached = 0

    def on_step(step: int, path: Path) -> None:
        nonlocal reached
        reached = max(reached, step - 1)
        progress(reached, plan.steps)
        progress.show(lambda: named(path))

    progress(0, plan.steps)
    for start in range(STARTS):
        path = climb(plan, aim, seed + start, on_step)
        if not path.dead:
            return path
    raise UnsupportedModel(
        f"the unit is dead: no gradient reaches the image from {STARTS} random starts, nor through its rectifier. "
        "Choose another unit."
    )


def _notes(path: Path, seed: int) -> tuple[str, ...]:
    notes = []
    if path.seed != seed:
        notes.append(f"The unit was silent at {path.seed - seed} random starts; this is seed {path.seed}.")
    if path.led:
        notes.append(f"The unit was silent in {path.led} steps, which followed the input of its rectifier.")
    if not path.alive:
        notes.append("The unit is still silent; take more steps.")
    return tuple(notes)


def dream(
    plan: Plan,
    aim: Objective,
    path: Path,
    *,
    technique: str,
    objective: str,
    layer: str,
    unit: int,
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
        seed=path.seed,
        total_variation=_variation(image),
        notes=(*notes, *more),
    )


def _variation(image: np.ndarray) -> float:
    image = image.astype(np.float64)
    return float((np.abs(np.diff(image, axis=1)).mean() + np.abs(np.diff(image, axis=2)).mean()) / 2)
