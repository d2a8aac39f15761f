"""Groups that are found without labels."""

from functools import partial
from typing import Any, Literal

import numpy as np

from vizlib.core.errors import OptionError
from vizlib.core.technique import Progress, silent
from vizlib.space.inputs import features_of
from vizlib.space.stages import Aside, aside

STARTS = 4  # of k-means; the best one counts


def clusters(
    features: Any,
    *,
    method: Literal["kmeans", "hdbscan"] = "kmeans",
    count: int = 10,
    smallest: int = 10,
    seed: int = 0,
    progress: Progress = silent,
) -> np.ndarray:
    """The cluster of each image, int64 [image], the largest first; -1 is noise.

    Parameters
    ----------
    features : Features, Embedding or array [image, dimension]
        Clusters of a map show what the map made, not what the model sees: features are the safer choice.
    method : {"kmeans", "hdbscan"}
        As many round clusters as asked for, or dense regions of any shape.
    count : int
        Of k-means' clusters.
    smallest : int
        Images that make a cluster of HDBSCAN.
    seed : int
        Of k-means.
    progress : callable
        Called as ``progress(done, total)``, often; cancels by raising. What scikit-learn was just doing is left
        behind at once: k-means ends after its present start, HDBSCAN runs to its end, unheard.

    References
    ----------
    Lloyd (1982), Least squares quantization in PCM; Campello, Moulavi, Sander (2013), Density-based clustering based
    on hierarchical density estimates.
    """
    values = features_of(getattr(features, "points", features)).values
    if method not in ("kmeans", "hdbscan"):
        raise OptionError(f"clusters: method must be 'kmeans' or 'hdbscan'; got {method!r}.")
    _check(method, count, smallest, len(values))
    progress(0, STARTS)
    work = partial(_kmeans, values, count, seed) if method == "kmeans" else partial(_hdbscan, values, smallest)
    found = _largest_first(aside(work, progress))
    progress(STARTS, STARTS)
    return found


def _check(method: str, count: int, smallest: int, images: int) -> None:
    if method == "kmeans" and not 1 <= count <= images:
        raise OptionError(f"clusters: count must be from 1 to the number of images, {images}; got {count}.")
    if method == "hdbscan" and not 2 <= smallest <= images:
        raise OptionError(f"clusters: smallest must be from 2 to the number of images, {images}; got {smallest}.")


def _kmeans(values: np.ndarray, count: int, seed: int, report: Aside) -> np.ndarray:
    """The best of several starts."""
    from sklearn.cluster import KMeans

    groups, best = min(count, len(np.unique(values, axis=0))), None
    for start in range(STARTS):
        report(start, STARTS)
        made = KMeans(groups, n_init=1, random_state=seed + start).fit(values)
        best = made if best is None or made.inertia_ < best.inertia_ else best
    assert best is not None
    return np.asarray(best.labels_)


def _hdbscan(values: np.ndarray, smallest: int, report: Aside) -> np.ndarray:
    from sklearn.cluster import HDBSCAN

    report(0, STARTS)
    return np.asarray(HDBSCAN(min_cluster_size=smallest, copy=True).fit_predict(values))


def _largest_first(found: np.ndarray) -> np.ndarray:
    names, counts = np.unique(found[found >= 0], return_counts=True)
    new = {name: number for number, name in enumerate(names[np.argsort(-counts, kind="stable")].tolist())}
    return np.array([new.get(name, -1) for name in found.tolist()], np.int64)
