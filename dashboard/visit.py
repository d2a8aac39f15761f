"""One person's visit: the model, picture, class and method in view, and what was already answered.

It lives in Streamlit's state of the browser tab and goes with it. The choice is mirrored in the address, so that a
copied link opens the same picture.
"""

import functools
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.controls import APP_DEFAULTS, changes
from dashboard.engine import Answer, Engine, ModelName, Question, Sight, engine
from dashboard.intake.own import Own, named
from dashboard.intake.pictures import Shot, Uploads, sample_shots
from dashboard.option_link import follow_word, to_word
from dashboard.store import Store
from dashboard.worker import Job
from vizlib.index import TECHNIQUES
from vizlib.zoo.cards import PRECISIONS, Listed, Precision, list_models

PLACE = "settings"
FAVOURITE = "scenes-resnet"
SPECIAL = {"hide": ("mask", "fill")}  # what an address says besides, by method
PARTS = {  # and by page
    "attention": ("block", "head", "patch"),
    "layers": ("unit", "set"),
    "units": ("unit", "set"),
    "receptive_field": ("unit",),
    "depth_dive": ("pixel", "dive"),
    "embeddings": ("set", "through", "map", "dimensions", "beside"),
    "evaluation": ("set", "choices"),
    "loss_landscape": ("set", "choices"),
}
ANSWERS_KEPT = 500
SIGHTS_KEPT = 50
FIGURES_KEPT = 24
MODELS_KEPT = 10  # seconds; to look which models are here takes as long as a picture


@dataclass
class Visit:
    """What one browser tab has chosen and learned so far."""

    owner: str
    page: str = ""  # the last part of its address
    model: str = ""
    by_hand: bool = False  # the person, or a link, chose the model
    absent: str = ""  # the model that a link names and that is not here
    own: list[Own] = field(default_factory=list)  # models that the person brought
    adding: bool = False  # the dialog that adds a model is open
    before: str = ""  # the model that an ImageNet model took the place of, for an upload
    random: bool = False  # the network before training
    device: str = "auto"
    precision: Precision = PRECISIONS[0]
    picture: str = ""
    linked: str = ""
    method: str = ""
    special: dict[str, str] = field(default_factory=dict)  # the parts of the address that SPECIAL names
    parts: dict[str, str] = field(default_factory=dict)  # those that PARTS names, as the page shows them
    asked: dict[str, str] = field(
        default_factory=dict
    )  # the same, as an address asks for them, until the page has them
    pins: dict[str, tuple[str, str]] = field(default_factory=dict)  # what a card has pinned: its page, and a word
    linked_pins: dict[str, str] = field(default_factory=dict)  # the words of a link, until they are pictures again
    let_go: set[str] = field(default_factory=set)  # cards whose pin an address no longer has
    linked_page: str = ""  # where that link leads
    linked_settings: str | None = None  # the settings of its method, until they can be read
    enlarged: int = 0  # how often the page itself changed a choice; widgets that show choices are fresh each time
    moved: bool = False  # the browser has just gone back or forward
    arrived: tuple[dict[str, str], dict[str, str]] | None = None  # the address it went to, and that of what is shown
    written: tuple[str, dict[str, str]] | None = None  # page and address last mirrored: another one is the browser's
    targets: dict[str, int | None] = field(default_factory=dict)
    uploads: Uploads = field(default_factory=Uploads)
    shown: dict[str, tuple[Question, Answer]] = field(default_factory=dict)
    answers: Store[Any] = field(default_factory=lambda: Store(ANSWERS_KEPT, lambda recipe: 1))
    figures: Store[Any] = field(default_factory=lambda: Store(FIGURES_KEPT, lambda figure: 1))
    sights: Store[Sight] = field(default_factory=lambda: Store(SIGHTS_KEPT, lambda sight: 1))

    @property
    def engine(self) -> Engine:
        return engine()

    def follow(self, address: Mapping[str, str]) -> None:
        """Choose what an address names."""
        self.model, self.picture = named(address.get("model", ""), self.own), address.get("image", "")
        self.method, self.random = address.get("method", ""), address.get("weights") == "random"
        self.absent = self.model if self.model != self.listed().name else ""
        self.precision = next((one for one in PRECISIONS if one == address.get("precision")), PRECISIONS[0])
        target = address.get("class", "")
        self.targets[self.listed().name] = int(target) if target.isdecimal() else None
        if self.method in SPECIAL:
            self.special = {name: address[name] for name in SPECIAL[self.method] if address.get(name)}
        self.asked = {name: address[name] for names in PARTS.values() for name in names if address.get(name)}
        self.parts = {**self.parts, **self.asked}
        self._follow_pins(dict(one.rpartition(".")[::2] for one in address.get("pin", "").split("~") if "." in one))
        self.linked_settings = address.get("settings")
        if self.method and address.get("layer"):
            st.session_state[f"{PLACE}/{self.method}/layer"] = address["layer"]

    def _follow_pins(self, said: dict[str, str]) -> None:
        """Let go of what this page has pinned and the address has not; what the address has besides is to be made."""
        for place, (page, word) in list(self.pins.items()):
            if page == self.page and said.get(place) != word:
                del self.pins[place]
                self.let_go.add(place)
        self.linked_pins = {place: said[place] for place in said if place not in self.pins}
        self.linked_page = self.page

    def follow_settings(self) -> None:
        """Take the settings that an address names, as soon as the techniques are known."""
        if self.linked_settings is not None and self.engine.ready.is_set():
            about = self._set_technique()
            if about:
                follow_word(*about, self.linked_settings)
            self.linked_settings = None

    def settings_said(self) -> str:
        """The settings of the technique in view, as the address says them."""
        about = self._set_technique()
        if about is None:
            return ""
        if self.linked_settings is not None:
            return self.linked_settings
        return to_word(*about) if self.engine.ready.is_set() else ""

    def _set_technique(self) -> tuple[str, str] | None:
        """The technique whose settings the address has, and where its widgets are."""
        views = {"explain": (self.method, PLACE), "embeddings": (self.parts.get("map", "pca"), "space")}
        found = views.get(self.page)
        return found if found and found[0] in TECHNIQUES else None

    def pins_said(self) -> str:
        """What this page has pinned, as the address says it."""
        self.linked_page = self.linked_page or self.page
        linked = self.linked_pins if self.linked_page == self.page else {}
        mine = {place: word for place, (page, word) in self.pins.items() if page == self.page}
        return "~".join(f"{place}.{word}" for place, word in {**linked, **mine}.items())

    def move(self, address: Mapping[str, str]) -> None:
        """Follow the browser back or forward; the address stays as it is, so that the way on is not cut off."""
        self.follow(address)
        self.linked_settings = address.get("settings", "")  # without any, they go back to where they began
        self.asked.setdefault("choices", "")
        self.enlarged += 1
        self.moved = True

    def models(self) -> tuple[Listed, ...]:
        """Every model that can be chosen: those of this machine, then those that the person brought."""
        return (*models(self.random), *(own.listed for own in self.own))

    def chosen(self) -> Own | None:
        """The chosen model, when the person brought it."""
        return next((own for own in self.own if own.name == self.listed().name), None)

    def listed(self) -> Listed:
        """The chosen model's line in the list."""
        found = self.models()
        return next((model for model in found if model.name == self.model), found[0])

    def model_name(self) -> ModelName:
        """The chosen model as the engine knows it; it changes when the files of the model do."""
        listed, own = self.listed(), self.chosen()
        weights = "random" if self.random else "default"
        where: dict[str, Any] = {"device": self.device, "precision": self.precision}
        if own is not None:
            return ModelName(own.name, weights, digest=own.digest, **where, own=own)
        files = [] if listed.folder is None else [listed.folder / "card.toml", listed.folder / listed.file]
        stamp = tuple(file.stat().st_mtime for file in files if file.is_file())
        return ModelName(listed.name, weights, stamp, **where)

    def shots(self) -> list[Shot]:
        """Everything in the tray: uploads, then samples."""
        return [*self.uploads.shots, *sample_shots(self.listed().name)]

    def shot(self) -> Shot:
        """The chosen picture; the first one when it is not in the tray."""
        shots = [*sample_shots(self.listed().name), *self.uploads.shots]
        return next((shot for shot in shots if self.picture in (shot.digest, shot.address)), shots[0])

    def missing(self) -> bool:
        """Whether the address this visit began with names a picture that the tray does not hold."""
        return bool(self.linked) and self.picture == self.linked and self.shot().address != self.linked

    @property
    def target(self) -> int | None:
        """The class that the person chose for this model; None is the predicted one."""
        return self.targets.get(self.listed().name)

    def look(self) -> Sight | Job:
        """What the model makes of the picture, or the job that finds out."""
        model, shot = self.model_name(), self.shot()
        sight = self.sights.get((model, shot.digest))
        if sight is not None:
            return sight
        job = self.engine.look(self.owner, model, shot.name, shot.digest, shot.open)
        if job.state == "done":
            self.sights.put((model, shot.digest), job.value)
            return job.value  # type: ignore[no-any-return]
        return job

    def sight(self) -> Sight | None:
        """What the model makes of the picture, once it is known."""
        return self.sights.get((self.model_name(), self.shot().digest))

    def question(self, technique: str) -> Question:
        """What the page asks: model, picture, class and settings as they are now."""
        shot, sight = self.shot(), self.sight()
        ready, layers = self.engine.ready.is_set(), sight.layers if sight else ()
        changed = changes(technique, PLACE, layers) if ready else APP_DEFAULTS.get(technique, {})
        options = tuple(sorted(changed.items()))
        return Question(self.model_name(), shot.name, shot.digest, technique, self.target, options)

    def ask(self, technique: str) -> Answer | Job:
        """The answer, or the job that works on it. The same question is never computed twice."""
        question, slot = self.question(technique), f"explain/{technique}"
        recipe = self.answers.get(question)
        result = self.engine.results.get(recipe.digest()) if recipe else None
        if recipe is not None and result is not None:
            self._drop_other(slot, question)
            return self._shown(question, Answer(recipe, result))
        job = self.engine.explain(self.owner, slot, question, self.shot().open)
        if job.state != "done":
            return job
        self.answers.put(question, job.value.recipe)
        return self._shown(question, job.value)

    def previous(self, technique: str) -> Answer | None:
        """The last answer of a technique about the same model, picture and class, whatever its settings."""
        question, answer = self.shown.get(technique, (None, None))
        return answer if question is not None and self._in_view(question) else None

    def again(self, slot: str) -> None:
        """Forget that a question was cancelled or failed, so that it is asked anew."""
        self.engine.worker.drop(self.owner, slot)

    def jobs(self) -> tuple[Job, ...]:
        """This visit's jobs that have not ended."""
        return tuple(job for job in self.engine.worker.jobs(self.owner) if not job.over)

    def drop_stale(self) -> None:
        """Stop explaining what is no longer in view: another model, picture or class."""
        for job in self.jobs():
            if isinstance(job.key, Question) and not self._in_view(job.key):
                self.engine.worker.drop(self.owner, job.slot)

    def _in_view(self, question: Question) -> bool:
        now = (self.model_name(), self.shot().digest, self.target)
        return (question.model, question.digest, question.target) == now

    def _shown(self, question: Question, answer: Answer) -> Answer:
        self.shown[question.technique] = (question, answer)
        return answer

    def _drop_other(self, slot: str, question: Question) -> None:
        for job in self.jobs():
            if job.slot == slot and job.key != question:
                self.engine.worker.drop(self.owner, slot)


def models(random: bool = False) -> tuple[Listed, ...]:
    """Models whose weights are on this machine: bundled, torchvision's, yours; with random weights all of them."""
    return _models(int(time.monotonic() / MODELS_KEPT), random)


def forget_models() -> None:
    """Look anew which models are here; weights have just arrived."""
    _models.cache_clear()


@functools.lru_cache(maxsize=2)
def _models(moment: int, random: bool) -> tuple[Listed, ...]:
    order = {"bundled": 0, "torchvision": 1, "yours": 2}
    here = (m for m in list_models() if random or m.source != "torchvision" or m.weights == "here")
    return tuple(sorted(here, key=lambda model: (order[model.source], model.name != FAVOURITE, model.name)))


def visit() -> Visit:
    """The visit of the tab that this script runs for."""
    if "visit" not in st.session_state:
        context = get_script_run_ctx()
        tab = context.session_id if context else ""
        made = Visit(f"{tab}/{uuid.uuid4().hex}")
        made.follow(st.query_params.to_dict())
        made.linked = made.picture
        made.by_hand = made.model == made.listed().name
        st.session_state["visit"] = made
    found: Visit = st.session_state["visit"]
    return found


def write_address(here: Visit) -> None:
    """Mirror the choice in the address."""
    own = here.chosen()
    facts = {"model": own.address if own else here.listed().name, "image": here.shot().address, "method": here.method}
    facts["weights"] = "random" if here.random else ""
    facts["precision"] = "" if here.precision == PRECISIONS[0] else here.precision
    facts |= here.special if here.method in SPECIAL else {}
    facts |= {name: here.parts.get(name, "") for name in PARTS.get(here.page, ())}
    facts |= {"settings": here.settings_said(), "pin": here.pins_said()}
    target = "" if here.target is None else str(here.target)
    layer = st.session_state.get(f"{PLACE}/{here.method}/layer")
    wanted = {key: value for key, value in {**facts, "class": target, "layer": layer}.items() if value}
    present, said = st.query_params.to_dict(), (here.page, wanted)
    if here.moved:
        here.moved, here.arrived, here.written = False, (present, wanted), said
    if present != wanted and (present, wanted) != here.arrived and said != here.written:
        st.query_params.from_dict(wanted)
    here.written = said
