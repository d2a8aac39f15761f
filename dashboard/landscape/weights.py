"""On the page Loss landscape: further weights of the chosen network, by name or as files that a person gives.

Kept trainings of a bundled model, other models of the same architecture, and weights files, which are read by the
worker, through the same door as a model, and stay in this visit.
"""

import functools
import hashlib
import re
from collections.abc import Sequence
from functools import partial
from pathlib import PurePath
from typing import Any

import streamlit as st

from dashboard.choices import begin
from dashboard.inside import under_way
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Progress

YOURS = "yours"
LARGEST = 200  # MB a file
TYPES = ("safetensors", "pth", "pt", "bin")


def one_solution(here: Visit, place: str, label: str, skip: int = 0) -> Any:
    """A solution of the same network: a name or weights that were read; None while there is none.

    Parameters
    ----------
    here : Visit
    place : str
    label : str
    skip : int
        Which of the offered ones is chosen at first.
    """
    offered = [*_alike(here), *trainings_of(here), *_starts(here.listed().name), YOURS]
    key = f"{place}/{here.listed().name}"
    begin(key, offered[min(skip, len(offered) - 1)], offered)
    words = partial(_words, here)
    chosen = st.selectbox(label, offered, key=key, format_func=words, persist_state="session", width=420)
    if chosen == YOURS:
        given = files_of_yours(here, place, several=False)
        return given[0] if given else None
    return _own(here, chosen) or chosen


def training_choice(here: Visit, place: str, *, several: bool) -> list[Any]:
    """Trainings of the same network, or checkpoints that a person gives; empty while there are none."""
    offered, label = trainings_of(here), _("Trainings") if several else _("Training")
    key = f"{place}/{here.listed().name}"
    st.session_state[f"{key} first"] = first = offered[:2] if several and offered else [(*offered, YOURS)[0]]
    present = st.session_state.get(key)
    kept = first if present is None else [one for one in present if one in (*offered, YOURS)]
    kept = kept if several else kept[:1] or [YOURS]
    if kept != present:
        st.session_state[key] = kept
    how: dict[str, Any] = {"key": key, "format_func": partial(_words, here), "persist_state": "session", "width": 420}
    if several:
        chosen = st.multiselect(label, [*offered, YOURS], **how)
    else:
        chosen = st.multiselect(label, [*offered, YOURS], max_selections=1, **how)
    given = files_of_yours(here, place, several=True) if YOURS in chosen else []
    return [*(name for name in chosen if name != YOURS), *given]


def trainings_of(here: Visit) -> list[str]:
    """Kept trainings of the chosen model, as recipes name them."""
    from vizlib.zoo.runs import run_names

    model = here.listed().name
    return [] if here.chosen() else [f"{model}:{name}" for name in run_names(model)]


@functools.cache
def _starts(model: str) -> tuple[str, ...]:
    """The checkpoint that the trainings of a model began with."""
    from vizlib.zoo.runs import run_names, training_run

    return tuple(f"{model}:{name}@{training_run(model, name).steps[0]}" for name in run_names(model)[:1])


def _alike(here: Visit) -> list[str]:
    """Other models of the same architecture."""
    mine = _built(here, here.listed().name)
    return [one.name for one in here.models() if one.name != here.listed().name and _built(here, one.name) == mine]


def _built(here: Visit, name: str) -> Any:
    """How a model is built, as far as a readable card tells."""
    from vizlib.zoo.cards import read_card

    own = next((own for own in here.own if own.name == name), None)
    if own is not None:
        return own.card.build, dict(own.card.arguments)
    listed = next(one for one in here.models() if one.name == name)
    try:
        card = read_card(listed.folder) if listed.folder else None
    except ValueError:
        return name  # the sentence is said where the model is loaded
    return (card.build, dict(card.arguments)) if card else (f"torchvision:{name}", {})


def _own(here: Visit, name: str) -> Any:
    """Weights of a model that the person brought."""
    own = next((own for own in here.own if own.name == name), None)
    if own is None:
        return None
    from vizlib.zoo.solutions import Solutions

    return Solutions(own.name, (own.tensors,))


def _words(here: Visit, name: str) -> str:
    if name == YOURS:
        return _("weights files of yours …")
    model, mark, run = name.rpartition(":")
    if not mark or model != here.listed().name:
        return _("the model {name}").format(name=name)
    if "@" in run:
        return _("where its trainings began")
    return _("the training with {name}").format(name=run)


def files_of_yours(here: Visit, place: str, *, several: bool) -> list[Any]:
    """Weights files of the same network, in the order of their names; they stay in this visit."""
    label = _("Checkpoints in the order of their names") if several else _("A weights file")
    said = _("{label} (.safetensors, .pth, .pt)").format(label=label)
    st.file_uploader(
        said, TYPES, key=f"{place} files", accept_multiple_files=several, max_upload_size=LARGEST,
        on_change=_take, args=(place,),
    )  # fmt: skip
    brought: tuple[tuple[str, bytes], ...] = st.session_state.get(f"{place}/brought", ())
    if not brought:
        st.caption(_("Weights of the network that is chosen on the left; they stay in this visit."))
        return []
    key = tuple((name, hashlib.sha256(content).hexdigest()) for name, content in brought)
    job = here.engine.worker.submit(here.owner, f"{place} files", key, _("Reading weights"), partial(_read, brought))
    if job.state != "done":
        under_way(here, job)
        return []
    names = ", ".join(escape(one.name) for one in job.value)
    st.caption(_("{count} read: {names}").format(count=len(job.value), names=names))
    return list(job.value)


def _take(place: str) -> None:
    """Keep what was given: an uploader forgets it when the page changes."""
    given = st.session_state[f"{place} files"]
    files = given if isinstance(given, list) else [given] if given else []
    if files:
        named = ((PurePath(file.name).name, file.getvalue()) for file in files)
        st.session_state[f"{place}/brought"] = tuple(sorted(named, key=lambda one: _counted(one[0])))


def _counted(name: str) -> list[tuple[int, str]]:
    """Such that step 2 comes before step 10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _read(brought: Sequence[tuple[str, bytes]], tick: Progress) -> list[Any]:
    """The weights, or one sentence that begins with the name of the file."""
    from vizlib.data.intake import read_weights
    from vizlib.zoo.solutions import Solutions

    found = []
    for number, (name, content) in enumerate(brought):
        tick(number, len(brought))
        try:
            found.append(Solutions(name, (read_weights(content, name=name).tensors,)))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return found
