"""Principal components: the flat map, which keeps large distances."""

from typing import Annotated, Any, Literal

import numpy as np

from vizlib.core.technique import Progress, Range, silent, technique
from vizlib.space.inputs import all_equal, at_least, features_of
from vizlib.space.mapping import SAME, embedding
from vizlib.space.results import Embedding
from vizlib.space.stages import Stages, aside

Dimensions = Literal[2, 3]


@technique
def pca(
    features: Any,
    *,
    dimensions: Annotated[Dimensions, "Of the map: flat, or to be turned around."] = 2,
    seed: Annotated[int, Range(0, 2**31 - 1), "Only matters where rows are so long that the axes are estimated."] = 0,
    progress: Progress = silent,
) -> Embedding:
    """The shadow of the features on the plane in which they spread most.

    Parameters
    ----------
    features : Features or array [image, feature]
    dimensions : {2, 3}
    seed : int
    progress : callable
        Called as ``progress(done, total)``; cancels by raising.

    Returns
    -------
    Embedding
        ``explained`` is the share of the variance along each axis.

    Raises
    ------
    OptionError
        One sentence: what is wrong and what to try.

    Notes
    -----
    Points that lie on each other may be far apart along the axes that are not drawn: look at how much is explained.
    Nothing is torn apart, so distances on the map are never larger than the true ones.

    References
    ----------
    Pearson (1901), On lines and planes of closest fit to systems of points in space.
    """
    given = features_of(features)
    at_least(given, 2)
    stages = Stages(progress, 1, 2)
    tick = stages.next()
    points, explained = aside(lambda _: axes(given.values, dimensions, seed), tick)
    options = {"dimensions": dimensions, "seed": seed}
    return embedding(
        given, points, "pca", options, notes=_notes(given.values, dimensions), tick=stages.next(), explained=explained
    )


def axes(values: np.ndarray, dimensions: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions along the principal axes [image, dimension], and the share of the variance of each.

    Axes that the data does not have are zero.
    """
    points, explained = np.zeros((len(values), dimensions)), np.zeros(dimensions)
    if not all_equal(values):
        fitted = fit(values, dimensions, seed)
        points[:, : fitted.n_components_] = fitted.transform(np.asarray(values, np.float64))
        explained[: fitted.n_components_] = fitted.explained_variance_ratio_
    return points, explained


def fit(values: np.ndarray, dimensions: int, seed: int) -> Any:
    """scikit-learn's PCA, fitted; the same numbers each time."""
    from sklearn.decomposition import PCA

    data = np.asarray(values, np.float64)
    return PCA(min(dimensions, *data.shape), random_state=seed).fit(data)


def _notes(values: np.ndarray, dimensions: int) -> tuple[str, ...]:
    if all_equal(values):
        return (SAME,)
    axes = min(len(values) - 1, values.shape[1])
    return () if axes >= dimensions else (f"The images span {axes} of {dimensions} axes; the others are zero.",)
