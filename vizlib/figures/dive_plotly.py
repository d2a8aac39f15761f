"""A depth dive on the screen; registered with :func:`vizlib.figures.interactive.figure`."""

from html import escape
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from vizlib.figures.dive import WIDTHS, dive_in_words, dive_rows, dive_title
from vizlib.figures.fields import COLOURS, THEORY
from vizlib.figures.interactive import colour_scale, data_uri, figure
from vizlib.inside.results import Box
from vizlib.inside.results_fields import DepthDive

ROW = 190  # pixels
HEADING = 20  # pixels above the first row, for its words


@figure.register
def dive_on_screen(result: DepthDive, **_: Any) -> go.Figure:
    """A row for each layer: the box on the image, the effective field, patches, a dream."""
    rows = dive_rows(result)
    titles = [escape(row.title, quote=False) if column == 0 else "" for row in rows for column in range(4)]
    gap = 0.25 / max(len(rows), 1) * 0.7
    drawn = make_subplots(len(rows), 4, column_widths=WIDTHS, subplot_titles=titles, vertical_spacing=gap,
                          horizontal_spacing=0.02)  # fmt: skip
    for number, row in enumerate(rows, start=1):
        for column, picture in ((1, row.image), (3, row.patches), (4, row.dream)):
            _add(drawn, go.Image(source=data_uri(picture), hoverinfo="skip"), number, column)
        scale = colour_scale(COLOURS)
        map_ = go.Heatmap(z=row.effective, colorscale=scale, zmin=0, zmax=1, showscale=False, hoverinfo="skip")
        _add(drawn, map_, number, 2)
        high, wide = row.effective.shape
        drawn.update_yaxes(range=[high - 0.5, -0.5], scaleanchor=f"x{4 * number - 2}", row=number, col=2)
        drawn.update_xaxes(range=[-0.5, wide - 0.5], row=number, col=2)
        for column in (1, 2):
            _frame(drawn, row.box, number, column)
    _make_room(drawn, 1 - HEADING / (ROW * len(rows)))
    drawn.update_annotations(font={"size": 12}, xanchor="left", x=0)
    drawn.update_layout(
        title={"text": escape(dive_title(result), quote=False), "font": {"size": 13}},
        height=ROW * len(rows) + 60,
        margin={"l": 8, "r": 8, "t": 60, "b": 8},
        showlegend=False,
        meta={"alternative": dive_in_words(result)},
    )
    return drawn


def _make_room(drawn: go.Figure, share: float) -> None:
    """Let the rows begin below the upper end, where pages cut what stands above."""
    drawn.for_each_yaxis(lambda axis: axis.update(domain=[end * share for end in axis.domain]))
    drawn.for_each_annotation(lambda words: words.update(y=words.y * share))


def _add(drawn: go.Figure, trace: Any, row: int, column: int) -> None:
    drawn.add_trace(trace, row=row, col=column)
    drawn.update_xaxes(visible=False, constrain="domain", row=row, col=column)
    drawn.update_yaxes(visible=False, constrain="domain", row=row, col=column)


def _frame(drawn: go.Figure, box: Box, row: int, column: int) -> None:
    edges = {"x0": box.left - 0.5, "x1": box.right - 0.5, "y0": box.top - 0.5, "y1": box.bottom - 0.5}
    for colour, width in (("white", 4), (THEORY, 2)):
        drawn.add_shape(type="rect", **edges, line={"color": colour, "width": width}, row=row, col=column)
