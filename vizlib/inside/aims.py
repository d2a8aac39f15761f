"""What a dream makes large: a channel, a unit, the score of a class, a direction of a layer's space."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from vizlib.core.errors import OptionError
from vizlib.core.layers import find_layer
from vizlib.core.weights_text import weights_of
from vizlib.inside.dream_options import Aim
from vizlib.inside.reading import Reader, Scores, check_unit

Value = Callable[[Tensor], Tensor]  # network input [1, channel, height, width] -> one number
WORDS = {
    "channel": "mean of the channel",
    "position": "central unit of the channel",
    "logit": "logit",
    "direction": "mean along the direction",
}
LEAST = 0.1  # of the cosine, so that a start that points elsewhere still has a gradient (Carter et al. 2019)


def aim_of(
    model: nn.Module, layer: str | None, unit: int, objective: Aim, direction: str | None, cosine: float
) -> Value:
    """The objective that the options of a dream describe.

    Parameters
    ----------
    model : Module
        A private copy.
    layer : str or None
        Not needed for a logit.
    unit : int
    objective : {"channel", "position", "logit", "direction"}
    direction : str or None
        Canonical weights of channels; None is the unit alone.
    cosine : float
        Power of the cosine, for a direction.
    """
    if layer is not None:
        find_layer(model, layer)
    if objective == "logit":
        return mean_of(Scores(model), unit)
    if layer is None:
        raise OptionError("layer must be given; it is the name of a layer.")
    read = Reader(model, layer)
    if objective == "direction":
        weights = weights_of(direction) if direction else {unit: 1.0}
        return along(read, lambda like: vector_of(weights, like), cosine)
    return mean_of(read, unit) if objective == "channel" else at_centre(read, unit)


def mean_of(read: Value, unit: int) -> Value:
    """Mean of a channel over its positions; of a class, its score."""

    def value(x: Tensor) -> Tensor:
        return _channel(read(x), unit).mean()

    return value


def at_centre(read: Value, unit: int) -> Value:
    """The central unit of a channel."""

    def value(x: Tensor) -> Tensor:
        channel = _channel(read(x), unit)
        return channel[channel.shape[0] // 2, channel.shape[1] // 2]

    return value


def _channel(output: Tensor, unit: int) -> Tensor:
    check_unit(unit, output.shape[1])
    return output[0, unit]


def along(read: Value, vector: Callable[[Tensor], Tensor], cosine: float, *, centre: bool = False) -> Value:
    """The answer along a direction, each position weighted with a power of its cosine to the direction.

    Parameters
    ----------
    read : callable
        Network input -> [1, channel, height, width].
    vector : callable
        The answer of the layer -> the direction [channel], of any length but zero.
    cosine : float
        The power; 0 is the plain dot product with the unit vector.
    centre : bool
        The central position alone, instead of the mean.
    """

    def value(x: Tensor) -> Tensor:
        output = read(x)
        towards = vector(output)
        dot = torch.einsum("c,chw->hw", towards / towards.norm(), output[0])
        if cosine:
            length = output[0].norm(dim=0) + torch.finfo(output.dtype).tiny
            dot = dot * (dot / length).clamp(min=LEAST) ** cosine
        return dot[dot.shape[0] // 2, dot.shape[1] // 2] if centre else dot.mean()

    return value


def vector_of(weights: dict[int, float], output: Tensor) -> Tensor:
    """Weights by channel as a vector that fits a layer's answer; OptionError when a channel does not exist."""
    count = output.shape[1]
    if max(weights) >= count:
        raise OptionError(f"direction must name channels from 0 to {count - 1} for this layer; got {max(weights)}.")
    vector = output.new_zeros(count)
    for channel, weight in weights.items():
        vector[channel] = weight
    return vector
