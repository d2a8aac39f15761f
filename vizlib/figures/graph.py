"""Places and words of the figure of a network's graph; screen and paper take them from here."""

from dataclasses import dataclass

import numpy as np

from vizlib.inside.graph import INPUT, LayerGraph, blocks, folded, layout

WHOLE = 90  # a network of at most so many nodes is shown without blocks
LAYER, WEIGHTED, JOIN, BLOCK = "layer", "weighted", "join", "block"
WAY, SKIP = "#8a959b", "#0072b2"
DOTS = {LAYER: "#4a555b", WEIGHTED: "#4a555b", JOIN: "#0072b2", BLOCK: "#d55e00"}


@dataclass(frozen=True, eq=False)
class GraphPlan:
    """A graph ready to draw; x is the lane, y the row, both from 0.

    Attributes
    ----------
    ways : list of (array [points, 2], bool)
        Each edge, and whether it leaves the main way.
    dots : array [nodes, 2]
    kinds : list of str
        Key of ``DOTS`` for each node.
    names, facts : list of str
    width : int
        Number of lanes.
    """

    ways: list[tuple[np.ndarray, bool]]
    dots: np.ndarray
    kinds: list[str]
    names: list[str]
    facts: list[str]
    width: int
    title: str
    alternative: str


def in_blocks(graph: LayerGraph, opened: str | None = None) -> LayerGraph:
    """The graph as it is drawn: of a large network the blocks, one of which may be open."""
    return graph if len(graph) <= WHOLE else folded(graph, [opened] if opened in blocks(graph) else [])


def graph_plan(whole: LayerGraph, opened: str | None = None) -> GraphPlan:
    """Where every node and every way lies, and what is written there."""
    graph = in_blocks(whole, opened)
    places = layout(graph)
    ways = [_way(*route, places.lanes) for route in places.routes]
    dots = np.column_stack([places.lanes, np.arange(len(graph))])
    parts = f"{len(whole)} nodes, {len(whole.edges)} connections"
    folds = "" if graph is whole else f", drawn as {len(graph)} blocks and layers"
    title = f"Graph of the layers: {parts}{folds}"
    joins = f"{int(whole.joins.sum())} nodes join several ways; at most {whole.depth} layers with weights on one way."
    names = ["image" if kind == INPUT else name for name, kind in zip(graph.names, graph.kinds, strict=True)]
    facts = [_facts(graph, node) for node in range(len(graph))]
    kinds = [_kind(graph, node) for node in range(len(graph))]
    return GraphPlan(ways, dots, kinds, names, facts, places.width, title, f"{title}. {joins}")


def _way(source: int, target: int, lane: int, lanes: tuple[int, ...]) -> tuple[np.ndarray, bool]:
    """An edge leaves at once, passes in its lane and arrives at the end."""
    down = 1 if target > source else -1
    between = [(lane, source + down), (lane, target - down)] if source + down != target else []
    points = [(lanes[source], source), *between, (lanes[target], target)]
    return np.array(points, float), bool(lane or lanes[source] or lanes[target])


def _kind(graph: LayerGraph, node: int) -> str:
    if graph.joins[node]:
        return JOIN
    if graph.members[node] > 1:
        return BLOCK
    return WEIGHTED if graph.weighted[node] else LAYER


def _facts(graph: LayerGraph, node: int) -> str:
    members = int(graph.members[node])
    kind = f"{members} nodes" if members > 1 else "" if graph.kinds[node] == INPUT else graph.kinds[node]
    return "  ".join(filter(None, (kind, " × ".join(map(str, graph.shapes[node])))))
