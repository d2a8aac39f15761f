"""What is chosen on a page as a short word for its address, such as ``view:classes~class:3``; and the way back."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from dashboard.visit import Visit

LONGEST = 600  # letters
PART = "choices"  # of the address


@dataclass(frozen=True)
class Choice:
    """One widget of a page.

    Attributes
    ----------
    name : str
        In the address.
    key : str
        Of the widget.
    first : object
        What the page begins with, which the address leaves out; None where the page finds that out later.
    read : callable
        From text to value; ValueError for what makes no sense.
    empty : bool
        Nothing may be chosen, and a link that names nothing says so.
    """

    name: str
    key: str
    first: Any
    read: Callable[[str], Any]
    empty: bool = False


def one_of(name: str, key: str, offered: Sequence[Any], first: Any) -> Choice:
    """One of several values."""
    return Choice(name, key, first, partial(_one_of, tuple(offered)))


def switch(name: str, key: str, first: bool = False) -> Choice:
    """On or off."""
    return one_of(name, key, (True, False), first)


def number(name: str, key: str, low: float, high: float, first: Any, kind: type = int) -> Choice:
    """A number between two others."""
    return Choice(name, key, first, partial(_number, kind, low, high))


def follow_choices(here: Visit, choices: Sequence[Choice]) -> None:
    """Choose what an address names, before the page draws its widgets; what makes no sense is left out."""
    word = here.asked.pop(PART, None)
    said = {} if word is None else dict(part.partition(":")[::2] for part in word[:LONGEST].split("~"))
    for choice in choices:
        wanted = _wanted(choice, said.get(choice.name, ""))
        untouched = choice.key not in st.session_state
        told = word is not None and (wanted is not None or choice.empty) and st.session_state.get(choice.key) != wanted
        if told or (untouched and wanted is not None):
            st.session_state[choice.key] = wanted


def begin(key: str, first: Any, offered: Any) -> None:
    """Choose the first value where none of those offered is chosen, and note for the address which one it is."""
    st.session_state[f"{key} first"] = first
    if st.session_state.get(key) not in offered:
        st.session_state[key] = first


def say_choices(here: Visit, choices: Sequence[Choice]) -> None:
    """Note for the address what differs from where the page begins."""
    now = [(choice, st.session_state.get(choice.key, choice.first)) for choice in choices]
    here.parts[PART] = "~".join(f"{one.name}:{_text(value)}" for one, value in now if value not in (one.first, None))


def _wanted(choice: Choice, text: str) -> Any:
    try:
        return choice.read(text) if text else choice.first
    except ValueError:
        return choice.first


def _one_of(offered: Sequence[Any], text: str) -> Any:
    found = {_text(value): value for value in offered}
    if text not in found:
        raise ValueError(f"{text!r} is not offered.")
    return found[text]


def _number(kind: type, low: float, high: float, text: str) -> Any:
    found = kind(text)
    if not (math.isfinite(found) and low <= found <= high):
        raise ValueError(f"{text!r} is out of range.")
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return repr(value) if isinstance(value, float) else str(value)
