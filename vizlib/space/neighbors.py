"""Which images a model takes for similar: the nearest in feature space, exactly."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np

from vizlib.core.errors import OptionError
from vizlib.core.technique import Progress, Range, silent, technique
from vizlib.space.distances import nearest
from vizlib.space.inputs import at_least, features_of, points_of, same_width
from vizlib.space.results import Features, Neighbors

NearMetric = Literal["cosine", "euclidean", "l1"]


@technique
def nearest_neighbors(
    features: Any,
    queries: Any = None,
    *,
    k: Annotated[int, Range(1, 1000), "Number of neighbours."],
    metric: Annotated[NearMetric, "How distances are measured; cosine forgets how strong the features are."] = "cosine",
    progress: Progress = silent,
) -> Neighbors:
    """The images whose features are most alike.

    Parameters
    ----------
    features : Features or array [image, feature]
        Where neighbours are looked for.
    queries : Features, array [query, feature] or list of int, optional
        Whose neighbours are looked for: other images, or rows of the features. When left out, every image of the
        features. A row of the features is never its own neighbour.
    k : int
        At most the number of other images; fewer are found where there are fewer.
    metric : {"cosine", "euclidean", "l1"}
    progress : callable
        Called as ``progress(done, total)`` with queries; cancels by raising.

    Returns
    -------
    Neighbors
        ``indices`` and ``distances`` [query, k], nearest first. All pairs are compared; nothing is estimated.

    Raises
    ------
    OptionError
        One sentence: what is wrong and what to try.

    Notes
    -----
    There is always a nearest image, even when none is alike: look at the distance. In pixel space the background
    decides, in feature space what the network was trained to tell apart.

    References
    ----------
    Cover, Hart (1967), Nearest neighbor pattern classification.
    """
    given = features_of(features)
    own = _own(queries, len(given))
    asked = _asked(given, queries, own)
    same_width(given, asked, "queries")
    if own is not None:
        at_least(given, 2)
    most = len(given) - (own is not None)
    notes = () if k <= most else (f"{k} neighbours are too many for {len(given)} images; all {most} are shown.",)
    wanted = asked.values
    indices, distances = nearest(given.values, min(k, most), metric=metric, queries=wanted, own=own, tick=progress)
    return Neighbors(
        indices=indices,
        distances=distances,
        metric=metric,
        queries=own,
        names=given.names,
        query_names=asked.names,
        labels=given.labels,
        query_labels=asked.labels,
        classes=given.classes,
        layer=given.layer,
        notes=notes,
    )


def _own(queries: Any, count: int) -> np.ndarray | None:
    """Rows of the features that are the queries; None when the queries are other images."""
    if queries is None:
        return np.arange(count)
    rows = None if isinstance(queries, Features) else np.asarray(getattr(queries, "values", queries))
    if rows is None or rows.ndim != 1:
        return None
    if rows.dtype.kind not in "iu" or not len(rows) or rows.min() < 0 or rows.max() >= count:
        raise OptionError(f"queries, as rows of the features, must be whole numbers from 0 to {count - 1}.")
    return rows.astype(np.int64)


def _asked(given: Features, queries: Any, own: np.ndarray | None) -> Features:
    if own is None:
        return features_of(queries, "queries")
    return Features(
        given.values[own],
        names=tuple(given.names[row] for row in own) if given.names else (),
        labels=None if given.labels is None else given.labels[own],
        classes=given.classes,
    )


def kept_by_map(found: Neighbors, points: Any) -> np.ndarray:
    """Share of each query's neighbours that are also among its nearest points in a map, float64 [query]."""
    if found.queries is None:
        raise OptionError("neighbors must be of images of the map itself; ask with rows of the features as queries.")
    map_ = points_of(points, len(getattr(points, "points", points)))
    k = found.indices.shape[1]
    beside, _ = nearest(map_, k, queries=map_[found.queries], own=found.queries)
    kept: np.ndarray = (found.indices[:, :, None] == beside[:, None, :]).any(2).mean(1)
    return kept


def pixels(images: Sequence[Any], *, side: int = 32, like: Features | None = None) -> Features:
    """Pixel space: each image, made small, as one row of its colours from 0 to 1.

    Parameters
    ----------
    images : sequence of uint8 arrays [height, width, 3] or [height, width], or of PIL images
    side : int
        Of the small square, in pixels.
    like : Features, optional
        Of the same images, whose names and labels are taken.
    """
    import torch
    from torch.nn.functional import interpolate

    rows = []
    for image in images:
        array = np.asarray(image)
        array = np.repeat(array[..., None], 3, axis=-1) if array.ndim == 2 else array[..., :3]
        tensor = torch.from_numpy(np.array(array)).permute(2, 0, 1)[None].float() / 255
        rows.append(interpolate(tensor, (side, side), mode="bilinear", antialias=True).flatten().numpy())
    if not rows:
        raise OptionError("images must hold at least one image.")
    known = like or Features(np.stack(rows))
    if len(known) != len(rows):
        raise OptionError(f"like must be of the same {len(rows)} images; got {len(known)}.")
    return Features(
        np.stack(rows), names=known.names, labels=known.labels, classes=known.classes, layer="pixels", pool="flatten"
    )
