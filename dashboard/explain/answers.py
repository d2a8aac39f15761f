"""The methods of the Explain page: all of them at a glance, or one of them large.

Going from one method to another draws this part of the page alone, as long as nothing has to be computed.
"""

import streamlit as st

from dashboard.explain.card import card
from dashboard.explain.hide import HIDE, hide_it
from dashboard.explain.page import method_choice
from dashboard.explain.pin import pin_of_link
from dashboard.visit import Visit, write_address
from dashboard.worker import Job

METHODS = ("saliency", "guided_backprop", "occlusion", "grad_cam")


def answers(here: Visit) -> None:
    """The choice of a method, and its card."""
    st.fragment(_draw)(here, [])


def _draw(here: Visit, draws: list[str]) -> None:
    """``draws`` are the methods that were drawn since the whole page was."""
    method = method_choice(here, (*METHODS, HIDE))
    if draws:
        if HIDE in (method, draws[-1]) or _computing(here, method):
            st.rerun()  # so that the sidebar shows the job
        write_address(here)
    draws.append(here.method)
    if method == HIDE:
        hide_it(here, METHODS)
    elif method is not None:
        pin_of_link()
        card(here, method, large=True)
    else:
        for column, technique in zip(st.columns(len(METHODS)), METHODS, strict=True):
            with column:
                card(here, technique)


def _computing(here: Visit, method: str | None) -> bool:
    return any(isinstance(here.ask(technique), Job) for technique in ([method] if method else METHODS))
