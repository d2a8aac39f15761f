"""How much a map lies: which neighbours are false, which are lost, and what is left of the distances."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from vizlib.core.errors import OptionError
from vizlib.space.distances import Rows, quiet, without_own
from vizlib.space.inputs import features_of, points_of
from vizlib.space.results import Quality
from vizlib.space.stages import Tick

K = 12
KEPT = 10
SAMPLE = 1000


def trustworthiness(features: Any, points: Any, *, k: int = K) -> float:
    """Whether the neighbours in a map are neighbours in feature space too.

    Parameters
    ----------
    features : Features or array [image, feature]
    points : Embedding or array [image, dimension]
    k : int
        Neighbours, fewer than half of the images.

    Returns
    -------
    float
        1 - 2 / (n k (2n - 3k - 1)) sum over i and over the neighbours j in the map that are none in feature space of
        (r(i, j) - k), where r is the rank of j among the neighbours of i in feature space.

    Notes
    -----
    Among points at equal distance the ranks are arbitrary, as they are in scikit-learn. A high value says nothing
    about distances between clusters.

    References
    ----------
    Venna, Kaski (2001), Neighborhood preservation in nonlinear projection methods: an experimental study.
    """
    given = features_of(features)
    found = points_of(points, len(given))
    return float(_false_neighbours(Rows.of(given.values), Rows.of(found), _checked(k, len(found))).mean())


def continuity(features: Any, points: Any, *, k: int = K) -> float:
    """Whether the neighbours in feature space are still neighbours in the map: trustworthiness, spaces swapped.

    References
    ----------
    Venna, Kaski (2001), Neighborhood preservation in nonlinear projection methods: an experimental study.
    """
    given = features_of(features)
    found = points_of(points, len(given))
    return float(_false_neighbours(Rows.of(found), Rows.of(given.values), _checked(k, len(found))).mean())


def _checked(k: int, count: int) -> int:
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or not 1 <= k < count / 2:
        raise OptionError(f"k must be at least 1 and less than half of the {count} images; got {k!r}.")
    return int(k)


def _false_neighbours(true: Rows, seen: Rows, k: int) -> np.ndarray:
    parts = [_trust(_near(true, part, k)[0], _near(seen, part, k)[1], k) for part in true.blocks(len(true))]
    return np.concatenate(parts)


def _near(rows: Rows, part: slice, k: int) -> tuple[Tensor, Tensor]:
    """Distances of some rows to all, and the numbers of the k nearest."""
    found = without_own(rows.to(rows.values[part]), np.arange(part.start, part.stop))
    return found, found.topk(k, dim=1, largest=False).indices


def _trust(distances: Tensor, near: Tensor, k: int) -> np.ndarray:
    """What each of some rows contributes, from true distances and the neighbours that are seen."""
    count = distances.shape[1]
    beyond = (_ranks_of(distances, near, k) - k).clip(min=0).sum(axis=1)
    found: np.ndarray = 1 - 2 / (k * (2 * count - 3 * k - 1)) * beyond
    return found


def _ranks_of(distances: Tensor, near: Tensor, k: int) -> np.ndarray:
    """Rank, from 1, of some columns of each row; where distances are equal, by the sorting that scikit-learn does."""
    reached = distances.gather(1, near)
    closer, until = torch.empty_like(near), torch.empty_like(near)
    for column in range(near.shape[1]):
        closer[:, column] = (distances < reached[:, column : column + 1]).sum(1)
        until[:, column] = (distances <= reached[:, column : column + 1]).sum(1)
    ranks: np.ndarray = closer.numpy() + 1
    for row in ((until - closer > 1) & (until > k)).any(1).nonzero()[:, 0].tolist():
        order = np.argsort(np.sqrt(distances[row].numpy()))
        place = np.empty_like(order)
        place[order] = np.arange(1, len(order) + 1)
        ranks[row] = place[near[row].numpy()]
    return ranks


def quality(
    values: np.ndarray, points: np.ndarray, labels: np.ndarray | None = None, *, seed: int = 0, tick: Tick = quiet
) -> Quality:
    """Every measure of a map in one pass over the distances.

    Parameters
    ----------
    values : array [image, feature]
    points : array [image, dimension]
    labels : int array [image], optional
    seed : int
        Of the points whose distances are compared.

    References
    ----------
    Venna, Kaski (2001), Neighborhood preservation in nonlinear projection methods: an experimental study, for
    trustworthiness and continuity; Kobak, Berens (2019), The art of using t-SNE for single-cell transcriptomics, for
    the neighbours kept and the correlation of distances.
    """
    count = len(values)
    k, kept = min(K, (count - 1) // 2), min(KEPT, count - 1)
    if k < 1:
        return _unjudged(count, "Too few images to judge the map.")
    if (values == values[:1]).all():
        tick(count, count)
        return _unjudged(count, "No image is nearer to another than the rest, so there is no map to judge.")
    true, seen, wide = Rows.of(values), Rows.of(points), max(k, kept)
    trust, lost, shared, nearest = np.empty(count), np.empty(count), np.empty(count), np.empty((2, count), np.int64)
    tick(0, count)
    for part in true.blocks(count):
        (far, near), (drawn, beside) = _near(true, part, wide), _near(seen, part, wide)
        trust[part] = _trust(far, beside[:, :k], k)
        lost[part] = _trust(drawn, near[:, :k], k)
        shared[part] = _shared(near[:, :kept], beside[:, :kept])
        nearest[:, part] = near[:, 0].numpy(), beside[:, 0].numpy()
        tick(part.stop, count)
    same = None if labels is None else (labels[nearest] == labels).mean(axis=1)
    return Quality(
        trustworthiness=float(trust.mean()),
        continuity=float(lost.mean()),
        k=k,
        knn_kept=float(shared.mean()),
        knn_k=kept,
        cpd=distances_kept(values, points, seed=seed),
        nearest=None if same is None else float(same[1]),
        nearest_features=None if same is None else float(same[0]),
        trust=trust,
        notes=() if k == K else (f"With {count} images only {k} neighbour{'s are' if k > 1 else ' is'} judged.",),
    )


def _unjudged(count: int, why: str) -> Quality:
    nan = np.full(count, np.nan)
    return Quality(np.nan, np.nan, 0, np.nan, 0, np.nan, None, None, nan, (why,))


def _shared(near: Tensor, beside: Tensor) -> np.ndarray:
    """Share of the neighbours that both lists have."""
    found: np.ndarray = (near[:, :, None] == beside[:, None, :]).any(2).double().mean(1).numpy()
    return found


def distances_kept(values: np.ndarray, points: np.ndarray, *, seed: int = 0) -> float:
    """Spearman's correlation of all distances between at most 1000 points; 0 where one space has only one distance."""
    chosen = np.random.default_rng(seed).permutation(len(values))[:SAMPLE] if len(values) > SAMPLE else slice(None)
    upper = np.triu_indices(len(values[chosen]), 1)
    pair = [
        _ranks(Rows.of(space[chosen]).to(Rows.of(space[chosen]).values).numpy()[upper]) for space in (values, points)
    ]
    spread = [ranks.std() for ranks in pair]
    if len(upper[0]) < 2 or min(spread) == 0:
        return 0.0
    first, second = ((ranks - ranks.mean()) / deviation for ranks, deviation in zip(pair, spread, strict=True))
    return float((first * second).mean())


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks; of equal values their mean rank."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    found: np.ndarray = (np.cumsum(counts) - (counts - 1) / 2)[which]
    return found
