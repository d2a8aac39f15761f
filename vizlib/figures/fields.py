"""Words and numbers of the figures of growing fields; screen and paper take them from here."""

from dataclasses import dataclass

import numpy as np

from vizlib.inside.results_dreams import SHARES
from vizlib.inside.results_fields import FieldGrowth

THEORY = "#d55e00"
HALF = "#0072b2"
NEARLY_ALL = "#56b4e9"
LOCAL = "#8a959b"
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
