"""Labels of images as the model's own class indices."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def labels_for(model: Any, images: Any, target: Sequence[int]) -> np.ndarray:
    """One class index an image: those of an image set, matched by the names of the classes, or the stated ones.

    Raises
    ------
    ValueError
        The set has no labels, or the model does not know its classes.
    """
    classes = getattr(images, "classes", None)
    if classes is None:
        return np.asarray(target, np.int64)
    if images.labels is None:
        raise ValueError("The image set has no labels; put its pictures into one folder a class, or take scenes:512.")
    indices = np.array([_index(model, name, number, classes) for number, name in enumerate(classes)])
    found: np.ndarray = indices[np.asarray(images.labels)].astype(np.int64)
    return found


def _index(model: Any, name: str, number: int, classes: Sequence[str]) -> int:
    known = [label.casefold() for label in model.labels]
    if name.casefold() in known:
        return known.index(name.casefold())
    if not known and name.isdecimal():
        return int(name)
    if not known:
        return number
    raise ValueError(f"The model knows no class {name[:40]!r}; name the folders of the image set like its classes.")
