"""Which images a question over many is asked about: one choice, shared by all pages that ask one.

The tray, bundled scenes with labels, digits for a model that reads them, or an archive whose folders are the classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from dashboard.intake.pictures import Shot
from dashboard.text import _, escape
from dashboard.visit import Visit
from vizlib.data.images import LARGEST_FILE
from vizlib.data.streams import ImageStream, archive_stream, image_stream
from vizlib.zoo.cards import read_card

KEY = "image set"
LABELLED = f"{KEY} labelled"
TRAY, YOURS = "tray", "yours"
SCENES = ("scenes:400", "scenes:2000", "scenes:10000")
DIGITS = "digits:360"
ARCHIVE, REFUSED = "image set archive", "image set refused"


@dataclass(frozen=True, eq=False)
class ChosenSet:
    """The images that a person chose.

    Attributes
    ----------
    words : str
        What they are called in a sentence.
    pictures : sequence of Shot, or ImageStream
        As ``ask_model`` takes them.
    labels : int array [image] or None
        Where they are known: index into ``classes``.
    classes : tuple of str
    """

    words: str
    pictures: Sequence[Shot] | ImageStream
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.pictures)


def image_set_choice(here: Visit, *, labelled: bool = False) -> ChosenSet | None:
    """The chosen set; None while an archive is wanted and not there.

    Parameters
    ----------
    here : Visit
    labelled : bool
        Offer only sets whose labels can be known.
    """
    offered = _offered(here, labelled)
    key = LABELLED if labelled else KEY
    linked = here.asked.pop("set", "")
    if linked in offered or st.session_state.get(key) not in offered:
        st.session_state[key] = linked if linked in offered else offered[0]
    label, tip = _("Image set"), _("The same set is asked on all pages. Large ones pass through the network in parts.")
    chosen = st.selectbox(label, offered, key=key, format_func=_words, persist_state="session", help=tip)
    here.parts["set"] = chosen if bundled(chosen) else ""  # a person's own pictures have no name in an address
    return _yours() if chosen == YOURS else _chosen(here, chosen)


def bundled(name: str) -> bool:
    """Whether a word names a set that comes with the software."""
    return name in (*SCENES, DIGITS)


def _offered(here: Visit, labelled: bool) -> list[str]:
    digits = [DIGITS] if reads_digits(here) else []
    return [*([] if labelled else [TRAY]), *digits, *SCENES, YOURS]


def reads_digits(here: Visit) -> bool:
    """Whether the chosen model takes grey images, as far as its card or the loaded model tells."""
    model: Any = here.engine.models.get(here.model_name())
    if model is not None:
        return bool(model.card.channels == 1)
    folder = here.listed().folder
    try:
        return folder is not None and read_card(folder).channels == 1
    except ValueError:
        return False  # the sentence is said where the model is loaded


def _words(name: str) -> str:
    if name in (TRAY, YOURS):
        return _("the pictures of the tray") if name == TRAY else _("a ZIP archive of yours …")
    kind, _mark, count = name.partition(":")
    number = f"{int(count):,}".replace(",", " ")
    return (_("{number} handwritten digits") if kind == "digits" else _("{number} bundled scenes")).format(
        number=number
    )


def _chosen(here: Visit, name: str) -> ChosenSet:
    if name == TRAY:
        return ChosenSet(_words(TRAY), here.shots())
    return _of_stream(_words(name), image_stream(name))


def _of_stream(words: str, stream: ImageStream) -> ChosenSet:
    return ChosenSet(words, stream, stream.labels, stream.classes)


def _yours() -> ChosenSet | None:
    """An archive that the person gives; it stays packed, in this visit only."""
    label = _("ZIP archive of pictures; folders in it are taken for classes")
    most = LARGEST_FILE >> 20
    st.file_uploader(label, type="zip", key="image set upload", on_change=_take_upload, max_upload_size=most)
    if st.session_state.get(REFUSED):
        st.error(escape(st.session_state[REFUSED]), icon=":material/error:")
    stream: ImageStream | None = st.session_state.get(ARCHIVE)
    if stream is None:
        return None
    counts = {"number": len(stream), "name": escape(stream.name), "classes": len(stream.classes)}
    st.caption(_("{name}: {number} pictures, {classes} classes.").format(**counts))
    return _of_stream(stream.name, stream)


def _take_upload() -> None:
    file = st.session_state["image set upload"]
    if file is not None:
        take_archive(file.name, file.getvalue())


def take_archive(name: str, content: bytes) -> None:
    """Keep the pictures of an archive for this visit, or say in one sentence why not; what was there before stays."""
    try:
        st.session_state[ARCHIVE], st.session_state[REFUSED] = archive_stream(name, content), ""
    except ValueError as error:
        st.session_state[REFUSED] = str(error)
