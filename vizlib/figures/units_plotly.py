"""Kernels, activations and patches on the screen; registered with :func:`vizlib.figures.interactive.figure`."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from vizlib.figures.interactive import colour_scale, data_uri, figure
from vizlib.figures.sheets import Bar, Sheet
from vizlib.figures.style import Scale
from vizlib.figures.units import (
    ChannelPlan,
    activation_plan,
    activation_sheet,
    difference_plan,
    difference_sheet,
    filter_sheet,
    patch_sheet,
    row_words,
)
from vizlib.inside.results_units import ActivationDifference, Activations, Filters, Patches

WIDTH = 640  # pixels, for which heights are reckoned
FOOT = 64  # pixels under a picture for its colour bar
BETWEEN, BARS, AXIS = 0.06, 0.28, 48  # of a width; pixels under the histogram
PATCHES_IN_A_ROW = 5  # that are seen on a telephone
HISTOGRAM = "#0072b2"
MARK = "#d55e00"


@figure.register
def filters(
    result: Filters,
    *,
    channel: int | None = None,
    kernel: int | None = None,
    scale: Scale = "shared",
    spectra: bool = False,
    high: float | None = None,
    **_: Any,
) -> go.Figure:
    """Kernels as one picture; the keywords are those of :func:`vizlib.figures.units.filter_sheet`."""
    return _sheet(filter_sheet(result, channel, kernel, scale, spectra, high))


@figure.register
def activations(
    result: Activations,
    *,
    images: Sequence[np.ndarray] | None = None,
    index: int = 0,
    unit: int | None = None,
    scale: Scale = "own",
    opacity: float = 0.6,
    high: float | None = None,
    **_: Any,
) -> go.Figure:
    """All channels as one picture, or one channel over its image.

    Parameters
    ----------
    images : sequence of uint8 arrays, optional
        Drawn under the channel, in grey.
    index : int
        Number of the image.
    unit : int, optional
        Draw this channel alone.
    scale : {"own", "shared"}
        One colour range for each tile, or one for the layer.
    opacity : float
        Of the channel over its image, 0 to 1.
    high : float, optional
        End of a shared colour range of all channels; the largest magnitude when left out.
    """
    if unit is None:
        return _sheet(activation_sheet(result, index, scale, high))
    return _channel(activation_plan(result, unit, index, scale, images), opacity)


@figure.register
def difference(
    result: ActivationDifference,
    *,
    images: Sequence[np.ndarray] | None = None,
    index: int = 0,
    unit: int | None = None,
    scale: Scale | None = None,
    opacity: float = 0.6,
    first: str = "",
    second: str = "",
    **_: Any,
) -> go.Figure:
    """The differences of all channels as one picture, or of one channel over its image, symmetric about zero.

    Parameters
    ----------
    images, index, unit, opacity
        As for activations.
    scale : {"shared", "own"}, optional
        One colour range for the layer, or one for each tile; when left out, one for the layer, its own for one channel.
    first, second : str
        What is compared, in other words than the result has.
    """
    result = replace(result, first=first or result.first, second=second or result.second)
    if unit is None:
        return _sheet(difference_sheet(result, index, scale or "shared"))
    return _channel(difference_plan(result, unit, index, scale or "own", images), opacity)


def _channel(plan: ChannelPlan, opacity: float) -> go.Figure:
    drawn = go.Figure()
    height, width = plan.values.shape
    if plan.ground is not None:
        drawn.add_layout_image(
            source=data_uri(plan.ground), x=-0.5, y=-0.5, sizex=width, sizey=height, xref="x", yref="y",
            sizing="stretch", layer="below",
        )  # fmt: skip
    drawn.add_trace(
        go.Heatmap(
            z=plan.values,
            zmin=plan.bar.low,
            zmax=plan.bar.high,
            **_colours(plan.bar.colours),
            opacity=opacity if plan.ground is not None else 1.0,
            hovertemplate="row %{y}, column %{x}<br>%{z:.4g}<extra></extra>",
            colorbar=_bar_below(plan.bar),
        )
    )
    _axes(drawn, width, height)
    return _raster(_finished(drawn, plan.title, plan.alternative, 420), height / width, plan.bar)


@figure.register
def patches(result: Patches, *, images: Sequence[np.ndarray] | None = None, **_: Any) -> go.Figure:
    """The patches as one picture, over the histogram of all activations of the channel.

    Parameters
    ----------
    images : sequence of uint8 arrays, optional
        All images of the set as people see them.
    """
    sheet = patch_sheet(result, images, PATCHES_IN_A_ROW)
    drawn = _sheet(sheet)
    tall = sheet.pixels.shape[0] / sheet.pixels.shape[1]
    whole = tall + BETWEEN + BARS  # in widths of the picture, so that nothing moves apart on a narrow page
    rows = row_words(result)
    for word, (_x, y) in zip(rows, sheet.centres[:: len(sheet.units) // max(len(rows), 1)], strict=False):
        drawn.add_annotation(text=word, x=0, y=y, xref="x", yref="y", xanchor="right", showarrow=False)
    middles = (result.edges[1:] + result.edges[:-1]) / 2
    hover = "%{y:,} activations near %{x:.3g}<extra></extra>"
    look = {"marker": {"color": HISTOGRAM}, "hovertemplate": hover, "xaxis": "x2", "yaxis": "y2"}
    drawn.add_trace(go.Bar(x=middles, y=result.counts, width=np.diff(result.edges), **look))
    drawn.add_trace(
        go.Scatter(
            x=result.values, y=np.ones(len(result.values)), mode="markers", xaxis="x2", yaxis="y2",
            marker={"color": MARK, "symbol": "triangle-up", "size": 9}, text=sheet.texts,
            hovertemplate="%{text}<extra></extra>",
        )
    )  # fmt: skip
    drawn.update_yaxes(domain=[1 - tall / whole, 1], selector={"anchor": None})
    drawn.update_layout(
        xaxis2={"anchor": "y2", "domain": [0.1, 1], "title": f"activation ({result.zeros:.0%} are exactly 0)"},
        yaxis2={"anchor": "x2", "domain": [0, BARS / whole], "type": "log", "title": "count", "nticks": 4},
        height=min(round(WIDTH * whole), 1400) + 60 + AXIS,
        margin={"b": AXIS, "l": 70 if rows else 8},
        bargap=0,
    )
    drawn.layout.meta = {"alternative": sheet.alternative, "aspect": whole, "foot": AXIS, "widest": 38}
    return drawn


def _sheet(sheet: Sheet) -> go.Figure:
    """The raster, and an invisible mark on each tile: to hover over, to click, and to hold the colour bar."""
    height, width = sheet.pixels.shape[:2]
    drawn = go.Figure()
    drawn.add_layout_image(
        source=data_uri(sheet.pixels), x=0, y=0, sizex=width, sizey=height, xref="x", yref="y", sizing="stretch",
        layer="below",
    )  # fmt: skip
    drawn.add_trace(
        go.Scatter(
            x=sheet.centres[:, 0],
            y=sheet.centres[:, 1],
            mode="markers",
            marker={"opacity": 0, "size": 14, **_marker_bar(sheet)},
            customdata=sheet.units,
            text=sheet.texts,
            hovertemplate="%{text}<extra></extra>",
        )
    )
    drawn.update_layout(hoverdistance=-1)  # the whole of a tile can be clicked, not its middle alone
    _axes(drawn, width, height, at=0)
    tall = min(round(WIDTH * height / width), 1400) + 60
    return _raster(_finished(drawn, sheet.title, sheet.alternative, tall), height / width, sheet.bar)


def _raster(drawn: go.Figure, aspect: float, bar: Bar | None) -> go.Figure:
    """Room for the colour bar below; pages learn the height of the picture as a share of its width."""
    foot = FOOT if bar else 8
    drawn.update_layout(margin_b=foot, height=drawn.layout.height + foot - 8)
    drawn.layout.meta = {**drawn.layout.meta, "aspect": aspect, "foot": foot}
    return drawn


def _bar_below(bar: Bar) -> dict[str, Any]:
    """As wide as the picture and never higher, however narrow the page is."""
    title = {"text": bar.unit, "side": "bottom", "font": {"size": 11}}
    return {"orientation": "h", "y": 0, "yanchor": "top", "len": 0.9, "thickness": 12, "title": title}


def _marker_bar(sheet: Sheet) -> dict[str, Any]:
    if sheet.bar is None:
        return {}
    return {
        "color": np.zeros(len(sheet.units)), "cmin": sheet.bar.low, "cmax": sheet.bar.high, "showscale": True,
        "colorbar": _bar_below(sheet.bar), **_colours(sheet.bar.colours),
    }  # fmt: skip


def _colours(name: str) -> dict[str, Any]:
    return {"colorscale": colour_scale(name.removesuffix("_r")), "reversescale": name.endswith("_r")}


def _axes(drawn: go.Figure, width: int, height: int, at: float = -0.5) -> None:
    drawn.update_xaxes(range=[at, width + at], visible=False, constrain="domain")
    drawn.update_yaxes(
        range=[height + at, at], visible=False, scaleanchor="x", constrain="domain", constraintoward="top"
    )


def _finished(drawn: go.Figure, title: str, alternative: str, height: int) -> go.Figure:
    drawn.update_layout(
        title={"text": escape(title, quote=False), "font": {"size": 13}},
        height=height,
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        showlegend=False,
        meta={"alternative": alternative},
        plot_bgcolor="rgba(0,0,0,0)",
    )
    return drawn
