"""Maps of images on the screen; registered with :func:`vizlib.figures.interactive.figure`."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from vizlib.figures.interactive import colour_scale, data_uri, figure
from vizlib.figures.space import (
    Colouring,
    alternative,
    axis_names,
    bake,
    colouring,
    hover,
    measures,
    rgb,
    tints,
    title,
    words,
)
from vizlib.space.results import Embedding, Placement, Quality

HEIGHT = 620


@figure.register
def embedding(
    result: Embedding,
    *,
    colour: Any = "label",
    colour_name: str = "",
    labels: Sequence[str] | None = None,
    images: Sequence[np.ndarray] | None = None,
    thumbnails: bool = False,
    snap: bool = False,
    size: int = 28,
    selected: Sequence[int] | None = None,
    placed: Placement | None = None,
    **_: Any,
) -> go.Figure:
    """A point, or a thumbnail, for each image.

    Parameters
    ----------
    colour, colour_name, labels
        As :func:`vizlib.figures.space.colouring` has them.
    images : sequence of uint8 arrays, optional
        For thumbnails.
    thumbnails : bool
        Draw images in place of points, framed in their colour; of a flat map.
    snap : bool
        Move thumbnails apart so that none covers another.
    size : int
        Of a thumbnail, in pixels.
    selected : sequence of int, optional
        Rows to ring.
    placed : Placement, optional
        New images, drawn as crosses.
    """
    colours = colouring(result, colour, name=colour_name, labels=labels)
    texts, drawn = hover(result, labels), go.Figure()
    points = result.points
    baked = thumbnails and images is not None and result.dimensions == 2
    if baked:
        assert images is not None
        points = _thumbnails(drawn, result, images, tints(colours, len(result)), size, snap)
    for trace in _traces(points, colours, texts, hidden=baked):
        drawn.add_trace(trace)
    if selected is not None and len(selected):
        ring = {"color": "rgba(0,0,0,0)", "size": 14, "line": {"color": "rgb(213, 94, 0)", "width": 2}}
        drawn.add_trace(_points(points[list(selected)], "selected", ring, None))
    if placed is not None:
        cross = {"symbol": "cross", "color": "rgb(0, 0, 0)", "size": 9, "line": {"color": "white", "width": 1}}
        drawn.add_trace(_points(placed.points, "new images", cross, list(placed.names) or None))
    _dress(drawn, result, colours)
    return drawn


def _thumbnails(
    drawn: go.Figure, result: Embedding, images: Sequence[np.ndarray], frames: np.ndarray, size: int, snap: bool
) -> np.ndarray:
    raster = bake(result.points, images, frames=frames, size=size, snap=snap)
    left, right, bottom, top = raster.extent
    drawn.add_layout_image(
        source=data_uri(raster.pixels), x=left, y=top, sizex=right - left, sizey=top - bottom, sizing="stretch",
        layer="below", xref="x", yref="y",
    )  # fmt: skip
    drawn.update_xaxes(range=[left, right])
    drawn.update_yaxes(range=[bottom, top])
    return raster.centres


def _traces(points: np.ndarray, colours: Colouring, texts: list[str], *, hidden: bool) -> list[Any]:
    size = max(2.5, min(8.0, 400 / np.sqrt(len(points)) / 3))
    opacity = 0.0 if hidden else 0.85
    if colours.values is not None:
        marker = {
            "color": colours.values, "cmin": colours.low, "cmax": colours.high, "size": size, "opacity": opacity,
            "colorscale": colour_scale(colours.scale),
            "colorbar": {"title": {"text": escape(colours.name, quote=False), "side": "right"}, "thickness": 12},
        }  # fmt: skip
        return [_points(points, "images", marker, texts, np.arange(len(points)), legend=False)]
    several = len(colours.groups) > 1
    return [
        _points(
            points[group.rows],
            escape(group.name, quote=False),
            {"color": rgb(group.colour), "size": size, "opacity": opacity},
            [texts[row] for row in group.rows.tolist()],
            group.rows,
            legend=several and not hidden,
        )
        for group in colours.groups
    ]


def _points(
    points: np.ndarray,
    name: str,
    marker: dict[str, Any],
    texts: list[str] | None,
    rows: np.ndarray | None = None,
    *,
    legend: bool = True,
) -> Any:
    common: dict[str, Any] = {
        "mode": "markers", "name": name, "marker": marker, "text": texts, "customdata": rows, "showlegend": legend,
        "hovertemplate": "%{text}<extra></extra>" if texts else f"{name}<extra></extra>",
    }  # fmt: skip
    places = {axis: points[:, n].astype(np.float32) for n, axis in enumerate("xyz"[: points.shape[1]])}
    if points.shape[1] == 3:
        small = {**marker, "size": max(2.0, marker["size"] * 0.6)}
        return go.Scatter3d(**places, **{**common, "marker": small})
    return go.Scattergl(**places, **common)


def _dress(drawn: go.Figure, result: Embedding, colours: Colouring) -> None:
    names = axis_names(result)
    drawn.update_layout(
        title={"text": escape(title(result), quote=False), "font": {"size": 13}},
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 40, "b": 30 if names[0] else 8},
        meta={"alternative": alternative(result, colours)},
        legend={"title": {"text": escape(colours.name, quote=False)}, "itemsizing": "constant"},
        plot_bgcolor="rgba(0,0,0,0)",
        dragmode="orbit" if result.dimensions == 3 else "lasso",
    )
    if result.dimensions == 3:
        axes = {
            f"{axis}axis": {"title": {"text": name}, "showticklabels": False}
            for axis, name in zip("xyz", names, strict=True)
        }
        drawn.update_layout(scene={**axes, "aspectmode": "data"})
        return
    bare = {"showticklabels": False, "showgrid": False, "zeroline": False}
    drawn.update_xaxes(title={"text": names[0]}, **bare)
    drawn.update_yaxes(title={"text": names[1]}, scaleanchor="x", **bare)


@figure.register
def quality(result: Quality, **_: Any) -> go.Figure:
    """The measures of a map as bars, each with what a random map would reach."""
    bars = measures(result)[::-1]
    drawn = go.Figure()
    drawn.add_trace(
        go.Bar(
            x=[bar.value for bar in bars], y=[bar.name for bar in bars], orientation="h",
            marker={"color": "rgb(0, 114, 178)"}, text=[f"{bar.value:.3f}" for bar in bars], textposition="auto",
            hovertext=[bar.meaning for bar in bars], hoverinfo="text", showlegend=False,
        )
    )  # fmt: skip
    marks = {"symbol": "line-ns", "size": 18, "line": {"width": 2, "color": "rgb(213, 94, 0)"}}
    drawn.add_trace(
        go.Scatter(
            x=[bar.mark for bar in bars], y=[bar.name for bar in bars], mode="markers", marker=marks, showlegend=False,
            hovertext=[f"{bar.marked}: {bar.mark:.3f}" for bar in bars], hoverinfo="text",
        )
    )  # fmt: skip
    drawn.update_layout(
        title={"text": words(result), "font": {"size": 13}},
        height=60 + 34 * max(len(bars), 1),
        margin={"l": 8, "r": 8, "t": 36, "b": 24},
        meta={"alternative": " ".join([f"Quality of the map: {words(result)}.", *result.notes])},
        xaxis={"range": [min(0.0, result.cpd if result.k else 0.0), 1.02]},
        plot_bgcolor="rgba(0,0,0,0)",
    )
    return drawn
