"""What a layer knows: how often simple rules name the class from its features."""

from typing import Annotated, Any

import numpy as np

from vizlib.core.errors import OptionError
from vizlib.core.technique import Progress, Range, silent, technique
from vizlib.space.distances import nearest
from vizlib.space.inputs import at_least, features_of, labels_of
from vizlib.space.neighbors import NearMetric
from vizlib.space.results import KnnAccuracy, Probe
from vizlib.space.stages import PARTS, aside


@technique
def knn_accuracy(
    features: Any,
    labels: Any = None,
    *,
    largest: Annotated[int, Range(1, 200), "The largest number of neighbours that vote."] = 50,
    metric: Annotated[NearMetric, "How distances are measured; cosine forgets how strong the features are."] = "cosine",
    progress: Progress = silent,
) -> KnnAccuracy:
    """How often the neighbours of an image name its class, for every number of neighbours.

    Parameters
    ----------
    features : Features or array [image, feature]
    labels : int array [image], optional
        Those of the features when left out.
    largest : int
    metric : {"cosine", "euclidean", "l1"}
    progress : callable

    Returns
    -------
    KnnAccuracy
        Leave-one-out: no image votes for itself. Of classes with equally many votes, the one with the nearest image.

    Raises
    ------
    OptionError
        One sentence: what is wrong and what to try.

    Notes
    -----
    A class with fewer images than half of ``k`` cannot win; a curve that falls with ``k`` may mean only this.

    References
    ----------
    Cover, Hart (1967), Nearest neighbor pattern classification.
    """
    given = features_of(features)
    at_least(given, 2)
    truth = labels_of(given, labels)
    classes, which = np.unique(truth, return_inverse=True)
    most = min(largest, len(given) - 1)
    near, _ = nearest(given.values, most, metric=metric, tick=progress)
    right = _votes(which[near], len(classes)) == which[:, None]
    return KnnAccuracy(
        k=np.arange(1, most + 1),
        accuracy=right.mean(axis=0),
        chance=float(np.bincount(which).max() / len(which)),
        metric=metric,
        layer=given.layer,
        notes=() if most == largest else (f"{len(given)} images have at most {most} neighbours.",),
    )


def _votes(named: np.ndarray, classes: int) -> np.ndarray:
    """The class with most votes among the first 1, 2, ... neighbours [image, k]."""
    counts, first = np.zeros((len(named), classes)), np.full((len(named), classes), np.inf)
    rows, won = np.arange(len(named)), np.empty(named.shape, np.int64)
    for turn, voted in enumerate(named.T):
        counts[rows, voted] += 1
        first[rows, voted] = np.minimum(first[rows, voted], turn)
        won[:, turn] = (counts - first.clip(max=named.shape[1]) / (named.shape[1] + 1)).argmax(axis=1)
    return won


@technique
def linear_probe(
    features: Any,
    labels: Any = None,
    *,
    folds: Annotated[int, Range(2, 20), "Parts of the images; each is named by a probe fitted to the others."] = 5,
    penalty: Annotated[float, Range(1e-6, 1e6), "Strength of the L2 penalty on the weights of the probe."] = 1.0,
    seed: Annotated[int, Range(0, 2**31 - 1), "Of how the images are parted."] = 0,
    progress: Progress = silent,
) -> Probe:
    """How well a straight cut through feature space separates the classes.

    Parameters
    ----------
    features : Features or array [image, feature]
        Each feature is scaled to mean 0 and deviation 1 before.
    labels : int array [image], optional
        Those of the features when left out.
    folds : int
        At most the number of images of the smallest class.
    penalty : float
    seed : int
    progress : callable

    Returns
    -------
    Probe
        ``accuracy`` of scikit-learn's logistic regression on images that it was not fitted to.

    Raises
    ------
    OptionError
        One sentence: what is wrong and what to try.

    Notes
    -----
    A layer from which a class can be read need not use it. Wide layers separate anything when images are few.

    References
    ----------
    Alain, Bengio (2016), Understanding intermediate layers using linear classifier probes, arXiv:1610.01644.
    """
    given = features_of(features)
    truth = labels_of(given, labels)
    classes, which, counts = np.unique(truth, return_inverse=True, return_counts=True)
    if len(classes) < 2 or counts.min() < 2:
        raise OptionError("labels must name at least 2 classes with at least 2 images each; take more images.")
    parts = min(folds, int(counts.min()))
    progress(0, PARTS)
    said = _cross(np.asarray(given.values, np.float64), which, parts, penalty, seed, progress)
    matrix = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(matrix, (which, said[0]), 1)
    return Probe(
        accuracy=float((said[0] == which).mean()),
        per_fold=np.array([(said[0] == which)[said[1] == fold].mean() for fold in range(parts)]),
        matrix=matrix,
        chance=float(counts.max() / counts.sum()),
        classes=tuple(given.classes[name] if name < len(given.classes) else str(name) for name in classes.tolist()),
        layer=given.layer,
        notes=() if parts == folds else (f"{parts} folds, because the smallest class has {counts.min()} images.",),
    )


def _cross(
    values: np.ndarray, which: np.ndarray, folds: int, penalty: float, seed: int, progress: Progress
) -> tuple[np.ndarray, np.ndarray]:
    """What is said of each image when it was left out, and in which fold that was."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    said, where = np.zeros(len(which), np.int64), np.zeros(len(which), np.int64)
    split = StratifiedKFold(folds, shuffle=True, random_state=seed).split(values, which)
    for fold, (fitted, left) in enumerate(split):
        probe = make_pipeline(StandardScaler(), LogisticRegression(C=1 / penalty, max_iter=500))
        aside(
            lambda _, probe=probe, rows=fitted: probe.fit(values[rows], which[rows]),  # type: ignore[misc]
            lambda _d, _t, fold=fold: progress(PARTS * fold // folds, PARTS),  # type: ignore[misc]
        )
        said[left], where[left] = probe.predict(values[left]), fold
        progress(PARTS * (fold + 1) // folds, PARTS)
    return said, where
