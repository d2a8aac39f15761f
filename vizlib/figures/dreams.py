"""Words and places of the figures of effective receptive fields and dreams; screen and paper take them from here."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vizlib.core.weights_text import weights_of
from vizlib.figures.style import name_of, tick_label
from vizlib.inside.results import Box
from vizlib.inside.results_dreams import SHARES, Dream, EffectiveReceptiveField

MEASURED = "#0072b2"
FITTED = "#e69f00"
THEORY = "#d55e00"
COLOURS = "magma"
UNIT = "|gradient| of the central unit"
OF_A_PICTURE = ("invert_features", "dream_toward")
MOST = 4  # channels of a direction that a title names


@dataclass(frozen=True, eq=False)
class ErfPlan:
    """An effective field ready to draw; x to the right and y downwards, pixel centres on whole numbers."""

    values: np.ndarray
    high: float
    box: Box | None
    squares: tuple[Box, ...]
    radii: np.ndarray
    profile: np.ndarray
    fit: np.ndarray
    title: str
    profile_title: str
    alternative: str


def erf_plan(result: EffectiveReceptiveField) -> ErfPlan:
    """The map, the theoretical box around it, the squares that hold 50 and 99 %, and the radial profile."""
    reach = max(3 * result.fitted_sigma, 4.0)
    shown = result.radii <= max(reach * 1.5, 8)
    sides = ", ".join(f"{share:.0%} in {side} px" for share, side in zip(SHARES, result.sides, strict=True))
    field = f"field {result.field[0]} × {result.field[1]}" if result.field[0] else "field unknown"
    return ErfPlan(
        result.values,
        float(result.values.max()) or 1.0,
        Box(*result.box.tolist()) if result.box[0] >= 0 else None,
        tuple(_square(result, int(side)) for side in result.sides[2:] if side),
        result.radii[shown],
        result.profile[shown],
        result.fitted_peak * np.exp(-(result.radii[shown] ** 2) / (2 * max(result.fitted_sigma, 1e-9) ** 2)),
        f"Effective receptive field of {result.layer}: {field}",
        f"σ {result.sigma[0]:.2f} × {result.sigma[1]:.2f} px (moments), {result.fitted_sigma:.2f} px (fit)",
        f"Effective receptive field of the central unit of layer {result.layer}, mean of {result.images} images; "
        f"{field} pixels. Of the sum, {sides}; sigma {result.sigma[0]:.3g} by {result.sigma[1]:.3g} pixels. "
        f"{' '.join((*result.banners(), *result.notes))}".rstrip(),
    )


def _square(result: EffectiveReceptiveField, side: int) -> Box:
    reach, (height, width) = side // 2, result.values.shape
    row, column = result.center
    return Box(
        max(row - reach, 0), max(column - reach, 0), min(row + reach + 1, height), min(column + reach + 1, width)
    )


@dataclass(frozen=True, eq=False)
class DreamPlan:
    """A dream ready to draw: the image, the course of its objective, and words."""

    image: np.ndarray
    original: np.ndarray | None
    trace: np.ndarray
    title: str
    course: str
    alternative: str


def dream_plan(
    result: Dream, images: Sequence[np.ndarray] | None = None, labels: Sequence[str] | None = None
) -> DreamPlan:
    """What the picture of a dream shows and says.

    Parameters
    ----------
    result : Dream
    images : sequence of uint8 arrays, optional
        The first is shown beside an image made from it.
    labels : sequence of str, optional
        Class names; they name the unit of a logit.
    """
    original = images[0] if result.technique in OF_A_PICTURE and images is not None and len(images) else None
    about = _about(result, labels)
    course = f"{tick_label(result.start)} → {tick_label(result.end)}"
    return DreamPlan(
        result.pixels(),
        original,
        result.trace,
        f"{name_of(result.technique)}: {about}",
        f"{result.objective}: {course}",
        f"{name_of(result.technique)} of {about} after {len(result.trace)} steps; {result.objective} from {course}. "
        f"{' '.join(result.notes)}".rstrip(),
    )


def _about(result: Dream, labels: Sequence[str] | None) -> str:
    if result.direction:
        return f"{result.layer}, direction {said(result.direction)}"
    if result.unit < 0:
        return result.layer
    if result.objective == "logit":
        return labels[result.unit] if labels and result.unit < len(labels) else f"class {result.unit}"
    return f"{result.layer}, channel {result.unit}"


def said(direction: str) -> str:
    """The weights of a direction, the strongest first."""
    weights = sorted(weights_of(direction).items(), key=lambda pair: -abs(pair[1]))
    words = [f"{weight:+.3g} × {channel}" for channel, weight in weights[:MOST]]
    return " ".join(words) + (f" and {len(weights) - MOST} more" if len(weights) > MOST else "")
