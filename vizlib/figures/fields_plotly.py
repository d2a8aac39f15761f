"""Growing fields on the screen; registered with :func:`vizlib.figures.interactive.figure`."""

from html import escape
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from vizlib.figures.fields import RATIO, SIZES, Course, growth_plan
from vizlib.figures.interactive import figure
from vizlib.inside.results_fields import FieldGrowth


@figure.register
def field_growth(result: FieldGrowth, *, against: FieldGrowth | None = None, **_: Any) -> go.Figure:
    """Sides of the fields, and below them the effective as a part of the theoretical, from first layer to last.

    Parameters
    ----------
    against : FieldGrowth, optional
        Of the untrained network; dotted.
    """
    plan = growth_plan(result, against)
    drawn = make_subplots(2, 1, shared_xaxes=True, row_heights=[0.66, 0.34], vertical_spacing=0.05)
    for row, courses in ((1, plan.sizes), (2, plan.ratios)):
        for course in courses:
            drawn.add_trace(_line(plan.layers, course, legend=row == 1), row=row, col=1)
    drawn.update_yaxes(title=SIZES, rangemode="tozero", row=1, col=1)
    drawn.update_yaxes(title=RATIO, rangemode="tozero", row=2, col=1)
    drawn.update_xaxes(type="category", tickangle=-45, tickfont={"size": 10})
    drawn.update_layout(
        title={"text": escape(plan.title, quote=False), "font": {"size": 13}},
        height=560,
        margin={"l": 60, "r": 8, "t": 40, "b": 100},
        legend={"x": 0.01, "y": 0.99, "font": {"size": 11}},
        meta={"alternative": plan.alternative},
    )
    return drawn


def _line(layers: tuple[str, ...], course: Course, legend: bool) -> go.Scatter:
    return go.Scatter(
        x=layers,
        y=course.values,
        name=course.name,
        showlegend=legend,
        mode="lines+markers",
        line={"color": course.colour, "dash": course.dash},
        marker={"size": 5},
        hovertemplate="%{x}: %{y:.3g}<extra>" + course.name + "</extra>",
    )
