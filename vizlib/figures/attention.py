"""Where heads look: over the image, and how far; screen and paper take places and words from here."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from vizlib.figures.sheets import Bar, Sheet, chosen, lay_out, paint, quantity
from vizlib.figures.style import Scale, grey
from vizlib.inside.attention_results import Attention, AttentionDistance, Place

QUERY = (213, 94, 0)  # vermilion
COLOURS = "viridis"
UNIT = "attention weight"
TILE = 112  # pixels that a tile of a sheet aims at
MARKS = 3600  # patches that can be pointed at


@dataclass(frozen=True, eq=False)
class HeadPlan:
    """One head over its image: weights on the grid, and the query patch as row and column, if it has a place."""

    values: np.ndarray
    query: Place | None
    bar: Bar
    title: str
    alternative: str
    ground: np.ndarray | None


def head_sheet(
    result: Attention,
    query: Place | None = None,
    index: int = 0,
    scale: Scale = "own",
    opacity: float = 0.6,
    images: Sequence[np.ndarray] | None = None,
) -> Sheet:
    """Every head's look from one query, over the image in grey; the query patch in a vermilion frame.

    Parameters
    ----------
    query : (row, column), optional
        Patch that looks; the class token, or else the central patch, when left out.
    index : int
        Number of the image.
    scale : {"own", "shared"}
        One colour range for each head, or one for all.
    opacity : float
        Of the weights over the image.
    images : sequence of uint8 arrays, optional
    """
    index = chosen(index, len(result.weights), "index") or 0
    maps, place = result.looks(query, index), _place(result, query)
    highs = _highs(maps, scale)
    times = max(1, round(TILE / max(result.grid)))
    tiles = paint(maps, 0.0, highs[:, None, None], COLOURS).repeat(times, 1).repeat(times, 2)
    if images is not None:
        under = np.asarray(Image.fromarray(grey(images[index])).resize(tiles.shape[2:0:-1], Image.Resampling.BOX))
        tiles = np.rint(opacity * tiles + (1 - opacity) * under).astype(np.uint8)
    if place is not None:
        _frame(tiles, place, times)
    laid = lay_out(tiles)
    texts = tuple(_head_text(result, maps[n], n, index) for n in range(len(maps)))
    title = f"{result.block}, {quantity(result.heads, 'head')}: where {_who(result, query)} looks"
    bar = _bar(float(highs.max()), scale)
    words = f"{title}. {' '.join(text.replace('<br>', ', ') + '.' for text in texts[:16])}"
    return Sheet(laid.pixels, laid.centres, np.arange(len(maps)), texts, title, words, bar, captions=True)


def head_plan(
    result: Attention,
    head: int,
    query: Place | None = None,
    index: int = 0,
    scale: Scale = "own",
    images: Sequence[np.ndarray] | None = None,
) -> HeadPlan:
    """One head's look from one query; ``head`` -1 is the mean over heads."""
    index = chosen(index, len(result.weights), "index") or 0
    maps = result.looks(query, index)
    values = maps.mean(0) if head < 0 else maps[chosen(head, len(maps), "head") or 0]
    high = float(maps.max()) if scale == "shared" else float(values.max())
    which = "mean over heads" if head < 0 else f"head {head}"
    title = f"{result.block}, {which}: where {_who(result, query)} looks"
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    words = f"{title}. It looks most at the patch in row {row}, column {column}, with a weight of {values.max():.3g}."
    ground = None if images is None else grey(images[index])
    return HeadPlan(values, _place(result, query), Bar(0.0, high or 1.0, COLOURS, UNIT), title, words, ground)


def _place(result: Attention, query: Place | None) -> Place | None:
    token = result.token(query) - result.special
    return None if token < 0 else (token // result.grid[1], token % result.grid[1])


def _who(result: Attention, query: Place | None) -> str:
    place = _place(result, query)
    return "the class token" if place is None else f"patch ({place[0]}, {place[1]})"


def _highs(maps: np.ndarray, scale: Scale) -> np.ndarray:
    highs = maps.max(axis=(1, 2))
    highs = np.full_like(highs, highs.max()) if scale == "shared" else highs
    return np.where(highs > 0, highs, 1)


def _bar(high: float, scale: Scale) -> Bar:
    if scale == "shared":
        return Bar(0.0, high, COLOURS, UNIT)
    return Bar(0.0, 1.0, COLOURS, f"{UNIT}, as a share of each head's largest")


def _frame(tiles: np.ndarray, place: Place, times: int) -> None:
    """A frame around one patch of every tile, at least two pixels from edge to edge."""
    top, left = place[0] * times, place[1] * times
    bottom, right = top + max(times, 2), left + max(times, 2)
    width = max(1, times // 6)
    for rows, columns in (
        (slice(top, top + width), slice(left, right)),
        (slice(max(bottom - width, 0), bottom), slice(left, right)),
        (slice(top, bottom), slice(left, left + width)),
        (slice(top, bottom), slice(max(right - width, 0), right)),
    ):
        tiles[:, rows, columns] = QUERY


def _head_text(result: Attention, values: np.ndarray, head: int, index: int) -> str:
    facts = [f"head {head}", f"largest weight {values.max():.3g}", f"on patches together {values.sum():.0%}"]
    return "<br>".join([*facts, f"mean distance {result.distances[index, head]:.0f} pixels"])


@dataclass(frozen=True, eq=False)
class DistancePlan:
    """Distances ready to draw: x counts blocks from 1, ``texts`` is what hovering tells."""

    x: np.ndarray
    y: np.ndarray
    blocks: np.ndarray
    uniform: np.ndarray
    high: float
    texts: tuple[str, ...]
    title: str
    alternative: str


def distance_plan(result: AttentionDistance) -> DistancePlan:
    """One dot a head, one column a block; heads of a block stand a little beside each other."""
    counts = np.bincount(result.blocks, minlength=len(result.names))
    numbers = np.concatenate([np.arange(count) for count in counts])
    beside = (numbers - (counts[result.blocks] - 1) / 2) / max(counts.max(), 2) * 0.5
    texts = tuple(
        f"{result.names[block]}<br>head {head}<br>{distance:.1f} pixels"
        for block, head, distance in zip(result.blocks, numbers, result.distances, strict=True)
    )
    means = [float(result.of(block).mean()) for block in range(len(result.names))]
    height, width = result.input_size
    title = f"Mean attention distance of {len(result.distances)} heads in {quantity(len(means), 'block')}"
    words = (
        f"{title}, over {quantity(result.images, 'image')} of {height} by {width} pixels. The mean over heads is "
        f"{means[0]:.0f} pixels in the first block and {means[-1]:.0f} in the last."
    )
    high = 1.08 * float(max(result.distances.max(), result.uniform.max()))
    return DistancePlan(
        result.blocks + 1 + beside, result.distances, np.arange(1, len(means) + 1), result.uniform, high, texts, title,
        words,
    )  # fmt: skip
