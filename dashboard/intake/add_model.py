"""Add a model: a dialog that takes weights for a known network, or a card with its weights. It stays in this visit."""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import PurePath
from typing import Any

import streamlit as st

from dashboard.inside import under_way
from dashboard.intake.own import Brought, Own, opened
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job
from vizlib.zoo.added import architectures, guessed

SLOT = "add a model"
LARGEST = 1000  # MB
LONGEST_TEXT = 1_000_000
ENDINGS = {".toml": "card", ".txt": "labels"}


def settle(here: Visit) -> None:
    """Take in what was read since the last time the page was drawn."""
    job = asked(here)
    if job is not None and job.state == "done":
        here.again(SLOT)
        take(here, job.value)


def take(here: Visit, own: Own) -> None:
    """The model is in the list from now on, and chosen."""
    present = next((known for known in here.own if known.digest == own.digest), None)
    if present is None:
        here.own.append(own)
    here.model, here.by_hand, here.random = (present or own).name, True, False
    here.absent, here.adding = "", False
    here.enlarged += 1
    st.session_state["turn of add"] = _turn() + 1


def asked(here: Visit) -> Job | None:
    return next((job for job in here.engine.worker.jobs(here.owner) if job.slot == SLOT), None)


def dialog(here: Visit) -> None:
    """The dialog, while it is open."""
    if here.adding:
        st.dialog(_("Add a model"), width="medium", on_dismiss=partial(_close, here))(_draw)(here)


def _close(here: Visit) -> None:
    here.adding = False
    _forget(here)


def _forget(here: Visit) -> None:
    """What was said about other files does not stay."""
    here.again(SLOT)
    st.session_state["add refused"] = ""


def _turn() -> int:
    found: int = st.session_state.get("turn of add", 0)
    return found


def _draw(here: Visit) -> None:
    st.markdown(_("It stays in this visit: in memory, seen by nobody else, gone when you close the tab."))
    files = st.file_uploader(
        _("Weights file (.safetensors, .pth, .pt); a card.toml and a labels.txt may come with it"),
        accept_multiple_files=True,
        key=f"add files {_turn()}",
        max_upload_size=LARGEST,
        on_change=_forget,
        args=(here,),
    )
    found = _sorted(files or [])
    architecture = "" if "card" in found else _network(found)
    view = {} if "card" in found else _view()
    if "card" in found:
        st.caption(_("The card says which network it is and how an image becomes its input."))
    names = _class_names(found)
    if st.button(_("Add"), type="primary", key="add now", icon=":material/add:", disabled="weights" not in found):
        _ask(here, found, architecture, names, view)
    _outcome(here)


def _sorted(files: Sequence[Any]) -> dict[str, Any]:
    """Files by what they are for; of two of one kind the later one counts."""
    return {ENDINGS.get(PurePath(file.name).suffix.lower(), "weights"): file for file in files}


def _network(found: dict[str, Any]) -> str:
    names = architectures()
    guess = guessed(PurePath(found["weights"].name).name) if "weights" in found else None
    chosen: str = st.selectbox(
        _("Network"),
        names,
        index=names.index(guess or "resnet18"),
        key=f"add network {_turn()} {guess}",
        help=_("The architecture that the weights were trained in. Type to search."),
    )
    return chosen


def _class_names(found: dict[str, Any]) -> str:
    if "labels" in found:
        content: bytes = found["labels"].getvalue()[:LONGEST_TEXT]
        return content.decode("utf-8-sig", "replace")
    typed: str = st.text_area(
        _("Class names, one a line (may stay empty)"),
        key=f"add labels {_turn()}",
        height=90,
        placeholder="cat\ndog",
        max_chars=LONGEST_TEXT,
        help=_("In the order of the network's scores. With 1000 classes, ImageNet's names are taken."),
    )
    return typed


def _view() -> dict[str, Any]:
    """How an image becomes the input; what stays empty is as usual for the network."""
    with st.expander(_("Input size, mean and standard deviation"), icon=":material/tune:"):
        size, mean, std = st.columns(3)
        with size:
            side = st.number_input(
                _("Input size, pixels"), 8, 1024, None, 1, key=f"add size {_turn()}", placeholder=_("as usual")
            )
        with mean:
            means = st.text_input(_("Mean"), key=f"add mean {_turn()}", placeholder="0.485, 0.456, 0.406")
        with std:
            deviations = st.text_input(
                _("Standard deviation"), key=f"add std {_turn()}", placeholder="0.229, 0.224, 0.225"
            )
        st.caption(_("Left empty: the size the network was published with, and the numbers of ImageNet."))
    return {"input_size": side, "mean": means, "std": deviations}


def _ask(here: Visit, found: dict[str, Any], architecture: str, names: str, view: dict[str, Any]) -> None:
    _forget(here)
    try:
        numbers = {key: _numbers(key, view[key]) for key in ("mean", "std") if key in view}
    except ValueError as error:
        st.session_state["add refused"] = str(error)
        return
    card = found["card"].getvalue() if "card" in found else b""
    weights = found["weights"]
    labels = tuple(class_names(names))
    brought = Brought(
        PurePath(weights.name).name,
        bytes(weights.getvalue()),
        card,
        architecture,
        labels,
        view.get("input_size"),
        **numbers,
    )
    taken, present = [model.name for model in here.models()], tuple(here.own)
    label = _("Reading {file}").format(file=brought.file)
    here.engine.worker.submit(here.owner, SLOT, brought.key, label, lambda tick: opened(brought, taken, present, tick))


def class_names(text: str) -> list[str]:
    """One class a line; empty lines at the end do not count."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _numbers(key: str, text: str) -> tuple[float, ...]:
    words = [word for word in re.split(r"[\s,;\[\]()]+", text) if word]
    try:
        return tuple(float(word) for word in words)
    except ValueError:
        name = {"mean": _("Mean"), "std": _("Standard deviation")}[key]
        raise ValueError(_("{name}: give one number a channel, such as 0.5, 0.5, 0.5.").format(name=name)) from None


def _outcome(here: Visit) -> None:
    refused = st.session_state.get("add refused")
    job = asked(here)
    if refused:
        st.error(escape(refused), icon=":material/block:")
    elif job is not None and job.state == "failed":
        st.error(escape(job.error), icon=":material/block:")
    elif job is not None:
        under_way(here, job)
