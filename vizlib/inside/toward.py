"""An image made to answer as one place of a picture does: the direction of that place's features."""

from functools import partial
from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.technique import Layer, Progress, Range, silent, technique
from vizlib.inside import dream_options as option
from vizlib.inside.aims import along
from vizlib.inside.dreams import ASSUMED, Look, dream, dreamt, plan_of
from vizlib.inside.reading import Reader
from vizlib.inside.regularisers import Regularisers
from vizlib.inside.results_dreams import Dream


@technique
def dream_toward(
    model: nn.Module,
    images: Tensor,
    normalisation: option.Normalisation = None,
    *,
    layer: Annotated[Layer, "Layer whose features of the picture are followed, by name."],
    row: Annotated[
        int | None, Range(0, 4095), "Row of the place in the layer's map, from 0; when empty, the strongest place."
    ] = None,
    column: Annotated[
        int | None, Range(0, 4095), "Column of the place in the layer's map, from 0; when empty, the strongest place."
    ] = None,
    place: Annotated[
        Literal["everywhere", "centre"], "Let every position of the image answer so, or the central one alone."
    ] = "everywhere",
    cosine: option.Cosine = 2.0,
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
    """An image of what the layer finds at one place of your picture, made from noise.

    Parameters
    ----------
    model : Module or Model
    images : array [batch, channel, height, width]
        Normalised as the model expects; the first one is followed.
    normalisation : (mean, deviation), optional
        As in :func:`vizlib.maximize_activation`, and so are the options that are not named here.
    layer : str
    row, column : int, optional
        A place in the layer's map; when left out, the place whose features are longest.
    place : {"everywhere", "centre"}
        Where the made image shall answer: the mean of all positions, or the central one.
    cosine : float
        The answer at each position is multiplied with ``max(0.1, cos) ** cosine``: 0 is the plain dot product, which
        likes loud features that hardly point there.
    progress : callable
        Called as ``progress(done, total)``; cancels by raising.

    Returns
    -------
    Dream
        ``start`` and ``end`` are the weighted answer along the unit vector of the features.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    The image shows the mixture of channels that answered, not what stood there: two things that excite the same
    channels give one image. Features are taken as they are, without subtracting their mean or whitening them, so that
    channels that always answer have a large share.

    References
    ----------
    Olah, Satyanarayan, Johnson, Carter, Schubert, Ye, Mordvintsev (2018), The building blocks of interpretability,
    Distill. Carter, Armstrong, Schubert, Johnson, Olah (2019), Activation atlas, Distill (power of the cosine).
    """
    if layer is None:
        raise OptionError("layer must be given; it is the name of a layer.")
    regularisers = Regularisers(decay, blur, blur_every, norm_clip, contribution_clip)
    plan = plan_of(
        model, normalisation, input_size, Look(parametrisation, steps, rate, regularisers, jitter, zoom, rotate)
    )
    progress(0, steps)
    with torch.no_grad():
        features = Reader(model, layer)(images[:1])[0]
    at = _place(features, row, column)
    vector = features[:, at[0], at[1]]
    aim = along(Reader(model, layer), lambda like: vector, cosine, centre=place == "centre")
    high, wide = features.shape[1:]
    told = f"The features followed are those at row {at[0]}, column {at[1]} of {high} × {wide}."
    several = (f"Only the first of {len(images)} images is followed.",) if len(images) > 1 else ()
    named = partial(
        dream, plan, aim, technique="dream_toward", objective="answer along the features", layer=layer, unit=-1,
        notes=(told, *several, *(() if normalisation else (ASSUMED,))),
    )  # fmt: skip
    return dreamt(plan, aim, seed, named, progress)


def _place(features: Tensor, row: int | None, column: int | None) -> tuple[int, int]:
    """The place asked for; what is left out is where the features are longest."""
    lengths = features.norm(dim=0)
    rows = _axis(row, lengths.shape[0], "row")
    columns = _axis(column, lengths.shape[1], "column")
    among = lengths[rows[0] : rows[1], columns[0] : columns[1]]
    if not bool(among.max() > 0):
        raise UnsupportedModel("the layer's features there are all zero; choose another place, layer or image.")
    best = int(among.argmax())
    return rows[0] + best // among.shape[1], columns[0] + best % among.shape[1]


def _axis(chosen: int | None, count: int, name: str) -> tuple[int, int]:
    """First place and the one after the last."""
    if chosen is None:
        return 0, count
    if chosen >= count:
        raise OptionError(f"{name} must be from 0 to {count - 1} for this layer and image; got {chosen}.")
    return chosen, chosen + 1
