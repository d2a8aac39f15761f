"""Figures for the screen, drawn by plotly."""

import base64
import io
from collections.abc import Sequence
from functools import singledispatch
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
from PIL import Image
from plotly.colors import get_colorscale
from plotly.subplots import make_subplots

from vizlib.core.results import Attribution
from vizlib.figures.style import Panel, Panels, Scale, panels, tick_label

PANEL = 300  # pixels, the side of one panel
CONFIG = {"showSendToCloud": False, "displaylogo": False}


@singledispatch
def figure(result: Any, **display: Any) -> go.Figure:
    """Draw a result with plotly; the keywords depend on the kind of result."""
    raise TypeError(f"there is no figure for {type(result).__name__}")


@figure.register
def attribution(
    result: Attribution,
    *,
    images: Sequence[np.ndarray] | None = None,
    labels: Sequence[str] | None = None,
    opacity: float | None = None,
    colours: str = "automatic",
    absolute: bool = False,
    scale: Scale = "own",
    layout: Panels = "pair",
) -> go.Figure:
    """Maps over their images; hovering tells position and value.

    Parameters
    ----------
    layout : {"pair", "overlay", "map"}
        The image beside the map on it, the map on the image, or the map alone.

    The other keywords are those of :func:`vizlib.figures.style.panels`.
    """
    ready = panels(
        result, images=images, labels=labels, opacity=opacity, colours=colours, absolute=absolute, scale=scale
    )
    pair = layout == "pair" and images is not None
    columns = 2 if pair else 1
    drawn = make_subplots(
        len(ready),
        columns,
        horizontal_spacing=0.03,
        vertical_spacing=0.12 / len(ready),
        subplot_titles=_titles(ready, pair),
    )
    for row, panel in enumerate(ready, start=1):
        if pair:
            _add_image(drawn, panel, panel.image, row, 1)
        _add_map(drawn, panel, row, columns, under=layout != "map", rows=len(ready))
    drawn.update_layout(
        height=len(ready) * PANEL + 60 * len(ready),
        margin={"l": 8, "r": 8, "t": 40, "b": 8 if columns > 1 or len(ready) > 1 else 70},
        meta={"alternative": " ".join(panel.alternative for panel in ready)},
        font={"size": 12},
    )
    return drawn


def _titles(ready: list[Panel], pair: bool) -> list[str]:
    """Titles as plain text: a class may be named like markup."""
    texts = [escape(panel.title, quote=False) for panel in ready]
    return [title for text in texts for title in (("Image", text) if pair else (text,))]


def _add_image(drawn: go.Figure, panel: Panel, image: np.ndarray | None, row: int, column: int) -> None:
    """The image as one raster under the axes' coordinates; a picture of pixels, not of numbers."""
    assert image is not None
    height, width = panel.values.shape
    drawn.add_trace(
        go.Scatter(x=[0, width - 1], y=[0, height - 1], mode="markers", opacity=0, hoverinfo="skip", showlegend=False),
        row=row,
        col=column,
    )
    drawn.add_layout_image(
        source=data_uri(image), x=-0.5, y=-0.5, sizex=width, sizey=height, sizing="stretch", layer="below",
        row=row, col=column,
    )  # fmt: skip
    _axes(drawn, panel, row, column)


def _add_map(drawn: go.Figure, panel: Panel, row: int, column: int, under: bool, rows: int) -> None:
    if under and panel.ground is not None:
        _add_image(drawn, panel, panel.ground, row, column)
    drawn.add_trace(
        go.Heatmap(
            z=panel.values,
            zmin=panel.low,
            zmax=panel.high,
            colorscale=colour_scale(panel.colours),
            reversescale=panel.diverging_colours,
            opacity=panel.opacity if under and panel.image is not None else 1.0,
            hovertemplate="row %{y}, column %{x}<br>%{z:.4g}<extra></extra>",
            colorbar=_colour_bar(panel, row, rows) if rows > 1 or column > 1 else _bar_below(panel),
        ),
        row=row,
        col=column,
    )
    _axes(drawn, panel, row, column)


def _colour_bar(panel: Panel, row: int, rows: int) -> dict[str, Any]:
    title = {"text": panel.unit.replace("\n", "<br>"), "side": "right", "font": {"size": 11}}
    return {**_ticks(panel), "title": title, "thickness": 12, "len": 0.9 / rows, "y": 1 - (row - 0.5) / rows}


def _bar_below(panel: Panel) -> dict[str, Any]:
    """For a map that stands alone, so that it fits a narrow column."""
    title = {"text": panel.unit.replace("\n", " "), "side": "bottom", "font": {"size": 11}}
    return {**_ticks(panel), "title": title, "thickness": 12, "orientation": "h", "len": 0.9, "y": 0, "yanchor": "top"}


def _ticks(panel: Panel) -> dict[str, Any]:
    values = [panel.low, 0.0 if panel.diverging else panel.high / 2, panel.high]
    texts = [tick_label(value) for value in values]
    if panel.clipped:
        texts[-1] = f"≥ {texts[-1]}"
    return {"tickvals": values, "ticktext": texts}


def _axes(drawn: go.Figure, panel: Panel, row: int, column: int) -> None:
    height, width = panel.values.shape
    drawn.update_xaxes(range=[-0.5, width - 0.5], visible=False, constrain="domain", row=row, col=column)
    drawn.update_yaxes(
        range=[height - 0.5, -0.5], visible=False, scaleanchor=_anchor(drawn, row, column), constrain="domain",
        row=row, col=column,
    )  # fmt: skip


def _anchor(drawn: go.Figure, row: int, column: int) -> str:
    (subplot,) = drawn._grid_ref[row - 1][column - 1]
    name: str = subplot.trace_kwargs["xaxis"]
    return name


def colour_scale(name: str) -> list[list[Any]]:
    """A plotly scale by name, its colours written as rgb(...): pages may take dark hex codes for words of a theme."""
    return [[at, colour if colour.startswith("rgb") else _rgb(colour)] for at, colour in get_colorscale(name)]


def _rgb(code: str) -> str:
    return "rgb({}, {}, {})".format(*bytes.fromhex(code.removeprefix("#")))


def data_uri(image: np.ndarray) -> str:
    """An image as a PNG inside a URI."""
    content = io.BytesIO()
    Image.fromarray(image).save(content, "PNG")
    return "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()


from vizlib.figures import (  # noqa: E402  (register figures)
    attention_plotly,  # noqa: F401
    curves_plotly,  # noqa: F401
    decision_plotly,  # noqa: F401
    detection_plotly,  # noqa: F401
    dive_plotly,  # noqa: F401
    dreams_plotly,  # noqa: F401
    fields_plotly,  # noqa: F401
    hiding_plotly,  # noqa: F401
    inside_plotly,  # noqa: F401
    judged_plotly,  # noqa: F401
    landscape_lines_plotly,  # noqa: F401
    landscape_plotly,  # noqa: F401
    layerwise_plotly,  # noqa: F401
    residuals_plotly,  # noqa: F401
    space_neighbors_plotly,  # noqa: F401
    space_plotly,  # noqa: F401
    statistics_plotly,  # noqa: F401
    thresholds_plotly,  # noqa: F401
    units_plotly,  # noqa: F401
    weights_plotly,  # noqa: F401
)
