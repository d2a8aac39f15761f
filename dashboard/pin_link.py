"""What is pinned, as a short word for an address; and from such a word the same picture again, on any server."""

import base64
import binascii
import dataclasses
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from dashboard.engine import Answer, Sight, sight_of
from dashboard.intake.own import named
from dashboard.intake.pictures import Shot
from dashboard.sidebar import POLL
from dashboard.text import _
from dashboard.visit import Visit, visit, write_address
from dashboard.worker import Job, Progress
from vizlib.core.results import Attribution
from vizlib.data.streams import MARK
from vizlib.index import TECHNIQUES
from vizlib.zoo.cards import PRECISIONS

if TYPE_CHECKING:
    from vizlib.core.recipe import Recipe
    from vizlib.zoo.model import Model

LONGEST = 700  # letters of one pin in an address
MOST_BYTES = 1 << 14  # of an unpacked one
MOST_IMAGES = 6
DIGITS = 16  # of an image's digest
CHANGED = "pin changed"
PLAIN = (str, int, float, bool, type(None))
KINDS = {"technique": str, "model": str, "weights": str, "precision": str, "images": list, "target": list}


@dataclass(frozen=True)
class Wanted:
    """What a link says is pinned: a question, and how its picture looks."""

    technique: str
    model: str
    images: list[str]
    target: list[int]
    weights: str = "default"
    precision: str = "float32"
    options: dict[str, Any] = field(default_factory=dict)
    look: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Recalled:
    """The answer to what a link asks for, and what the model says of its pictures."""

    answer: Answer
    sights: tuple[Sight, ...]
    look: dict[str, Any]


def to_word(here: Visit, recipe: "Recipe", look: Mapping[str, Any]) -> str | None:
    """A pinned picture as letters, digits and ``-_``; None when its recipe cannot be said so shortly."""
    digests = [image["digest"] for image in recipe.images]
    if recipe.technique not in TECHNIQUES or recipe.others or recipe.data or len(digests) > MOST_IMAGES:
        return None
    shown = {name: value for name, value in look.items() if name not in ("images", "labels")}
    if any(digest.startswith(MARK) for digest in digests) or not all(isinstance(v, PLAIN) for v in shown.values()):
        return None
    own = next((one for one in here.own if one.name == recipe.model), None)
    wanted = Wanted(
        recipe.technique,
        own.address if own else recipe.model,
        [digest[:DIGITS] for digest in digests],
        list(recipe.target),
        recipe.weights,
        recipe.precision,
        _changed(recipe),
        shown,
    )
    facts = {name: value for name, value in dataclasses.asdict(wanted).items() if value or name in KINDS}
    packed = zlib.compress(json.dumps(facts, separators=(",", ":")).encode(), 9)
    word = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    return word if len(word) <= LONGEST else None


def _changed(recipe: "Recipe") -> dict[str, Any]:
    from vizlib.core.options import question

    usual = {option.name: option.default for option in question(TECHNIQUES[recipe.technique])}
    return {name: value for name, value in recipe.options.items() if value != usual.get(name)}


def from_word(word: str) -> Wanted | None:
    """What a word asks for; None when it makes no sense."""
    try:
        packed = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))
        wanted = Wanted(**json.loads(zlib.decompressobj().decompress(packed, MOST_BYTES)))
    except (ValueError, TypeError, zlib.error, binascii.Error, RecursionError):
        return None
    right = all(isinstance(getattr(wanted, name), kind) for name, kind in KINDS.items())
    right = right and isinstance(wanted.options, dict) and isinstance(wanted.look, dict)
    return wanted if right and _sensible(wanted) else None


def _sensible(wanted: Wanted) -> bool:
    words = all(isinstance(image, str) and len(image) == DIGITS for image in wanted.images)
    classes = all(isinstance(target, int) for target in wanted.target)
    known = wanted.technique in TECHNIQUES and wanted.precision in PRECISIONS and len(wanted.images) <= MOST_IMAGES
    return known and words and classes and wanted.weights in ("default", "random")


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
    if not job.over:
        st.fragment(_await, run_every=POLL)(job)
        return
    here.linked_pins.pop(place)
    st.caption(_("The picture that the link has pinned could not be made again."))


def _await(job: Job) -> None:
    if job.over:
        st.rerun()
    st.caption(_("The picture that the link has pinned is being computed …"))


def _asked(here: Visit, place: str, wanted: Wanted) -> Recalled | Job | None:
    """The picture again, or the job that makes it; None when its model or an image is not here."""
    model, random = named(wanted.model, here.own), wanted.weights == "random"
    there = dataclasses.replace(here, model=model, random=random, precision=cast(Any, wanted.precision))
    shots = list(_found(there, wanted))
    if there.listed().name != model or len(shots) < len(wanted.images):
        return None
    work = partial(_again, wanted, shots)
    label = _("The pinned picture")
    job = here.engine.with_model(
        here.owner, f"pin/{place}", ("pin", wanted_key(wanted)), label, there.model_name(), work
    )
    return cast(Recalled, job.value) if job.state == "done" else job


def wanted_key(wanted: Wanted) -> str:
    """The same for the same question."""
    return json.dumps(dataclasses.asdict(wanted), sort_keys=True)


def _found(there: Visit, wanted: Wanted) -> Iterator[Shot]:
    known = {shot.digest[:DIGITS]: shot for shot in there.shots()}
    return (known[image] for image in wanted.images if image in known)


def _again(wanted: Wanted, shots: list[Shot], model: "Model", tick: Progress) -> Recalled:
    """The work, on the worker."""
    from vizlib.core.recipe import perform, recipe_for

    images = [shot.open() for shot in shots]
    pictures = [(shot.name, image) for shot, image in zip(shots, images, strict=True)]
    recipe = recipe_for(wanted.technique, model, pictures, wanted.target or None, **wanted.options)
    result = cast(Attribution, perform(recipe, model, images, tick))
    return Recalled(Answer(recipe, result), tuple(sight_of(model, image) for image in images), wanted.look)
