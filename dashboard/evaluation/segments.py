"""A choice of few, side by side; it stays when the page changes."""

from collections.abc import Mapping
from typing import Any

import streamlit as st


def segments(label: str, words: Mapping[str, str], key: str, *, named: bool = False) -> str:
    """Draw the choice.

    Parameters
    ----------
    label : str
    words : mapping
        Every value and what it is called.
    key : str
        Of the widget; the address begins it, see :mod:`dashboard.evaluation.address`.
    named : bool
        Show the label above it.
    """
    chosen: Any = st.segmented_control(
        label, list(words), key=key, required=True, format_func=words.__getitem__, persist_state="session",
        label_visibility="visible" if named else "collapsed",
    )  # fmt: skip
    return str(chosen)
