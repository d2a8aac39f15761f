"""The page Loss landscape: the loss around the trained weights, trainings on one plane, and sharpness."""

import streamlit as st

from dashboard.landscape.address import follow_address, say_address
from dashboard.landscape.bend import bend
from dashboard.landscape.between import between, seeds
from dashboard.landscape.surface import surface
from dashboard.landscape.ways import sharpness, ways
from dashboard.text import _
from dashboard.visit import Visit


def landscape(here: Visit) -> None:
    """The question, then every part of the page."""
    st.title(_("What does the loss look like around these weights?"), anchor=False)
    follow_address(here)
    chosen = surface(here)
    if chosen is not None:
        seeds(here, chosen)
        bend(here, chosen)
        between(here, chosen)
    if here.engine.ready.is_set():
        ways(here, chosen)
        sharpness()
    say_address(here)
