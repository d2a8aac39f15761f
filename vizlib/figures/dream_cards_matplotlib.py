"""The grid of dreams and the card of a unit on paper; registered with :func:`vizlib.figures.static.figure`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vizlib.figures.dream_cards import COLUMNS, Tile, card_plan, grid_plan
from vizlib.figures.static import figure
from vizlib.figures.units_matplotlib import HISTOGRAM, MARK
from vizlib.inside.results_dreams import DreamAblation, UnitCard
from vizlib.inside.results_units import Patches

WIDTH = 7.0  # inches


@figure.register
def ablation(result: DreamAblation, *, labels: Sequence[str] | None = None, **_: Any) -> Figure:
    """Nine dreams with three numbers under each; the one as it is set is in the middle.

    Parameters
    ----------
    labels : sequence of str, optional
        Class names.
    """
    plan = grid_plan(result, labels)
    drawn = Figure(figsize=(WIDTH, plan.rows * (WIDTH / COLUMNS + 0.35) + 0.3), layout="constrained")
    axes = drawn.subplots(plan.rows, COLUMNS, squeeze=False).ravel()
    for place in axes:
        place.set_axis_off()
    for tile in plan.tiles:
        _tile(axes[tile.place], tile)
    drawn.suptitle(plan.title, fontsize=8, x=0.01, ha="left", parse_math=False)
    return drawn


def _tile(axes: Axes, tile: Tile) -> None:
    axes.imshow(tile.image, interpolation="nearest")
    weight = "bold" if tile.first else "normal"
    axes.set_title(tile.title, fontsize=7, loc="left", parse_math=False, fontweight=weight)
    axes.text(0, -0.02, tile.numbers, fontsize=5.5, transform=axes.transAxes, va="top", parse_math=False)


@figure.register
def unit_card(result: UnitCard, *, images: Sequence[np.ndarray] | None = None, **_: Any) -> Figure:
    """The made image beside the histogram of all activations, over the patches.

    Parameters
    ----------
    images : sequence of uint8 arrays, optional
        All images of the set as people see them.
    """
    plan = card_plan(result, images)
    tall = WIDTH * plan.sheet.pixels.shape[0] / plan.sheet.pixels.shape[1]
    high = tall + 3.4
    drawn = Figure(figsize=(WIDTH, high))
    left = drawn.add_axes((0.01, (tall + 0.5) / high, 2.4 / WIDTH, 2.4 / high))
    right = drawn.add_axes((0.47, (tall + 0.9) / high, 0.51, 2.0 / high))
    left.imshow(plan.dream, interpolation="nearest")
    left.set_axis_off()
    left.set_title(plan.dream_title, fontsize=6, loc="left", parse_math=False)
    _histogram(right, result.patches, plan.axis)
    sheet = drawn.add_axes((0.01, 0.0, 0.98, tall / high))
    sheet.imshow(plan.sheet.pixels, interpolation="nearest")
    sheet.set_axis_off()
    sheet.set_title(plan.sheet.title, fontsize=6, loc="left", parse_math=False)
    drawn.suptitle(plan.title, fontsize=9, x=0.01, ha="left", parse_math=False)
    return drawn


def _histogram(axes: Axes, patches: Patches, label: str) -> None:
    axes.bar(patches.edges[:-1], patches.counts, np.diff(patches.edges), align="edge", color=HISTOGRAM)
    axes.plot(patches.values, np.ones(len(patches.values)), "^", color=MARK, markersize=4)
    axes.set_yscale("log")
    axes.set_xlabel(label, fontsize=6)
    axes.set_ylabel("count", fontsize=6)
    axes.tick_params(labelsize=6)
    axes.spines[["top", "right"]].set_visible(False)
