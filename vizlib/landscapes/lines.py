"""The loss along several random directions: how much one picture of a landscape depends on its seed."""

from functools import partial
from typing import Annotated, Any

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.core.heartbeat import Heartbeat
from vizlib.core.stream import Stream
from vizlib.core.technique import Progress, Range, silent, technique
from vizlib.landscapes.counter import Counter
from vizlib.landscapes.directions import random_direction, rules
from vizlib.landscapes.measure import Measure
from vizlib.landscapes.order import checked_steps, levels_of
from vizlib.landscapes.results import LossLines
from vizlib.landscapes.surface import axis_of, said
from vizlib.landscapes.weights import OwnWeights


@technique
def loss_lines(
    model: nn.Module,
    images: Tensor | Stream,
    labels: Any,
    *,
    span: Annotated[float, Range(1e-3, 10), "How far a line reaches to either side, in steps."] = 1.0,
    steps: Annotated[int, Range(3, 201), "Points along each line; odd, so that one is the centre."] = 21,
    seeds: Annotated[int, Range(1, 20), "How many random directions."] = 5,
    seed: Annotated[int, Range(0, 2**31 - 1), "Of the first direction; the others follow."] = 0,
    batch_size: Annotated[int, Range(1, 1024), "Images in one forward pass; changes the speed only."] = 32,
    progress: Progress = silent,
) -> LossLines:
    """How the loss changes along several filter-normalised random directions.

    Parameters
    ----------
    model : Module or Model
    images : array [batch, channel, height, width], or an image set
    labels : int array [batch]
    span, steps, seeds, seed, batch_size
        As the options say.
    progress : callable
        Called as ``progress(done, total)`` with batches; cancels by raising.

    Returns
    -------
    LossLines
        One line a seed; the band between the lowest and the highest shows what the seed does.

    Notes
    -----
    Random directions in many dimensions are alike, so the band is often narrow; a direction that training chose is
    not random, and may look quite different.

    References
    ----------
    Li, Xu, Taylor, Studer, Goldstein (2018), Visualizing the loss landscape of neural nets, arXiv:1712.09913,
    section 4.
    """
    checked_steps(steps)
    assert isinstance(progress, Heartbeat)
    weights = OwnWeights(model)
    measure = Measure(model, images, labels, batch_size)
    counter = Counter(progress, (seeds * steps + 1) * measure.batches)
    measure.tick = counter.step
    weights.move(weights.start, (), ())
    own = measure().loss
    axis = axis_of(span, steps)
    losses, accuracy = np.full((seeds, steps), np.nan), np.full((seeds, steps), np.nan)
    chosen = tuple(range(seed, seed + seeds))
    shared: dict[str, Any] = {"axis": axis, "seeds": chosen, "images": measure.count, "rules": rules(model)}
    for line, number in enumerate(chosen):
        direction = random_direction(model, weights.start, torch.Generator().manual_seed(number))
        for step in _order(steps):
            weights.move(weights.start, (float(axis[step]),), (direction,))
            level = measure()
            losses[line, step] = level.loss if np.isfinite(level.loss) else np.inf
            accuracy[line, step] = level.accuracy
            so_far = (losses.copy(), accuracy.copy())
            progress.show(partial(_unfinished, line, own, so_far, shared))
    facts: dict[str, Any] = {
        "center_loss": float(losses[0, steps // 2]),
        "model_loss": own,
        "unchanged": weights.unchanged(),
    }
    return LossLines(losses, accuracy, **shared, **facts, notes=said(losses, facts, weights))


def _unfinished(line: int, own: float, so_far: tuple[np.ndarray, np.ndarray], shared: dict[str, Any]) -> LossLines:
    notes = (f"Unfinished: {line} of {len(shared['seeds'])} directions.",)
    return LossLines(*so_far, center_loss=own, model_loss=own, notes=notes, **shared)


def _order(steps: int) -> list[int]:
    """Every node once, coarse to fine."""
    return list(dict.fromkeys(node for level in levels_of(steps) for node in level))
