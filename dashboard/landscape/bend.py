"""On the page Loss landscape: how sharply the loss bends at the chosen model's weights."""

from functools import partial
from typing import Any

import streamlit as st

from dashboard.image_set import ChosenSet
from dashboard.inside_card import inside_card
from dashboard.landscape.controls import PLACE
from dashboard.over_sets import ask_set
from dashboard.text import _
from dashboard.visit import Visit

WANTED = f"{PLACE}/bend wanted"
OPTIONS: dict[str, Any] = {"k": 3, "iterations": 20, "probes": 8}


def bend(here: Visit, chosen: ChosenSet) -> None:
    """Eigenvalues and trace of the Hessian, once they are asked for."""
    st.subheader(_("How sharply it bends"), anchor=False)
    question = (here.model_name(), getattr(chosen.pictures, "digest", ""))
    if st.session_state.get(WANTED) != question:
        st.markdown(_("The largest eigenvalues of the Hessian and its trace, over the chosen images."))
        st.button(
            _("Measure the curvature"), key=f"{PLACE} bend", icon=":material/ssid_chart:",
            on_click=partial(_want, question),
        )  # fmt: skip
        return
    inside_card(here, ask_set(here, f"{PLACE} bend", "hessian", chosen, **OPTIONS), f"{PLACE} bend")


def _want(question: Any) -> None:
    st.session_state[WANTED] = question
