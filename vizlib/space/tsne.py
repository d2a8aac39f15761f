"""t-SNE: the map of neighbourhoods."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

import numpy as np

from vizlib.core.errors import OptionError
from vizlib.core.technique import Progress, Range, silent, technique
from vizlib.space.distances import nearest
from vizlib.space.inputs import all_equal, features_of, in_metric
from vizlib.space.mapping import SAME, copies, embedding
from vizlib.space.pca import Dimensions, axes
from vizlib.space.results import Embedding, Features
from vizlib.space.stages import Aside, Stages, Tick, aside

Engine = Literal["opentsne", "sklearn"]
Metric = Literal["euclidean", "cosine"]
EARLY = 250  # iterations under exaggeration
SPREAD = 1e-4  # of the first axis of the initial map
ALONE = 500  # points up to which one thread is quicker than several
GRID = 10_000  # points from which forces are interpolated on a grid


@technique
def tsne(
    features: Any,
    *,
    dimensions: Annotated[Dimensions, "Of the map: flat, or to be turned around."] = 2,
    perplexity: Annotated[
        float,
        Range(1, 500),
        "About how many neighbours each point has; low values make clumps even out of noise.",
    ] = 30.0,
    engine: Annotated[Engine, "openTSNE shows the map while it grows; scikit-learn is the reference."] = "opentsne",
    metric: Annotated[Metric, "Cosine forgets how strong the features are."] = "euclidean",
    iterations: Annotated[int, Range(10, 5000), "After the first 250, in which clusters find together."] = 500,
    exaggeration: Annotated[float, Range(1, 100), "How much attraction grows in the first 250 iterations."] = 12.0,
    seed: Annotated[
        int, Range(0, 2**31 - 1), "Shakes the initial map a little; another seed hardly shows anything new."
    ] = 0,
    progress: Progress = silent,
) -> Embedding:
    """A map in which the neighbours of each image in feature space are its neighbours.

    Parameters
    ----------
    features : Features or array [image, feature]
    dimensions : {2, 3}
    perplexity : float
        Clamped to a third of the other images, with a note.
    engine : {"opentsne", "sklearn"}
    metric : {"euclidean", "cosine"}
    iterations : int
    exaggeration : float
    seed : int
    progress : callable
        Called as ``progress(done, total)``; cancels by raising. ``progress.show`` gets the map while it grows.

    Returns
    -------
    Embedding

    Raises
    ------
    OptionError
        One sentence: what is wrong and what to try.

    Notes
    -----
    Sizes of clusters and distances between clusters mean nothing. Low perplexity makes clumps out of noise, so try
    several. The initial map is PCA's, which keeps the large arrangement.

    References
    ----------
    van der Maaten, Hinton (2008), Visualizing data using t-SNE.
    Policar, Strazar, Zupan (2024), openTSNE: a modular Python library for t-SNE dimensionality reduction.
    """
    given = features_of(features)
    if len(given) < 4:
        raise OptionError(f"features must be of at least 4 images; got {len(given)}. Try pca, which draws any number.")
    options, notes = _clamped(
        len(given),
        {
            "dimensions": dimensions,
            "perplexity": perplexity,
            "engine": engine,
            "metric": metric,
            "iterations": iterations,
            "exaggeration": exaggeration,
            "seed": seed,
        },
    )
    stages = Stages(progress, 1, 8, 1)
    if all_equal(given.values):
        return embedding(
            given, np.zeros((len(given), dimensions)), "tsne", options, notes=(*notes, SAME), tick=_last(stages)
        )
    notes = (*notes, *copies(given.values))
    work = _grown if engine == "opentsne" else _reference
    points = work(given, options, stages)
    return embedding(given, points, "tsne", options, notes=notes, tick=stages.next())


def _last(stages: Stages) -> Tick:
    return [stages.next() for _ in range(len(stages.weights))][-1]


def _clamped(count: int, options: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Perplexity within a third of the other points, and what to say of it."""
    most = (count - 1) / 3
    asked = options["perplexity"]
    if asked <= most:
        return options, ()
    said = f"Perplexity {asked:g} is too much for {count} images; {most:.3g} was used, a third of the others."
    return {**options, "perplexity": most}, (said,)


def _grown(given: Features, options: dict[str, Any], stages: Stages) -> np.ndarray:
    """openTSNE's map, on exact neighbours."""
    values = in_metric(given.values, options["metric"])
    near = nearest(values, min(len(values) - 1, int(3 * options["perplexity"])), tick=stages.next())
    grown = Growing(given, options, stages)
    start = initial(values, options["dimensions"], options["seed"])
    map_ = grown.begun(start, affinities(*near, options["perplexity"]))
    common: dict[str, Any] = {"inplace": True, "propagate_exception": True}
    map_.optimize(n_iter=EARLY, exaggeration=options["exaggeration"], momentum=0.8, **common)
    grown.done = EARLY
    map_.optimize(n_iter=options["iterations"], momentum=0.8, **common)
    return np.array(map_, np.float64)


def affinities(neighbours: np.ndarray, distances: np.ndarray, perplexity: float) -> Any:
    """openTSNE's affinities of neighbours that are known."""
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    return PerplexityBasedNN(perplexity=perplexity, knn_index=PrecomputedNeighbors(neighbours, distances), n_jobs=1)


def initial(values: np.ndarray, dimensions: int, seed: int) -> np.ndarray:
    """PCA's map, so small that the first steps are not held back by it, and shaken so that no two points coincide."""
    points, _ = axes(values, dimensions, seed)
    points *= SPREAD / points[:, 0].std()
    shaken: np.ndarray = points + np.random.default_rng(seed).normal(0, SPREAD / 100, points.shape)
    return shaken


class Growing:
    """A map of openTSNE that reports as it grows."""

    def __init__(self, given: Features, options: dict[str, Any], stages: Stages) -> None:
        self.given, self.options, self.stages = given, options, stages
        self.tick = stages.next()
        self.done = 0
        self.every = 10 if len(given) < 2000 else 1

    def begun(self, start: np.ndarray, near: Any) -> Any:
        """openTSNE's map at its start."""
        from openTSNE import TSNEEmbedding

        grid = len(start) >= GRID and self.options["dimensions"] == 2
        return TSNEEmbedding(
            start,
            near,
            negative_gradient_method="fft" if grid else "bh",
            learning_rate="auto",
            n_jobs=-1 if len(start) > ALONE else 1,
            random_state=self.options["seed"],
            callbacks=self.reported,
            callbacks_every_iters=self.every,
        )

    def reported(self, iteration: int, error: float, points: Any) -> None:
        """Called by openTSNE after some iterations."""
        self.tick(self.done + iteration, EARLY + self.options["iterations"])
        now = np.array(points, np.float64)
        self.stages.show(lambda: embedding(self.given, now, "tsne", self.options))


def _reference(given: Features, options: dict[str, Any], stages: Stages) -> np.ndarray:
    """scikit-learn's map."""
    values = in_metric(given.values, options["metric"])
    stages.next()
    return aside(lambda reporter: _fitted(values, options, reporter), stages.next())


def _fitted(values: np.ndarray, options: dict[str, Any], reporter: Aside) -> np.ndarray:
    from sklearn.manifold import TSNE

    class Reporting(TSNE):  # type: ignore[misc]
        """scikit-learn's t-SNE has no callback, but looks at its affinities once an iteration."""

        def _tsne(self, P: Any, *rest: Any, **more: Any) -> Any:
            return super()._tsne(Watched(P, lambda done: reporter(done, self.max_iter)), *rest, **more)

    made = Reporting(
        n_components=options["dimensions"],
        perplexity=options["perplexity"],
        early_exaggeration=options["exaggeration"],
        max_iter=max(EARLY + options["iterations"], 250),
        init="pca" if values.shape[1] >= options["dimensions"] else "random",
        random_state=options["seed"],
    )
    return np.array(made.fit_transform(np.array(values)), np.float64)


class Watched:
    """A sparse matrix that tells how often its numbers were looked at."""

    def __init__(self, matrix: Any, looked: Callable[[int], None]) -> None:
        self.matrix, self.looked, self.times = matrix, looked, 0
        self.indices, self.indptr = matrix.indices, matrix.indptr

    @property
    def data(self) -> Any:
        self.times += 1
        self.looked(self.times)
        return self.matrix.data

    def __imul__(self, factor: float) -> "Watched":
        self.matrix *= factor
        return self

    def __itruediv__(self, factor: float) -> "Watched":
        self.matrix /= factor
        return self
