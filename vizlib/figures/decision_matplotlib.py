"""The plane through three images on paper; registered with :func:`vizlib.figures.static.figure`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from vizlib.figures.decision import LIGHTNESS, PAPER_MARKS, DecisionPlan, Region, decision_plan, short
from vizlib.figures.static import figure
from vizlib.space.decision import DecisionPlane

WIDTH, BESIDE = 4.4, 1.3  # inches


@figure.register
def decision_plane(
    result: DecisionPlane,
    *,
    images: Any = None,
    labels: Sequence[str] | None = None,
    names: Sequence[str] = (),
    beside: bool = True,
    **_: Any,
) -> Figure:
    """Regions in the colours of their classes, the lighter the less sure; keywords as on the screen."""
    plan = decision_plan(result, images=images, labels=labels, names=names)
    pictures = beside and bool(plan.pictures)
    ratio = float(np.clip(np.ptp(result.rows) / np.ptp(result.axis), 0.35, 1.3))
    height = max(WIDTH * ratio + 0.9, 3.0 if pictures else 0)
    drawn = Figure(figsize=(WIDTH + (BESIDE if pictures else 0), height), layout="constrained")
    grid = drawn.add_gridspec(3, 2 if pictures else 1, width_ratios=(WIDTH, BESIDE) if pictures else None)
    _plane(drawn.add_subplot(grid[:, 0]), result, plan)
    for place, (picture, caption) in enumerate(zip(plan.pictures, plan.captions, strict=False) if pictures else ()):
        axes = drawn.add_subplot(grid[place, 1])
        axes.imshow(picture, cmap="gray" if picture.ndim == 2 else None, interpolation="nearest")
        axes.set_axis_off()
        axes.set_title("\n".join(map(short, caption.split("\n"))), fontsize=5, parse_math=False)
    drawn.legend(handles=[_legend(region) for region in plan.regions], loc="outside lower center", ncols=4, fontsize=6,
                 frameon=False)  # fmt: skip
    drawn.suptitle(plan.title, fontsize=7, x=0.01, ha="left", parse_math=False, wrap=True)
    return drawn


def _plane(axes: Axes, result: DecisionPlane, plan: DecisionPlan) -> None:
    colours = np.ones((*result.classes.shape, 3))
    for region in plan.regions:
        colours[region.where] = plan.lit(region, result.confidence[region.where])
    axes.pcolormesh(result.axis, result.rows, colours, shading="nearest", rasterized=True)
    for letter, x, y, number, _ in plan.points:
        mark = PAPER_MARKS[plan.regions[number].mark]
        axes.plot(x, y, mark, color="black", markeredgecolor="white", markersize=7)
        axes.annotate(letter, (x, y), (5, 5), textcoords="offset points", fontsize=8, weight="bold")
    for region in plan.regions:
        if region.place is not None:
            box = {"facecolor": "white", "alpha": 0.72, "edgecolor": "none", "pad": 1.5}
            axes.text(
                *region.place, short(region.name).replace("$", r"\$"), fontsize=6, ha="center", va="center", bbox=box
            )
    axes.set_xlim(result.axis[0], result.axis[-1])
    axes.set_ylim(result.rows[0], result.rows[-1])
    axes.set_aspect("equal")
    axes.set_xlabel(f"distance from A towards B; {LIGHTNESS}", fontsize=6)
    axes.set_ylabel("distance, towards C", fontsize=6)
    axes.tick_params(labelsize=6)


def _legend(region: Region) -> Line2D:
    colour = "#{:02x}{:02x}{:02x}".format(*region.colour)
    label = f"{short(region.name)}: {region.percent}".replace("$", r"\$")
    return Line2D([], [], marker=PAPER_MARKS[region.mark], color=colour, linestyle="none", markersize=5, label=label)
