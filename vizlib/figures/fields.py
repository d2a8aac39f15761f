"""Words and numbers of the figures of growing fields; screen and paper take them from here."""

from dataclasses import dataclass

import numpy as np

from vizlib.inside.results_dreams import SHARES
from vizlib.inside.results_fields import DetectorAnchors, FieldGrowth

THEORY = "#d55e00"
HALF = "#0072b2"
NEARLY_ALL = "#56b4e9"
LOCAL = "#8a959b"
ANCHOR = "#009e73"
COLOURS = "magma"
IN_A_ROW = 3
SIZES = "side of the field, pixels"
RATIO = "effective / theoretical"


@dataclass(frozen=True, eq=False)
class Course:
    """One line over the layers; ``dash`` is of plotly and ``style`` of matplotlib."""

    name: str
    values: np.ndarray
    colour: str
    dash: str = "solid"
    style: str = "-"


@dataclass(frozen=True, eq=False)
class GrowthPlan:
    """Lines of sizes and of ratios, and words."""

    layers: tuple[str, ...]
    sizes: tuple[Course, ...]
    ratios: tuple[Course, ...]
    title: str
    alternative: str


def growth_plan(result: FieldGrowth, against: FieldGrowth | None = None) -> GrowthPlan:
    """Theory, the square that holds 99 % and the one that holds half; those of another network dashed.

    Parameters
    ----------
    result : FieldGrowth
    against : FieldGrowth, optional
        Of the same layers: the untrained network, as a rule.
    """
    if against is not None and against.layers != result.layers:
        raise ValueError("Only networks of the same layers can be compared; give two of one architecture.")
    sizes = [Course("theoretical", result.theoretical, THEORY)]
    if (result.covers_image & (result.sizes.min(axis=1) > 0)).any():
        local = np.where(result.sizes.min(axis=1) > 0, result.sizes.min(axis=1), np.nan)
        sizes.append(Course("without global operations", local, LOCAL, "dashdot", "-."))
    sizes += _measured(result)
    ratios = [Course("ratio", result.ratios, HALF)]
    if against is not None:
        sizes += _measured(against, ", untrained", "dot", ":")
        ratios.append(Course("ratio, untrained", against.ratios, HALF, "dot", ":"))
    return GrowthPlan(result.layers, tuple(sizes), tuple(ratios), *_words(result, against))


def _measured(result: FieldGrowth, which: str = "", dash: str = "solid", style: str = "-") -> list[Course]:
    shown = ((0.99, "99 %", NEARLY_ALL), (0.5, "50 %", HALF))
    return [
        Course(f"{name} of the gradient{which}", result.sides[:, SHARES.index(share)], colour, dash, style)
        for share, name, colour in shown
    ]


def _words(result: FieldGrowth, against: FieldGrowth | None) -> tuple[str, str]:
    height, width = result.input_size
    last = f"{result.layers[-1]}: {result.effective[-1]} of {result.theoretical[-1]} pixels in effect"
    last += f", untrained {against.effective[-1]}" if against is not None else ""
    lines = "; ".join(
        f"{name} {theory} in theory, {side} in effect"
        for name, theory, side in zip(result.layers, result.theoretical, result.effective, strict=True)
    )
    about = f"Receptive fields along {len(result.layers)} layers on images of {height} by {width} pixels, mean of "
    about += f"{result.images} images. {last}. {lines}. {' '.join((*result.banners(), *result.notes))}"
    return last, about.rstrip()


@dataclass(frozen=True, eq=False)
class Outline:
    """A rectangle around the centre of a map, in pixels from it."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, eq=False)
class LevelPlan:
    """One level of a pyramid: its map, its anchors, the theoretical field, the square that holds half; and words.

    ``extent`` is left, right, bottom, top of the map; all places are pixels from the middle of the unit's field.
    """

    values: np.ndarray
    extent: tuple[float, float, float, float]
    anchors: tuple[Outline, ...]
    theory: Outline
    half: Outline
    reach: float
    title: str


def level_plans(result: DetectorAnchors) -> list[LevelPlan]:
    """What is drawn of each level."""
    plans = []
    for level in range(len(result.levels)):
        theory, half = result.sizes[level], int(result.sides[level, SHARES.index(0.5)])
        anchors = result.of_level(level)
        reach = 0.55 * max(float(anchors.max()), min(float(theory.max()), 1.5 * max(result.input_size)), half)
        plans.append(
            LevelPlan(
                result.maps[level],
                _extent(result, level),
                tuple(_around(height, width) for height, width in anchors),
                _around(*theory),
                _around(half, half),
                reach,
                f"{result.levels[level]}: stride {result.strides[level, 0]:g}, field {theory[0]}, half in {half}",
            )
        )
    return plans


def _around(height: float, width: float) -> Outline:
    return Outline(-width / 2, -height / 2, width / 2, height / 2)


def _extent(result: DetectorAnchors, level: int) -> tuple[float, float, float, float]:
    row, column = result.centres[level]
    step = -(-max(result.input_size) // max(result.maps.shape[1:]))
    height, width = (side * step for side in result.maps.shape[1:])
    return (-column - 0.5, width - column - 0.5, height - row - 0.5, -row - 0.5)


def anchors_in_words(result: DetectorAnchors) -> str:
    """The levels of a detector as sentences."""
    lines = []
    for level, name in enumerate(result.levels):
        sides = np.sqrt(result.of_level(level).prod(1))
        lines.append(
            f"level {name}: anchors of {sides.min():.0f} to {sides.max():.0f} pixels, theoretical field "
            f"{result.sizes[level, 0]}, half of the gradient in {result.sides[level, 2]}"
        )
    return f"{anchors_title(result)}. {'; '.join(lines)}. {' '.join(result.notes)}".rstrip()


def anchors_title(result: DetectorAnchors) -> str:
    """What the figure of a detector's anchors is called."""
    height, width = result.input_size
    return f"{result.detector}: anchors over the fields of their units, image {height} × {width}"
