"""Kernels, activations and patches on paper; registered with :func:`vizlib.figures.static.figure`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from vizlib.figures.sheets import Bar, Sheet
from vizlib.figures.static import figure
from vizlib.figures.style import Scale
from vizlib.figures.units import (
    ChannelPlan,
    activation_plan,
    activation_sheet,
    difference_plan,
    difference_sheet,
    filter_sheet,
    patch_sheet,
    row_words,
)
from vizlib.inside.results_units import ActivationDifference, Activations, Filters, Patches

WIDTH = 6.0  # inches of a sheet
SIDE = 3.2  # inches of one channel
HISTOGRAM = "#0072b2"
MARK = "#d55e00"


@figure.register
def filters(
    result: Filters,
    *,
    channel: int | None = None,
    kernel: int | None = None,
    scale: Scale = "shared",
    spectra: bool = False,
    high: float | None = None,
    **_: Any,
) -> Figure:
    """Kernels as one picture; the keywords are those of :func:`vizlib.figures.units.filter_sheet`."""
    return _page(filter_sheet(result, channel, kernel, scale, spectra, high))


@figure.register
def activations(
    result: Activations,
    *,
    images: Sequence[np.ndarray] | None = None,
    index: int = 0,
    unit: int | None = None,
    scale: Scale = "own",
    opacity: float = 0.6,
    high: float | None = None,
    **_: Any,
) -> Figure:
    """All channels as one picture, or one channel over its image.

    Parameters
    ----------
    images : sequence of uint8 arrays, optional
        Drawn under the channel, in grey.
    index : int
        Number of the image.
    unit : int, optional
        Draw this channel alone.
    scale : {"own", "shared"}
        One colour range for each tile, or one for the layer.
    opacity : float
        Of the channel over its image, 0 to 1.
    high : float, optional
        End of a shared colour range of all channels; the largest magnitude when left out.
    """
    if unit is None:
        return _page(activation_sheet(result, index, scale, high))
    return _channel(activation_plan(result, unit, index, scale, images), opacity)


@figure.register
def difference(
    result: ActivationDifference,
    *,
    images: Sequence[np.ndarray] | None = None,
    index: int = 0,
    unit: int | None = None,
    scale: Scale | None = None,
    opacity: float = 0.6,
    first: str = "",
    second: str = "",
    **_: Any,
) -> Figure:
    """The differences of all channels as one picture, or of one channel over its image, symmetric about zero.

    Parameters
    ----------
    images, index, unit, opacity
        As for activations.
    scale : {"shared", "own"}, optional
        One colour range for the layer, or one for each tile; when left out, one for the layer, its own for one channel.
    first, second : str
        What is compared, in other words than the result has.
    """
    result = replace(result, first=first or result.first, second=second or result.second)
    if unit is None:
        return _page(difference_sheet(result, index, scale or "shared"))
    return _channel(difference_plan(result, unit, index, scale or "own", images), opacity)


def _channel(plan: ChannelPlan, opacity: float) -> Figure:
    drawn = Figure(figsize=(SIDE + 0.9, SIDE), layout="constrained")
    axes = drawn.subplots()
    height, width = plan.values.shape
    if plan.ground is not None:
        axes.imshow(plan.ground, extent=(-0.5, width - 0.5, height - 0.5, -0.5), interpolation="nearest")
    look = {"cmap": plan.bar.colours, "vmin": plan.bar.low, "vmax": plan.bar.high, "interpolation": "nearest"}
    axes.imshow(plan.values, alpha=opacity if plan.ground is not None else None, **look)  # type: ignore[arg-type]
    axes.set_axis_off()
    _titled(axes, plan.title)
    _bar(drawn, axes, plan.bar)
    return drawn


@figure.register
def patches(result: Patches, *, images: Sequence[np.ndarray] | None = None, **_: Any) -> Figure:
    """The patches as one picture, over the histogram of all activations of the channel.

    Parameters
    ----------
    images : sequence of uint8 arrays, optional
        All images of the set as people see them.
    """
    sheet = patch_sheet(result, images)
    tall = WIDTH * sheet.pixels.shape[0] / sheet.pixels.shape[1]
    drawn = Figure(figsize=(WIDTH, tall + 1.6), layout="constrained")
    upper, lower = drawn.subplots(2, 1, height_ratios=[tall, 1.2])
    _raster(upper, sheet)
    for (x, y), value, number in zip(sheet.centres, result.values, result.images, strict=True):
        below = y + sheet.centres[0, 1] * 0.92
        upper.text(x, below, f"{value:.3g} · image {number}", fontsize=4, ha="center", va="top")
    rows = row_words(result)
    for word, (_x, y) in zip(rows, sheet.centres[:: len(sheet.units) // max(len(rows), 1)], strict=False):
        upper.text(0, y, f"{word} ", fontsize=6, ha="right", va="center")
    lower.bar(result.edges[:-1], result.counts, np.diff(result.edges), align="edge", color=HISTOGRAM)
    lower.plot(result.values, np.ones(len(result.values)), "^", color=MARK, markersize=4)
    lower.set_yscale("log")
    lower.set_xlabel(f"activation ({result.zeros:.0%} are exactly 0); triangles are the patches", fontsize=6)
    lower.set_ylabel("count", fontsize=6)
    lower.tick_params(labelsize=6)
    lower.spines[["top", "right"]].set_visible(False)
    return drawn


def _page(sheet: Sheet) -> Figure:
    tall = min(max(WIDTH * sheet.pixels.shape[0] / sheet.pixels.shape[1], 0.8), 9.0)
    drawn = Figure(figsize=(WIDTH, tall + 0.5), layout="constrained")
    axes = drawn.subplots()
    _raster(axes, sheet)
    if sheet.bar is not None:
        _bar(drawn, axes, sheet.bar)
    return drawn


def _raster(axes: Axes, sheet: Sheet) -> None:
    axes.imshow(sheet.pixels, interpolation="nearest")
    axes.set_axis_off()
    _titled(axes, sheet.title)


def _titled(axes: Axes, title: str) -> None:
    axes.set_title(title, fontsize=7, loc="left", wrap=True, parse_math=False)


def _bar(drawn: Figure, axes: Axes, bar: Bar) -> None:
    scale = ScalarMappable(Normalize(bar.low, bar.high), bar.colours)
    shown = drawn.colorbar(scale, ax=axes, fraction=0.03, pad=0.02)
    shown.ax.tick_params(labelsize=6)
    shown.set_label(bar.unit, fontsize=6)
