"""Scores beside the truth: what a model says about an image set with labels, matched by the names of the classes."""

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from dashboard.engine import Engine, ModelName
from dashboard.image_set import ChosenSet
from dashboard.text import _
from dashboard.visit import Visit
from dashboard.worker import Job, Progress
from vizlib.core.judged import judged, of_model
from vizlib.core.recipe import Recipe
from vizlib.data.streams import ImageStream
from vizlib.evaluation import examples
from vizlib.evaluation.examples import Examples, Kind, matches

if TYPE_CHECKING:
    from vizlib.zoo.cards import Card
    from vizlib.zoo.model import Model


@dataclass(frozen=True, eq=False)
class Raw:
    """What a network says: raw scores [image, class], its classes, and the digest and card it is known by."""

    scores: np.ndarray
    labels: tuple[str, ...]
    digest: str
    card: "Card"


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
    base : Recipe or None
        What a recipe says of them, before anything is asked.
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
    base: Recipe | None = None

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def classes(self) -> tuple[int, ...]:
        """Classes that occur and do not occur everywhere: those that have a curve."""
        support = np.array([self.positive(number).sum() for number in range(len(self.names))])
        return tuple(np.flatnonzero((support > 0) & (support < len(self))).tolist())

    @property
    def examples(self) -> Examples:
        """The same as the library takes them."""
        return Examples(self.kind, self.scores, self.truth, self.names)

    def asked(
        self, technique: str, number: int | None = None, data: dict[str, Any] | None = None, **given: Any
    ) -> Recipe | None:
        """The recipe of an evaluation of these scores, of one class where it is about one."""
        if self.base is None:
            return None
        one = number is not None and number >= 0 and self.kind != "binary"
        return judged(self.base, technique, (int(number),) if one else (), data, **given)  # type: ignore[arg-type]

    def positive(self, number: int) -> np.ndarray:
        """Which examples are of a class."""
        return self.examples.positive(number)

    def score(self, number: int) -> np.ndarray:
        """What was said about a class."""
        found: np.ndarray = self.scores[:, number]
        return found

    @property
    def probable(self) -> bool:
        """Whether the scores are probabilities of classes that exclude each other."""
        return self.examples.probable

    def predicted(self) -> np.ndarray:
        """The class with the highest score; of one score whether it is at least a half."""
        return self.examples.predicted()

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
    weights = "random" if here.random else "default"
    base = of_model(raw.card, raw.card.name, raw.digest, stream, weights=weights, precision=here.precision)
    return replace(matched(raw, chosen, here.listed().name, (model, stream.digest)), base=base)


def _asked(engine: Engine, stream: ImageStream, model: "Model", tick: Progress) -> Raw:
    scores = examples.raw_scores(model, stream, progress=tick)
    return Raw(scores, model.labels or tuple(map(str, range(scores.shape[1]))), model.digest, model.card)


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
    found, rows = examples.matched(raw.scores, raw.labels, chosen.labels, chosen.classes)
    notes = []
    if len(rows) < len(chosen.labels):
        places = matches(chosen.classes, raw.labels)
        strange = [name for number, name in enumerate(chosen.classes) if number not in places]
        sentence = _("{count} images are left out: the model has no class {names}.")
        notes.append(sentence.format(count=len(chosen.labels) - len(rows), names=", ".join(strange[:6])))
    title = _("{model} on {images}").format(model=model, images=chosen.words)
    images = chosen.pictures if isinstance(chosen.pictures, ImageStream) else None
    return Scored(title, "classes", found.scores, found.truth, found.names, rows, images, tuple(notes), key)
