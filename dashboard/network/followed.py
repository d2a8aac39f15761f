"""The channel that a person follows: chosen in any panel, shown on all pages about the inside of a network."""

from typing import Any

import streamlit as st

from dashboard.text import _
from dashboard.visit import Visit


def channel_choice(here: Visit, layer: str, count: int, first: int) -> int:
    """The followed channel of a layer with ``count`` channels; ``first`` until a person chooses."""
    key = _key(here, layer)
    if not 0 <= st.session_state.get(key, -1) < count:
        st.session_state[key] = first
    label = _("Channel, from 0 to {last}").format(last=count - 1)
    chosen: int = st.number_input(label, 0, count - 1, key=key, persist_state="session", width=220)
    here.parts["unit"] = f"{layer}:{chosen}"
    return chosen


def follow(here: Visit, layer: str, unit: Any) -> None:
    """Take the channel that was clicked; a callback."""
    if unit is not None:
        st.session_state[_key(here, layer)] = int(unit)


def followed(here: Visit, layer: str) -> int | None:
    """The followed channel of a layer; None before one was chosen."""
    found: int | None = st.session_state.get(_key(here, layer))
    return found


def _key(here: Visit, layer: str) -> str:
    return f"unit {here.listed().name} {layer}"
