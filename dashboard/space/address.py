"""What the address says of a map: its images, its kind and its dimensions."""

import streamlit as st

from dashboard.image_set import DIGITS, SCENES
from dashboard.image_set import KEY as SET
from dashboard.visit import Visit

METHOD, DIMENSIONS, OPENED = "space method", "space dimensions", "space opened"
METHODS = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}
KNOWN_SETS = (*SCENES, DIGITS)


def follow_address(here: Visit) -> None:
    """Choose what an address names, before the page draws its choices."""
    images, method = here.asked.pop("set", ""), here.asked.pop("map", "")
    if images in KNOWN_SETS:
        st.session_state[SET], st.session_state[OPENED] = images, True
    wanted = here.asked.pop("dimensions", "")
    kept = method or st.session_state.get(METHOD)
    st.session_state[METHOD] = kept if kept in METHODS else "pca"  # in every run: see layer_choice
    st.session_state[DIMENSIONS] = 3 if (wanted or str(st.session_state.get(DIMENSIONS))) == "3" else 2


def say_address(here: Visit, method: str, dimensions: int) -> None:
    """Note for the address what is chosen; pictures of the person's own have no name there."""
    images = st.session_state.get(SET, "")
    here.parts["set"] = images if images in KNOWN_SETS else ""
    here.parts["map"] = method
    here.parts["dimensions"] = str(dimensions)
