"""Heights, scales and words of loss landscapes; screen and paper take them from here."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from vizlib.figures.style import tick_label
from vizlib.landscapes.results import LossLandscape, Trajectory

Show = Literal["loss", "accuracy"]
View = Literal["contour", "surface", "slices"]
AZIMUTH, ELEVATION = -60.0, 35.0  # degrees
LEAST = 1e-9  # a loss below is drawn as this where the scale is logarithmic
LEVELS = 20
TICKS = 6
LINE_COLOURS = ("#d55e00", "#0072b2", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#009e73")  # Okabe and Ito


@dataclass(frozen=True, eq=False)
class Curve:
    """One line of a slice, or one trajectory: places, heights and what is said where."""

    name: str
    x: np.ndarray
    y: np.ndarray
    texts: tuple[str, ...]
    colour: str


@dataclass(frozen=True, eq=False)
class SurfacePlan:
    """A landscape ready to draw.

    ``heights`` are what is drawn, their logarithm where ``log``; ``ticks`` are (height, label) of the colour bar.
    """

    x: np.ndarray
    y: np.ndarray
    heights: np.ndarray
    values: np.ndarray
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    unit: str
    x_label: str
    y_label: str
    title: str
    alternative: str
    unfinished: bool
    marks: np.ndarray
    slices: tuple[Curve, ...]
    node: tuple[int, int]
    log: bool


def surface_plan(
    result: LossLandscape,
    show: Show = "loss",
    log: bool = False,
    low: float | None = None,
    high: float | None = None,
    row: int | None = None,
    column: int | None = None,
) -> SurfacePlan:
    """What is drawn.

    Parameters
    ----------
    result : LossLandscape
    show : {"loss", "accuracy"}
    log : bool
        Heights on a logarithmic scale; of the loss only.
    low, high : float, optional
        Ends of the colour scale, to share it with another landscape; those of this one when left out.
    row, column : int, optional
        The node through which the slices go; the middle when left out.
    """
    values = result.losses if show == "loss" else result.accuracy
    log = log and show == "loss"
    known = values[np.isfinite(values)]
    found = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    ends = (found[0] if low is None else low, found[1] if high is None else high)
    bottom, top = (float(_height(np.array(end), log)) for end in ends)
    top = top if top > bottom else bottom + 1e-9 + abs(bottom) * 1e-6
    node = _node(result, row, column)
    title = _title(result, show, found)
    return SurfacePlan(
        x=result.axis,
        y=result.rows,
        heights=_height(np.where(np.isfinite(values), values, np.nan), log),
        values=values,
        low=bottom,
        high=top,
        ticks=_ticks(bottom, top, log),
        unit=f"{_name(show)}{', logarithmic' if log else ''}",
        x_label=f"along direction 1, {result.unit}",
        y_label=f"along direction 2, {result.unit}",
        title=title,
        alternative=f"{title}. {_where_lowest(result)} {' '.join(result.notes)}".strip(),
        unfinished=bool(np.isnan(values).any()),
        marks=result.marks,
        slices=_slices(result, values, node),
        node=node,
        log=log,
    )


def _name(show: Show) -> str:
    return "mean cross-entropy" if show == "loss" else "accuracy"


def _height(values: np.ndarray, log: bool) -> np.ndarray:
    found: np.ndarray = np.log10(np.maximum(values, LEAST)) if log else np.asarray(values, float)
    return found


def _ticks(low: float, high: float, log: bool) -> tuple[tuple[float, str], ...]:
    heights = np.linspace(low, high, TICKS).tolist()
    return tuple((height, tick_label(10**height if log else height)) for height in heights)


def _node(result: LossLandscape, row: int | None, column: int | None) -> tuple[int, int]:
    height, width = result.losses.shape
    chosen = (height // 2 if row is None else row, width // 2 if column is None else column)
    return min(max(chosen[0], 0), height - 1), min(max(chosen[1], 0), width - 1)


def _title(result: LossLandscape, show: Show, found: tuple[float, float]) -> str:
    over = f"over {result.images} images"
    if show == "accuracy":
        return f"Accuracy on {result.directions}: {found[0]:.0%} to {found[1]:.0%}, {over}"
    return f"Loss on {result.directions}: {result.center_loss:.3g} at the centre, up to {found[1]:.3g}, {over}"


def _where_lowest(result: LossLandscape) -> str:
    if not np.isfinite(result.losses).any():
        return ""
    masked = np.where(np.isfinite(result.losses), result.losses, np.inf)
    row, column = np.unravel_index(int(masked.argmin()), masked.shape)
    return f"Lowest, {masked[row, column]:.3g}, at {result.axis[column]:.3g}, {result.rows[row]:.3g}."


def _slices(result: LossLandscape, values: np.ndarray, node: tuple[int, int]) -> tuple[Curve, ...]:
    """Along both directions, through the chosen node."""
    row, column = node
    across = (f"direction 1, at {result.rows[row]:.3g} along 2", result.axis, values[row])
    up = (f"direction 2, at {result.axis[column]:.3g} along 1", result.rows, values[:, column])
    return tuple(
        Curve(name, x, np.where(np.isfinite(y), y, np.nan), (), colour)
        for (name, x, y), colour in zip((across, up), LINE_COLOURS, strict=False)
    )


def curves_of(result: Trajectory, last: int | None = None) -> tuple[Curve, ...]:
    """The trajectories, each as far as its checkpoint number ``last``."""
    curves = []
    for run, name in enumerate(result.names):
        which = np.flatnonzero(result.runs == run)[: None if last is None else last + 1]
        texts = tuple(_point_words(result, name, number, index) for number, index in enumerate(which.tolist()))
        colour = LINE_COLOURS[run % len(LINE_COLOURS)]
        curves.append(Curve(name, result.points[which, 0], result.points[which, 1], texts, colour))
    return tuple(curves)


def _point_words(result: Trajectory, name: str, number: int, index: int) -> str:
    return (
        f"{name}, checkpoint {number}<br>loss {result.losses[index]:.4g}, accuracy {result.accuracy[index]:.1%}"
        f"<br>on the plane {result.projected[index]:.4g}<br>outside the plane {result.outside[index]:.3g} "
        f"of {result.distance[index]:.3g} from the origin"
    )


def trajectory_title(result: Trajectory) -> str:
    """What the picture shows, with the baseline that it has to beat."""
    two = " + ".join(f"{share:.0%}" for share in result.explained[:2])
    walk = " + ".join(f"{share:.1%}" for share in result.random_walk)
    what = f"{len(result.names)} trainings" if len(result.names) > 1 else "A training"
    return f"{what} on the plane of two main components: {two} of the variance; a random walk gives {walk}"
