"""What a layer still knows of an image: an image made to give the same features."""

from functools import partial
from typing import Annotated, Literal, cast

import torch
from torch import Tensor, nn

from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.heartbeat import Heartbeat
from vizlib.core.technique import Layer, Progress, Range, silent, technique
from vizlib.inside.ascent import Objective, Path, Plan, climb
from vizlib.inside.dream_options import Normalisation, Seed
from vizlib.inside.dreams import ASSUMED, dream
from vizlib.inside.parametrisation import Space, display
from vizlib.inside.reading import Reader
from vizlib.inside.results_dreams import Dream

POWER = 6  # of the norm that keeps the input bounded


@technique
def invert_features(
    model: nn.Module,
    images: Tensor,
    normalisation: Normalisation = None,
    *,
    layer: Annotated[Layer, "Layer whose features of the image are given back, by name."],
    parametrisation: Annotated[
        Literal["fourier", "pixel"], "Optimise waves, which converges quickly, or single pixels."
    ] = "fourier",
    steps: Annotated[int, Range(1, 1024), "Number of steps of the optimiser, Adam."] = 200,
    rate: Annotated[float, Range(1e-4, 1), "Length of a step of the optimiser."] = 0.05,
    variation: Annotated[float, Range(0, 10), "Weight of total variation; more makes smoother images."] = 0.02,
    norm: Annotated[float, Range(0, 1), "Weight of the sixth power of the input, which keeps it bounded."] = 1e-4,
    seed: Seed = 0,
    progress: Progress = silent,
) -> Dream:
    """An image that a layer cannot tell from yours: what the layer kept of it, and what it threw away.

    Parameters
    ----------
    model : Module or Model
    images : array [batch, channel, height, width]
        Normalised as the model expects; the first one is inverted.
    normalisation : (mean, deviation), optional
        As in :func:`vizlib.maximize_activation`.
    layer : str
    parametrisation : {"fourier", "pixel"}
    steps, rate, variation, norm, seed
        Of the optimisation.
    progress : callable
        Called as ``progress(done, total)``; cancels by raising.

    Returns
    -------
    Dream
        ``trace``, ``start`` and ``end`` are the relative distance of the features, |f(x) - f(image)|² / |f(image)|²:
        0 is a perfect inversion.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    What the layer ignores is filled in by the regularisers, not by the network: smooth parts of the picture need not
    be what the layer saw. Where the distance stays large the optimiser failed, which says nothing of the layer.

    References
    ----------
    Mahendran, Vedaldi (2015), Understanding deep image representations by inverting them, arXiv:1412.0035.
    """
    if layer is None:
        raise OptionError("layer must be given; it is the name of a layer.")
    progress(0, steps)
    like = images[:1]
    plan = Plan(
        Space(parametrisation, like.shape[1], (like.shape[2], like.shape[3]), like),
        display(normalisation, like.shape[1], like),
        steps,
        rate,
        penalty=partial(_penalty, variation=variation, norm=norm),
    )
    nearness = _nearness(Reader(model, layer), like)
    named = partial(
        dream, plan, lambda x: -nearness(x), technique="invert_features", objective="relative feature distance",
        layer=layer, unit=-1, notes=_notes(len(images), normalisation),
    )  # fmt: skip
    path = _descended(plan, nearness, seed, named, cast(Heartbeat, progress))
    progress(steps, steps)
    return named(path)


def _nearness(read: Reader, image: Tensor) -> Objective:
    """Minus the relative distance of the features."""
    with torch.no_grad():
        wanted = read(image)
    size = wanted.square().sum()
    if not bool(size > 0):
        raise UnsupportedModel("the layer's features of this image are all zero; choose another layer or image.")
    return lambda x: -(read(x) - wanted).square().sum() / size


def _penalty(x: Tensor, variation: float, norm: float) -> Tensor:
    """Mean squared difference of neighbours, and mean sixth power of the input."""
    down, right = x.diff(dim=2).square().mean(), x.diff(dim=3).square().mean()
    return variation * (down + right) + norm * x.abs().pow(POWER).mean()


def _descended(plan: Plan, nearness: Objective, seed: int, named: "partial[Dream]", progress: Heartbeat) -> Path:
    def on_step(step: int, path: Path) -> None:
        progress(step - 1, plan.steps)
        progress.show(lambda: named(_as_distance(path)))

    path = climb(plan, nearness, seed, on_step)
    if path.dead:
        raise UnsupportedModel("no gradient of the features reaches the image; choose an earlier layer.")
    return _as_distance(path)


def _as_distance(path: Path) -> Path:
    """The same climb with its course as a distance, which falls."""
    return Path(path.first, path.numbers, path.seed, [-value for value in path.trace], path.led, path.alive)


def _notes(count: int, normalisation: Normalisation) -> tuple[str, ...]:
    notes = (f"Only the first of {count} images is inverted.",) if count > 1 else ()
    return notes if normalisation else (*notes, ASSUMED)
