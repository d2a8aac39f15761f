"""How sharply the loss bends at the trained weights: eigenvalues and trace of its Hessian."""

from typing import Annotated, Any

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.core.stream import Stream
from vizlib.core.technique import Progress, Range, silent, technique
from vizlib.landscapes.counter import Counter
from vizlib.landscapes.curvature import PRODUCT, Curvature, lanczos, leading
from vizlib.landscapes.measure import Measure
from vizlib.landscapes.results import Spectrum
from vizlib.landscapes.weights import OwnWeights

SETTLED = 0.01  # of the largest eigenvalue: an eigenvalue that can be off by more has not settled


@technique
def hessian(
    model: nn.Module,
    images: Tensor | Stream,
    labels: Any,
    *,
    k: Annotated[int, Range(1, 20), "How many of the largest eigenvalues to find."],
    iterations: Annotated[int, Range(2, 200), "Steps of Lanczos' iteration, each one product with the Hessian."] = 30,
    probes: Annotated[int, Range(2, 500), "Random vectors that the trace is estimated with."] = 16,
    seed: Annotated[int, Range(0, 2**31 - 1), "Of the random vectors."] = 0,
    batch_size: Annotated[int, Range(1, 1024), "Images in one pass; changes speed and memory only."] = 64,
    progress: Progress = silent,
) -> Spectrum:
    """How sharply the loss bends at the trained weights.

    Parameters
    ----------
    model : Module or Model
    images : array [batch, channel, height, width], or an image set
    labels : int array [batch]
    k, iterations, probes, seed, batch_size : int
    progress : callable
        Called as ``progress(done, total)`` with passes; cancels by raising.

    Returns
    -------
    Spectrum
        Largest eigenvalues of the Hessian of the mean cross-entropy over all weights, and its trace.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    Sharpness depends on how the network is written down: a layer multiplied by 10 and the next divided by 10 is the
    same network with other eigenvalues. Compare runs of one network from one start. Flat does not mean that a network
    generalises. The spectrum comes from one random start: its peaks are right, its shares are estimates.

    References
    ----------
    Ghorbani, Krishnan, Xiao (2019), An investigation into neural net optimization via Hessian eigenvalue density,
    arXiv:1901.10159. Hutchinson (1990), A stochastic estimator of the trace of the influence matrix.
    Dinh, Pascanu, Bengio, Bengio (2017), Sharp minima can generalize for deep nets, arXiv:1703.04933.
    """
    weights = OwnWeights(model)
    measure = Measure(model, images, labels, batch_size)
    planned = max(iterations, k)
    counter = Counter(progress, (1 + PRODUCT * (planned + probes)) * measure.batches)
    measure.tick = counter.step
    weights.move(weights.start, (), ())
    level = measure()
    curvature = Curvature(weights, measure, counter)
    run = lanczos(curvature, planned, seed)
    values, residuals, _ = leading(run, min(k, len(run.matrix)), curvature)
    ritz, vectors = np.linalg.eigh(run.matrix)
    samples = _trace(curvature, probes, seed + 1)
    counter.end()
    return Spectrum(
        values=values,
        residuals=residuals,
        smallest=float(ritz[0]),
        trace=float(samples.mean()),
        trace_error=float(samples.std(ddof=1) / np.sqrt(probes)),
        ritz=ritz,
        shares=vectors[0] ** 2,
        loss=level.loss,
        parameters=weights.count,
        images=measure.count,
        seed=seed,
        unchanged=weights.unchanged(),
        notes=_said(values, residuals, len(run.matrix), weights),
    )


def _trace(curvature: Curvature, probes: int, seed: int) -> np.ndarray:
    """vᵀHv of random signs v: their mean is the trace (Hutchinson 1990)."""
    generator = torch.Generator().manual_seed(seed)
    vectors = (curvature.random_signs(generator) for _ in range(probes))
    return np.array([float(vector.double() @ curvature(vector).double()) for vector in vectors])


def _said(values: np.ndarray, residuals: np.ndarray, taken: int, weights: OwnWeights) -> tuple[str, ...]:
    same = "bit-identical afterwards" if weights.unchanged() else "changed"
    notes = [f"Checked: all {weights.count} weights are {same}."]
    rough = int((residuals > SETTLED * np.abs(values).max()).sum())
    if rough and taken < weights.count:
        notes.append(f"{rough} of {len(values)} eigenvalues have not settled; more iterations make them exact.")
    return tuple(notes)
