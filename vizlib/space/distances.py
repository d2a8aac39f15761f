"""Distances between many rows, a part at a time, and the nearest of them: exact."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vizlib.space.stages import Tick

BLOCK = 12 << 20  # bytes of one block of distances
NARROW = 4  # columns up to which differences are taken one by one: exact, so equal points are at distance 0


def quiet(done: int, total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows ready to be compared with any others, in float64."""

    values: Tensor
    squares: Tensor
    metric: str

    @classmethod
    def of(cls, values: np.ndarray, metric: str = "euclidean") -> "Rows":
        """``metric`` is euclidean (the distances are squared), cosine or l1."""
        tensor = torch.from_numpy(np.array(values, np.float64))
        if metric == "cosine":
            tensor = tensor / tensor.norm(dim=1, keepdim=True).clamp_min(1e-300)
        return cls(tensor, (tensor * tensor).sum(1), metric)

    def __len__(self) -> int:
        return len(self.values)

    def to(self, part: Tensor) -> Tensor:
        """Distances [part, row] of some rows, prepared alike, to all of these."""
        if self.metric == "l1":
            return torch.cdist(part, self.values, p=1)
        if self.metric == "cosine":
            return (1 - part @ self.values.T).clamp_min_(0)
        if self.values.shape[1] <= NARROW:
            return _narrow(part, self.values)
        found = torch.addmm(self.squares[None], part, self.values.T, beta=1, alpha=-2)
        return (found + (part * part).sum(1)[:, None]).clamp_min_(0)

    def blocks(self, count: int) -> Iterator[slice]:
        """Parts of ``count`` queries whose distances stay small."""
        step = max(1, min(512, BLOCK // (8 * len(self))))
        return (slice(start, min(start + step, count)) for start in range(0, count, step))


def _narrow(part: Tensor, values: Tensor) -> Tensor:
    """Squared distances of rows with few columns, one column after the other."""
    found = torch.zeros(len(part), len(values), dtype=values.dtype)
    for own, others in zip(part.T, values.T, strict=True):
        difference = own[:, None] - others[None]
        found.addcmul_(difference, difference)
    return found


def true_distance(found: np.ndarray, metric: str) -> np.ndarray:
    """Distances as people know them: not squared."""
    return np.sqrt(found) if metric == "euclidean" else found


def nearest(
    values: np.ndarray,
    k: int,
    *,
    metric: str = "euclidean",
    queries: np.ndarray | None = None,
    own: np.ndarray | None = None,
    tick: Tick = quiet,
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest rows of each query: their numbers and distances [query, k], nearest first.

    Parameters
    ----------
    queries : array [query, feature], optional
        When left out, the rows themselves, each without itself.
    own : int array [query], optional
        For each query, the row that is itself and is left out; -1 for none.
    """
    rows = Rows.of(values, metric)
    asked = rows if queries is None else Rows.of(queries, metric)
    own = np.arange(len(rows)) if queries is None else own
    indices = np.empty((len(asked), k), np.int64)
    distances = np.empty((len(asked), k))
    tick(0, len(asked))
    for part in rows.blocks(len(asked)):
        found = without_own(rows.to(asked.values[part]), None if own is None else own[part])
        near, numbers = found.topk(k, dim=1, largest=False, sorted=True)
        indices[part], distances[part] = numbers.numpy(), near.numpy()
        tick(part.stop, len(asked))
    return indices, true_distance(distances, metric)


def without_own(found: Tensor, own: np.ndarray | None) -> Tensor:
    """Distances in which no row is near itself."""
    if own is not None:
        rows = np.flatnonzero(own >= 0)
        found[torch.from_numpy(rows), torch.from_numpy(own[rows])] = torch.inf
    return found


class Exact:
    """What openTSNE and umap-learn ask for the old neighbours of new points."""

    _angular_trees = False

    def __init__(self, values: np.ndarray) -> None:
        self.values = values
        self.n_samples = self.k = len(values)

    def query(self, queries: np.ndarray, k: int, **_: Any) -> tuple[np.ndarray, np.ndarray]:
        """Numbers and distances of the k nearest old points."""
        return nearest(self.values, min(k, len(self.values)), queries=np.asarray(queries))
