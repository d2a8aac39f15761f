"""On the page Layers: how often each channel of a layer answers over a whole image set, and which never do."""

from functools import partial
from typing import Any

import streamlit as st

from dashboard.image_set import image_set_choice
from dashboard.network.followed import follow
from dashboard.over_sets import ask_set, set_card
from dashboard.text import _
from dashboard.visit import Visit

MOST_NAMED = 30  # dead channels


def statistics(here: Visit, layer: str, unit: int) -> None:
    """The choice of a set, and every channel of the layer over it."""
    chosen = image_set_choice(here)
    if chosen is None:
        return
    outcome = ask_set(here, "statistics", "unit_statistics", chosen, layer=layer)
    answer = set_card(here, outcome, "statistics", click=partial(follow, here, layer), unit=unit)
    if answer is not None:
        _dead(answer.result, chosen.words)


def _dead(result: Any, words: str) -> None:
    """The dead channels by number."""
    dead = result.dead.nonzero()[0].tolist()
    if not dead:
        st.markdown(_("**No channel is dead**: each answers to some image of {words}.").format(words=words))
        return
    named = ", ".join(map(str, dead[:MOST_NAMED])) + " …" * (len(dead) > MOST_NAMED)
    sentence = _("**{count} of {all} channels are dead** over {words}: {named}.")
    st.markdown(sentence.format(count=len(dead), all=len(result.dead), words=words, named=named))
