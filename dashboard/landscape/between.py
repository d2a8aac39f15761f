"""On the page Loss landscape: how much the directions matter, and the way from one solution to another."""

import streamlit as st

from dashboard.image_set import ChosenSet
from dashboard.landscape.controls import PLACE, line_look, seeds_asked
from dashboard.landscape.under import on_demand
from dashboard.landscape.weights import one_solution
from dashboard.text import _
from dashboard.visit import Visit

STEPS = 21  # points of a path


def seeds(here: Visit, chosen: ChosenSet) -> None:
    """The loss along several random directions, with the band between the lowest and the highest."""
    st.subheader(_("Does another seed tell another story?"), anchor=False)
    st.markdown(_("The loss along several random directions through these weights, and the band that they fill."))
    options, place = seeds_asked(), f"{PLACE} seeds"
    on_demand(
        here, place, "loss_lines", chosen, label=_("Compute the lines"), icon=":material/stacked_line_chart:",
        passes=options["seeds"] * options["steps"] + 1, look=lambda: line_look(place), **options,
    )  # fmt: skip


def between(here: Visit, chosen: ChosenSet) -> None:
    """The straight way to another solution of the same network."""
    st.subheader(_("Is there a barrier on the way to another solution?"), anchor=False)
    st.markdown(
        _("The loss on the straight line from these weights (0) to others of the same network (1); running means and "
          "variances go along.")
    )  # fmt: skip
    place = f"{PLACE} path"
    other = one_solution(here, f"{place}/other", _("Other solution"))
    if other is None:
        return
    on_demand(
        here, place, "loss_path", chosen, [other], label=_("Compute the path"), icon=":material/route:",
        passes=STEPS, look=lambda: line_look(place), steps=STEPS,
    )  # fmt: skip
