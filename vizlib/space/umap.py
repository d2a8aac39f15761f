"""UMAP: the map of a fuzzy neighbourhood graph."""

import sys
import threading
import warnings
from contextlib import suppress
from functools import cache
from typing import Annotated, Any

import numpy as np

from vizlib.core.errors import OptionError
from vizlib.core.technique import Progress, Range, silent, technique
from vizlib.space.distances import Exact, nearest, quiet
from vizlib.space.inputs import all_equal, features_of, in_metric
from vizlib.space.mapping import SAME, copies, embedding
from vizlib.space.pca import Dimensions
from vizlib.space.results import Embedding, Features
from vizlib.space.stages import Aside, Stages, aside
from vizlib.space.tsne import Metric

EXACT_BY_ITSELF = 4096  # images below which umap-learn compares all pairs
LARGE = 10_000  # images above which umap-learn makes fewer epochs
ONE_AT_A_TIME = threading.Lock()  # numba's threads are not meant to be called from two threads at once
WARM = threading.Event()


@technique
def umap(
    features: Any,
    *,
    dimensions: Annotated[Dimensions, "Of the map: flat, or to be turned around."] = 2,
    neighbors: Annotated[
        int, Range(2, 500), "How many neighbours make the graph; few show fine detail and tear the map, many its shape."
    ] = 15,
    min_dist: Annotated[float, Range(0, 1), "How close points may lie; it changes the look, not what is known."] = 0.1,
    metric: Annotated[Metric, "Cosine forgets how strong the features are."] = "euclidean",
    epochs: Annotated[int | None, Range(10, 5000), "Rounds; empty: 500 up to 10,000 images, 200 above."] = None,
    seed: Annotated[int, Range(0, 2**31 - 1), "The same seed makes the same map; try another to see what stays."] = 0,
    progress: Progress = silent,
) -> Embedding:
    """A map whose points are pulled together along a graph of neighbours, and pushed apart elsewhere.

    Parameters
    ----------
    features : Features or array [image, feature]
    dimensions : {2, 3}
    neighbors : int
        Clamped to the other images, with a note.
    min_dist : float
    metric : {"euclidean", "cosine"}
    epochs : int, optional
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
    Distances between clusters and their sizes mean little, and gaps may be made by the method. The first map of a
    process takes longer, because the method is compiled then. The same seed gives the same numbers on one machine.

    References
    ----------
    McInnes, Healy, Melville (2018), UMAP: uniform manifold approximation and projection, arXiv:1802.03426.
    """
    given = features_of(features)
    if len(given) < dimensions + 3:
        raise OptionError(
            f"features must be of at least {dimensions + 3} images; got {len(given)}. Try pca, which draws any number."
        )
    options: dict[str, Any] = {"dimensions": dimensions, "neighbors": neighbors, "min_dist": min_dist, "metric": metric}
    options.update(epochs=epochs, seed=seed)
    options, notes = _clamped(len(given), options)
    stages = Stages(progress, 1, 8, 1)
    near = stages.next()
    if all_equal(given.values):
        stages.next()
        none = np.zeros((len(given), dimensions))
        return embedding(given, none, "umap", options, notes=(*notes, SAME), tick=stages.next())
    values = in_metric(given.values, metric)
    known = neighbours(values, options["neighbors"], near) if len(values) >= EXACT_BY_ITSELF else (None, None, None)
    points = aside(
        lambda reporter: _fitted(given, values, known, options, reporter).embedding_, stages.next(), stages.show
    )
    return embedding(given, points, "umap", options, notes=(*notes, *copies(given.values)), tick=stages.next())


def _clamped(count: int, options: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    asked, most = options["neighbors"], count - 1
    if asked <= most:
        return options, ()
    return {**options, "neighbors": most}, (f"{asked} neighbours are too many for {count} images; {most} were used.",)


def neighbours(values: np.ndarray, k: int, tick: Any) -> tuple[Any, Any, Any]:
    """Exact neighbours as umap-learn counts them: each point is its own first one."""
    numbers, distances = nearest(values, k - 1, tick=tick)
    own = np.arange(len(values))[:, None]
    return np.hstack([own, numbers]), np.hstack([np.zeros(own.shape), distances]).astype(np.float32), None


def _fitted(
    given: Features, values: np.ndarray, known: tuple[Any, Any, Any], options: dict[str, Any], reporter: Aside
) -> Any:
    """umap-learn's own object, fitted."""
    with ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reporter(0, 1)  # may have been left while it waited
        model = _model(options, known, Pause(given, options, reporter))
        model.fit(np.asarray(values, np.float32))
        WARM.set()
        return model


def _model(options: dict[str, Any], known: tuple[Any, Any, Any], pause: "Pause | None") -> Any:
    return _compiled().UMAP(
        n_components=options["dimensions"],
        n_neighbors=options["neighbors"],
        min_dist=options["min_dist"],
        n_epochs=options["epochs"],
        random_state=options["seed"],
        n_jobs=1,
        precomputed_knn=known,
        tqdm_kwds={"file": Silent(), "disable": pause is None, "mininterval": pause, "miniters": 1},
    )


@cache
def _compiled() -> Any:
    """umap-learn, told to keep on disk what it compiles: in the next process the first map need not wait for it."""
    import umap
    from umap import layouts, umap_, utils

    for module in (layouts, umap_, utils):
        for function in vars(module).values():
            if hasattr(function, "enable_caching") and function.py_func.__module__.startswith("umap."):
                with suppress(RuntimeError):  # there is no place where it may write
                    function.enable_caching()
    return umap


class Silent:
    """A terminal that shows nothing."""

    def write(self, text: str) -> None:
        """Nothing is written."""

    def flush(self) -> None:
        """Nothing is held back."""


class Pause(float):
    """What umap-learn's bar takes for the seconds between two drawings.

    umap-learn has no callback, but draws a bar, which asks after each epoch whether that time has passed. It is told
    that it has not, and so takes none of its locks: one that is held when an epoch is cancelled would stay held.
    """

    def __new__(cls, *_: Any) -> "Pause":
        return super().__new__(cls, 1e9)

    def __init__(self, given: Features, options: dict[str, Any], reporter: Aside) -> None:
        self.given, self.options, self.reporter = given, options, reporter
        self.epoch, self.epochs = 0, options["epochs"] or (500 if len(given) <= LARGE else 200)

    def __le__(self, passed: float) -> bool:
        self.epoch += 1
        self.reporter(min(self.epoch, self.epochs), self.epochs)
        self._show()
        return False

    def _show(self) -> None:
        frame = sys._getframe(1)
        while frame is not None and "head_embedding" not in frame.f_code.co_varnames:
            frame = frame.f_back  # type: ignore[assignment]
        points = frame.f_locals.get("head_embedding") if frame is not None else None
        if points is not None and len(points) == len(self.given):
            self.reporter.preview = lambda: embedding(self.given, points, "umap", self.options)


def warm_umap() -> None:
    """Compile UMAP on a few made-up points, which takes tens of seconds the first time; returns when that is done."""
    if not WARM.is_set():
        umap(np.random.default_rng(0).normal(size=(40, 4)), epochs=10)


def umap_is_warm() -> bool:
    """Whether a map has been made in this process, so that the next one need not wait for the compiler."""
    return WARM.is_set()


def placed(map_: Embedding, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Where new rows land in a map of old ones, as umap-learn's own ``transform`` puts them."""
    known = neighbours(before, map_.options["neighbors"], quiet)
    with ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = _model({**map_.options, "epochs": 0}, known, None)
        model.init = np.array(map_.points, np.float32)
        model.fit(np.asarray(before, np.float32))
        model.embedding_, model.n_epochs = np.array(map_.points, np.float32), None
        model._small_data, model._knn_search_index = False, Exact(before)
        found: np.ndarray = model.transform(np.asarray(after, np.float32))
        return found
