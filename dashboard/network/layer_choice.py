"""Which layer the pages about the inside of a network show: one choice, shared by all of them."""

import streamlit as st

from dashboard.inside import under_way
from dashboard.network.followed import follow
from dashboard.network.stored_inside import show_stored
from dashboard.text import _
from dashboard.visit import Visit
from dashboard.worker import Job

KEY = "inside layer"


def opening(here: Visit, question: str) -> str | None:
    """The question of a page, and the layer that it is about."""
    st.title(question, anchor=False)
    with st.container(key="narrow-hint"):
        st.caption(_("Model and images are in the menu » at the top left."))
    sight = here.look()
    if isinstance(sight, Job):
        under_way(here, sight)
        show_stored(here, st.session_state.get(f"{KEY} {here.listed().name}"))
    return layer_choice(here)


def layer_choice(here: Visit) -> str | None:
    """The chosen layer; the model's own default until a person chooses, None before the model is known."""
    sight = here.sight()
    if sight is None:
        st.selectbox(_("Layer"), [_("Loading …")], disabled=True, key="no layer yet")
        return None
    key = f"{KEY} {here.listed().name}"
    first = sight.default_layer or sight.layers[-1]
    _linked(here, sight.layers, key)
    if st.session_state.get(key) not in sight.layers:
        st.session_state[key] = first
    chosen: str = st.selectbox(
        _("Layer"),
        sight.layers,
        key=key,
        persist_state="session",
        help=_("The same layer is shown on all pages about the inside of the network. Type to search."),
    )
    here.parts["unit"] = chosen
    return chosen


def _linked(here: Visit, layers: tuple[str, ...], key: str) -> None:
    """Choose the layer and the channel that an address asks for, as in ``layer3:12``."""
    layer, _sign, unit = here.asked.pop("unit", "").partition(":")
    if layer in layers:
        st.session_state[key] = layer
        follow(here, layer, int(unit) if unit.isdecimal() else None)
