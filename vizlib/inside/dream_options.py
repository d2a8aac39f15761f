"""Options that the techniques about dreams share: each is declared once, here."""

from collections.abc import Sequence
from typing import Annotated, Literal

from vizlib.core.options import Weights
from vizlib.core.technique import Layer, Range

Aim = Literal["channel", "position", "logit", "direction"]
Normalisation = Sequence[Sequence[float]] | None

DreamLayer = Annotated[Layer, "Layer that the unit belongs to, by name; not read when the objective is a logit."]
Unit = Annotated[
    int, Range(0, 65535), "Channel of the layer, or class of a logit, from 0; not read where a direction is given."
]
Objective = Annotated[
    Aim,
    "Mean of the channel, its value at the central position, the score of a class, or the mean along a direction.",
]
Direction = Annotated[
    Weights, "For the objective direction: channels and their weights, as in 12:1, 40:-0.5; when empty, the unit's own."
]
Cosine = Annotated[
    float,
    Range(0, 8),
    "For a direction: power of the cosine that the answer is weighted with; more shuns what points elsewhere.",
]
Parametrisation = Annotated[
    Literal["fourier", "pixel"], "Optimise waves, which gives coarse and smooth images, or single pixels."
]
Steps = Annotated[int, Range(1, 1024), "Number of steps of the optimiser, Adam."]
Rate = Annotated[float, Range(1e-4, 1), "Length of a step of the optimiser."]
Decay = Annotated[float, Range(0, 0.5), "L2 decay: part of the contrast that is taken away at each step."]
Blur = Annotated[float, Range(0, 10), "Radius of a Gaussian blur every few steps, in pixels; 0 is none."]
BlurEvery = Annotated[int, Range(1, 64), "Number of steps from one blur to the next."]
NormClip = Annotated[float, Range(0, 95), "Per cent of the pixels, those of least contrast, made grey."]
ContributionClip = Annotated[
    float, Range(0, 95), "Per cent of the pixels, those that contribute least to the objective, made grey."
]
Jitter = Annotated[
    int | None, Range(0, 64), "Largest random shift before each step, in pixels; when empty, 1/28 of a side."
]
Zoom = Annotated[float, Range(0, 0.5), "Largest random zoom before each step, as a part of the size."]
Rotate = Annotated[float, Range(0, 180), "Largest random turn before each step, in degrees."]
DreamSize = Annotated[
    int | tuple[int, int] | None,
    Range(8, 640),
    "Sides of the image, in pixels; when empty, the model's own, or 224.",
]
Seed = Annotated[int, Range(0, 2**31 - 1), "Start of the random numbers; another one gives another image."]
