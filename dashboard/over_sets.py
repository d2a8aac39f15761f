"""Questions over an image set: the answer, or what is known so far, which stays when it is cancelled."""

import html
from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from dashboard.engine import Answer
from dashboard.image_set import ChosenSet
from dashboard.inside import ask_model
from dashboard.inside_card import Click, inside_card
from dashboard.model.layer_card import CLEAR, config
from dashboard.sidebar import POLL
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job


def ask_set(
    here: Visit, place: str, technique: str, chosen: ChosenSet, others: Sequence[Any] = (), **options: Any
) -> Answer | Job:
    """Ask a technique about all images of a set, and about further weights where it takes some."""
    return ask_model(here, f"inside/{place}", technique, shots=chosen.pictures, others=others, **options)


def set_card(
    here: Visit, outcome: Answer | Job, place: str, *, click: Click | None = None, **display: Any
) -> Answer | None:
    """The card of an answer over a set; while it is under way, what the images so far tell."""
    if isinstance(outcome, Job):
        st.fragment(partial(_so_far, outcome, place, display), run_every=None if outcome.over else POLL)()
    return inside_card(here, outcome, place, click=click, **display)


def _so_far(job: Job, place: str, display: dict[str, Any]) -> None:
    known: Any = job.partial
    if known is None:
        return
    from vizlib.figures.interactive import figure

    drawn = figure(known, **display)
    st.markdown(f"**{escape(html.unescape(drawn.layout.title.text))}**")
    drawn.update_layout(title=None, margin_t=12, paper_bgcolor=CLEAR)
    st.plotly_chart(drawn, key=f"chart so far {place}", config=config(), alt=drawn.layout.meta["alternative"])
    if job.over:
        words = _("Unfinished: what the first {seen} images tell, as it was when it was cancelled.")
        st.caption(words.format(seen=known.searched))
