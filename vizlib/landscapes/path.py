"""The loss on the straight way from one solution to another."""

from typing import Annotated, Any

import numpy as np
from torch import Tensor, nn

from vizlib.core.heartbeat import Heartbeat
from vizlib.core.stream import Stream
from vizlib.core.technique import Progress, Range, silent, technique
from vizlib.landscapes.counter import Counter
from vizlib.landscapes.measure import Level, Measure
from vizlib.landscapes.order import checked_steps, levels_of
from vizlib.landscapes.results import LossPath
from vizlib.landscapes.weights import OwnWeights, Tensors


@technique
def loss_path(
    model: nn.Module,
    other: Any,
    images: Tensor | Stream,
    labels: Any,
    *,
    steps: Annotated[int, Range(3, 201), "Points along the way; odd, so that one is the middle."] = 21,
    batch_size: Annotated[int, Range(1, 1024), "Images in one forward pass; changes the speed only."] = 32,
    progress: Progress = silent,
) -> LossPath:
    """How the loss changes on the straight way from one solution to another.

    Parameters
    ----------
    model : Module or Model
        Where the way begins (0).
    other : Module, Model or state dict
        Where it ends (1); weights of the same network.
    images : array [batch, channel, height, width], or an image set
    labels : int array [batch]
    steps, batch_size : int
    progress : callable
        Called as ``progress(done, total)`` with batches; cancels by raising.

    Returns
    -------
    LossPath
        Running means and variances of batch norm are interpolated with the weights.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    A barrier on the straight way does not part the solutions: a curved way around it may exist, and permuting units
    changes the straight way without changing the network. Interpolated running statistics do not fit the activations
    in between, which can make a barrier of its own.

    References
    ----------
    Goodfellow, Vinyals, Saxe (2015), Qualitatively characterizing neural network optimization problems,
    arXiv:1412.6544.
    """
    checked_steps(steps)
    assert isinstance(progress, Heartbeat)
    weights = OwnWeights(model)
    start, end = weights.state(), weights.checked(other, "other")
    measure = Measure(model, images, labels, batch_size)
    counter = Counter(progress, steps * measure.batches)
    measure.tick = counter.step
    axis = np.arange(steps) / (steps - 1)
    losses, accuracy = np.full(steps, np.nan), np.full(steps, np.nan)
    shared: dict[str, Any] = {"axis": axis, "distance": distance(start, end, weights), "images": measure.count}
    for step in dict.fromkeys(node for level in levels_of(steps) for node in level):
        level = _between(weights, measure, start, end, float(axis[step]))
        losses[step], accuracy[step] = level.loss if np.isfinite(level.loss) else np.inf, level.accuracy
        known = f"Unfinished: {int((~np.isnan(losses)).sum())} of {steps} points."
        progress.show(
            lambda: LossPath(losses.copy(), accuracy.copy(), barrier=barrier(axis, losses), notes=(known,), **shared)  # noqa: B023
        )
    same = weights.unchanged()
    notes = (f"Checked: all {weights.count} weights are bit-identical afterwards.",) if same else ()
    return LossPath(losses, accuracy, barrier=barrier(axis, losses), unchanged=same, notes=notes, **shared)


def _between(weights: OwnWeights, measure: Measure, start: Tensors, end: Tensors, share: float) -> Level:
    """The ends are exactly what they are."""
    if share in (0.0, 1.0):
        weights.load(end if share else start)
    else:
        weights.load({name: start[name] * (1 - share) + end[name] * share for name in start})
    return measure()


def barrier(axis: np.ndarray, losses: np.ndarray) -> float:
    """How far the loss rises above the straight line between its ends; of a preview, as far as it is known."""
    line = losses[0] + axis * (losses[-1] - losses[0])
    above = (losses - line)[np.isfinite(losses - line)]
    return max(float(above.max()), 0.0) if above.size else 0.0


def distance(start: Tensors, end: Tensors, weights: OwnWeights) -> float:
    """Length of the way, over all weights."""
    return float(sum(float((end[name] - start[name]).double().square().sum()) for name in weights.start) ** 0.5)
