"""Products of the Hessian of the loss with vectors, and its leading eigenvectors by Lanczos' iteration."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from vizlib.core.errors import UnsupportedModel
from vizlib.core.passes import stops
from vizlib.landscapes.counter import Counter
from vizlib.landscapes.measure import Measure
from vizlib.landscapes.planes import flat, unflat
from vizlib.landscapes.weights import OwnWeights

ITERATIONS = 20  # where only the two sharpest directions are wanted
PRODUCT = 4  # what a product costs, in forward passes
MEMORY = 1 << 30  # bytes that Lanczos' vectors may take
CLOSED = 1e-7  # of the largest curvature: nothing is left to find


class Curvature:
    """Hv of the mean loss over all images at the start weights, without ever building H."""

    def __init__(self, weights: OwnWeights, measure: Measure, counter: Counter) -> None:
        self.weights, self.measure, self.counter = weights, measure, counter
        self.names = list(weights.start)
        self.size = weights.count
        self.like = next(iter(weights.start.values()))

    def __call__(self, vector: Tensor) -> Tensor:
        """H times a vector of all weights in a row."""
        self.weights.move(self.weights.start, (), ())
        parts = unflat(vector, self.weights.start, self.names)
        total, count = torch.zeros_like(vector), self.measure.count
        with self._wanted() as own:
            for start in range(0, count, self.measure.batch_size):
                stop = min(start + self.measure.batch_size, count)
                total += self._part(start, stop, own, parts) / count
                self.counter.step(PRODUCT)
        return total

    def _part(self, start: int, stop: int, own: list[Tensor], parts: dict[str, Tensor]) -> Tensor:
        """Of the summed loss of a few images."""
        scores = self.measure.scores(start, stop)
        loss = F.cross_entropy(scores, self.measure.labels[start:stop], reduction="sum")
        with _twice():
            first = torch.autograd.grad(loss, own, create_graph=True, allow_unused=True)
            pairs = zip(first, (parts[name] for name in self.names), strict=True)
            along = [(g * part).sum() for g, part in pairs if g is not None and g.requires_grad]
            if not along:
                return flat(self.weights.start, self.names) * 0
            second = torch.autograd.grad(torch.stack(along).sum(), own, allow_unused=True)
        filled = [torch.zeros_like(p) if g is None else g for g, p in zip(second, own, strict=True)]
        return torch.cat([g.detach().reshape(-1) for g in filled])

    @contextmanager
    def _wanted(self) -> Iterator[list[Tensor]]:
        own: list[Tensor] = [self.weights.own[name] for name in self.names]
        for parameter in own:
            parameter.requires_grad_(True)
        try:
            yield own
        finally:
            for parameter in own:
                parameter.requires_grad_(False)

    def random_signs(self, generator: torch.Generator) -> Tensor:
        """A vector of +1 and -1."""
        signs = torch.randint(0, 2, (self.size,), generator=generator, dtype=torch.int8, device="cpu")
        return (2 * signs.to(self.like) - 1).to(self.like)

    def named(self, vector: Tensor) -> dict[str, Tensor]:
        """A vector as tensors by name."""
        return unflat(vector, self.weights.start, self.names)


@contextmanager
def _twice() -> Iterator[None]:
    try:
        yield
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        if stops(error):
            raise
        raise UnsupportedModel(
            "a layer of this model cannot be differentiated twice; the Hessian needs that."
        ) from error


class Run(NamedTuple):
    """What Lanczos' iteration left: the small tridiagonal matrix, the vectors, and what is beyond."""

    matrix: np.ndarray
    basis: Tensor
    beyond: float


def lanczos(curvature: Curvature, iterations: int, seed: int) -> Run:
    """Lanczos' iteration with full reorthogonalisation from a random start."""
    generator = torch.Generator().manual_seed(seed)
    wanted = max(2, min(iterations, curvature.size, MEMORY // (curvature.size * curvature.like.element_size())))
    vector = curvature.random_signs(generator)
    vector /= vector.norm()
    basis, diagonal, beside = [vector], [], []
    for _ in range(min(wanted, curvature.size)):
        product = curvature(basis[-1])
        diagonal.append(float(product.double() @ basis[-1].double()))
        for _ in range(2):  # twice is enough
            for known in basis:
                product -= known * (known @ product)
        rest = float(product.norm())
        beside.append(rest)
        if rest <= CLOSED * max(map(abs, (*diagonal, 1e-30))):
            break
        basis.append(product / rest)
    count = len(diagonal)
    matrix = np.diag(diagonal) + np.diag(beside[: count - 1], 1) + np.diag(beside[: count - 1], -1)
    return Run(matrix, torch.stack(basis[:count]), beside[-1])


def leading(run: Run, k: int, curvature: Curvature) -> tuple[np.ndarray, np.ndarray, list[Tensor]]:
    """Largest eigenvalues, how far each can be off, and their vectors of length 1."""
    values, vectors = np.linalg.eigh(run.matrix)
    order = np.argsort(values)[::-1][:k]
    small = torch.from_numpy(np.ascontiguousarray(vectors[:, order].T)).to(run.basis)
    found = [vector / vector.norm().clamp(min=1e-30) for vector in small @ run.basis]
    while len(found) < k:  # the space is smaller than what was asked for
        found.append(curvature.like.new_zeros(curvature.size))
    return values[order], np.abs(run.beyond * vectors[-1, order]), found
