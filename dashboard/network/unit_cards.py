"""The card of a unit: its made image, its patches and its histogram together, composed of what the page has."""

from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.engine import Answer
from dashboard.inside_card import inside_card
from dashboard.text import _
from dashboard.visit import Visit

TECHNIQUE = "unit_card"
ONE = ("layer", "unit")


def unit_card(here: Visit, made: Answer | None, patches: Answer | None) -> None:
    """One figure of both, once both are there and about the same channel."""
    if made is None or patches is None:
        return
    answer = composed(made, patches)
    if answer is None:
        return
    st.subheader(_("This unit on one card"), anchor=False)
    inside_card(here, answer, "unit card")


def composed(made: Answer, patches: Answer) -> Answer | None:
    """The answer that the technique would give, of its two halves; None where they are not of one channel."""
    from vizlib.core.options import options
    from vizlib.index import TECHNIQUES
    from vizlib.inside.results_dreams import UnitCard

    image, found = made.recipe, patches.recipe
    same = [image.options[name] == found.options[name] for name in ONE]
    of_channel = image.options["objective"] == "channel" and found.options.get("rows", "strongest") == "strongest"
    if not all(same) or not of_channel or image.weights_digest != found.weights_digest:
        return None
    known: dict[str, Any] = {**image.options, **found.options}
    given = {option.name: known[option.name] for option in options(TECHNIQUES[TECHNIQUE])}
    recipe = replace(found, technique=TECHNIQUE, options=given, seed=image.seed)
    whole: Any = UnitCard(made.result, patches.result)  # type: ignore[arg-type]
    return Answer(recipe, whole)
