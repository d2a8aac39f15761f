"""The graph of a network: which layer reads which, its blocks, and where each node stands in a drawing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from vizlib.core.results import Result

INPUT = "Input"
LEAST_BLOCKS = 8  # a network is taken apart until so many blocks are seen


@dataclass(frozen=True, eq=False)
class LayerGraph(Result):
    """Which layer reads which, in the order in which they run; node 0 is the image.

    Attributes
    ----------
    names : tuple of str
        Of the layer; of an operation between layers, the module in which it stands; of a block, its module.
    kinds : tuple of str
        Class of the layer, or the operation that joins several ways ("add", "cat").
    shapes : tuple of tuple of int
        Of the output, without the batch axis.
    edges : int array [edges, 2]
        From node, to node; sorted.
    joins : bool array [nodes]
        Operations between layers that read several nodes.
    weighted : bool array [nodes]
        Layers with a matrix or a kernel of weights.
    members : int array [nodes]
        Number of nodes that a block stands for, 1 for a node by itself.
    input_size : (int, int)
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    edges: np.ndarray
    joins: np.ndarray
    weighted: np.ndarray
    members: np.ndarray
    input_size: tuple[int, int]

    def __len__(self) -> int:
        return len(self.names)

    def before(self, node: int) -> list[int]:
        """The nodes that a node reads."""
        return [int(source) for source, target in self.edges if target == node]

    @property
    def depth(self) -> int:
        """Most layers with weights on one way through the network: the number in the name of a ResNet or a VGG."""
        most = np.zeros(len(self), np.int64)
        reads: list[list[int]] = [[] for _ in range(len(self))]
        for source, target in self.edges.tolist():
            reads[target].append(source)
        for node, sources in enumerate(reads):
            most[node] = max((most[source] for source in sources), default=0) + self.weighted[node]
        return int(most.max(initial=0))


def graph_of(
    names: Iterable[str],
    kinds: Iterable[str],
    shapes: Iterable[Iterable[int]],
    edges: Iterable[Sequence[int]],
    joins: Sequence[int],
    weighted: Sequence[int],
    members: Sequence[int],
    input_size: Sequence[int],
) -> LayerGraph:
    """A graph of plain lists; an edge that is named twice is one."""
    known = sorted({(int(source), int(target)) for source, target in edges})
    height, width = input_size
    return LayerGraph(
        tuple(names),
        tuple(kinds),
        tuple(tuple(map(int, shape)) for shape in shapes),
        np.array(known, np.int64).reshape(-1, 2),
        np.array(joins, bool),
        np.array(weighted, bool),
        np.array(members, np.int64),
        (int(height), int(width)),
    )


# --- blocks ---------------------------------------------------------------------------------------------------------


def blocks(graph: LayerGraph, least: int = LEAST_BLOCKS) -> tuple[str, ...]:
    """The block of each node: the network's children, the largest of them taken apart until there are enough.

    A node that is no part of a larger block is a block of its own, named by itself.
    """
    paths = [_path(graph, node) for node in range(len(graph))]
    cut = [1] * len(paths)
    while len(set(_heads(paths, cut))) < least:
        heads = _heads(paths, cut)
        parts = {head: heads.count(head) for head in heads}
        largest = max(parts, key=lambda head: parts[head])
        if parts[largest] == 1:
            break
        cut = [depth + (head == largest) for depth, head in zip(cut, heads, strict=True)]
    return tuple(".".join(head) for head in _heads(paths, cut))


def _path(graph: LayerGraph, node: int) -> tuple[str, ...]:
    """The modules around a node, and last the node itself."""
    around = tuple(graph.names[node].split(".")) if graph.names[node] else ()
    return (*around, f"#{node}")


def _heads(paths: list[tuple[str, ...]], cut: list[int]) -> list[tuple[str, ...]]:
    return [path[:depth] for path, depth in zip(paths, cut, strict=True)]


def folded(graph: LayerGraph, opened: Iterable[str] = (), least: int = LEAST_BLOCKS) -> LayerGraph:
    """The graph of blocks; those that are ``opened`` show their layers.

    Parameters
    ----------
    graph : LayerGraph
    opened : iterable of str
        Names that :func:`blocks` gave.
    least : int
        As for :func:`blocks`.
    """
    names = blocks(graph, least)
    opened = set(opened)
    keys = [f"#{node}" if name in opened or names.count(name) == 1 else name for node, name in enumerate(names)]
    order = list(dict.fromkeys(keys))
    place = {key: index for index, key in enumerate(order)}
    nodes = [[node for node, key in enumerate(keys) if key == wanted] for wanted in order]
    edges = [(place[keys[source]], place[keys[target]]) for source, target in graph.edges.tolist()]
    single = [len(part) == 1 for part in nodes]
    return graph_of(
        [graph.names[part[0]] if alone else names[part[0]] for part, alone in zip(nodes, single, strict=True)],
        [graph.kinds[part[0]] if alone else "" for part, alone in zip(nodes, single, strict=True)],
        [graph.shapes[part[-1]] for part in nodes],
        [edge for edge in edges if edge[0] != edge[1]],
        [bool(graph.joins[part[0]]) and alone for part, alone in zip(nodes, single, strict=True)],
        [bool(graph.weighted[part].any()) for part in nodes],
        [int(graph.members[part].sum()) for part in nodes],
        graph.input_size,
    )


# --- places ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Layout:
    """Where a graph is drawn: one row a node, in lanes; lane 0 is the main way.

    Attributes
    ----------
    lanes : tuple of int
        Of each node.
    routes : tuple of (int, int, int)
        From node, to node, and the lane in which the edge passes the rows between.
    """

    lanes: tuple[int, ...]
    routes: tuple[tuple[int, int, int], ...]

    @property
    def width(self) -> int:
        """Number of lanes."""
        return 1 + max([*self.lanes, *(lane for _, _, lane in self.routes)], default=0)


def layout(graph: LayerGraph) -> Layout:
    """Rows in the order in which layers run; no edge passes a node that it does not reach, nor another node's edge."""
    room = _Room()
    lanes = _lanes_of_nodes(graph, room)
    edges = sorted(graph.edges.tolist(), key=lambda edge: (abs(edge[1] - edge[0]), edge))
    routes = []
    for source, target in edges:
        first, last = sorted((source, target))
        wished = [lanes[target], lanes[source]] if first + 1 < last else [lanes[source]]
        lane = room.lane(first + 1, last, source, wished)
        room.take(lane, first + 1, last, source)
        routes.append((source, target, lane))
    return Layout(tuple(lanes), tuple(sorted(routes)))


class _Room:
    """Which rows of which lane are taken, and by whose output."""

    def __init__(self) -> None:
        self.taken: dict[int, list[tuple[int, int, int]]] = {}

    def free(self, lane: int, start: int, stop: int, owner: int) -> bool:
        return all(other == owner or stop <= first or last <= start for first, last, other in self.taken.get(lane, []))

    def lane(self, start: int, stop: int, owner: int, wished: Iterable[int] = (), lowest: int = 0) -> int:
        """The first lane that is wished for and free, else the lowest free one."""
        for lane in wished:
            if self.free(lane, start, stop, owner):
                return lane
        while not self.free(lowest, start, stop, owner):
            lowest += 1
        return lowest

    def take(self, lane: int, start: int, stop: int, owner: int) -> None:
        if start < stop:
            self.taken.setdefault(lane, []).append((start, stop, owner))


def _lanes_of_nodes(graph: LayerGraph, room: _Room) -> list[int]:
    """A node goes on in the lane of one that it reads and that nobody went on from, else begins the next free one."""
    last_use = {node: node for node in range(len(graph))}
    reads: list[list[int]] = [[] for _ in range(len(graph))]
    for source, target in graph.edges.tolist():
        last_use[source] = max(last_use[source], target)
        if source < target:
            reads[target].append(source)
    lanes: list[int] = []
    ends: dict[int, int] = {}  # lane: the last node in it
    for node, sources in enumerate(reads):
        going_on = sorted(lanes[source] for source in sources if ends.get(lanes[source]) == source)
        busy = {lane for lane, end in ends.items() if last_use[end] >= node and lane not in going_on}
        start = max(sources, default=node - 1) + 1
        lane = going_on[0] if going_on else 0
        while not going_on and (lane in busy or not room.free(lane, start, node + 1, node)):
            lane += 1
        lanes.append(lane)
        if going_on:  # its rows of waiting belong to the one that waited
            room.take(lane, ends[lane] + 1, node, ends[lane])
        ends[lane] = node
        room.take(lane, node, node + 1, -1 - node)
    return lanes
