"""The card of a result about many examples: title, figure, how to read it, and its files."""

import dataclasses
import html
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np
import streamlit as st

from dashboard.engine import Answer
from dashboard.evaluation.code_lines import code_lines
from dashboard.export import plain_downloads
from dashboard.hold import Held, beside_held
from dashboard.model.layer_card import CLEAR, config
from dashboard.store import Store, array_bytes
from dashboard.take_away import take_away
from dashboard.text import _, escape
from vizlib.core.recipe import Recipe

KEPT, LIMIT = "evaluation kept", 3 << 29  # bytes: all that is drawn of ten million scores
BESIDE = 0.7  # of the height that a figure has alone
Value = TypeVar("Value")
Click = Callable[[Any], None]


@dataclass(frozen=True)
class Words:
    """What is said below a figure: how to read it, and how it can mislead."""

    shows: str
    misleads: str


def card(
    place: str, result: Any, stem: str, words: Words, *, recipe: Recipe | None = None, about: str = "",
    click: Click | None = None, height: int | None = None, **display: Any,
) -> None:  # fmt: skip
    """Draw a result.

    Parameters
    ----------
    place : str
        Tells the card from others on the page.
    result : Result
    stem : str
        What its files are called.
    words : Words
    recipe : Recipe, optional
        What makes the result again; without one there are files alone.
    about : str
        The class, which the title does not tell, where the figure is beside others or in a report.
    click : callable, optional
        Gets the ``customdata`` of what was clicked.
    height : int, optional
        In pixels, where it is not that of the figure.
    **display
        Keywords of the figure functions; they change no number.
    """
    drawn = _drawn(result, display)
    title = (f"{about}: " if about else "") + html.unescape(drawn.layout.title.text)
    answer = None if recipe is None else Answer(recipe, result)
    if answer is None:
        _show(place, click, height, drawn, f"chart {place}", True)
    else:
        show = partial(_show, place, click, height)
        beside_held(place, Held(answer, display, title), drawn, lambda one, look: _drawn(one.result, look), show)
    st.caption(f"**{_('How to read this.')}** {words.shows} **{_('How it can mislead.')}** {words.misleads}")
    if answer is not None:
        take_away(place, answer, display, title, caption=f"{words.shows} {words.misleads}", more=partial(code_lines, answer.recipe, place))  # fmt: skip  # noqa: E501
        return
    with st.container(horizontal=True, key=f"take-away-{place}"):
        plain_downloads(result, stem, place, **display)


def draw(place: str, result: Any, **display: Any) -> None:
    """The figure alone, below its title."""
    _show(place, None, None, _drawn(result, display), f"chart {place}", True)


def _drawn(result: Any, display: dict[str, Any]) -> Any:
    from vizlib.figures.interactive import figure

    return figure(result, **display)


def _show(place: str, click: Click | None, height: int | None, drawn: Any, key: str, alone: bool) -> None:
    """A chart below its title; only the live one answers a click."""
    st.markdown(f"**{escape(html.unescape(drawn.layout.title.text))}**")
    drawn.update_layout(title=None, margin_t=48, paper_bgcolor=CLEAR)
    if height is not None:
        drawn.update_layout(height=height if alone else BESIDE * height, margin_t=12)
    extra: dict[str, Any] = {}
    if click is not None and key == f"chart {place}":
        drawn.update_layout(clickmode="event+select", dragmode=False)
        extra = {"on_select": lambda: _clicked(key, click), "selection_mode": "points"}
    with st.container(key=f"square {key}" if height is not None and alone else None):
        st.plotly_chart(drawn, key=key, config=config(), alt=drawn.layout.meta["alternative"], **extra)


def _clicked(key: str, click: Click) -> None:
    points = st.session_state[key].selection.points
    if points:
        said = points[0].get("customdata")
        click(said[0] if isinstance(said, list) else said)


def kept(key: tuple[Any, ...], make: Callable[[], Value]) -> Value:
    """What was computed for this key in this visit; made now when it is not there."""
    store: Store[Any] = st.session_state.setdefault(KEPT, Store(LIMIT, _weight))
    found = store.get(key)
    if found is None:
        found = make()
        store.put(key, found)
    value: Value = found
    return value


def _weight(value: Any) -> int:
    """Bytes of the arrays in a result, or in a tuple."""
    if dataclasses.is_dataclass(value):
        return array_bytes(value)
    return sum(part.nbytes for part in value if isinstance(part, np.ndarray))
