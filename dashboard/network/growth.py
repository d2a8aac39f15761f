"""How fields grow from layer to layer: the trained network, and the same network before training."""

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from dashboard.engine import Answer
from dashboard.inside import ask_model, under_way
from dashboard.inside_card import inside_card
from dashboard.sidebar import POLL
from dashboard.text import _
from dashboard.visit import Visit
from dashboard.worker import Job

TECHNIQUE = "receptive_field_growth"
PICTURES = 8
WANTED = "growth wanted"


def growth(here: Visit) -> None:
    """Nothing is computed before the person asks: it is one gradient for each layer, of two networks."""
    st.subheader(_("How the fields grow from layer to layer"), anchor=False)
    shots = here.shots()[:PICTURES]
    wanted = (here.model_name(), tuple(shot.digest for shot in shots))
    ask = partial(st.session_state.__setitem__, WANTED, wanted)
    st.button(_("Measure all layers"), key="growth now", icon=":material/stacked_line_chart:", on_click=ask)
    if st.session_state.get(WANTED) != wanted:
        words = _("The effective field of every layer over {count} pictures of the tray, trained and untrained.")
        st.caption(words.format(count=len(shots)))
        return
    outcome = ask_model(here, "inside/growth", TECHNIQUE, shots=shots)
    if isinstance(outcome, Job):
        st.fragment(_growing, run_every=None if outcome.over else POLL)(outcome)
        under_way(here, outcome)
        return
    inside_card(here, outcome, "growth", **_untrained(here, shots))


def _untrained(here: Visit, shots: list[Any]) -> dict[str, Any]:
    """The same of random weights, for the figure, once it is there."""
    if here.random:
        return {}
    outcome = ask_model(replace(here, random=True), "inside/growth untrained", TECHNIQUE, shots=shots)
    if isinstance(outcome, Answer):
        return {"against": outcome.result}
    st.caption(_("The untrained network follows."))
    under_way(here, outcome)
    return {}


def _growing(job: Job) -> None:
    """The lines so far."""
    known: Any = job.partial
    if known is None:
        return
    from vizlib.figures.interactive import figure

    drawn = figure(known)
    st.plotly_chart(drawn, key="chart growth so far", alt=drawn.layout.meta["alternative"])
    if job.over:
        st.caption(_("Unfinished: over the pictures that were done when it was cancelled."))
