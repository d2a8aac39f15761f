"""On the page Loss landscape: the same plane over training images, on one scale with the held-out ones."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from dashboard.engine import Answer
from dashboard.image_set import ChosenSet
from dashboard.inside_card import inside_card
from dashboard.landscape.controls import PLACE
from dashboard.over_sets import ask_set
from dashboard.text import _
from dashboard.visit import Visit
from dashboard.worker import Job
from vizlib.data.streams import GENERATED, image_stream
from vizlib.landscapes.results import LossLandscape

OPTIONS = ("directions", "span", "steps", "seed")


def training(here: Visit, chosen: ChosenSet | None, answer: Answer, others: Sequence[Any]) -> Answer | Job | None:
    """The landscape over as many training images, where the set is a bundled one and it is asked for."""
    name = getattr(chosen.pictures, "name", "") if chosen is not None else ""
    if chosen is None or not GENERATED.fullmatch(name) or name.endswith("@train"):
        return None
    label, tip = _("Training images beside"), _("The same plane, on one scale: the gap between the two is what counts.")
    if not st.toggle(label, key=f"{PLACE}/training", persist_state="session", help=tip):
        return None
    same = replace(chosen, pictures=image_stream(name, split="train"))
    return ask_set(here, f"{PLACE} training", "loss_landscape", same, others, **_options(answer))


def _options(answer: Answer) -> dict[str, Any]:
    return {name: answer.recipe.options[name] for name in OPTIONS}


def one_scale(one: LossLandscape, other: Answer | Job | None, show: str) -> dict[str, float]:
    """Ends of a colour scale that both landscapes fit into; nothing while there is only one."""
    if not isinstance(other, Answer):
        return {}
    both: Any = [getattr(result, "losses" if show == "loss" else show) for result in (one, other.result)]
    known = np.concatenate([values[np.isfinite(values)] for values in both])
    return {"low": float(known.min()), "high": float(known.max())}


def beside(here: Visit, other: Answer | Job, display: dict[str, Any], heldout: LossLandscape) -> None:
    """The training landscape, or how far it is; and the gap at the centre."""
    if isinstance(other, Answer):
        result: Any = other.result
        gap = _("**Over training images**, on the scale above: {train} at the centre, {heldout} over held-out ones.")
        st.markdown(gap.format(train=f"{result.center_loss:.3g}", heldout=f"{heldout.center_loss:.3g}"))
    inside_card(here, other, f"{PLACE} training", **display)
