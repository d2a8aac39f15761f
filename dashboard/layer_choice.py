"""Which layer the pages about the inside of a network show: one choice, shared by all of them."""

import streamlit as st

from dashboard.text import _
from dashboard.visit import Visit

KEY = "inside layer"


def layer_choice(here: Visit) -> str | None:
    """The chosen layer; the model's own default until a person chooses, None before the model is known."""
    sight = here.sight()
    if sight is None:
        st.selectbox(_("Layer"), [_("Loading …")], disabled=True, key="no layer yet")
        return None
    key = f"{KEY} {here.listed().name}"
    first = sight.default_layer or sight.layers[-1]
    if st.session_state.get(key) not in sight.layers:
        st.session_state[key] = first
    chosen: str = st.selectbox(
        _("Layer"),
        sight.layers,
        key=key,
        persist_state="session",
        help=_("The same layer is shown on all pages about the inside of the network. Type to search."),
    )
    return chosen
