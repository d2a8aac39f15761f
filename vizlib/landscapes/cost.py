"""How long a landscape will take, told before it is computed."""

import time
from typing import Any

import torch
from torch import Tensor, nn

from vizlib.core.copies import private_copy
from vizlib.core.heartbeat import Heartbeat
from vizlib.core.technique import bare_module, silent
from vizlib.landscapes.curvature import ITERATIONS, PRODUCT
from vizlib.landscapes.measure import Measure
from vizlib.landscapes.weights import OwnWeights

REPEATED = 6  # at least; what else runs on the machine makes some of them slow
LOOKED = 0.3  # seconds over which the quickest is looked for: another's burst of work is shorter, most often


def passes(steps: int, directions: str = "random", checkpoints: int = 0) -> int:
    """Passes over all images that a landscape takes."""
    return steps**2 + 1 + PRODUCT * ITERATIONS * (directions == "hessian") + 2 * checkpoints


def seconds_per_pass(model: Any, images: Tensor, count: int, *, batch_size: int = 32) -> float:
    """Seconds that one pass over ``count`` images takes, from the quickest of several passes over a few.

    Parameters
    ----------
    model : Module or Model
    images : array [batch, channel, height, width]
        A few of them.
    count : int
    batch_size : int
    """
    private: nn.Module = private_copy(bare_module(model))
    Heartbeat(silent).watch(private)
    weights = OwnWeights(private)
    measure = Measure(private, images, torch.zeros(len(images), dtype=torch.int64, device="cpu"), batch_size)
    taken: list[float] = []
    begun = time.perf_counter()
    while len(taken) <= REPEATED or time.perf_counter() - begun < LOOKED:
        start = time.perf_counter()
        weights.move(weights.start, (), ())
        measure()
        taken.append(time.perf_counter() - start)
    return min(taken[1:]) * count / len(images)
