"""Groups that are found without labels."""

from typing import Any, Literal

import numpy as np

from vizlib.core.errors import OptionError
from vizlib.space.inputs import features_of


def clusters(
    features: Any,
    *,
    method: Literal["kmeans", "hdbscan"] = "kmeans",
    count: int = 10,
    smallest: int = 10,
    seed: int = 0,
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
    """
    values = features_of(getattr(features, "points", features)).values
    if method == "kmeans":
        found = _kmeans(values, count, seed)
    elif method == "hdbscan":
        found = _hdbscan(values, smallest)
    else:
        raise OptionError(f"clusters: method must be 'kmeans' or 'hdbscan'; got {method!r}.")
    return _largest_first(found)


def _kmeans(values: np.ndarray, count: int, seed: int) -> np.ndarray:
    from sklearn.cluster import KMeans

    if not 1 <= count <= len(values):
        raise OptionError(f"clusters: count must be from 1 to the number of images, {len(values)}; got {count}.")
    different = len(np.unique(values, axis=0))
    return np.asarray(KMeans(min(count, different), n_init=4, random_state=seed).fit_predict(values))


def _hdbscan(values: np.ndarray, smallest: int) -> np.ndarray:
    from sklearn.cluster import HDBSCAN

    if not 2 <= smallest <= len(values):
        raise OptionError(f"clusters: smallest must be from 2 to the number of images, {len(values)}; got {smallest}.")
    return np.asarray(HDBSCAN(min_cluster_size=smallest, copy=True).fit_predict(values))


def _largest_first(found: np.ndarray) -> np.ndarray:
    names, counts = np.unique(found[found >= 0], return_counts=True)
    new = {name: number for number, name in enumerate(names[np.argsort(-counts, kind="stable")].tolist())}
    return np.array([new.get(name, -1) for name in found.tolist()], np.int64)
