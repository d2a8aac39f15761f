"""A map on the picture it came from: back through crop and resize, at the picture's full resolution."""

import io
from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from vizlib.core.metadata import KEY, stamp
from vizlib.core.recipe import Recipe
from vizlib.core.results import Attribution
from vizlib.figures.style import Panel, panels, tick_label

Box = tuple[float, float, float, float]
FOOT = 0.09  # height of the strip with the colour bar, in widths of the picture
NARROWEST = 360  # pixels; a narrower picture gets a strip of this width


def on_original(values: np.ndarray, size: tuple[int, int], box: Box) -> np.ndarray:
    """A map in the pixels of the original picture.

    Parameters
    ----------
    values : array [h, w]
        What was found for each pixel that the network saw.
    size : (width, height)
        Of the original picture.
    box : (left, top, right, bottom)
        Where those pixels lie in it, as :meth:`vizlib.zoo.model.Model.crop_box` says.

    Returns
    -------
    array [height, width]
        Each pixel of the picture takes the value of the network pixel in which its middle lies; NaN outside the box.
    """
    width, height = size
    left, top, right, bottom = box
    columns, across = _source(width, left, right, values.shape[1])
    rows, down = _source(height, top, bottom, values.shape[0])
    dtype = values.dtype if np.issubdtype(values.dtype, np.floating) else np.float64
    placed = np.full((height, width), np.nan, dtype=dtype)
    placed[np.ix_(down, across)] = values[np.ix_(rows[down], columns[across])]
    return placed


def _source(length: int, start: float, end: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """For each pixel along one side the network pixel around its middle, and whether there is one."""
    middle = np.arange(length) + 0.5
    at = np.floor((middle - start) * count / (end - start)).astype(int)
    return at, (at >= 0) & (at < count)


def overlay(result: Attribution, image: np.ndarray, box: Box, index: int = 0, **look: Any) -> np.ndarray:
    """The original picture with the map on what the network saw; the rest of the picture is untouched.

    Parameters
    ----------
    result : Attribution
    image : uint8 array [height, width, 3]
        The original picture.
    box : (left, top, right, bottom)
    index : int
        Which image of the result.
    **look
        ``opacity``, ``colours``, ``absolute``, ``scale``, as in :func:`vizlib.figures.style.panels`.

    Returns
    -------
    uint8 array [height, width, 3]
    """
    panel = panels(result, **look)[index]
    placed = on_original(panel.values, (image.shape[1], image.shape[0]), box)
    seen = ~np.isnan(placed)
    drawn = image.copy()
    grey = image[seen] @ np.array([0.299, 0.587, 0.114])
    colours = _colours(panel)((placed[seen] - panel.low) / (panel.high - panel.low))[:, :3] * 255
    drawn[seen] = np.rint(panel.opacity * colours + (1 - panel.opacity) * grey[:, None]).astype(np.uint8)
    return drawn


def to_png(
    result: Attribution,
    image: np.ndarray,
    box: Box,
    *,
    recipe: Recipe,
    labels: Sequence[str] | None = None,
    **look: Any,
) -> bytes:
    """:func:`overlay` as a file that carries its recipe: the picture pixel for pixel, and below it the colour bar."""
    panel = panels(result, labels=labels, **look)[0]
    drawn = overlay(result, image, box, **look)
    strip = _strip(panel, max(drawn.shape[1], NARROWEST))
    page = np.full((drawn.shape[0] + strip.shape[0], strip.shape[1], 3), 255, dtype=np.uint8)
    page[: drawn.shape[0], : drawn.shape[1]] = drawn
    page[drawn.shape[0] :] = strip
    facts, content = PngInfo(), io.BytesIO()
    facts.add_itxt("Title", panel.title)
    facts.add_itxt(KEY, stamp(recipe, result))
    Image.fromarray(page).save(content, "PNG", pnginfo=facts)
    return content.getvalue()


def _colours(panel: Panel) -> matplotlib.colors.Colormap:
    return matplotlib.colormaps[panel.colours + ("_r" if panel.diverging_colours else "")]


def _strip(panel: Panel, width: int) -> np.ndarray:
    """The colour bar with its unit and the title, as wide as the picture."""
    inches = 6.0
    drawn = Figure(figsize=(inches, inches * FOOT * 1.6), dpi=width / inches)
    canvas = FigureCanvasAgg(drawn)
    axes = drawn.add_axes((0.06, 0.62, 0.88, 0.16))
    shown = matplotlib.cm.ScalarMappable(matplotlib.colors.Normalize(panel.low, panel.high), _colours(panel))
    bar = drawn.colorbar(shown, cax=axes, orientation="horizontal", extend="max" if panel.clipped else "neither")
    ticks = (panel.low, 0.0 if panel.diverging else panel.high / 2, panel.high)
    bar.set_ticks(list(ticks), labels=[tick_label(value) for value in ticks])
    axes.tick_params(labelsize=7)
    axes.set_xlabel(panel.unit.replace("\n", " "), fontsize=7)
    axes.set_title(panel.title, fontsize=7, loc="left", pad=3, parse_math=False)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :width, :3].copy()
