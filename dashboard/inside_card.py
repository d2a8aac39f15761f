"""The card of a result about the inside of a network: picture, how to read it, files, and the lines that make it."""

import html
from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from dashboard.engine import Answer
from dashboard.export import recipe_lines
from dashboard.hold import Held, beside_held
from dashboard.inside import under_way
from dashboard.model.layer_card import CLEAR, config
from dashboard.raster import frame
from dashboard.reading import reading
from dashboard.take_away import plain_name, take_away
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job

TOP = 12  # pixels above a figure, but where titles of its parts stand there
LEAST, BESIDE = 300, 0.6  # pixels of a figure beside another, and its share of the height that it has alone
Click = Callable[[Any], None]


def inside_card(
    here: Visit, outcome: Answer | Job, place: str, *, click: Click | None = None, **display: Any
) -> Answer | None:
    """Draw an answer, or how far the job is that works on it.

    Parameters
    ----------
    here : Visit
    outcome : Answer or Job
    place : str
        Tells the card from others on the page.
    click : callable, optional
        Gets the ``customdata`` of what was clicked.
    **display
        Keywords of the figure functions; they change no number.

    Returns
    -------
    Answer or None
        The answer when it is there.
    """
    if isinstance(outcome, Job):
        under_way(here, outcome)
        return None
    for banner in outcome.result.banners():
        st.warning(escape(banner), icon=":material/info:")
    title = picture(outcome, place, click=click, **display)
    words = reading(outcome.recipe.technique)
    st.markdown(f"**{_('How to read this.')}** {escape(_(words.shows))}")
    st.markdown(f"**{_('How it can mislead.')}** {escape(_(words.misleads))}")
    for note in outcome.result.notes:
        st.caption(escape(note))
    take_away(place, outcome, display, title)
    recipe_lines(here, outcome)
    return outcome


def picture(answer: Answer, place: str, *, click: Click | None = None, **display: Any) -> str:
    """Draw an answer, beside the pinned one where there is one; returns its title as plain text."""
    drawn = _make(answer, display)
    title = html.unescape(drawn.layout.title.text or "")
    live = Held(answer, display, title or plain_name(answer))
    beside_held(place, live, drawn, _make, partial(_show, place, click))
    return title


def _make(answer: Answer, display: dict[str, Any]) -> Any:
    from vizlib.figures.interactive import figure

    return figure(answer.result, **display)


def _show(place: str, click: Click | None, drawn: Any, key: str, alone: bool) -> None:
    """A chart; its title as text of the page wraps, and cannot be markup."""
    title = html.unescape(drawn.layout.title.text or "")
    if title:
        drawn.update_layout(title=None, margin_t=(drawn.layout.meta or {}).get("above", TOP))
    if not alone and drawn.layout.height:  # half as wide
        drawn.update_layout(height=max(LEAST, BESIDE * drawn.layout.height))
    if title and alone:
        st.markdown(f"**{escape(title)}**")
    drawn.update_layout(paper_bgcolor=CLEAR)
    extra: dict[str, Any] = {"height": "stretch"} if "aspect" in (drawn.layout.meta or {}) else {}
    if click is not None and key == f"chart {place}":
        drawn.update_layout(clickmode="event+select", dragmode=False)
        extra |= {"on_select": lambda: _clicked(key, click), "selection_mode": "points"}
    with frame(key, drawn):
        st.plotly_chart(drawn, key=key, config=config(), alt=drawn.layout.meta["alternative"], **extra)


def _clicked(key: str, click: Click) -> None:
    points = st.session_state[key].selection.points
    if points:
        said = points[0].get("customdata")
        click(said[0] if isinstance(said, list) else said)
