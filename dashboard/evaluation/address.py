"""What the address says of an evaluation: its images, its view, and what is chosen there.

Tables and archives that a person brought have no name there.
"""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.choices import PART, Choice, follow_choices, number, one_of, say_choices, switch
from dashboard.evaluation.confusion import PREDICTED, TRUE
from dashboard.evaluation.source import LAST, second_choice
from dashboard.evaluation.threshold import CELL, CELLS, KEY
from dashboard.visit import Visit, write_address

MOST = 9999  # classes
COST = (0.0, 1e9, 1.0, float)
PLACED = (KEY, TRUE, PREDICTED)  # chosen for certain scores; with other ones they begin anew
SHARES = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99)
VIEWS = ("curves", "balance", "classes", "sure", "slices", "folds")


def _choices() -> tuple[Choice, ...]:
    """Every widget of the page that a link brings back."""
    return (
        one_of("task", "evaluation task", ("classes", "boxes", "pixels", "numbers"), "classes"),
        one_of("boxes", "evaluation boxes", ("found", "overlap", "suppressed"), "found"),
        one_of("view", "evaluation view", VIEWS, VIEWS[0]),
        number("class", "evaluation class", -2, MOST, None),
        *_of_curves(),
        *_of_confusion(),
        *_of_calibration(),
        Choice("slices", "slices column", None, str),
        number("metric", "slices metric", -1, MOST, None),
        number("ranges", "slices bins", 2, 10, 4),
        number("folds", "folds k", 2, 10, 5),
        one_of("fold", "folds kind", ("roc", "pr"), "roc"),
    )


def _of_curves() -> Sequence[Choice]:
    return (
        one_of("interval", "evaluation interval", ("logit", "delong", "bootstrap"), "logit"),
        switch("log", "evaluation log"),
        switch("iso", "evaluation iso"),
        number("alarm", "evaluation alarm", *COST),
        number("miss", "evaluation miss", *COST),
        number("threshold", KEY, -1e9, 1e9, None, float),
        one_of("images", CELL, CELLS, None),
        one_of("positives", "evaluation share", SHARES, 0.01),
    )


def _of_confusion() -> Sequence[Choice]:
    return (
        one_of("by", "evaluation by", ("true", "predicted", "all"), "true"),
        switch("alike", "evaluation alike"),
        switch("mistakes", "evaluation wrong"),
        number("true", TRUE, 0, MOST, None),
        number("taken", PREDICTED, 0, MOST, None),
    )


def _of_calibration() -> Sequence[Choice]:
    return (
        switch("softmax", "evaluation softmax", True),
        number("bins", "evaluation bins", 2, 50, 15),
        one_of("laid", "evaluation laid", ("uniform", "adaptive"), "uniform"),
        one_of("closed", "evaluation closed", ("right", "left"), "right"),
        number("fit", "evaluation fit", 0.1, 0.9, 0.5, float),
    )


def follow_address(here: Visit) -> None:
    """Choose what an address names, before the page draws its choices."""
    if here.asked.get("set"):
        st.session_state[LAST] = here.listed().name
    if PART in here.asked:
        for key in PLACED:
            st.session_state.pop(f"{key} of", None)
        st.session_state.pop(KEY, None)
    follow_choices(here, (*_choices(), second_choice(here)))


def say_address(here: Visit) -> None:
    """Note for the address what is chosen."""
    begun = [replace(one, first=st.session_state.get(f"{one.key} first", one.first)) for one in _choices()]
    say_choices(here, (*begun, second_choice(here)))


def mirror(here: Visit) -> None:
    """Bring the address up to date where a part of the page is drawn alone."""
    context = get_script_run_ctx()
    if context is not None and context.fragment_ids_this_run:
        say_address(here)
        write_address(here)
