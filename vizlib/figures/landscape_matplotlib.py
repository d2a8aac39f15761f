"""Loss landscapes on paper; registered with :func:`vizlib.figures.static.figure`."""

from typing import Any, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d import Axes3D

from vizlib.figures.landscape import (
    AZIMUTH,
    ELEVATION,
    LEVELS,
    Show,
    SurfacePlan,
    View,
    curves_of,
    surface_plan,
    trajectory_title,
)
from vizlib.figures.landscape_lines import LinesPlan, lines_plan, path_plan, sharpness_plan, spectrum_plan
from vizlib.figures.static import figure
from vizlib.landscapes.results import LossLandscape, LossLines, LossPath, Spectrum, Trajectory
from vizlib.landscapes.sharpness import Sharpness

WIDTH, HEIGHT = 4.2, 3.6  # inches
MARK = "#d55e00"


@figure.register
def loss_landscape(
    result: LossLandscape,
    *,
    view: View = "contour",
    show: Show = "loss",
    log: bool = False,
    azimuth: float = AZIMUTH,
    elevation: float = ELEVATION,
    low: float | None = None,
    high: float | None = None,
    row: int | None = None,
    column: int | None = None,
    colours: str = "viridis",
    **_: Any,
) -> Figure:
    """Contours, a surface, or two slices.

    Parameters
    ----------
    view : {"contour", "surface", "slices"}
    azimuth, elevation : float
        Where the eye is, in degrees.

    The others are those of :func:`vizlib.figures.landscape.surface_plan`.
    """
    plan = surface_plan(result, show, log, low, high, row, column)
    drawn = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    if view == "surface":
        _surface(drawn, plan, azimuth, elevation, colours)
    elif view == "slices":
        _slices(drawn.subplots(), plan)
    else:
        axes = drawn.subplots()
        _contours(drawn, axes, plan, colours)
        places = plan.marks if len(plan.marks) else np.zeros((1, 2))
        axes.plot(places[:, 0], places[:, 1], "+", color="white", markersize=7)
        if row is not None or column is not None:
            axes.axvline(float(plan.x[plan.node[1]]), color=MARK, linewidth=0.8, linestyle=":")
            axes.axhline(float(plan.y[plan.node[0]]), color=MARK, linewidth=0.8, linestyle=":")
    drawn.suptitle(plan.title, fontsize=6.5, x=0.01, ha="left", parse_math=False, wrap=True)
    return drawn


def _contours(drawn: Figure, axes: Axes, plan: SurfacePlan, colours: str) -> None:
    heights = np.ma.masked_invalid(np.clip(plan.heights, plan.low, plan.high))
    levels = np.linspace(plan.low, plan.high, LEVELS + 1)
    shown = axes.contourf(plan.x, plan.y, heights, levels=levels, cmap=_named(colours))
    axes.contour(plan.x, plan.y, heights, levels=levels, colors="white", linewidths=0.3, linestyles="solid", alpha=0.6)
    axes.set_xlabel(plan.x_label, fontsize=6)
    axes.set_ylabel(plan.y_label, fontsize=6)
    axes.tick_params(labelsize=6)
    _bar(drawn, shown, axes, plan)


def _bar(drawn: Figure, shown: Any, axes: Axes, plan: SurfacePlan, **where: Any) -> None:
    bar = drawn.colorbar(shown, ax=axes, fraction=0.046, pad=0.03, **where)
    heights, labels = zip(*plan.ticks, strict=True)
    bar.set_ticks(list(heights), labels=list(labels))
    bar.ax.tick_params(labelsize=6)
    bar.set_label(plan.unit, fontsize=6)


def _named(colours: str) -> str:
    return "viridis" if colours == "automatic" else colours


def _surface(drawn: Figure, plan: SurfacePlan, azimuth: float, elevation: float, colours: str) -> None:
    axes = cast(Axes3D, drawn.add_subplot(projection="3d"))
    x, y = np.meshgrid(plan.x, plan.y)
    heights = np.clip(plan.heights, plan.low, plan.high)
    shown = axes.plot_surface(
        x, y, heights, cmap=_named(colours), vmin=plan.low, vmax=plan.high, rstride=1, cstride=1, linewidth=0.15,
        edgecolor=(1, 1, 1, 0.35), antialiased=True,
    )  # fmt: skip
    axes.view_init(elev=elevation, azim=azimuth)
    axes.set_zlim(plan.low, plan.high)
    marks, labels = zip(*plan.ticks, strict=True)
    axes.set_zticks(list(marks), list(labels))
    axes.tick_params(labelsize=5, pad=-1)
    axes.set_xlabel("direction 1", fontsize=6, labelpad=-4)
    axes.set_ylabel("direction 2", fontsize=6, labelpad=-4)
    _bar(drawn, shown, axes, plan, shrink=0.7)


def _slices(axes: Axes, plan: SurfacePlan) -> None:
    for curve in plan.slices:
        axes.plot(curve.x, curve.y, ".-", color=curve.colour, linewidth=1.2, label=curve.name)
    if plan.log:
        axes.set_yscale("log")
    _plain(axes, "distance along the slice", plan.unit)


def _plain(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x, fontsize=6)
    axes.set_ylabel(y, fontsize=6)
    axes.tick_params(labelsize=6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=5, frameon=False)


@figure.register
def trajectory(
    result: Trajectory,
    *,
    show: Show = "loss",
    log: bool = True,
    last: int | None = None,
    low: float | None = None,
    high: float | None = None,
    colours: str = "viridis",
    **_: Any,
) -> Figure:
    """Trajectories over the contours of their plane.

    Parameters
    ----------
    last : int, optional
        Draw each training up to this checkpoint only.

    The others are those of :func:`vizlib.figures.landscape.surface_plan`.
    """
    plan = surface_plan(result.surface, show, log, low, high)
    drawn = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    axes = drawn.subplots()
    _contours(drawn, axes, plan, colours)
    for curve in curves_of(result, last):
        look: dict[str, Any] = {"markeredgecolor": "white", "markeredgewidth": 0.4, "markersize": 3.5, "linewidth": 1.3}
        axes.plot(curve.x, curve.y, "o-", color=curve.colour, label=curve.name.replace("$", r"\$"), **look)
    axes.legend(fontsize=5, loc="upper left", framealpha=0.85)
    drawn.suptitle(trajectory_title(result), fontsize=6.5, x=0.01, ha="left", parse_math=False, wrap=True)
    return drawn


@figure.register
def loss_lines(result: LossLines, *, show: Show = "loss", log: bool = False, **_: Any) -> Figure:
    """The mean over the seeds with its band; every seed as a thin line."""
    return _lines(lines_plan(result, show, log))


@figure.register
def loss_path(result: LossPath, *, show: Show = "loss", log: bool = False, **_: Any) -> Figure:
    """The loss on the way, over the straight line between its ends."""
    return _lines(path_plan(result, show, log))


def _lines(plan: LinesPlan) -> Figure:
    drawn = Figure(figsize=(WIDTH, WIDTH * 0.7), layout="constrained")
    axes = drawn.subplots()
    if plan.band is not None:
        axes.fill_between(plan.curves[0].x, *plan.band, color=plan.curves[0].colour, alpha=0.2, linewidth=0)
    for number, curve in enumerate(plan.curves):
        thin = number > 0
        label = "_" if curve.name.startswith("seed") else curve.name
        axes.plot(curve.x, curve.y, color=curve.colour, linewidth=0.6 if thin else 1.5, label=label, zorder=3 - thin)
    if plan.log:
        axes.set_yscale("log")
    _plain(axes, plan.x_label, plan.y_label)
    drawn.suptitle(plan.title, fontsize=6.5, x=0.01, ha="left", parse_math=False, wrap=True)
    return drawn


@figure.register
def spectrum(result: Spectrum, **_: Any) -> Figure:
    """Where the eigenvalues of the Hessian lie, and about how many of them."""
    plan = spectrum_plan(result)
    drawn = Figure(figsize=(WIDTH, WIDTH * 0.7), layout="constrained")
    axes = drawn.subplots()
    axes.vlines(plan.places, plan.shares.min() / 2, plan.shares, color="#0072b2", linewidth=1.2)
    axes.plot(plan.top, plan.top_shares, "o", color=MARK, markersize=3.5, label="largest eigenvalues")
    axes.set_yscale("log")
    _plain(axes, "eigenvalue", "share of all eigenvalues, estimated")
    drawn.suptitle(plan.title, fontsize=6.5, x=0.01, ha="left", parse_math=False, wrap=True)
    return drawn


@figure.register
def sharpness(result: Sharpness, **_: Any) -> Figure:
    """One mark a training."""
    plan = sharpness_plan(result)
    drawn = Figure(figsize=(WIDTH, WIDTH * 0.7), layout="constrained")
    axes = drawn.subplots()
    axes.plot(plan.x, plan.y, "o", color="#0072b2", markersize=4, label="a training")
    for x, y, name, side in zip(plan.x, plan.y, plan.names, plan.sides, strict=True):
        offset: dict[str, Any] = {"xytext": (0, 3 if side.startswith("top") else -9), "textcoords": "offset points"}
        axes.annotate(name.replace("$", r"\$"), (x, y), fontsize=6, ha="center", **offset)
    axes.set_xscale("log")
    _plain(axes, "largest eigenvalue of the Hessian", "held-out minus training loss")
    drawn.suptitle(plan.title, fontsize=6.5, x=0.01, ha="left", parse_math=False, wrap=True)
    return drawn
