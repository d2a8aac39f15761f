"""The graph of a network on paper; the figure of a table of layers draws it when it is given one."""

from matplotlib.figure import Figure

from vizlib.figures.graph import DOTS, JOIN, SKIP, WAY, WEIGHTED, graph_plan
from vizlib.inside.graph import LayerGraph

ROW, LANE = 0.15, 0.13  # inches of one node and of one lane
WORDS = 4.2  # inches of names and shapes
SIZES = {WEIGHTED: 14, JOIN: 26}


def graph_on_paper(graph: LayerGraph, opened: str | None = None) -> Figure:
    """One row a node, its ways at the left, its name, kind and shape at the right."""
    plan = graph_plan(graph, opened)
    count, wide, high = len(plan.names), LANE * (plan.width + 1), ROW * (len(plan.names) + 1)
    drawn = Figure(figsize=(wide + WORDS, high + 0.3))
    axes = drawn.add_axes((0, 0, 1, high / (high + 0.3)))
    for points, aside in plan.ways:
        axes.plot(*points.T, color=SKIP if aside else WAY, linewidth=0.9, zorder=1)
    for (x, y), kind in zip(plan.dots, plan.kinds, strict=True):
        marker = "s" if kind == "block" else "o"
        axes.scatter(x, y, s=SIZES.get(kind, 8), color=DOTS[kind], marker=marker, linewidths=0, zorder=2)
    for row, (name, facts) in enumerate(zip(plan.names, plan.facts, strict=True)):
        axes.text(plan.width + 0.3, row, name, fontsize=6, va="center", parse_math=False)
        axes.text(plan.width + 0.3 + 0.55 * WORDS / LANE, row, facts, fontsize=6, va="center", parse_math=False)
    axes.set(xlim=(-1, plan.width + WORDS / LANE), ylim=(count, -1))
    axes.set_axis_off()
    drawn.text(0.02, 1, plan.title, fontsize=7, va="top", parse_math=False)
    return drawn
