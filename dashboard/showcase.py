"""Stored results on a page: the cards of Home, the map that Explain begins with, and Home's door for a photo."""

import html

import streamlit as st

from dashboard.gallery import Stored, cards
from dashboard.intake.door import HOME, door, said
from dashboard.text import _, percent
from dashboard.visit import Visit, models
from vizlib.figures.style import name_of, tick_label

_HTML = '<div class="cards"></div>'
_CSS = """
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 290px), 1fr)); gap: 1rem;
         padding: 3px; font-family: var(--st-font); color: var(--st-text-color); }
.card { display: flex; flex-direction: column; gap: .45rem; padding: .8rem; border-radius: var(--st-base-radius);
        border: 1px solid var(--st-border-color); color: inherit; text-decoration: none; }
.card:hover { border-color: var(--st-primary-color); background: var(--st-secondary-background-color); }
.card:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 1px; }
.card img { display: block; width: 100%; aspect-ratio: 196 / 96; image-rendering: pixelated; }
.card h2 { margin: .2rem 0 0; font-size: 1.02rem; font-weight: 600; line-height: 1.3; }
.card p { margin: 0; font-size: .93rem; line-height: 1.4; }
.card .facts { margin-top: auto; padding-top: .2rem; font-size: .85rem; color: light-dark(#566168, #a5b1b7); }
.bar { display: grid; grid-template-columns: max-content 1fr max-content; gap: .1rem .5rem; align-items: center;
       font-size: .78rem; line-height: 1.25; color: light-dark(#566168, #a5b1b7); }
.bar i { height: .55rem; border-radius: 2px; }
.bar small { grid-column: 1 / -1; text-align: right; font-size: inherit; }
"""
_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const cards = parentElement.querySelector(".cards");
  if (cards.dataset.shown === data.cards) return;
  cards.dataset.shown = data.cards;
  cards.innerHTML = data.cards;
  cards.querySelectorAll("a").forEach((card) => {
    card.onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      setTriggerValue("opened", card.id);
    };
  });
}
"""
_cards = st.components.v2.component("vizlib_cards", html=_HTML, css=_CSS, js=_JS)
_EXPLAIN = "../pages/explain.py"


def showcase(here: Visit) -> None:
    """The cards of Home; a click opens Explain with model, picture and method filled in, in the same visit."""
    names = {model.name for model in models(False)}
    shown = {one.file: one for one in cards() if one.model in names}
    opened = _cards(
        key="cards",
        data={"cards": "".join(_card(one) for one in shown.values())},
        on_opened_change=lambda: _open(here, shown[st.session_state["cards"]["opened"]]),
    ).opened
    if opened:
        st.switch_page(_EXPLAIN)


def photo_door(here: Visit) -> None:
    """Take a photo and go where it is explained; what cannot be read is said in one sentence."""
    door(
        here,
        _("Drop a photo here, and four methods explain what the model sees in it"),
        name=HOME,
        taken=lambda: _taken(here),
    )
    if here.uploads.door == HOME:
        said(here)
    if st.session_state.pop("photo taken", False):
        st.switch_page(_EXPLAIN)


def stored_map(one: Stored) -> None:
    """The map alone with its colour bar, where the live one will be."""
    picture = f'<img src="{one.map}" alt="{html.escape(one.alternative)}">'
    st.html(f'<div class="stored">{picture}{_bar(one)}</div>')


def _card(one: Stored) -> str:
    share = percent(one.probability)
    heading, sentence = _(one.heading).format(label=one.label), _(one.sentence)
    facts = f"{_(name_of(one.technique))} · {one.model} · {one.label} {share}"
    words = (
        f"<h2>{html.escape(heading)}</h2><p>{html.escape(sentence)}</p><span class='facts'>{html.escape(facts)}</span>"
    )
    alternative = html.escape(_("The picture, and beside it: {map}").format(map=one.alternative))
    picture = f'<img src="{one.pair}" alt="{alternative}">'
    return (
        f'<a class="card" id="{html.escape(one.file)}" href="{html.escape(one.link)}">{picture}{_bar(one)}{words}</a>'
    )


def _bar(one: Stored) -> str:
    high = ("≥ " if one.clipped else "") + tick_label(one.high)
    colours = f"<i style='background: linear-gradient(to right, {', '.join(one.colours)})'></i>"
    ends = f"<span>{tick_label(one.low)}</span>{colours}<span>{high}</span>"
    return f"<div class='bar'>{ends}<small>{html.escape(_(one.unit))}</small></div>"


def _open(here: Visit, one: Stored) -> None:
    """Fill the choice in; it runs before the sidebar is drawn."""
    here.model, here.picture, here.method, here.random = one.model, one.digest, one.technique, False
    here.targets[one.model] = None
    here.enlarged += 1


def _taken(here: Visit) -> None:
    """Show the four methods; what was said about other files of the drop is shown in the tray there."""
    here.method, here.uploads.door = "", ""
    here.enlarged += 1
    st.session_state["photo taken"] = True
