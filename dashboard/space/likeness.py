"""How alike layers see the images: those of the model among themselves, or beside those of another model."""

from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.export import plain_downloads
from dashboard.image_set import ChosenSet
from dashboard.inside import ask_model, under_way
from dashboard.inside_card import inside_card
from dashboard.model.layer_card import CLEAR, config
from dashboard.reading import reading
from dashboard.space.ask import ask_model_of
from dashboard.space.names import Known
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job

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
        _two(here, known, other)


def _two(here: Visit, known: Known, other: str) -> None:
    """Layers of two models; a recipe names one, so that this is taken away without."""
    second = replace(here, model=other).model_name()

    def work(model: Any, tick: Any) -> Any:
        from vizlib.index import TECHNIQUES

        beside = here.engine.load(second, tick)
        return TECHNIQUES[TECHNIQUE](model, known.space.images, beside, progress=tick)

    label = _("Layers of {model} beside those of {other}").format(model=here.listed().name, other=other)
    found = ask_model_of(here, "likeness of two", (known.space.images.digest, second), label, work)
    if isinstance(found, Job):
        under_way(here, found)
        return
    models = (here.listed().name, other)
    _matrix(found, models)
    plain_downloads(found, f"layers-{models[0]}-{models[1]}", PLACE, models=models)
    _cited()


def _matrix(result: Any, models: tuple[str, str]) -> None:
    from vizlib.figures.interactive import figure

    drawn = figure(result, models=models)
    st.markdown(f"**{escape(drawn.layout.title.text)}**")
    drawn.update_layout(title=None, margin_t=12, paper_bgcolor=CLEAR)
    st.plotly_chart(drawn, key=f"chart {PLACE} two", config=config(), alt=drawn.layout.meta["alternative"])
    words = reading(TECHNIQUE)
    st.markdown(f"**{_('How to read this.')}** {escape(_(words.shows))}")
    st.markdown(f"**{_('How it can mislead.')}** {escape(_(words.misleads))}")
    for note in result.notes:
        st.caption(escape(note))


def _cited() -> None:
    st.caption(escape(reading(TECHNIQUE).paper))
