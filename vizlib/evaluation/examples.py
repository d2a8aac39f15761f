"""Examples whose truth is known, with the scores that somebody gave them; and those of a model on an image set."""

import re
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from vizlib.core.progress import Progress, silent

AT_ONCE = 32  # images
Kind = Literal["binary", "classes", "several"]


class Examples(NamedTuple):
    """Scores and truth as the evaluation takes them.

    Attributes
    ----------
    kind : {"binary", "classes", "several"}
        One score an example; one score a class, of which one is true; one score a class, any of which may be true.
    scores : array [example, class]
    truth : array
        0 or 1 [example], a class index [example], or one mark for each class [example, class].
    names : tuple of str
        Of the classes; of "binary" the positive one.
    """

    kind: Kind
    scores: np.ndarray
    truth: np.ndarray
    names: tuple[str, ...]

    def positive(self, number: int) -> np.ndarray:
        """Which examples are of a class."""
        if self.truth.ndim == 2:
            found: np.ndarray = self.truth[:, number]
            return found
        return self.truth == (1 if self.kind == "binary" else number)

    def marks(self) -> np.ndarray:
        """Which classes each example is of [example, class]."""
        return np.stack([self.positive(number) for number in range(len(self.names))], axis=1)

    @property
    def probable(self) -> bool:
        """Whether the scores are probabilities of classes that exclude each other."""
        inside = bool(((self.scores >= 0) & (self.scores <= 1)).all())
        if self.kind == "several" or not inside:
            return False
        return self.kind == "binary" or bool(np.abs(self.scores.sum(axis=1) - 1).max() <= 1e-3)

    def predicted(self) -> np.ndarray:
        """The class with the highest score; of one score whether it is at least a half."""
        return (self.scores[:, 0] >= 0.5).astype(np.int64) if self.kind == "binary" else self.scores.argmax(axis=1)

    @property
    def told_apart(self) -> tuple[str, ...]:
        """Names of what a prediction can be."""
        return (f"not {self.names[0]}", self.names[0]) if self.kind == "binary" else self.names


def raw_scores(model: Any, images: Any, *, progress: Progress = silent) -> np.ndarray:
    """What a loaded model says of every image of a set [image, class], before softmax."""
    from vizlib.core.predict import predict

    parts = []
    for start in range(0, len(images), AT_ONCE):
        progress(start, len(images))
        parts.append(predict(model, [images.read(index) for index in range(start, min(start + AT_ONCE, len(images)))]))
    progress(len(images), len(images))
    return np.concatenate(parts)


def examples_of(model: Any, images: Any, *, progress: Progress = silent) -> Examples:
    """A loaded model's probabilities on an image set whose labels are known.

    Parameters
    ----------
    model : Model
    images : ImageStream
        Its classes are found among those of the model by name.

    Raises
    ------
    ValueError
        The set has no labels, or no class of it is one of the model's.
    """
    if images.labels is None:
        raise ValueError("The image set has no labels; put its pictures into one folder a class, or take scenes:512.")
    scores = raw_scores(model, images, progress=progress)
    labels = model.labels or tuple(map(str, range(scores.shape[1])))
    return matched(scores, labels, images.labels, images.classes)[0]


def matched(
    scores: np.ndarray, labels: Sequence[str], truth: np.ndarray, classes: Sequence[str]
) -> tuple[Examples, np.ndarray]:
    """Probabilities beside the truth of a set, for the images whose class the model knows; and which those are."""
    places = matches(classes, labels)
    if not places:
        some = ", ".join(classes[:4]) + ("…" if len(classes) > 4 else "")
        raise ValueError(f"The model knows none of the classes of this set ({some}); choose another set or another model.")  # fmt: skip  # noqa: E501
    known = np.array([places.get(number, -1) for number in range(len(classes))])[truth]
    rows = np.flatnonzero(known >= 0)
    powers = np.exp(scores.astype(np.float64) - scores.max(axis=1, keepdims=True))
    shares = powers / powers.sum(axis=1, keepdims=True)
    return Examples("classes", shares[rows], known[rows], tuple(labels)), rows


def matches(wanted: Sequence[str], known: Sequence[str]) -> dict[int, int]:
    """Which class of the model each class of a set is, by its name; capitals, marks and synonyms do not matter."""
    places: dict[str, int] = {}
    for number, name in enumerate(known):
        for word in (name, *name.split(",")):
            places.setdefault(_plain(word), number)
    found = {number: places.get(_plain(name)) for number, name in enumerate(wanted)}
    return {number: place for number, place in found.items() if place is not None}


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name).strip().casefold()
