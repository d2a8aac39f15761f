"""Maps of images: colours, words and thumbnails; screen and paper take them from here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vizlib.core.results import compact
from vizlib.figures.style import name_of
from vizlib.space.results import Embedding, Quality

Colour = tuple[int, int, int]
# Paul Tol's muted colours and two more: told apart by most colour-blind people; ten classes.
PALETTE: tuple[Colour, ...] = (
    (51, 34, 136), (136, 204, 238), (17, 119, 51), (221, 204, 119), (204, 102, 119),
    (68, 170, 153), (170, 68, 153), (153, 153, 51), (136, 34, 85), (230, 120, 20),
)  # fmt: skip
OTHERS: Colour = (150, 150, 150)
RIGHT: Colour = (0, 114, 178)
WRONG: Colour = (213, 94, 0)
MOST = 40  # classes that a legend names; the rest are grey
FEW = 30  # different whole numbers that still count as classes


@dataclass(frozen=True, eq=False)
class Group:
    """Points of one colour: which rows, and what the legend says."""

    name: str
    colour: Colour
    rows: np.ndarray


@dataclass(frozen=True, eq=False)
class Colouring:
    """What colours say: groups with a legend, or values [image] on a scale."""

    name: str
    groups: tuple[Group, ...] = ()
    values: np.ndarray | None = None
    low: float = 0.0
    high: float = 1.0
    scale: str = "viridis"


def rgb(colour: Colour) -> str:
    """As pages take it; hex codes of dark colours may be read as words of a theme."""
    return "rgb({}, {}, {})".format(*colour)


def palette(count: int) -> list[Colour]:
    """So many colours, the first ten easy to tell apart; grey after the fortieth."""
    from colorsys import hls_to_rgb

    more = [hls_to_rgb(n * 0.61803 % 1, 0.35 + 0.25 * (n % 2), 0.65) for n in range(max(0, min(count, MOST) - 10))]
    turned = [(round(255 * red), round(255 * green), round(255 * blue)) for red, green, blue in more]
    return [*PALETTE[:count], *turned, *[OTHERS] * max(0, count - MOST)]


def colouring(
    result: Embedding, colour: Any = "label", *, name: str = "", labels: Sequence[str] | None = None
) -> Colouring:
    """What the colours of a map say.

    Parameters
    ----------
    result : Embedding
    colour : {"label", "predicted", "correct", "confidence", "trust"}, array [image] or None
        What is not known leaves the points in one colour. Of an array, words and a few whole numbers are classes.
    name : str
        Of the array.
    labels : sequence of str, optional
        The model's class names.
    """
    if not isinstance(colour, str):
        return _of_array(None if colour is None else np.asarray(colour), name, len(result))
    named = column(result, colour, labels)
    if named is None and colour == "label":
        return colouring(result, "predicted", labels=labels)
    if colour == "correct" and named is not None:
        words = np.where(named, "right", "wrong")
        pairs = (("right", RIGHT), ("wrong", WRONG))
        return Colouring("prediction", tuple(Group(word, tint, np.flatnonzero(words == word)) for word, tint in pairs))
    order = _order(result, colour, labels)
    return _of_array(named, TITLES.get(colour, colour), len(result), order)


TITLES = {"label": "label", "predicted": "predicted", "confidence": "confidence", "trust": "trust of the point"}


def _order(result: Embedding, colour: str, labels: Sequence[str] | None) -> Sequence[str]:
    """Class names in the order of their numbers, so that a class keeps its colour."""
    return result.classes if colour == "label" else tuple(labels or result.classes)


def column(result: Embedding, name: str, labels: Sequence[str] | None = None) -> np.ndarray | None:
    """What is known of each image under a name, or None."""
    match name:
        case "label":
            return None if result.labels is None else _named(result.labels, result.classes)
        case "predicted":
            return None if result.predicted is None else _named(result.predicted, labels or result.classes)
        case "correct":
            if result.labels is None or result.predicted is None:
                return None
            right: np.ndarray = _named(result.labels, result.classes) == _named(
                result.predicted, labels or result.classes
            )
            return right
        case "confidence":
            return result.confidence
        case "trust":
            return None if result.quality is None else result.quality.trust
    raise ValueError(
        f"figure: colour must be label, predicted, correct, confidence, trust or an array; got {name[:40]!r}."
    )


def _named(numbers: np.ndarray, names: Sequence[str]) -> np.ndarray:
    return np.array([names[n] if 0 <= n < len(names) else str(n) for n in numbers.tolist()], dtype=str)


def _of_array(values: np.ndarray | None, name: str, count: int, order: Sequence[str] = ()) -> Colouring:
    if values is None:
        return Colouring(name, (Group("images", PALETTE[0], np.arange(count)),))
    if values.shape != (count,):
        raise ValueError(f"figure: colour must have one value for each of the {count} images; got {values.shape}.")
    whole = values.dtype.kind in "iub" and len(np.unique(values)) <= FEW
    if values.dtype.kind in "fiu" and not whole:
        known = values[np.isfinite(values)].astype(np.float64)
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
        return Colouring(name, values=values.astype(np.float64), low=low, high=high if high > low else low + 1)
    words = values.astype(str)
    present = set(words.tolist())
    rest = sorted(present - set(order), key=lambda word: (len(word), word) if whole else (0, word))
    every = [*order, *rest]
    tints = dict(zip(every, palette(len(every)), strict=True))
    groups = (Group(word, tints[word], np.flatnonzero(words == word)) for word in dict.fromkeys(every))
    return Colouring(name, tuple(group for group in groups if len(group.rows)))


def tints(colours: Colouring, count: int) -> np.ndarray:
    """The colour of each point as it is drawn, uint8 [image, 3]."""
    found = np.empty((count, 3), np.uint8)
    if colours.values is not None:
        import matplotlib

        part = (colours.values - colours.low) / (colours.high - colours.low)
        return np.asarray(matplotlib.colormaps[colours.scale](part, bytes=True)[:, :3])
    for group in colours.groups:
        found[group.rows] = group.colour
    return found


# --- words ----------------------------------------------------------------------------------------------------------


def title(result: Embedding) -> str:
    """What the map shows and how far it can be trusted, in one line."""
    count = f"{len(result):,} image{'s' * (len(result) != 1)}"
    where = f" at {result.layer}" if result.layer else ""
    judged = "" if result.quality is None else f" · {words(result.quality)}"
    return f"{name_of(result.technique)} of {count}{where}{judged}"


def words(quality: Quality) -> str:
    """The measures in one line."""
    if not quality.k:
        return "not judged: too few images" if len(quality.trust) < 3 else "not judged: equal features"
    nearest = "" if quality.nearest is None else f" · 1-NN {quality.nearest:.3f}"
    return (
        f"T@{quality.k} {quality.trustworthiness:.3f} · C@{quality.k} {quality.continuity:.3f} · "
        f"kNN@{quality.knn_k} kept {quality.knn_kept:.0%}{nearest}"
    )


def axis_names(result: Embedding) -> tuple[str, ...]:
    """Of PCA each axis has a name; of the other maps none means anything."""
    if result.explained is None:
        return ("",) * result.dimensions
    return tuple(f"component {n + 1} ({share:.1%} of the variance)" for n, share in enumerate(result.explained))


def alternative(result: Embedding, colours: Colouring) -> str:
    """The map in words."""
    parts = [f"{title(result)}."]
    if len(colours.groups) > 1:
        largest = sorted(colours.groups, key=lambda group: -len(group.rows))[:10]
        parts.append(f"Coloured by {colours.name}: {', '.join(f'{g.name} ({len(g.rows)})' for g in largest)}.")
    elif colours.values is not None:
        parts.append(f"Coloured by {colours.name}, from {compact(colours.low)} to {compact(colours.high)}.")
    return " ".join([*parts, *result.notes])


def hover(result: Embedding, labels: Sequence[str] | None = None) -> list[str]:
    """What each point tells, one line a fact."""
    from html import escape

    facts: list[list[str]] = [[escape(name, quote=False)] for name in _names(result)]
    shown = {name: column(result, name, labels) for name in ("label", "predicted", "confidence", "trust")}
    for name, values in shown.items():
        for row, value in enumerate([] if values is None else values.tolist()):
            said = f"{value:.3f}" if isinstance(value, float) else escape(value, quote=False)
            facts[row].append(f"{name} {said}")
    return ["<br>".join(lines) for lines in facts]


def _names(result: Embedding) -> Sequence[str]:
    return result.names or [f"image {row}" for row in range(len(result))]


# --- thumbnails -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Baked:
    """Thumbnails as one raster over the map.

    ``pixels`` [height, width, 4]; ``extent`` is left, right, bottom and top in the map's coordinates; ``centres``
    [image, 2] are where the thumbnails lie, which is not where the points lie once they were moved apart.
    """

    pixels: np.ndarray
    extent: tuple[float, float, float, float]
    centres: np.ndarray


def bake(
    points: np.ndarray,
    images: Sequence[np.ndarray],
    *,
    frames: np.ndarray | None = None,
    size: int = 28,
    width: int = 1400,
    snap: bool = False,
) -> Baked:
    """Thumbnails at their points, as one raster.

    Parameters
    ----------
    points : array [image, 2]
    images : sequence of uint8 arrays [height, width, 3] or [height, width]
    frames : uint8 array [image, 3], optional
        Colour of a thin frame around each.
    size : int
        Of a thumbnail, in pixels of the raster.
    width : int
        Of the raster's longer side, in pixels. With ``snap`` it grows until all thumbnails have room.
    snap : bool
        Move thumbnails to the nearest free place of a grid, so that none covers another.
    """
    low, high = points.min(0), points.max(0)
    span = np.maximum(high - low, float((high - low).max()) / 20 or 1.0)  # a line of points still has a height
    if snap:
        width = max(width, int(1.3 * size * np.sqrt(len(points) * span.max() / span.min())) + 2 * size)
    scale = (width - size) / span.max()
    canvas = np.zeros((int(span[1] * scale) + size + 2, int(span[0] * scale) + size + 2, 4), np.uint8)
    where = (points - low) * scale  # of the lower left corner, upwards
    if snap:
        where = snapped(where, size, canvas.shape[1] // size, canvas.shape[0] // size)
    for row, (x, y) in enumerate(np.rint(where).astype(int).tolist()):
        top = canvas.shape[0] - size - y
        frame = None if frames is None else frames[row]
        canvas[top : top + size, x : x + size, :3] = _thumbnail(images[row], size, frame)
        canvas[top : top + size, x : x + size, 3] = 255
    corner = low - size / 2 / scale
    far = corner + np.array(canvas.shape[1::-1]) / scale
    return Baked(canvas, (corner[0], far[0], corner[1], far[1]), where / scale + low)


def _thumbnail(image: np.ndarray, size: int, frame: np.ndarray | None) -> np.ndarray:
    from PIL import Image

    found = np.array(Image.fromarray(np.asarray(image)).convert("RGB").resize((size, size), Image.Resampling.BOX))
    if frame is not None:
        found[:2] = found[-2:] = frame
        found[:, :2] = found[:, -2:] = frame
    return found


def snapped(where: np.ndarray, size: int, columns: int, rows: int) -> np.ndarray:
    """Corners [image, 2] on a grid of squares, each square taken once, from the middle of the map outwards."""
    across, up = np.meshgrid(np.arange(columns) * size, np.arange(rows) * size)
    places = np.stack([across.ravel(), up.ravel()], axis=1).astype(np.float64)
    found = np.empty_like(where)
    middle = where.mean(0)
    for row in np.argsort(((where - middle) ** 2).sum(1), kind="stable").tolist():
        nearest = int(((places - where[row]) ** 2).sum(1).argmin())
        found[row] = places[nearest]
        places[nearest] = np.inf
    return found


# --- quality --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measure:
    """One bar of the strip: its value, what a random map reaches (or what is possible), and what it means."""

    name: str
    value: float
    mark: float
    marked: str
    meaning: str


def measures(quality: Quality) -> tuple[Measure, ...]:
    """The bars of the strip."""
    random, count = "a random map", len(quality.trust)
    if not quality.k:
        return ()
    found = [
        Measure(
            f"Trustworthiness@{quality.k}", quality.trustworthiness, 0.5, random,
            "1 when no neighbour on the map is a false one",
        ),
        Measure(
            f"Continuity@{quality.k}", quality.continuity, 0.5, random, "1 when no true neighbour was torn away"
        ),
        Measure(
            f"kNN kept@{quality.knn_k}", quality.knn_kept, quality.knn_k / (count - 1), random,
            "share of the nearest neighbours that the map keeps",
        ),
        Measure("Distances (CPD)", quality.cpd, 0.0, random, "rank correlation of all distances; low is usual"),
    ]  # fmt: skip
    if quality.nearest is not None and quality.nearest_features is not None:
        means = "share of images whose nearest neighbour has their label"
        found.append(Measure("1-NN accuracy", quality.nearest, quality.nearest_features, "in feature space", means))
    return tuple(found)
