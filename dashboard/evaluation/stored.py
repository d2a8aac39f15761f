"""Scores of bundled models on bundled images, so that the page has something to show before torch is there."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dashboard.gallery import FOLDER
from vizlib.data.streams import ImageStream
from vizlib.zoo.cards import read_card

if TYPE_CHECKING:
    from dashboard.evaluation.scores import Raw


def stored(model: str, folder: Path, stream: ImageStream) -> "Raw | None":
    """The stored scores of these weights on this set, if there are some."""
    from dashboard.evaluation.scores import Raw

    found = _read(model, stream.name)
    if found is None:
        return None
    scores, labels, weights, digest, known = found
    try:
        card = read_card(folder)
    except ValueError:
        return None  # the sentence is said where the model is loaded
    return Raw(scores, labels, known, card) if (card.sha256, stream.digest) == (weights, digest) else None


@functools.cache
def _read(model: str, images: str) -> tuple[np.ndarray, tuple[str, ...], str, str, str] | None:
    file = FOLDER / "evaluation" / f"{model}-{images.replace(':', '-')}.npz"
    if not file.is_file():
        return None
    with np.load(file, allow_pickle=False) as held:
        facts = (str(held[name]) for name in ("weights", "images", "model"))
        return held["scores"], tuple(held["labels"].tolist()), *facts  # type: ignore[return-value]
