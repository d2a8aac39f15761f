"""What is known of images in feature space: their features, a map of them, and how much the map lies."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vizlib.core.results import Result


@dataclass(frozen=True, eq=False)
class Features(Result):
    """One row of numbers for each image.

    Attributes
    ----------
    values : array [image, feature]
        In the precision that the network computed in.
    names : tuple of str
    labels : int array [image] or None
        Index into ``classes``.
    classes : tuple of str
    predicted : int array [image] or None
        The class that the network gives the image; None where it gives no class.
    confidence : float64 array [image] or None
        The largest softmax probability.
    layer : str
    pool : str
        How the positions of the layer became one row.
    notes : tuple of str
    """

    values: np.ndarray
    names: tuple[str, ...] = ()
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    predicted: np.ndarray | None = None
    confidence: np.ndarray | None = None
    layer: str = ""
    pool: str = ""
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, eq=False)
class Quality(Result):
    """How much of a neighbourhood in feature space is still one in the map.

    Attributes
    ----------
    trustworthiness : float
        1 when no point has a false neighbour in the map.
    continuity : float
        1 when no point has lost a neighbour.
    k : int
        Neighbours that both look at.
    knn_kept : float
        Share of the ``knn_k`` nearest neighbours that are also the nearest in the map.
    cpd : float
        Spearman's correlation between distances in feature space and in the map, of at most 1000 points.
    nearest, nearest_features : float or None
        Share of the images whose nearest neighbour, in the map and in feature space, has the same label.
    trust : float64 array [image]
        What each point contributes: their mean is the trustworthiness.
    """

    trustworthiness: float
    continuity: float
    k: int
    knn_kept: float
    knn_k: int
    cpd: float
    nearest: float | None
    nearest_features: float | None
    trust: np.ndarray
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Embedding(Result):
    """A map of images in two or three dimensions.

    Attributes
    ----------
    points : float64 array [image, 2 or 3]
    technique : str
    quality : Quality or None
        None in a preview, while the map is being made.
    explained : float64 array [2 or 3] or None
        Of PCA: the share of the variance along each axis.
    options : dict
        Settings as they were used, after anything was clamped.
    source : str
        Digest of the features.

    The others are those of :class:`Features`.
    """

    points: np.ndarray
    technique: str
    quality: Quality | None = None
    explained: np.ndarray | None = None
    options: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    predicted: np.ndarray | None = None
    confidence: np.ndarray | None = None
    layer: str = ""
    source: str = ""

    def __len__(self) -> int:
        return len(self.points)

    @property
    def dimensions(self) -> int:
        """Of the map: 2 or 3."""
        return int(self.points.shape[1])


@dataclass(frozen=True, eq=False)
class Placement(Result):
    """Where new images land in a map that is already there: ``points`` [image, 2 or 3]."""

    points: np.ndarray
    technique: str
    names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Neighbors(Result):
    """The nearest images of each query, nearest first.

    Attributes
    ----------
    indices : int array [query, k]
        Rows of the features.
    distances : float64 array [query, k]
    metric : str
    queries : int array [query] or None
        Which row each query is, where the queries are of the set; a query is never its own neighbour then.
    names, query_names : tuple of str
    labels : int array [image] or None
    query_labels : int array [query] or None
    classes : tuple of str
    layer : str
    """

    indices: np.ndarray
    distances: np.ndarray
    metric: str
    queries: np.ndarray | None = None
    names: tuple[str, ...] = ()
    query_names: tuple[str, ...] = ()
    labels: np.ndarray | None = None
    query_labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    layer: str = ""
    notes: tuple[str, ...] = ()

    @property
    def agreement(self) -> float | None:
        """Share of the neighbours that have the label of their query."""
        if self.labels is None or self.query_labels is None:
            return None
        return float((self.labels[self.indices] == self.query_labels[:, None]).mean())


@dataclass(frozen=True, eq=False)
class KnnAccuracy(Result):
    """Leave-one-out accuracy of the vote of the k nearest neighbours, for each ``k``.

    ``chance`` is the share of the largest class.
    """

    k: np.ndarray
    accuracy: np.ndarray
    chance: float
    metric: str
    layer: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Probe(Result):
    """How well a straight cut separates the classes in feature space.

    Attributes
    ----------
    accuracy : float
        Of images that the probe was not fitted to.
    per_fold : float64 array [fold]
    matrix : int array [class, class]
        Rows are the true classes.
    chance : float
        Share of the largest class.
    """

    accuracy: float
    per_fold: np.ndarray
    matrix: np.ndarray
    chance: float
    classes: tuple[str, ...] = ()
    layer: str = ""
    notes: tuple[str, ...] = ()
