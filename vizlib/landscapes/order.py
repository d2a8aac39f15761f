"""In which order the points of a grid are visited: coarse first, then finer and finer."""

from math import ceil, log2

from vizlib.core.errors import OptionError

Point = tuple[int, int]


def checked_steps(steps: int) -> int:
    """An odd number, so that the middle is a node of the grid."""
    if steps % 2 == 0:
        raise OptionError(
            f"steps must be odd, so that the trained weights are a node of the grid; got {steps}. Try {steps + 1}."
        )
    return steps


def coarse_to_fine(steps: int) -> list[list[Point]]:
    """Nodes (row, column) of a square grid in levels; each level halves the distance, all levels reach the border."""
    levels: list[list[Point]] = []
    seen: set[Point] = set()
    for nodes in levels_of(steps):
        fresh = [(row, column) for row in nodes for column in nodes if (row, column) not in seen]
        seen.update(fresh)
        levels.append(sorted(fresh, key=lambda point: _far(point, steps // 2)))
    return levels


def levels_of(steps: int) -> list[list[int]]:
    """Nodes of one axis, level by level."""
    last = steps - 1
    parts = [2**power for power in range(1, ceil(log2(last)) + 1)]
    return [sorted({round(last * part / count) for part in range(count + 1)} | {steps // 2}) for count in parts]


def _far(point: Point, middle: int) -> tuple[int, Point]:
    return (point[0] - middle) ** 2 + (point[1] - middle) ** 2, point
