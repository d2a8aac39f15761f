"""How alike layers see the images: those of the model among themselves, or beside those of another model."""

from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.engine import Answer
from dashboard.image_set import ChosenSet
from dashboard.inside import ask_model
from dashboard.inside_card import inside_card
from dashboard.reading import reading
from dashboard.space.ask import ask_model_of
from dashboard.space.names import Known
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job
from vizlib.data.streams import ImageStream

TECHNIQUE, PLACE, ITSELF = "layer_similarity", "space likeness", ""
LEAST = 4


def likeness(here: Visit, known: Known, chosen: ChosenSet) -> None:
    """The section: a matrix of layers."""
    if len(known.space.features) < LEAST:
        return
    st.subheader(_("Which layers see these images alike"), anchor=False)
    tip = _("All images pass through the network once more, and every layer is compared with every other.")
    if not st.toggle(_("Compare the layers"), key=f"{PLACE} on", persist_state="session", help=tip):
        return
    names = [ITSELF, *(one.name for one in here.models() if one.name != here.listed().name)]
    key = f"{PLACE} with"
    if st.session_state.get(key) not in names:
        st.session_state[key] = ITSELF
    other: str = st.selectbox(
        _("With the layers of"), names, key=key, persist_state="session", width=280,
        format_func=lambda name: name or _("the model itself"),
    )  # fmt: skip
    if other == ITSELF:
        inside_card(here, ask_model(here, "space/likeness", TECHNIQUE, chosen.pictures), PLACE,
                    models=(here.listed().name,))  # fmt: skip
        _cited()
    else:
        _two(here, known, chosen, other)


def _two(here: Visit, known: Known, chosen: ChosenSet, other: str) -> None:
    """Layers of two models, each of which sees the images as it expects them."""
    second = replace(here, model=other).model_name()

    def work(model: Any, tick: Any) -> Any:
        from vizlib.core.recipe import recipe_for
        from vizlib.index import TECHNIQUES

        beside = here.engine.load(second, tick)
        pictures: Any = chosen.pictures
        if not isinstance(pictures, ImageStream):
            pictures = [(shot.name, shot.open()) for shot in pictures]
        recipe = recipe_for(TECHNIQUE, model, pictures, second=beside)
        return recipe, TECHNIQUES[TECHNIQUE](model, known.space.images, beside, progress=tick)

    label = _("Layers of {model} beside those of {other}").format(model=here.listed().name, other=other)
    found = ask_model_of(here, "likeness of two", (known.space.images.digest, second), label, work)
    outcome = found if isinstance(found, Job) else Answer(*found)
    inside_card(here, outcome, f"{PLACE} two", models=(here.listed().name, other))
    _cited()


def _cited() -> None:
    st.caption(escape(reading(TECHNIQUE).paper))
