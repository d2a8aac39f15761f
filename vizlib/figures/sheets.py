"""Many small maps laid out as one raster: screen and paper draw the same pixels."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

PAPER = (255, 255, 255)
DEAD = (213, 94, 0)  # vermilion
TWIN = (0, 114, 178)  # blue
OUTSIDE = (205, 205, 205)
WIDEST = 1200  # pixels that a sheet aims at


@dataclass(frozen=True, eq=False)
class Bar:
    """The colour bar of a sheet."""

    low: float
    high: float
    colours: str
    unit: str


@dataclass(frozen=True, eq=False)
class Sheet:
    """Tiles as one raster.

    ``centres`` [n, 2] are x and y of the tiles in pixels, ``units`` their numbers and ``texts`` what hovering tells.
    """

    pixels: np.ndarray
    centres: np.ndarray
    units: np.ndarray
    texts: tuple[str, ...]
    title: str
    alternative: str
    bar: Bar | None
    captions: bool = False


@dataclass(frozen=True, eq=False)
class Tiles:
    """Colours [n, height, width, 3] and the frame of each, laid out."""

    pixels: np.ndarray
    centres: np.ndarray


def lay_out(tiles: np.ndarray, frames: np.ndarray | None = None, columns: int | None = None) -> Tiles:
    """Tiles [n, height, width, 3] in rows, enlarged to be seen, one frame around each.

    Parameters
    ----------
    frames : uint8 array [n, 3], optional
        Colours of the frames; white when left out.
    columns : int, optional
        As many as make the sheet a little wider than high when left out.
    """
    count, height, width = tiles.shape[:3]
    columns = columns or _columns(count, height / width)
    rows = -(-count // columns)
    times = max(1, round(WIDEST / (columns * (width + 2))))
    big = tiles.repeat(times, axis=1).repeat(times, axis=2)
    border = max(1, times // 4, round(big.shape[2] * 0.03))
    high, wide = big.shape[1] + 3 * border, big.shape[2] + 3 * border
    cells = np.full((rows * columns, high, wide, 3), 255, np.uint8)
    if frames is not None:
        cells[:count, : high - border, : wide - border] = frames[:, None, None]
    cells[:count, border : border + big.shape[1], border : border + big.shape[2]] = big
    sheet = cells.reshape(rows, columns, high, wide, 3).swapaxes(1, 2).reshape(rows * high, columns * wide, 3)
    numbers = np.arange(count)
    centres = np.stack([numbers % columns * wide + wide / 2, numbers // columns * high + high / 2], axis=1)
    return Tiles(np.ascontiguousarray(sheet), centres)


def _columns(count: int, aspect: float) -> int:
    """Near the wished shape, the number that leaves the fewest places of the last row empty."""
    wished = max(1, min(count, int(np.ceil(np.sqrt(1.6 * count * aspect)))))
    near = range(max(1, round(0.75 * wished)), min(count, round(1.3 * wished)) + 1)
    return min(near, key=lambda columns: (-count % columns, abs(columns - wished)), default=wished)


def paint(values: np.ndarray, low: np.ndarray | float, high: np.ndarray | float, colours: str) -> np.ndarray:
    """Values in colours, uint8 [..., 3]; ``low`` and ``high`` may differ from tile to tile."""
    span = np.maximum(np.asarray(high, np.float64) - low, np.finfo(np.float64).tiny)
    import matplotlib

    painted: np.ndarray = matplotlib.colormaps[colours]((values - low) / span, bytes=True)[..., :3]
    return painted


def reach(values: np.ndarray, own: bool) -> np.ndarray:
    """The largest magnitude: of all tiles, or of each [n, 1, 1]."""
    most = np.abs(values).max(axis=(1, 2), keepdims=True) if own else np.abs(values).max(keepdims=True)[:, :1, :1]
    most = np.where(most > 0, most, 1)
    return np.broadcast_to(most.max() if not own else most, (len(values), 1, 1))


def frames_of(count: int, **marked: tuple[np.ndarray, tuple[int, int, int]]) -> np.ndarray:
    """White frames but for the marked tiles: name=(bool array, colour)."""
    frames = np.full((count, 3), 255, np.uint8)
    for which, colour in marked.values():
        frames[which] = colour
    return frames


def chosen(wanted: int | None, count: int, what: str) -> int | None:
    """A number that a picker chose, or None; ValueError in one sentence when there is no such."""
    if wanted is not None and not 0 <= wanted < count:
        raise ValueError(f"figure: {what} must be from 0 to {count - 1}; got {wanted}.")
    return wanted


def quantity(number: int, one: str, many: str | None = None, plural: Callable[[str], str] = "{}s".format) -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many or plural(one)}"
