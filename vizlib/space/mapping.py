"""What every map has in common: features come in, are checked, and leave with their positions and a quality."""

from typing import Any

import numpy as np

from vizlib.space.inputs import digest_of, in_metric
from vizlib.space.quality import quality
from vizlib.space.results import Embedding, Features
from vizlib.space.stages import Tick

SAME = "All images have the same features, so all points lie at one place."


def embedding(
    given: Features,
    points: np.ndarray,
    technique: str,
    options: dict[str, Any],
    *,
    notes: tuple[str, ...] = (),
    tick: Tick | None = None,
    explained: np.ndarray | None = None,
) -> Embedding:
    """The result; with its quality when a progress is given, a preview otherwise."""
    found = np.array(points, np.float64)
    judged = None
    if tick is not None:
        values = in_metric(given.values, options.get("metric", "euclidean"))
        judged = quality(values, found, given.labels, seed=options["seed"], tick=tick)
    return Embedding(
        points=found,
        technique=technique,
        quality=judged,
        explained=explained,
        options=options,
        notes=notes,
        names=given.names,
        labels=given.labels,
        classes=given.classes,
        predicted=given.predicted,
        confidence=given.confidence,
        layer=given.layer,
        source="" if tick is None else digest_of(given.values),
    )


def copies(values: np.ndarray) -> tuple[str, ...]:
    """A note on images that cannot be told apart."""
    alike = len(values) - len(np.unique(values, axis=0))
    if not alike:
        return ()
    many = f"{alike} images have" if alike > 1 else "1 image has"
    return (f"{many} the same features as another one; such points may cover each other.",)
