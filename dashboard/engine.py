"""What the worker does for the pages: load a model, look at an image, explain it. One engine serves every visit.

Everything here that needs torch imports it inside a job, so that pages paint at once.
"""

import functools
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import streamlit as st
from PIL import Image
from streamlit import runtime

from dashboard.intake.pictures import PICTURE, data_uri
from dashboard.store import Store
from dashboard.text import _
from dashboard.worker import Job, Progress, Worker
from vizlib.core.results import Attribution
from vizlib.figures.style import name_of
from vizlib.index import TECHNIQUES

if TYPE_CHECKING:
    from dashboard.intake.own import Own
    from vizlib.core.recipe import Recipe
    from vizlib.zoo.model import Model

RESULTS_LIMIT = 512 << 20
MODELS_LIMIT = 2 << 30
PAINT_LIMIT = 20.0  # seconds that the first import waits at most for a page to be out
PAINT_POLL = 0.6  # seconds after which a browser that has drawn the page calls back
Open = Callable[[], Image.Image]


@dataclass(frozen=True)
class ModelName:
    """Which model, in which state: ``stamp`` changes when its files do.

    A model that a person brought is ``own``; its digest takes the place of the stamp, so that two models of one name
    are never taken for each other.
    """

    name: str
    weights: str = "default"
    stamp: tuple[float, ...] = ()
    digest: str = ""
    device: str = "auto"
    precision: str = "float32"
    own: "Own | None" = field(default=None, compare=False, repr=False)

    @property
    def place(self) -> str:
        """Where and in what it computes."""
        return self.device if self.precision == "float32" else f"{self.device} {self.precision}"


@dataclass(frozen=True)
class Question:
    """What is asked of a model about one image; target None is the predicted class."""

    model: ModelName
    image: str
    digest: str
    technique: str
    target: int | None
    options: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, eq=False)
class Sight:
    """What a model makes of an image before anything is explained."""

    labels: tuple[str, ...]
    probabilities: np.ndarray
    view: np.ndarray
    layers: tuple[str, ...]
    default_layer: str | None
    notes: tuple[str, ...]
    untrained: bool
    device: str

    @functools.cached_property
    def picture(self) -> str:
        """The view for the page."""
        return data_uri(Image.fromarray(self.view), PICTURE)

    @property
    def predicted(self) -> int:
        return int(self.probabilities.argmax())


@dataclass(frozen=True, eq=False)
class Answer:
    """The recipe of a question and the numbers it gave."""

    recipe: "Recipe"
    result: Attribution


class Models(Store["Model"]):
    """The loaded models. One that a person brought stays with it in their visit, and goes with them."""

    def get(self, key: Hashable) -> "Model | None":
        own = key.own if isinstance(key, ModelName) else None
        return super().get(key) if own is None else own.loaded.get((key.weights, key.place))  # type: ignore[attr-defined]

    def put(self, key: Hashable, value: "Model") -> None:
        own = key.own if isinstance(key, ModelName) else None
        if own is None:
            super().put(key, value)
        else:
            own.loaded[(key.weights, key.place)] = value  # type: ignore[attr-defined]


class Engine:
    """The worker, the shelf of results, the loaded models."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.results: Store[Attribution] = Store(RESULTS_LIMIT)
        self.models = Models(MODELS_LIMIT, _model_bytes)
        self.devices: tuple[str, ...] = ("cpu",)  # known once torch is imported
        self.ready = threading.Event()
        self.painted = threading.Event()

    def warm(self, owner: str) -> Job:
        """Import what computes, in the background; the settings of techniques are known from then on."""
        return self.worker.submit(owner, "start", "start", _("Starting"), lambda tick: self._import())

    def look(self, owner: str, model: ModelName, image: str, digest: str, open_image: Open) -> Job:
        """Load the model and let it predict."""
        label = _("Loading {model}").format(model=model.name)
        return self.worker.submit(
            owner, "look", (model, digest), label, lambda tick: self._look(model, open_image(), tick)
        )

    def explain(self, owner: str, slot: str, question: Question, open_image: Open) -> Job:
        """Answer a question."""
        label = _("{technique} of {image}").format(technique=_(name_of(question.technique)), image=question.image)
        return self.worker.submit(owner, slot, question, label, lambda tick: self._answer(question, open_image(), tick))

    def with_model(
        self,
        owner: str,
        slot: str,
        key: Hashable,
        label: str,
        wanted: ModelName,
        work: Callable[["Model", Progress], Any],
    ) -> Job:
        """Load a model and do something with it."""
        return self.worker.submit(owner, slot, key, label, lambda tick: work(self._load(wanted, tick), tick))

    def load(self, wanted: ModelName, tick: Progress) -> "Model":
        """A model, for work that needs a second one; within a job."""
        return self._load(wanted, tick)

    def _import(self) -> None:
        """Everything slow that pages need later; once it is here, the techniques' settings are known."""
        self.painted.wait(PAINT_LIMIT)  # importing holds the interpreter, and the page would come late
        for technique in TECHNIQUES.values():
            assert callable(technique)
        import vizlib.figures.interactive  # noqa: F401

        self.devices = _devices()
        self.ready.set()

    def _load(self, wanted: ModelName, tick: Progress) -> "Model":
        if not self.ready.is_set():
            self._import()
        model = self.models.get(wanted)
        if model is None:
            model = _loaded(wanted, tick)
            self.models.put(wanted, model)
        tick(0, 0)
        return model

    def _look(self, wanted: ModelName, image: Image.Image, tick: Progress) -> Sight:
        return sight_of(self._load(wanted, tick), image)

    def _answer(self, question: Question, image: Image.Image, tick: Progress) -> Answer:
        model = self._load(question.model, tick)
        from vizlib.core.recipe import perform, recipe_for

        pictures = [(question.image, image)]
        recipe = recipe_for(question.technique, model, pictures, question.target, **dict(question.options))
        result = self.results.get(recipe.digest())
        if result is None:
            result = cast(Attribution, perform(recipe, model, [image], tick))
            self.results.put(recipe.digest(), result)
        return Answer(recipe, result)


def sight_of(model: "Model", image: Image.Image) -> Sight:
    """Let a model predict; on the worker."""
    from vizlib.core.predict import predict, probabilities

    scores = predict(model, [image])[0]
    return Sight(
        labels=model.labels or tuple(str(index) for index in range(len(scores))),
        probabilities=probabilities(scores),
        view=np.asarray(model.view(image)),
        layers=model.layers,
        default_layer=model.default_layer,
        notes=model.notes,
        untrained=model.untrained,
        device=str(model.device),
    )


def begin_after_paint(engine: Engine) -> None:
    """Let the first import begin when the browser has drawn the page: its timer calls this fragment a second time."""
    if not engine.painted.is_set():
        st.fragment(_call_back, run_every=PAINT_POLL)(engine, [])


def _call_back(engine: Engine, calls: list[bool]) -> None:
    if calls:
        engine.painted.set()
    calls.append(True)


def _devices() -> tuple[str, ...]:
    """Where torch can compute on this machine; the first one is taken by itself."""
    import torch

    return (*(f"cuda:{number}" for number in range(torch.cuda.device_count())), "cpu")


def _loaded(wanted: ModelName, tick: Progress) -> "Model":
    from vizlib.zoo.load import load_card, load_model

    how: dict[str, Any] = {"weights": wanted.weights, "device": wanted.device, "precision": wanted.precision}
    if wanted.own is None:
        return load_model(wanted.name, **how, progress=tick)
    tensors = wanted.own.tensors if wanted.weights == "default" else None
    model = load_card(wanted.own.card, tensors=tensors, **how)
    return replace(model, notes=(*wanted.own.notes, *model.notes)) if tensors else model


def _model_bytes(model: "Model") -> int:
    tensors = [*model.module.parameters(), *model.module.buffers()]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def _connected(owner: str) -> bool:
    """Whether the browser tab of a visit is still there; without a server (in tests) everybody is."""
    try:
        return runtime.get_instance().is_active_session(owner.partition("/")[0])
    except RuntimeError:
        return True


@st.cache_resource(show_spinner=False)
def engine() -> Engine:
    """The one engine of this server."""
    return Engine(Worker(alive=_connected))
