"""Neighbours as a sheet of images, and what features know as plain numbers; screen and paper take them from here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from vizlib.core.results import compact
from vizlib.figures.space import OTHERS, RIGHT, WRONG, Colour
from vizlib.space.results import Features, KnnAccuracy, Neighbors, Probe

TILE, GAP, LINE = 96, 12, 20  # pixels of the sheet
SHOWN = 6  # queries, unless they are chosen
METRICS = {"cosine": "cosine distance", "euclidean": "Euclidean distance", "l1": "L1 distance"}


@dataclass(frozen=True, eq=False)
class Caption:
    """Words under a tile, and what hovering over it tells."""

    x: float
    y: float
    text: str
    more: str


@dataclass(frozen=True, eq=False)
class Strip:
    """Queries and their neighbours as one raster with captions."""

    pixels: np.ndarray
    captions: tuple[Caption, ...]
    title: str
    alternative: str


def strip(
    result: Neighbors,
    *,
    images: Any = None,
    query_images: Any = None,
    queries: Sequence[int] | None = None,
    beside: Neighbors | None = None,
) -> Strip:
    """One row a query: the query, a gap, and its neighbours, framed blue where their label is that of the query.

    Parameters
    ----------
    images : sequence of uint8 arrays, optional
        Of the features; without them tiles are grey and bear names.
    query_images : sequence of uint8 arrays, optional
        Of queries that are not of the features.
    queries : sequence of int, optional
        Which queries to draw; the first six when left out.
    beside : Neighbors, optional
        Of the same queries in another space, drawn below each row.
    """
    chosen = list(range(min(SHOWN, len(result.indices)))) if queries is None else [int(row) for row in queries]
    spaces = [result] if beside is None else [result, beside]
    k = max(space.indices.shape[1] for space in spaces)
    height = len(chosen) * len(spaces) * (TILE + LINE + GAP)
    canvas = np.full((height, (k + 1) * (TILE + GAP) + GAP, 3), 255, np.uint8)
    captions: list[Caption] = []
    for turn, query in enumerate(chosen):
        for below, space in enumerate(spaces):
            top = (turn * len(spaces) + below) * (TILE + LINE + GAP)
            if not below:
                _put(canvas, 0, top, _query_image(result, query, images, query_images), (0, 0, 0))
                said = _of_query(result, query)
                captions.append(Caption(TILE / 2, top + TILE, "query", said))
            elif space.layer or space.metric:
                captions.append(Caption(TILE / 2, top + TILE / 2, space.layer or METRICS[space.metric], ""))
            captions.extend(_row(canvas, top, space, query, images))
    return Strip(canvas, tuple(captions), _title(result, beside), _words(result, chosen))


def _row(canvas: np.ndarray, top: int, space: Neighbors, query: int, images: Any) -> list[Caption]:
    """Draw the neighbours of a query; their captions."""
    found = []
    for rank, (index, distance) in enumerate(zip(space.indices[query].tolist(), space.distances[query], strict=True)):
        left = (rank + 1) * (TILE + GAP) + GAP
        _put(canvas, left, top, None if images is None else images[index], _frame(space, query, index))
        named = name_of_image(space, index)
        label = _label(space, index)
        short = label or (named if images is None else "")
        text = f"{short[:10]} {compact(float(distance), 2)}".strip()
        more = f"{named}{f', {label}' if label else ''}, distance {compact(float(distance))}"
        found.append(Caption(left + TILE / 2, top + TILE, text, more))
    return found


def _put(canvas: np.ndarray, left: int, top: int, image: Any, frame: Colour) -> None:
    canvas[top : top + TILE, left : left + TILE] = frame
    inner = TILE - 6
    tile: Any = np.full((inner, inner, 3), 225, np.uint8)
    if image is not None:
        picture = Image.fromarray(np.asarray(image)).convert("RGB")
        smooth = min(picture.size) > 2 * inner // 3
        tile = picture.resize((inner, inner), Image.Resampling.LANCZOS if smooth else Image.Resampling.NEAREST)
    canvas[top + 3 : top + 3 + inner, left + 3 : left + 3 + inner] = np.asarray(tile)


def _query_image(result: Neighbors, query: int, images: Any, query_images: Any) -> Any:
    if query_images is not None:
        return query_images[query]
    if images is None or result.queries is None:
        return None
    return images[int(result.queries[query])]


def _frame(space: Neighbors, query: int, index: int) -> Colour:
    if space.labels is None or space.query_labels is None:
        return OTHERS
    return RIGHT if space.labels[index] == space.query_labels[query] else WRONG


def name_of_image(space: Neighbors, index: int) -> str:
    """Name of an image of the features, or its number."""
    return space.names[index] if space.names else f"image {index}"


def _label(space: Neighbors, index: int) -> str:
    if space.labels is None:
        return ""
    label = int(space.labels[index])
    return space.classes[label] if 0 <= label < len(space.classes) else str(label)


def _of_query(result: Neighbors, query: int) -> str:
    if result.query_names:
        return result.query_names[query]
    return f"query {query}" if result.queries is None else f"image {int(result.queries[query])}"


def _title(result: Neighbors, beside: Neighbors | None) -> str:
    where = f" at {result.layer}" if result.layer else ""
    agreed = "" if result.agreement is None else f" · {result.agreement:.0%} share the label"
    other = "" if beside is None or beside.agreement is None else f"; in {beside.layer} {beside.agreement:.0%}"
    return f"{result.indices.shape[1]} nearest by {METRICS[result.metric]}{where}{agreed}{other}"


def _words(result: Neighbors, chosen: list[int]) -> str:
    rows = [
        f"{_of_query(result, query)}: {', '.join(name_of_image(result, index) for index in result.indices[query][:5])}."
        for query in chosen
    ]
    return " ".join([f"{_title(result, None)}.", *rows, *result.notes])


def matrix_of(result: Features) -> tuple[np.ndarray, str]:
    """Features as a picture [image, feature], rows sorted by label, each column from its smallest to its largest."""
    order = np.arange(len(result)) if result.labels is None else np.argsort(result.labels, kind="stable")
    values = result.values[order].astype(np.float64)
    span = np.ptp(values, axis=0)
    shown = (values - values.min(0)) / np.where(span > 0, span, 1)
    sorted_ = "" if result.labels is None else ", sorted by label"
    where = f" at {result.layer}" if result.layer else ""
    return _thinned(shown), f"{len(values)} images x {values.shape[1]} features{where}{sorted_}"


def _thinned(shown: np.ndarray, most: int = 1200) -> np.ndarray:
    """At most so many rows and columns, evenly chosen."""
    rows, columns = (np.unique(np.linspace(0, length - 1, min(length, most)).astype(int)) for length in shown.shape)
    return shown[np.ix_(rows, columns)]


def knn_title(result: KnnAccuracy) -> str:
    """The best number of neighbours, in words."""
    best = int(result.accuracy.argmax())
    where = f" at {result.layer}" if result.layer else ""
    return f"Neighbours name the class{where}: {result.accuracy[best]:.1%} with {result.k[best]}"


def probe_title(result: Probe) -> str:
    """The accuracy of a probe, in words."""
    where = f" at {result.layer}" if result.layer else ""
    return f"Linear probe{where}: {result.accuracy:.1%} (largest class {result.chance:.1%})"
