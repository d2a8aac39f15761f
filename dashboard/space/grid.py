"""Pictures side by side instead of on top of each other: each point moves to a free place of a grid near it."""

import numpy as np

ROOM = 1.6  # places for one point, so that clusters keep their shape


def snapped(points: np.ndarray) -> np.ndarray:
    """Points moved to a grid, no two to one place.

    Parameters
    ----------
    points : float array [point, 2]

    Returns
    -------
    float array [point, 2]
        Centres of the places, in the scale of ``points``; those nearest to their place choose first.
    """
    low, span = points.min(0), np.ptp(points, axis=0)
    span[span == 0] = 1
    ratio = float(np.clip(span[0] / span[1], 0.25, 4))
    wide = int(np.ceil(np.sqrt(ROOM * len(points) * ratio)))
    tall = int(np.ceil(ROOM * len(points) / wide))
    steps = np.array([wide, tall]) / span
    wanted = (points - low) * steps - 0.5
    free = np.ones((wide, tall), bool)
    near = np.clip(np.rint(wanted).astype(int), 0, (wide - 1, tall - 1))
    placed = np.zeros_like(near)
    for point in np.argsort(((wanted - near) ** 2).sum(1), kind="stable"):
        placed[point] = place = _nearest_free(free, near[point], wanted[point])
        free[tuple(place)] = False
    return low + (placed + 0.5) / steps


def _nearest_free(free: np.ndarray, near: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The free place nearest to where a point wants to be, looked for in growing windows."""
    reach = 1
    while True:
        start, stop = np.maximum(near - reach, 0), near + reach + 1
        found = np.argwhere(free[start[0] : stop[0], start[1] : stop[1]]) + start
        if len(found):
            distance = ((found - wanted) ** 2).sum(1)
            best = int(distance.argmin())
            if distance[best] <= (reach + 0.5) ** 2 or reach >= max(free.shape):
                return found[best]  # type: ignore[no-any-return]
        reach *= 2
