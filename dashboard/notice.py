"""One short sentence at the edge of the page about what a click has just done.

A callback only says it; it is drawn where the click came from, since a callback of a part of the page may draw nothing.
"""

import streamlit as st

SAID = "said"


def notice(words: str, icon: str) -> None:
    """Say something in a callback."""
    st.session_state.setdefault(SAID, []).append((words, icon))


def draw_notices() -> None:
    """Show what was said since the last time; beside whatever has a callback that may say something."""
    for words, icon in st.session_state.pop(SAID, []):
        st.toast(words, icon=icon)
