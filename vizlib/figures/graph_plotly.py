"""The graph of a network on the screen; the figure of a table of layers draws it when it is given one."""

from html import escape

import numpy as np
import plotly.graph_objects as go

from vizlib.figures.graph import DOTS, JOIN, SKIP, WAY, WEIGHTED, graph_plan
from vizlib.inside.graph import LayerGraph

ROW = 20  # pixels of one node
SIZES = {WEIGHTED: 9, JOIN: 12}
LANES = 12  # lanes that a title's width holds


def graph_on_screen(graph: LayerGraph, opened: str | None = None) -> go.Figure:
    """One row a node; hovering tells its name, its kind and its shape."""
    plan = graph_plan(graph, opened)
    drawn = go.Figure()
    for aside, colour in ((False, WAY), (True, SKIP)):
        ways = [np.vstack([points, [[np.nan, np.nan]]]) for points, away in plan.ways if away is aside]
        if ways:
            x, y = np.concatenate(ways).T
            drawn.add_trace(go.Scatter(x=x, y=y, mode="lines", line={"color": colour}, hoverinfo="skip"))
    texts = [escape(f"{name}  {facts}", quote=False) for name, facts in zip(plan.names, plan.facts, strict=True)]
    look = {"color": [DOTS[kind] for kind in plan.kinds], "size": [SIZES.get(kind, 7) for kind in plan.kinds]}
    look |= {"symbol": ["square" if kind == "block" else "circle" for kind in plan.kinds], "opacity": 1}
    hover = {"text": texts, "hovertemplate": "%{text}<extra></extra>"}
    drawn.add_trace(go.Scatter(x=plan.dots[:, 0], y=plan.dots[:, 1], mode="markers", marker=look, **hover))
    x = np.full(len(texts), plan.width)
    drawn.add_trace(
        go.Scatter(x=x, y=plan.dots[:, 1], mode="text", text=texts, textposition="middle right", hoverinfo="skip")
    )
    drawn.update_xaxes(visible=False, range=[-1, plan.width + LANES])
    drawn.update_yaxes(visible=False, range=[len(texts), -1])
    drawn.update_layout(
        title={"text": escape(plan.title, quote=False), "font": {"size": 13}},
        height=ROW * len(texts) + 80,
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        showlegend=False,
        meta={"alternative": plan.alternative},
        plot_bgcolor="rgba(0,0,0,0)",
    )
    return drawn
