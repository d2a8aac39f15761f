"""Where files come in: the uploader, whose files are copied at once, and what is said about them."""

from collections.abc import Callable, Iterable
from typing import Literal

import streamlit as st

from dashboard.arrivals import File
from dashboard.text import _, escape
from dashboard.visit import Visit
from vizlib.data.images import SUFFIXES

HOME = "photo"  # the door of Home; what is said about the files of any other is said in the tray
LONG_TO_READ = 8 << 20  # bytes of pictures that take more than a second to decode


def door(here: Visit, label: str, *, name: str, folder: bool = False, taken: Callable[[], None] = lambda: None) -> None:
    """Draw an uploader; it is empty again after each drop, since the pictures are in the tray then.

    Parameters
    ----------
    name
        Tells one uploader from another; the visit remembers through which one the last files came.
    folder
        Whether a whole folder is chosen, of which everything but pictures is skipped.
    taken
        Called when at least one picture was taken, before the page is drawn.
    """
    key = f"{name} {_turn(name)}"
    several: Literal[True, "directory"] = "directory" if folder else True
    st.file_uploader(
        label,
        type=[*SUFFIXES, ".zip"] if folder else None,
        accept_multiple_files=several,  # type: ignore[call-overload]
        key=key,
        on_change=lambda: take(here, st.session_state[key] or [], name=name, folder=folder, taken=taken),
    )


def take(
    here: Visit, files: Iterable[File], *, name: str, folder: bool = False, taken: Callable[[], None] = lambda: None
) -> None:
    """Put files into the tray and choose the first picture of them."""
    here.uploads.door, files = name, list(files)
    if sum(len(file.getvalue()) for file in files) > LONG_TO_READ:
        st.toast(_("Reading the pictures …"))
    first = here.uploads.take(files, folder=folder)
    st.session_state[_counter(name)] = _turn(name) + 1
    if first is not None:
        here.picture = first.digest
        taken()


def said(here: Visit) -> None:
    """Say what became of the last files."""
    for sentence in here.uploads.refused:
        st.error(escape(sentence), icon=":material/block:")
    if here.uploads.said:
        st.info(escape(here.uploads.said))


def _turn(name: str) -> int:
    return int(st.session_state.setdefault(_counter(name), 0))


def _counter(name: str) -> str:
    return f"turn of {name}"
