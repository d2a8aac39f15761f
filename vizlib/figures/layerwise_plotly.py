"""How alike layers are, on the screen; registered with :func:`vizlib.figures.interactive.figure`."""

from collections.abc import Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go

from vizlib.figures.interactive import colour_scale, figure
from vizlib.figures.layerwise import UNIT, layerwise_title, layerwise_words
from vizlib.space.layerwise import LayerSimilarity

CELL, AROUND = 26, 170  # pixels


@figure.register
def layer_similarity(result: LayerSimilarity, *, models: Sequence[str] = (), **_: Any) -> go.Figure:
    """The matrix; hovering tells two layers and their alignment.

    Parameters
    ----------
    models : sequence of str
        Names of the two models, or of the one.
    """
    rows, columns = ([escape(name, quote=False) for name in names] for names in (result.layers, result.others))
    bar = {"title": {"text": "linear CKA", "side": "right", "font": {"size": 11}}, "thickness": 12}
    drawn = go.Figure(
        go.Heatmap(
            z=result.matrix, x=columns, y=rows, zmin=0, zmax=1, colorscale=colour_scale("viridis"), colorbar=bar,
            hovertemplate="%{y} · %{x}: %{z:.3f}<extra></extra>",
        )
    )  # fmt: skip
    names = [escape(name, quote=False) for name in (*models, *models[-1:])][:2] or ["", ""]
    drawn.update_layout(
        title={"text": escape(layerwise_title(result), quote=False), "font": {"size": 13}},
        height=max(300, min(720, CELL * len(rows) + AROUND)),
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        meta={"alternative": f"{layerwise_words(result)} {UNIT}."},
        xaxis={"type": "category", "automargin": True, "title": names[-1]},
        yaxis={"type": "category", "automargin": True, "title": names[0], "autorange": "reversed"},
    )
    return drawn
