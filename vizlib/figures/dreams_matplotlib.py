"""Effective receptive fields and dreams on paper; registered with :func:`vizlib.figures.static.figure`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from vizlib.figures.dreams import COLOURS, FITTED, MEASURED, THEORY, UNIT, ErfPlan, dream_plan, erf_plan
from vizlib.figures.static import figure
from vizlib.inside.results import Box
from vizlib.inside.results_dreams import Dream, EffectiveReceptiveField

SIDE = 3.0  # inches of one panel


@figure.register
def effective_receptive_field(result: EffectiveReceptiveField, **_: Any) -> Figure:
    """The map inside the theoretical box, and its radial profile with the Gaussian nearest to it."""
    plan = erf_plan(result)
    drawn = Figure(figsize=(2 * SIDE + 0.8, SIDE), layout="constrained")
    left, right = drawn.subplots(1, 2)
    shown = left.imshow(plan.values, cmap=COLOURS, vmin=0, vmax=plan.high, interpolation="nearest")
    for square in plan.squares:
        _rectangle(left, square, edgecolor="white", linewidth=0.7, linestyle=":")
    if plan.box:
        _rectangle(left, plan.box, edgecolor=THEORY, linewidth=1.5, clip_on=False)
    left.set_title(plan.title, fontsize=7, loc="left", parse_math=False)
    left.tick_params(labelsize=6)
    bar = drawn.colorbar(shown, ax=left, fraction=0.046, pad=0.03)
    bar.ax.tick_params(labelsize=6)
    bar.set_label(UNIT, fontsize=6)
    _profile(right, plan)
    return drawn


def _rectangle(axes: Axes, box: Box, **look: Any) -> None:
    size = (box.right - box.left, box.bottom - box.top)
    axes.add_patch(Rectangle((box.left - 0.5, box.top - 0.5), *size, fill=False, **look))


def _profile(axes: Axes, plan: ErfPlan) -> None:
    axes.plot(plan.radii, plan.profile, ".-", color=MEASURED, markersize=3, linewidth=1, label="measured")
    axes.plot(plan.radii, plan.fit, "--", color=FITTED, linewidth=1.2, label="Gaussian")
    axes.set_xlabel("distance from the centre, pixels", fontsize=6)
    axes.set_ylabel(f"mean {UNIT}", fontsize=6)
    axes.set_ylim(bottom=0)
    axes.tick_params(labelsize=6)
    axes.legend(fontsize=6, frameon=False)
    axes.set_title(plan.profile_title, fontsize=7, loc="left", parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)


@figure.register
def dream(
    result: Dream, *, images: Sequence[np.ndarray] | None = None, labels: Sequence[str] | None = None, **_: Any
) -> Figure:
    """The image, for an inversion beside the original, and the course of the objective.

    Parameters
    ----------
    images : sequence of uint8 arrays, optional
        The first is shown beside an inversion.
    labels : sequence of str, optional
        Class names.
    """
    plan = dream_plan(result, images, labels)
    shown = [("Image", plan.original)] if plan.original is not None else []
    shown.append((plan.title, plan.image))
    drawn = Figure(figsize=(SIDE * len(shown) + 2.4, SIDE), layout="constrained")
    axes = drawn.subplots(1, len(shown) + 1, width_ratios=[1.3] * len(shown) + [1])
    for place, (title, image) in zip(axes, shown, strict=False):
        place.imshow(image, interpolation="nearest")
        place.set_axis_off()
        place.set_title(title, fontsize=7, loc="left", wrap=True, parse_math=False)
    _course(axes[-1], plan.trace, plan.course)
    return drawn


def _course(axes: Axes, trace: np.ndarray, title: str) -> None:
    axes.plot(np.arange(1, len(trace) + 1), trace, color=MEASURED, linewidth=1)
    axes.set_xlabel("step", fontsize=6)
    axes.tick_params(labelsize=6)
    axes.set_title(title, fontsize=6, loc="left", wrap=True, parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)


from vizlib.figures import dream_cards_matplotlib  # noqa: E402, F401  (register figures)
