"""What the address says of a map: its kind, its dimensions, and the model beside."""

import streamlit as st

from dashboard.image_set import bundled
from dashboard.intake.own import named
from dashboard.visit import Visit

METHOD, DIMENSIONS, OPENED = "space method", "space dimensions", "space opened"
BESIDE, BESIDE_ABSENT, MOVES = "space beside", "space beside absent", "space moves"
METHODS = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}


def follow_address(here: Visit) -> None:
    """Choose what an address names, before the page draws its choices."""
    if bundled(here.asked.get("set", "")):
        st.session_state[OPENED] = True  # the page chooses no set of its own
    _follow_beside(here)
    method, wanted = here.asked.pop("map", ""), here.asked.pop("dimensions", "")
    kept = method or st.session_state.get(METHOD)
    st.session_state[METHOD] = kept if kept in METHODS else "pca"  # in every run: see layer_choice
    st.session_state[DIMENSIONS] = 3 if (wanted or str(st.session_state.get(DIMENSIONS))) == "3" else 2


def say_address(here: Visit, method: str, dimensions: int) -> None:
    """Note for the address what is chosen."""
    here.parts["map"] = method
    here.parts["dimensions"] = str(dimensions)


def _follow_beside(here: Visit) -> None:
    """Choose the second model that an address names; none where the browser went back to an address without one."""
    word = here.asked.pop("beside", "")
    if _went_back(here) and not word:
        st.session_state[BESIDE] = ""
    if not word:
        return
    known = {model.name for model in here.models()}
    name, layer = named(word, here.own), ""
    if name not in known and ":" in word:
        whose, _colon, layer = word.rpartition(":")
        name = named(whose, here.own)
    st.session_state[BESIDE] = st.session_state[BESIDE_ABSENT] = name
    st.session_state[beside_layer_key(name)] = layer


def _went_back(here: Visit) -> bool:
    """Whether the browser went back or forward; said once for each time, however often a run is overtaken."""
    before, st.session_state[MOVES] = st.session_state.get(MOVES), here.enlarged
    return here.moved and before != here.enlarged


def beside_layer_key(name: str) -> str:
    """Where the layer of a second model is chosen."""
    return f"space layer beside {name}"


def say_beside(here: Visit, other: Visit, layer: str) -> None:
    """Note the second model for the address, with its layer where that is not the usual one."""
    own = other.chosen()
    name = own.address if own else other.listed().name
    here.parts["beside"] = f"{name}:{layer}" if layer else name
