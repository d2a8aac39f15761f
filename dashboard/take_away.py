"""The row under every figure: download it, add it to the report, pin it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard.engine import Answer
from dashboard.export import downloads
from dashboard.hold import hold_button
from dashboard.report import keep_button, report_link
from dashboard.text import _
from vizlib.figures.style import name_of


def take_away(
    place: str, answer: Answer, display: dict[str, Any], title: str = "", *, pin: bool = True, caption: str = "",
    more: Callable[[], None] | None = None,
) -> None:  # fmt: skip
    """Download, Add to report and Pin.

    Parameters
    ----------
    place : str
        Tells the card from others on the page.
    answer : Answer
    display : dict
        Keywords of the figure functions: files and report have the look of the page.
    title : str
        A sentence, as plain text; the technique's name when empty.
    pin : bool
        Whether there is something to compare with.
    caption : str
        In the report; what the technique's documentation says when empty.
    more : callable, optional
        Draws what else stands in the row.
    """
    said = title or plain_name(answer)
    with st.container(horizontal=True, key=f"take-away-{place}"):
        with st.popover(_("Download"), icon=":material/download:", key=f"take {place}"):
            downloads(answer, display, place, "stretch")
        keep_button(place, answer, display, said, caption)
        if pin:
            hold_button(place, answer, display, said)
        if more is not None:
            more()
        report_link()


def plain_name(answer: Answer) -> str:
    """What a result is called when its figure has no title of its own."""
    name, layer = _(name_of(answer.recipe.technique)), answer.recipe.options.get("layer")
    return f"{name}, {layer}" if layer else name
