"""How bundled scenes were made: size of the object, light, clutter, background and so on, by their numbers."""

from collections.abc import Iterable

import numpy as np

from vizlib.core.progress import Progress, silent
from vizlib.data.scenes import scene

FACTS = ("size", "occluded", "light", "shadow", "clutter", "angle", "background", "texture")


def scene_facts(rows: Iterable[int], *, progress: Progress = silent) -> dict[str, np.ndarray]:
    """Every fact of held-out scenes [row], by its name."""
    numbers = [int(row) for row in rows]
    made = []
    for done, row in enumerate(numbers):
        progress(done, len(numbers))
        one = scene(row, split="heldout")
        made.append([getattr(one, name) for name in FACTS])
    progress(len(numbers), len(numbers))
    return {name: np.array(values) for name, values in zip(FACTS, zip(*made, strict=True), strict=True)}


def scene_fact(name: str, rows: Iterable[int]) -> np.ndarray:
    """One fact of held-out scenes [row]."""
    return scene_facts(rows)[name]
