"""Growing fields on paper; registered with :func:`vizlib.figures.static.figure`."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vizlib.figures.fields import RATIO, SIZES, Course, growth_plan
from vizlib.figures.static import figure
from vizlib.inside.results_fields import FieldGrowth


@figure.register
def field_growth(result: FieldGrowth, *, against: FieldGrowth | None = None, **_: Any) -> Figure:
    """Sides of the fields, and below them the effective as a part of the theoretical, from first layer to last.

    Parameters
    ----------
    against : FieldGrowth, optional
        Of the untrained network; dotted.
    """
    plan = growth_plan(result, against)
    drawn = Figure(figsize=(6.5, 4.4), layout="constrained")
    upper, lower = drawn.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    _lines(upper, plan.sizes, SIZES)
    _lines(lower, plan.ratios, RATIO)
    upper.legend(fontsize=6, frameon=False)
    lower.set_xticks(range(len(plan.layers)), plan.layers, rotation=60, ha="right", fontsize=5)
    drawn.suptitle(plan.title, fontsize=7, x=0.01, ha="left", parse_math=False)
    return drawn


def _lines(axes: Axes, courses: tuple[Course, ...], label: str) -> None:
    for course in courses:
        look: dict[str, Any] = {"color": course.colour, "linestyle": course.style, "label": course.name}
        axes.plot(range(len(course.values)), course.values, marker=".", markersize=3, linewidth=1, **look)
    axes.set_ylabel(label, fontsize=6)
    axes.set_ylim(bottom=0)
    axes.tick_params(labelsize=6)
    axes.spines[["top", "right"]].set_visible(False)
