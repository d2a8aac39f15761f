"""Where files come in: the uploader, whose files are copied at once, and what is said about them."""

import time
from collections.abc import Callable, Iterable
from typing import Literal

import streamlit as st

from dashboard.intake.arrivals import File
from dashboard.intake.drops import Drop
from dashboard.text import _, escape
from dashboard.visit import Visit
from vizlib.data.images import LARGEST_FILE, SUFFIXES

HOME = "photo"  # the door of Home; what is said about the files of any other is said in the tray
AT_ONCE = 0.5  # seconds of reading pictures before the worker goes on with them
GROW = 2.0  # seconds between two looks at how many have come


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
        max_upload_size=LARGEST_FILE >> 20,
        on_change=lambda: take(here, st.session_state[key] or [], name=name, folder=folder, taken=taken),
    )


def take(
    here: Visit, files: Iterable[File], *, name: str, folder: bool = False, taken: Callable[[], None] = lambda: None
) -> None:
    """Put files into the tray and choose the first picture of them."""
    drop = Drop(here.uploads, files, folder=folder)
    drop.begin(AT_ONCE)
    here.uploads.door = name
    st.session_state[_counter(name)] = _turn(name) + 1
    if drop.over:
        here.uploads.tell(drop)
    else:
        _leave_to_worker(here, drop)
    if drop.first is not None:
        here.picture = drop.first.digest
        taken()


def _leave_to_worker(here: Visit, drop: Drop) -> None:
    """The rest of a drop comes while the page is used."""
    here.uploads.hush()
    slot = f"pictures {time.monotonic()}"
    here.uploads.drops[slot] = drop
    here.engine.worker.submit(here.owner, slot, slot, _("Reading pictures"), drop.finish)


def coming(here: Visit) -> None:
    """How many pictures are on their way; the tray is drawn anew as they come, and at the end it is said what came."""
    jobs = {job.slot: job for job in here.engine.worker.jobs(here.owner)}
    for slot, drop in list(here.uploads.drops.items()):
        job = jobs.get(slot)
        if job is None or job.over:
            del here.uploads.drops[slot]
            drop.arrivals.cancelled = not drop.over
            here.uploads.tell(drop)
            here.again(slot)
    if here.uploads.drops:
        st.fragment(_coming, run_every=GROW)(here, len(here.uploads.shots))


def _coming(here: Visit, shown: int) -> None:
    drops = list(here.uploads.drops.values())
    if len(here.uploads.shots) != shown or all(drop.over for drop in drops):
        st.rerun()
    seen, expected = sum(drop.seen for drop in drops), sum(drop.arrivals.expected for drop in drops)
    st.caption(_("{seen} of {expected} pictures are read; the others follow.").format(seen=seen, expected=expected))


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
