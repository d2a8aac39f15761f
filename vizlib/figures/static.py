"""Figures for paper, drawn by matplotlib (never pyplot, so threads and sessions stay apart)."""

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vizlib.core.results import Attribution
from vizlib.figures.style import Panel, Panels, Scale, panels, tick_label

PANEL = 2.2  # inches, the side of one panel


@singledispatch
def figure(result: Any, **display: Any) -> Figure:
    """Draw a result with matplotlib; the keywords depend on the kind of result."""
    raise TypeError(f"there is no figure for {type(result).__name__}")


@figure.register
def attribution(
    result: Attribution,
    *,
    images: Sequence[np.ndarray] | None = None,
    labels: Sequence[str] | None = None,
    opacity: float | None = None,
    colours: str = "automatic",
    absolute: bool = False,
    scale: Scale = "own",
    layout: Panels = "pair",
) -> Figure:
    """Maps over their images, with a colour bar that names the unit.

    Parameters
    ----------
    layout : {"pair", "overlay", "map"}
        The image beside the map on it, the map on the image, or the map alone.

    The other keywords are those of :func:`vizlib.figures.style.panels`.
    """
    ready = panels(
        result, images=images, labels=labels, opacity=opacity, colours=colours, absolute=absolute, scale=scale
    )
    columns = 2 if layout == "pair" and images is not None else 1
    drawn = Figure(figsize=(PANEL * columns + 0.9, (PANEL + 0.35) * len(ready)), layout="constrained")
    axes = drawn.subplots(len(ready), columns, squeeze=False)
    for panel, row in zip(ready, axes, strict=True):
        if columns == 2:
            _draw_image(row[0], panel, panel.image)
        draw_map(drawn, row[-1], panel, under=layout != "map")
    return drawn


def _draw_image(axes: Axes, panel: Panel, image: np.ndarray | None) -> None:
    height, width = panel.values.shape
    assert image is not None
    axes.imshow(image, extent=(-0.5, width - 0.5, height - 0.5, -0.5), interpolation="nearest")
    axes.set_axis_off()


def draw_map(drawn: Figure, axes: Axes, panel: Panel, under: bool) -> None:
    """One map with its colour bar; ``under`` draws its image below it."""
    over_image = under and panel.image is not None
    if over_image:
        _draw_image(axes, panel, panel.ground)
    alpha = panel.opacity if over_image else None
    shown = axes.imshow(
        panel.values,
        cmap=panel.colours + ("_r" if panel.diverging_colours else ""),
        vmin=panel.low,
        vmax=panel.high,
        # One number a pixel: a single number would be written into PDF and SVG twice, and the map be too faint.
        alpha=None if alpha is None else np.full(panel.values.shape, alpha),
        interpolation="nearest",
    )
    axes.set_axis_off()
    axes.set_title(panel.title, fontsize=7, loc="left", wrap=True, parse_math=False)
    bar = drawn.colorbar(
        shown, ax=axes, fraction=0.046, pad=0.03, alpha=alpha, extend="max" if panel.clipped else "neither"
    )
    middle = 0.0 if panel.diverging else panel.high / 2
    bar.set_ticks([panel.low, middle, panel.high], labels=[tick_label(v) for v in (panel.low, middle, panel.high)])
    bar.ax.tick_params(labelsize=6)
    bar.set_label(panel.unit, fontsize=6)


from vizlib.figures import (  # noqa: E402  (register figures)
    attention_matplotlib,  # noqa: F401
    curves_matplotlib,  # noqa: F401
    decision_matplotlib,  # noqa: F401
    detection_matplotlib,  # noqa: F401
    dive_matplotlib,  # noqa: F401
    dreams_matplotlib,  # noqa: F401
    fields_matplotlib,  # noqa: F401  (registers figures)
    hiding_matplotlib,  # noqa: F401
    inside_matplotlib,  # noqa: F401
    judged_matplotlib,  # noqa: F401
    landscape_matplotlib,  # noqa: F401
    layerwise_matplotlib,  # noqa: F401
    residuals_matplotlib,  # noqa: F401
    space_matplotlib,  # noqa: F401
    space_neighbors_matplotlib,  # noqa: F401
    statistics_matplotlib,  # noqa: F401
    thresholds_matplotlib,  # noqa: F401
    units_matplotlib,  # noqa: F401
    weights_matplotlib,  # noqa: F401
)
