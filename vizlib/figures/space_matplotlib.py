"""Maps of images on paper; registered with :func:`vizlib.figures.static.figure`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from vizlib.figures.space import Colouring, axis_names, bake, colouring, measures, tints, title, words
from vizlib.figures.static import figure
from vizlib.space.results import Embedding, Placement, Quality

MANY = 2000  # points from which they are a raster inside a vector file


@figure.register
def embedding(
    result: Embedding,
    *,
    colour: Any = "label",
    colour_name: str = "",
    labels: Sequence[str] | None = None,
    images: Sequence[np.ndarray] | None = None,
    thumbnails: bool = False,
    snap: bool = False,
    size: int = 28,
    selected: Sequence[int] | None = None,
    placed: Placement | None = None,
    **_: Any,
) -> Figure:
    """A point, or a thumbnail, for each image; the keywords are those of the figure for the screen."""
    colours = colouring(result, colour, name=colour_name, labels=labels)
    drawn = Figure(figsize=(5.6, 4.4), layout="constrained")
    solid = result.dimensions == 3
    axes: Any = drawn.add_subplot(projection="3d") if solid else drawn.add_subplot()
    points = result.points
    baked = thumbnails and images is not None and not solid
    if baked:
        assert images is not None
        raster = bake(points, images, frames=tints(colours, len(result)), size=size, snap=snap)
        axes.imshow(raster.pixels, extent=raster.extent, interpolation="lanczos", aspect="equal")
        points = raster.centres
    _draw(drawn, axes, points, colours, hidden=baked)
    if selected is not None and len(selected):
        ring = points[list(selected)]
        axes.scatter(*ring.T, s=60, facecolors="none", edgecolors=[np.array((213, 94, 0)) / 255], linewidths=1.2)
    if placed is not None:
        cross: dict[str, Any] = {"marker": "P", "c": "black", "edgecolors": "white", "linewidths": 0.5}
        axes.scatter(*placed.points.T, s=25, label="new images", **cross)
    _dress(axes, result)
    return drawn


def _draw(drawn: Figure, axes: Any, points: np.ndarray, colours: Colouring, *, hidden: bool) -> None:
    size = float(np.clip(4000 / len(points), 1.5, 14))
    look: dict[str, Any] = {
        "s": size,
        "linewidths": 0,
        "alpha": 0.0 if hidden else 0.85,
        "rasterized": len(points) > MANY,
    }
    if colours.values is not None:
        shown = axes.scatter(
            *points.T, c=colours.values, vmin=colours.low, vmax=colours.high, cmap=colours.scale, **look
        )
        bar = drawn.colorbar(shown, ax=axes, fraction=0.04, pad=0.02)
        if bar.solids is not None:
            bar.solids.set_alpha(1)
        bar.set_label(colours.name, fontsize=6)
        bar.ax.tick_params(labelsize=6)
        return
    for group in colours.groups:
        axes.scatter(*points[group.rows].T, color=np.array(group.colour) / 255, label=_plain(group.name), **look)
    if len(colours.groups) > 1:
        handles, names = axes.get_legend_handles_labels()
        where = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5), "ncols": 1 + len(names) // 22}
        legend = axes.legend(handles, names, title=colours.name, fontsize=6, title_fontsize=6, frameon=False, **where)
        for handle in legend.legend_handles:
            handle.set_alpha(1)
            handle.set_sizes([16])


def _plain(name: str) -> str:
    """A name that matplotlib neither hides nor reads as mathematics."""
    shown = name.replace("$", r"\$")
    return f" {shown}" if shown.startswith("_") else shown


def _dress(axes: Any, result: Embedding) -> None:
    axes.set_title(title(result), fontsize=7, loc="left", wrap=True, parse_math=False)
    setters = (axes.set_xlabel, axes.set_ylabel, getattr(axes, "set_zlabel", None))
    for setter, name in zip(setters, axis_names(result), strict=False):
        if setter is not None:
            setter(name, fontsize=6)
    if result.dimensions == 3:
        axes.tick_params(labelbottom=False, labelleft=False, labelright=False)
        axes.set_box_aspect(np.maximum(np.ptp(result.points, axis=0), 1e-9))
        return
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_aspect("equal", adjustable="datalim")
    axes.spines[["top", "right"]].set_visible(False)


@figure.register
def quality(result: Quality, **_: Any) -> Figure:
    """The measures of a map as bars, each with what a random map would reach."""
    bars = measures(result)[::-1]
    drawn = Figure(figsize=(5.0, 0.6 + 0.3 * max(len(bars), 1)), layout="constrained")
    axes = drawn.subplots()
    axes.barh([bar.name for bar in bars], [bar.value for bar in bars], color="#0072b2", height=0.6)
    for row, bar in enumerate(bars):
        axes.plot([bar.mark, bar.mark], [row - 0.4, row + 0.4], color="#d55e00", linewidth=1.5)
        axes.text(max(bar.value, 0) + 0.01, row, f"{bar.value:.3f}", fontsize=6, va="center")
    axes.set_xlim(min(0.0, result.cpd if result.k else 0.0), 1.1)
    axes.tick_params(labelsize=6)
    axes.set_xlabel("orange: a random map; for 1-NN, feature space itself", fontsize=6)
    axes.set_title(words(result), fontsize=7, loc="left", parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)
    return drawn
