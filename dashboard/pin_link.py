"""What an address says is pinned is computed again, on any server, and never taken from the link."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from dashboard.engine import Answer, Engine, Sight, sight_of
from dashboard.intake.own import named
from dashboard.intake.pictures import Shot
from dashboard.pin_word import BAND, DIGITS, Wanted, from_word, here_all, to_word
from dashboard.sidebar import POLL
from dashboard.text import _
from dashboard.visit import Visit, visit, write_address
from dashboard.worker import Job, Progress
from vizlib.core.results import Attribution
from vizlib.index import JUDGED

if TYPE_CHECKING:
    from PIL import Image

    from vizlib.core.recipe import Recipe
    from vizlib.data.streams import ImageStream
    from vizlib.zoo.model import Model

CHANGED = "pin changed"
MOST_SIGHTS = 6  # pictures that the model is asked about besides
BAND_POINTS = 101
Source = Shot | str  # a picture of the tray, or the name of one of a bundled set


@dataclass(frozen=True, eq=False)
class Recalled:
    """The answer to what a link asks for, and what the model says of its pictures."""

    answer: Answer
    sights: tuple[Sight, ...]
    look: dict[str, Any]
    about: str = ""  # the class of an evaluation, which its title does not tell


def remember(place: str, recipe: "Recipe", look: Mapping[str, Any]) -> None:
    """Note for the address what a card has pinned; a callback."""
    here = visit()
    word = to_word(here, recipe, look)
    here.linked_pins.pop(place, None)
    here.pins.pop(place, None)
    if word:
        here.pins[place] = (here.page, word)
    st.session_state[CHANGED] = True


def forget(place: str) -> None:
    """Note that nothing is pinned on a card any more; a callback."""
    here = visit()
    here.pins.pop(place, None)
    here.linked_pins.pop(place, None)
    st.session_state[CHANGED] = True


def mirror() -> None:
    """Write the address where a part of the page was drawn alone after such a callback."""
    if st.session_state.pop(CHANGED, False):
        write_address(visit())


def recalled(place: str) -> Recalled | None:
    """What a link says is pinned on a card, as soon as it was computed again; draws why it is not there yet.

    To be asked before the card looks at what is pinned: after a step back in the browser that may be nothing.
    """
    here = visit()
    if place in here.let_go:
        here.let_go.remove(place)
        st.session_state.pop(f"held/{place}", None)
    here.linked_page = here.linked_page or here.page  # a page that is complete at once is drawn no second time
    if place not in here.linked_pins or here.page != here.linked_page:
        return None
    wanted = from_word(here.linked_pins[place])
    found = None if wanted is None else _asked(here, place, wanted)
    if wanted is None:
        here.linked_pins.pop(place)
    elif isinstance(found, Job):
        _under_way(here, place, found)
    elif found is None:
        st.caption(_("The link also names a pinned picture, of a model or an image that is not here."))
    else:
        here.pins[place] = (here.page, here.linked_pins.pop(place))
        return found
    return None


def _under_way(here: Visit, place: str, job: Job) -> None:
    """The sidebar shows how far it is; the page is drawn anew when it has ended."""
    if not job.over or job.state == "done":  # done since it was asked for: the next run has it
        st.fragment(_await, run_every=POLL)(job)
        return
    here.linked_pins.pop(place)
    st.caption(_("The picture that the link has pinned could not be made again."))


def _await(job: Job) -> None:
    if job.over:
        st.rerun()
    st.caption(_("The picture that the link has pinned is being computed …"))


def _asked(here: Visit, place: str, wanted: Wanted) -> Recalled | Job | None:
    """The picture again, or the job that makes it; None when a model or an image is not here."""
    model, random = named(wanted.model, here.own), wanted.weights == "random"
    there = dataclasses.replace(here, model=model, random=random, precision=cast(Any, wanted.precision))
    sources = _found(there, wanted)
    if there.listed().name != model or len(sources) < len(wanted.images) or not here_all(wanted):
        return None
    work = partial(_again, here.engine, wanted, sources)
    label = _("The pinned picture")
    job = here.engine.with_model(
        here.owner, f"pin/{place}", ("pin", wanted_key(wanted)), label, there.model_name(), work
    )
    return cast(Recalled, job.value) if job.state == "done" else job


def wanted_key(wanted: Wanted) -> str:
    """The same for the same question."""
    return json.dumps(dataclasses.asdict(wanted), sort_keys=True)


def _found(there: Visit, wanted: Wanted) -> list[Source]:
    """The images that are here; those of bundled sets always are."""
    known = {shot.digest[:DIGITS]: shot for shot in there.shots()}
    return [known.get(image, image) for image in wanted.images if image in known or ":" in image]


def _again(engine: Engine, wanted: Wanted, sources: list[Source], model: "Model", tick: Progress) -> Recalled:
    """The work, on the worker."""
    from vizlib.core.recipe import perform, recipe_for
    from vizlib.data.streams import image_stream
    from vizlib.zoo.solutions import solutions

    images: Any = image_stream(wanted.set) if wanted.set else [_opened(source) for source in sources]
    others = [solutions(name) for name, _digest in wanted.others]
    if not all(one.digest.startswith(digest) for one, (_name, digest) in zip(others, wanted.others, strict=True)):
        raise ValueError("The further weights are not those of the link.")
    if wanted.technique in JUDGED:
        recipe = _evaluation(wanted, model, images)
    else:
        pictures = images if wanted.set else [(_name(one), image) for one, image in zip(sources, images, strict=True)]
        how: dict[str, Any] = {"others": others, **wanted.options}
        recipe = recipe_for(wanted.technique, model, pictures, wanted.target or None, **how)
        recipe = dataclasses.replace(recipe, data=wanted.data)
    result = engine.results.get(recipe.digest())
    if result is None:
        result = cast(Attribution, perform(recipe, model, images, tick, others))
        engine.results.put(recipe.digest(), result)
    seen = [] if wanted.set else images[:MOST_SIGHTS]
    sights, look = tuple(sight_of(model, image) for image in seen), _look(wanted, result)
    return Recalled(Answer(recipe, result), sights, look, _about(wanted, model))


def _evaluation(wanted: Wanted, model: "Model", images: "ImageStream") -> "Recipe":
    from vizlib.core.judged import judged, of_model

    if model.labels and max(wanted.target, default=0) >= len(model.labels):
        raise ValueError("The model does not have the class of the link.")
    how: dict[str, Any] = {"weights": wanted.weights, "precision": wanted.precision}
    base = of_model(model.card, model.card.name, model.digest, images, **how)
    return judged(base, wanted.technique, wanted.target, wanted.data, **wanted.options)


def _about(wanted: Wanted, model: "Model") -> str:
    if wanted.technique not in JUDGED or not wanted.target:
        return ""
    return model.labels[wanted.target[0]] if model.labels else str(wanted.target[0])


def _look(wanted: Wanted, result: Any) -> dict[str, Any]:
    """The look of a link, with the band that its picture has."""
    if wanted.look.get(BAND) is True and hasattr(result, BAND):
        return {**wanted.look, BAND: result.band(BAND_POINTS)}
    return wanted.look


def _opened(source: Source) -> "Image.Image":
    from vizlib.data.one_of_set import one_of_set

    return one_of_set(source) if isinstance(source, str) else source.open()


def _name(source: Source) -> str:
    return source if isinstance(source, str) else source.name
