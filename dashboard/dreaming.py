"""An image made to excite a unit: its settings, the image while it grows, and what came of it."""

from functools import partial
from typing import Any

import streamlit as st

from dashboard.controls import changes, controls, reset
from dashboard.engine import Answer
from dashboard.inside import ask_model, under_way
from dashboard.inside_card import inside_card
from dashboard.layer_card import CLEAR, config
from dashboard.sidebar import POLL
from dashboard.text import _
from dashboard.visit import Visit
from dashboard.worker import Job

TECHNIQUE = "maximize_activation"
PLACE = "dream"
BY_PAGE = ("layer", "unit")


def dream(here: Visit, layer: str, unit: int) -> None:
    """Nothing is computed before the person asks; then the image is shown while it grows."""
    with st.expander(_("Settings"), icon=":material/settings:"):
        controls(TECHNIQUE, PLACE, without=BY_PAGE)
        st.button(_("Back to defaults"), key="dream defaults", on_click=reset, args=(TECHNIQUE, PLACE))
    options = {name: value for name, value in changes(TECHNIQUE, PLACE).items() if name not in BY_PAGE}
    wanted = (here.model_name(), layer, unit, tuple(sorted(options.items())))
    now = partial(st.session_state.__setitem__, "dream wanted", wanted)
    st.button(_("Make the image"), key="dream now", icon=":material/auto_awesome:", type="primary", on_click=now)
    if st.session_state.get("dream wanted") != wanted:
        st.caption(_("It starts from noise and follows the gradient; a few seconds for a small model."))
        return
    outcome = ask_model(here, "inside/dream", TECHNIQUE, layer=layer, unit=unit, **options)
    if isinstance(outcome, Answer):
        inside_card(here, outcome, "dream")
        return
    st.fragment(_growing, run_every=None if outcome.over else POLL)(outcome)
    under_way(here, outcome)


def _growing(job: Job) -> None:
    """The image so far; after a Cancel the last one stays."""
    partial: Any = job.partial
    if partial is None:
        return
    from vizlib.figures.interactive import figure

    drawn = figure(partial)
    drawn.update_layout(paper_bgcolor=CLEAR)
    st.plotly_chart(drawn, key="chart growing", config=config(), alt=drawn.layout.meta["alternative"])
    if job.over:
        st.caption(_("Unfinished: the image as it was when it was cancelled."))
