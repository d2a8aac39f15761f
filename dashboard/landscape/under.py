"""On the page Loss landscape: a picture that is computed when it is asked for, and shown while it grows."""

import html
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from dashboard.engine import Answer
from dashboard.image_set import ChosenSet
from dashboard.inside import under_way
from dashboard.inside_card import inside_card
from dashboard.landscape.cost import predicted
from dashboard.landscape.order import order, ordered, shows
from dashboard.model.layer_card import CLEAR, config
from dashboard.over_sets import ask_set
from dashboard.sidebar import POLL
from dashboard.text import escape
from dashboard.visit import Visit
from dashboard.worker import Job

SOON = 0.2  # seconds between two looks while there is no picture yet
GLANCE = 0.02  # seconds
AWAITED = 0.8  # seconds after its start for which the page waits for the first picture of a job
Look = Callable[[], dict[str, Any]]


def on_demand(
    here: Visit,
    place: str,
    technique: str,
    chosen: ChosenSet,
    others: Sequence[Any] = (),
    *,
    label: str,
    icon: str,
    passes: int,
    look: Look = dict,
    **options: Any,
) -> Answer | None:
    """A button with what it costs; then how far it is, with what is known; then the card.

    Parameters
    ----------
    here : Visit
    place, technique : str
    chosen : ChosenSet
    others : sequence
        Further weights.
    label, icon : str
        Of the button.
    passes : int
        Over all images, that it takes.
    look : callable
        Draws the controls of the look; gives the keywords of the figure.
    **options
        Of the technique.
    """
    weights = tuple(one if isinstance(one, str) else one.digest for one in others)
    question = (here.model_name(), getattr(chosen.pictures, "digest", ""), weights, tuple(options.items()))
    if not ordered(here, place, question):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(label, key=f"{place} compute", icon=icon, on_click=partial(order, place, question))
            predicted(here, chosen, passes)
        return None
    outcome = ask_set(here, place, technique, chosen, others, **options)
    shows(place, question, outcome, others)
    if isinstance(outcome, Job):
        growing(outcome, place, {})
        under_way(here, outcome)
        return None
    return inside_card(here, outcome, place, **look())


def await_first_picture(job: Job) -> None:
    """Wait a moment before the rest of the page is drawn: drawing would take the processor from the job."""
    while job.partial is None and not job.over and time.monotonic() - job.created < AWAITED:
        time.sleep(GLANCE)


def growing(job: Job, place: str, display: dict[str, Any]) -> None:
    """What is known while a job runs; it stays when the job is cancelled. Looked at often until there is something."""
    wait = SOON if job.partial is None else POLL
    st.fragment(partial(_so_far, job, place, display, wait), run_every=None if job.over else wait)()


def _so_far(job: Job, place: str, display: dict[str, Any], wait: float) -> None:
    known: Any = job.partial
    if known is None:
        return
    from vizlib.figures.interactive import figure

    drawn = figure(known, **display)
    st.markdown(f"**{escape(html.unescape(drawn.layout.title.text))}**")
    drawn.update_layout(title=None, margin_t=12, paper_bgcolor=CLEAR)
    st.plotly_chart(drawn, key=f"chart {place} so far", config=config(), alt=drawn.layout.meta["alternative"])
    st.caption(escape(" ".join(known.notes)))
    if wait == SOON and not job.over:
        st.rerun()  # there is something: from now on it is looked at less often
