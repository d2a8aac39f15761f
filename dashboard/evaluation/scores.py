"""Scores beside the truth: what a model says about an image set with labels, matched by the names of the classes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from dashboard.engine import Engine, ModelName
from dashboard.image_set import ChosenSet
from dashboard.text import _
from dashboard.visit import Visit
from dashboard.worker import Job, Progress
from vizlib.data.streams import ImageStream

if TYPE_CHECKING:
    from vizlib.zoo.model import Model

AT_ONCE = 32  # images
Kind = Literal["binary", "classes", "several"]


@dataclass(frozen=True, eq=False)
class Raw:
    """What a network says: raw scores [image, class], and its classes."""

    scores: np.ndarray
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores of examples whose truth is known.

    Attributes
    ----------
    title : str
        Who scored what, as plain text.
    kind : {"binary", "classes", "several"}
        One score an example; one score a class, of which one is true; one score a class, any of which may be true.
    scores : array [example, class]
    truth : int array [example], or bool array [example, class] where several may be true
    names : tuple of str
        Of the classes; of "binary" the positive one.
    images : ImageStream or None
        Where the examples are images that can be looked at.
    rows : int array [example]
        Number of each example among the images, or in the table.
    notes : tuple of str
        What was left out, and why.
    key : tuple
        What tells these scores from others.
    """

    title: str
    kind: Kind
    scores: np.ndarray
    truth: np.ndarray
    names: tuple[str, ...]
    rows: np.ndarray
    images: ImageStream | None = None
    notes: tuple[str, ...] = ()
    key: tuple[Any, ...] = ()

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def classes(self) -> tuple[int, ...]:
        """Classes that occur and do not occur everywhere: those that have a curve."""
        support = np.array([self.positive(number).sum() for number in range(len(self.names))])
        return tuple(np.flatnonzero((support > 0) & (support < len(self))).tolist())

    def positive(self, number: int) -> np.ndarray:
        """Which examples are of a class."""
        if self.truth.ndim == 2:
            found: np.ndarray = self.truth[:, number]
            return found
        return self.truth == (1 if self.kind == "binary" else number)

    def score(self, number: int) -> np.ndarray:
        """What was said about a class."""
        found: np.ndarray = self.scores[:, number]
        return found

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

    def called(self, example: int) -> str:
        """What an example is, in words."""
        if self.kind == "binary":
            return self.names[0] if self.truth[example] else _("not {name}").format(name=self.names[0])
        if self.kind == "classes":
            return self.names[int(self.truth[example])]
        return ", ".join(np.array(self.names)[self.truth[example]]) or _("none of the classes")


def scored_by(here: Visit, chosen: ChosenSet, slot: str) -> Scored | Job:
    """What the visit's model says about an image set; the job that asks it, until it is there."""
    assert isinstance(chosen.pictures, ImageStream)
    model, stream = here.model_name(), chosen.pictures
    key = ("scores", model, stream.digest)
    raw: Any = here.engine.results.get(key)
    if raw is None:
        raw = stored_scores(here, stream)
    if raw is None:
        label = _("{model} looks at {images}").format(model=model.name, images=chosen.words)
        work = partial(_asked, here.engine, stream)
        job = here.engine.with_model(here.owner, slot, key, label, model, work)
        if job.state != "done":
            return job
        raw = job.value
    here.engine.results.put(key, raw)
    return matched(raw, chosen, here.listed().name, (model, stream.digest))


def _asked(engine: Engine, stream: ImageStream, model: "Model", tick: Progress) -> Raw:
    from vizlib.core.predict import predict

    parts = []
    for start in range(0, len(stream), AT_ONCE):
        tick(start, len(stream))
        images = [stream.read(index) for index in range(start, min(start + AT_ONCE, len(stream)))]
        parts.append(predict(model, images))
    tick(len(stream), len(stream))
    scores = np.concatenate(parts)
    return Raw(scores, model.labels or tuple(map(str, range(scores.shape[1]))))


def stored_scores(here: Visit, stream: ImageStream) -> Raw | None:
    """Scores that came with a bundled model, if they are of these weights and images."""
    from dashboard.evaluation.stored import stored

    listed = here.listed()
    if here.random or listed.folder is None or here.precision != "float32":
        return None
    return stored(listed.name, listed.folder, stream)


def matched(raw: Raw, chosen: ChosenSet, model: str, key: tuple[ModelName, str]) -> Scored:
    """Scores beside the labels of a set, whose classes are found among those of the model by name.

    Raises
    ------
    ValueError
        No class of the set is one of the model's.
    """
    assert chosen.labels is not None
    places = matches(chosen.classes, raw.labels)
    if not places:
        sentence = _("{model} knows none of the classes of this set ({classes}); choose another set or another model.")
        some = ", ".join(chosen.classes[:4]) + ("…" if len(chosen.classes) > 4 else "")
        raise ValueError(sentence.format(model=model, classes=some))
    known = np.array([places.get(number, -1) for number in range(len(chosen.classes))])
    truth = known[chosen.labels]
    rows = np.flatnonzero(truth >= 0)
    notes = []
    if len(rows) < len(truth):
        strange = [name for number, name in enumerate(chosen.classes) if number not in places]
        sentence = _("{count} images are left out: the model has no class {names}.")
        notes.append(sentence.format(count=len(truth) - len(rows), names=", ".join(strange[:6])))
    powers = np.exp(raw.scores.astype(np.float64) - raw.scores.max(axis=1, keepdims=True))
    scores = (powers / powers.sum(axis=1, keepdims=True))[rows]
    title = _("{model} on {images}").format(model=model, images=chosen.words)
    images = chosen.pictures if isinstance(chosen.pictures, ImageStream) else None
    return Scored(title, "classes", scores, truth[rows], raw.labels, rows, images, tuple(notes), key)


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
