"""Neighbours and probes on the screen; registered with :func:`vizlib.figures.interactive.figure`."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from vizlib.figures.interactive import colour_scale, data_uri, figure
from vizlib.figures.space_neighbors import METRICS, knn_title, matrix_of, probe_title, strip
from vizlib.space.results import Features, KnnAccuracy, Neighbors, Probe

BLUE = "rgb(0, 114, 178)"
ORANGE = "rgb(213, 94, 0)"


@figure.register
def neighbors(
    result: Neighbors,
    *,
    images: Any = None,
    query_images: Any = None,
    queries: Sequence[int] | None = None,
    beside: Neighbors | None = None,
    **_: Any,
) -> go.Figure:
    """Each query with its nearest images; the keywords are those of :func:`vizlib.figures.space_neighbors.strip`."""
    plan = strip(result, images=images, query_images=query_images, queries=queries, beside=beside)
    height, width = plan.pixels.shape[:2]
    drawn = go.Figure()
    drawn.add_layout_image(
        source=data_uri(plan.pixels), x=0, y=0, sizex=width, sizey=height, sizing="stretch", layer="below",
        xref="x", yref="y",
    )  # fmt: skip
    drawn.add_trace(
        go.Scatter(
            x=[caption.x for caption in plan.captions], y=[caption.y + 10 for caption in plan.captions], mode="text",
            text=[escape(caption.text, quote=False) for caption in plan.captions], textfont={"size": 11},
            hovertext=[escape(caption.more, quote=False) for caption in plan.captions], hoverinfo="text",
        )
    )  # fmt: skip
    drawn.update_layout(
        title={"text": escape(plan.title, quote=False), "font": {"size": 13}},
        height=min(1600, max(180, round(height * 900 / width) + 50)),
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        meta={"alternative": plan.alternative},
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=False,
    )
    drawn.update_xaxes(range=[0, width], visible=False, constrain="domain")
    drawn.update_yaxes(range=[height, 0], visible=False, scaleanchor="x", constrain="domain")
    return drawn


@figure.register
def features(result: Features, **_: Any) -> go.Figure:
    """The features as a picture, one row an image."""
    shown, said = matrix_of(result)
    drawn = go.Figure(
        go.Heatmap(
            z=shown.astype(np.float32), colorscale=colour_scale("viridis"), zmin=0, zmax=1,
            colorbar={"title": {"text": "smallest to largest of each feature", "side": "right"}, "thickness": 12},
        )
    )  # fmt: skip
    drawn.update_layout(
        title={"text": escape(said, quote=False), "font": {"size": 13}},
        height=420,
        margin={"l": 8, "r": 8, "t": 40, "b": 30},
        meta={"alternative": " ".join([f"{said}.", *result.notes])},
        xaxis={"title": "feature", "showticklabels": False},
        yaxis={"title": "image", "autorange": "reversed", "showticklabels": False},
    )
    return drawn


@figure.register
def knn_accuracy(result: KnnAccuracy, **_: Any) -> go.Figure:
    """Accuracy against the number of neighbours."""
    drawn = go.Figure(go.Scatter(x=result.k, y=result.accuracy, mode="lines+markers", line={"color": BLUE}))
    drawn.add_hline(y=result.chance, line={"color": ORANGE, "dash": "dash"}, annotation_text="largest class")
    drawn.update_layout(
        title={"text": escape(knn_title(result), quote=False), "font": {"size": 13}},
        height=340,
        margin={"l": 8, "r": 8, "t": 40, "b": 40},
        meta={"alternative": " ".join([f"{knn_title(result)}.", *result.notes])},
        xaxis={"title": f"neighbours, by {METRICS[result.metric]}"},
        yaxis={"title": "accuracy, leave-one-out", "tickformat": ".0%"},
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=False,
    )
    return drawn


@figure.register
def probe(result: Probe, **_: Any) -> go.Figure:
    """What the probe takes for what; rows are the true classes."""
    share = result.matrix / np.maximum(result.matrix.sum(1, keepdims=True), 1)
    names = [escape(name, quote=False) for name in result.classes]
    drawn = go.Figure(
        go.Heatmap(
            z=share, x=names, y=names, customdata=result.matrix, colorscale=colour_scale("viridis"), zmin=0, zmax=1,
            hovertemplate="true %{y}, said %{x}: %{customdata} (%{z:.0%})<extra></extra>",
            colorbar={"title": {"text": "share of the true class", "side": "right"}, "thickness": 12},
        )
    )  # fmt: skip
    drawn.update_layout(
        title={"text": escape(probe_title(result), quote=False), "font": {"size": 13}},
        height=420,
        margin={"l": 8, "r": 8, "t": 40, "b": 40},
        meta={"alternative": " ".join([f"{probe_title(result)}.", *result.notes])},
        xaxis={"title": "said by the probe", "type": "category"},
        yaxis={"title": "true class", "autorange": "reversed", "type": "category"},
    )
    return drawn
