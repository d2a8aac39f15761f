"""On the page Loss landscape: what takes long is computed when a person, or a link, orders it."""

from collections.abc import Iterable
from typing import Any

import streamlit as st

from dashboard.engine import Answer
from dashboard.landscape.controls import PLACE
from dashboard.visit import Visit
from dashboard.worker import Job

PARTS = {  # by what the address calls them
    "surface": PLACE,
    "lines": f"{PLACE} seeds",
    "curvature": f"{PLACE} bend",
    "path": f"{PLACE} path",
    "trainings": f"{PLACE} own ways",
}
LINKED, LOADED = f"{PLACE}/linked orders", f"{PLACE}/loaded"
ENDED = ("stopping", "cancelled", "failed")


def order(place: str, question: Any) -> None:
    """Compute this from now on, until something else is asked."""
    st.session_state[f"{place}/wanted"] = question


def ordered(here: Visit, place: str, question: Any) -> bool:
    """Whether exactly this was ordered; a link orders what is chosen when its part of the page is first drawn."""
    if place in _linked(here):
        order(place, question)
    return bool(st.session_state.get(f"{place}/wanted") == question)


def shows(place: str, question: Any, outcome: Answer | Job | None, others: Iterable[Any] = ()) -> None:
    """Note what a part of the page shows, if an address can say it: not what was cancelled, nor a person's weights."""
    ended = isinstance(outcome, Job) and outcome.state in ENDED
    known = not ended and all(isinstance(one, str) for one in others)
    st.session_state[f"{place}/shows"] = question if known else None


def follow_orders(here: Visit, word: str) -> None:
    """Keep what a link orders, such as ``surface.lines``, until the model is loaded; take back what it does not."""
    wanted = {PARTS[name] for name in word.split(".") if name in PARTS}
    st.session_state[LINKED] = here.listed().name, set() if here.absent else wanted
    for place in set(PARTS.values()) - wanted:
        if st.session_state.get(f"{place}/wanted") is not None:
            order(place, None)


def begin_orders() -> None:
    """To be called once a run has the model: what the parts show is noted anew."""
    st.session_state[LOADED] = True
    for place in PARTS.values():
        st.session_state[f"{place}/shows"] = None


def orders_said(here: Visit) -> str:
    """What an address orders: what is shown as it was ordered, and what a link ordered that is still to come."""
    if st.session_state.get(LOADED):
        st.session_state[LINKED] = "", set()
    return ".".join(name for name, place in PARTS.items() if place in _linked(here) or _is_shown(here, place))


def _is_shown(here: Visit, place: str) -> bool:
    shown = st.session_state.get(f"{place}/shows")
    return shown is not None and shown == st.session_state.get(f"{place}/wanted") and shown[0] == here.model_name()


def _linked(here: Visit) -> set[str]:
    """The parts that a link ordered of this model."""
    model, places = st.session_state.get(LINKED, ("", set()))
    return places if model == here.listed().name else set()
