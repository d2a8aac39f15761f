"""The plane through three images on the screen; registered with :func:`vizlib.figures.interactive.figure`."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from vizlib.figures.decision import LIGHTNESS, DecisionPlan, Region, decision_plan, short
from vizlib.figures.interactive import data_uri, figure
from vizlib.space.decision import DecisionPlane

HEIGHT, MARK, FOOT = 500, 15, 104  # pixels
INK = "rgb(20,20,20)"
ROOM = 0.93  # of the width, beside the numbers of the axis
SIDE = 0.74  # of the width, where pictures stand beside the plane


@figure.register
def decision_plane(
    result: DecisionPlane,
    *,
    images: Any = None,
    labels: Sequence[str] | None = None,
    names: Sequence[str] = (),
    beside: bool = True,
    **_: Any,
) -> go.Figure:
    """Regions in the colours of their classes; hovering tells class and confidence of a node.

    Parameters
    ----------
    beside : bool
        Whether the three images are drawn beside the plane.

    The others are those of :func:`vizlib.figures.decision.decision_plan`.
    """
    plan = decision_plan(result, images=images, labels=labels, names=names)
    drawn = go.Figure([_region(result, plan, region) for region in plan.regions])
    drawn.add_traces([_legend(region) for region in plan.regions])
    drawn.add_traces([_point(plan, point) for point in plan.points])
    for region in plan.regions:
        if region.place is not None:
            _say(drawn, *region.place, short(region.name))
    for letter, x, y, *_more in plan.points:
        _say(drawn, x, y, letter, 13)
    pictures = beside and bool(plan.pictures)
    if pictures:
        _beside(drawn, plan)
    return _finished(drawn, result, plan, pictures)


def _region(result: DecisionPlane, plan: DecisionPlan, region: Region) -> go.Heatmap:
    """The confidence of one class's nodes, from faint to its full colour."""
    ends = [plan.lit(region, np.array(value)) for value in (plan.least, 1.0)]
    scale = [[at, "rgb({},{},{})".format(*np.rint(255 * end).astype(int))] for at, end in enumerate(ends)]
    values = np.where(region.where, result.confidence, np.nan)
    name = escape(region.name, quote=False)
    return go.Heatmap(
        x=result.axis, y=result.rows, z=values, zmin=plan.least, zmax=1, colorscale=scale, showscale=False,
        hoverongaps=False, name=name, hovertemplate=f"{name} %{{z:.1%}}<extra></extra>", zsmooth=False,
    )  # fmt: skip


def _say(drawn: go.Figure, x: float, y: float, words: str, away: int = 0) -> None:
    """Words on the plane, on a ground of their own, so many pixels up and to the right; those of images are bold."""
    text = f'<span style="color:{INK}">{escape(words, quote=False)}</span>'  # pages replace the colour of the font
    drawn.add_annotation(
        x=x, y=y, text=f"<b>{text}</b>" if away else text, showarrow=False, xshift=1.3 * away, yshift=1.3 * away,
        font={"color": INK, "size": 12}, bgcolor="rgba(255,255,255,0.78)", borderpad=2,
    )  # fmt: skip


def _legend(region: Region) -> go.Scatter:
    marker = {"symbol": region.mark, "size": 11, "color": "rgb({},{},{})".format(*region.colour)}
    name = f"{escape(short(region.name), quote=False)}: {escape(region.percent, quote=False)}"
    return go.Scatter(x=[None], y=[None], mode="markers", marker=marker, name=name, hoverinfo="skip")


def _point(plan: DecisionPlan, point: tuple[str, float, float, int, str]) -> go.Scatter:
    """One image, with the mark of its class."""
    letter, x, y, number, words = point
    ring = {"color": "rgb(255,255,255)", "width": 2.5}
    marker = {"symbol": plan.regions[number].mark, "size": MARK, "color": INK, "line": ring}
    return go.Scatter(
        x=[x], y=[y], mode="markers", marker=marker, hovertemplate=f"{escape(words, quote=False)}<extra></extra>",
        showlegend=False, name=letter,
    )  # fmt: skip


def _beside(drawn: go.Figure, plan: DecisionPlan) -> None:
    """The images in a column at the right."""
    for place, (picture, caption) in enumerate(zip(plan.pictures, plan.captions, strict=False)):
        top = 1 - place / 3
        drawn.add_layout_image(
            source=data_uri(picture), xref="paper", yref="paper", x=SIDE + 0.03, y=top, sizex=1 - SIDE - 0.03,
            sizey=0.25, xanchor="left", yanchor="top", sizing="contain",
        )  # fmt: skip
        text = "<br>".join(escape(short(line), quote=False) for line in caption.split("\n"))
        drawn.add_annotation(
            x=SIDE + 0.03, y=top - 0.255, xref="paper", yref="paper", text=text, showarrow=False,
            xanchor="left", yanchor="top", align="left", font={"size": 10},
        )  # fmt: skip


def _shape(result: DecisionPlane) -> dict[str, float]:
    """How high the plane is by its width, and how much stands below it."""
    ratio = float(np.ptp(result.rows) / np.ptp(result.axis))
    return {"aspect": float(np.clip(ratio, 0.3, 1.2)) * ROOM, "foot": FOOT}


def _finished(drawn: go.Figure, result: DecisionPlane, plan: DecisionPlan, pictures: bool) -> go.Figure:
    drawn.update_layout(
        title={"text": escape(plan.title, quote=False), "font": {"size": 13}},
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 40, "b": FOOT},
        meta={"alternative": plan.alternative} | ({} if pictures else _shape(result)),
        plot_bgcolor="rgba(0,0,0,0)",
        legend={
            "orientation": "h",
            "yref": "container",
            "y": 0,
            "yanchor": "bottom",
            "itemclick": False,
            "itemdoubleclick": False,
        },
    )
    domain = [0, SIDE] if pictures else [0, 1]
    drawn.update_xaxes(
        range=[result.axis[0], result.axis[-1]], domain=domain, constrain="domain", zeroline=False, showgrid=False,
        title={"text": f"distance from A towards B; {LIGHTNESS}", "font": {"size": 11}},
    )  # fmt: skip
    drawn.update_yaxes(
        range=[result.rows[0], result.rows[-1]], scaleanchor="x", constrain="domain", zeroline=False, showgrid=False,
        title={"text": "distance, towards C", "font": {"size": 11}},
    )  # fmt: skip
    return drawn
