"""New images in a map that is already there."""

from typing import Any

import numpy as np

from vizlib.core.errors import OptionError
from vizlib.core.technique import Progress, silent
from vizlib.space.distances import Exact, nearest
from vizlib.space.inputs import all_equal, digest_of, features_of, in_metric, same_width
from vizlib.space.pca import fit
from vizlib.space.results import Embedding, Features, Placement
from vizlib.space.stages import Stages, aside
from vizlib.space.tsne import affinities
from vizlib.space.umap import placed

FEW = 5.0  # perplexity of new points in a map of t-SNE, as openTSNE advises


def embed_new(embedding: Embedding, features: Any, new: Any, *, progress: Progress = silent) -> Placement:
    """Where new images land in a map; the old points stay where they are.

    Parameters
    ----------
    embedding : Embedding
        Of pca, tsne or umap.
    features : Features or array [image, feature]
        What the map was made of.
    new : Features or array [image, feature]
        Of the same layer.
    progress : callable
        Called as ``progress(done, total)``; cancels by raising.

    Returns
    -------
    Placement
        Each new image is placed by its neighbours among the old ones; new images do not see each other.

    Raises
    ------
    OptionError
        One sentence: what is wrong and what to try.

    Notes
    -----
    A new image that is like none of the old ones lands somewhere all the same. Look at its distance in feature space.

    References
    ----------
    Policar, Strazar, Zupan (2021), Embedding to reference t-SNE space addresses batch effects in single-cell data.
    """
    old, added = features_of(features), features_of(new, "new")
    same_width(old, added, "new")
    if digest_of(old.values) != embedding.source:
        raise OptionError("features must be those that the map was made of; make the map again.")
    stages = Stages(progress, 1)
    tick = stages.next()
    points = aside(lambda _: _points(embedding, old, added), tick)
    tick(1, 1)
    return Placement(np.array(points, np.float64), embedding.technique, added.names)


def _points(embedding: Embedding, old: Features, added: Features) -> np.ndarray:
    if all_equal(old.values):
        return np.zeros((len(added), embedding.dimensions))
    metric = embedding.options.get("metric", "euclidean")
    before, after = in_metric(old.values, metric), in_metric(added.values, metric)
    match embedding.technique:
        case "pca":
            return _projected(embedding, before, after)
        case "tsne":
            return _drawn_in(embedding, before, after)
        case "umap":
            return placed(embedding, before, after)
    raise OptionError(f"embedding must be of pca, tsne or umap; got {embedding.technique!r}.")


def _projected(embedding: Embedding, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    fitted = fit(before, embedding.dimensions, embedding.options["seed"])
    points = np.zeros((len(after), embedding.dimensions))
    points[:, : fitted.n_components_] = fitted.transform(np.asarray(after, np.float64))
    return points


def _drawn_in(embedding: Embedding, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """openTSNE's placement: each new point begins at the median of its neighbours and settles alone."""
    from openTSNE import TSNEEmbedding

    count = len(before)
    near = nearest(before, min(count - 1, 15))
    known = affinities(*near, min(FEW, (count - 1) / 3))
    known.knn_index = Exact(before)
    map_ = TSNEEmbedding(
        np.array(embedding.points), known, negative_gradient_method="bh", random_state=embedding.options["seed"]
    )
    partial = map_.prepare_partial(after, k=min(count, 25), perplexity=min(FEW, count / 3))
    found = partial.optimize(
        n_iter=250, learning_rate=0.1, exaggeration=1.5, momentum=0, max_grad_norm=0.25, inplace=False
    )
    return np.array(found, np.float64)
