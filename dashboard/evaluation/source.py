"""Whose scores are judged: the model's on an image set, or those of a table; and a second model on the same set."""

from dataclasses import dataclass, replace

import streamlit as st

from dashboard.choices import Choice, one_of
from dashboard.evaluation.scores import Scored, scored_by
from dashboard.evaluation.upload import uploaded
from dashboard.image_set import DIGITS, LABELLED, image_set_choice, reads_digits
from dashboard.inside import under_way
from dashboard.text import _, escape
from dashboard.visit import Visit, models
from dashboard.worker import Job

MODEL, TABLE = "model", "table"
LAST = "evaluation model"


@dataclass(frozen=True, eq=False)
class Judged:
    """The scores that the page is about, and those of a second model on the same examples."""

    scored: Scored
    other: Scored | None = None


def judged(here: Visit) -> Judged | None:
    """What a person chose; None while it is computed, or nothing was given yet."""
    words = {MODEL: _("This model on an image set"), TABLE: _("A table of scores")}
    source = st.segmented_control(
        _("Scores of"),
        list(words),
        default=MODEL,
        key="evaluation source",
        required=True,
        format_func=words.__getitem__,
        persist_state="session",
    )
    if source == TABLE:
        found = uploaded()
        return None if found is None else Judged(found)
    return _of_model(here)


def _of_model(here: Visit) -> Judged | None:
    _suit(here)
    left, right = st.columns(2, vertical_alignment="top")
    with left:
        chosen = image_set_choice(here, labelled=True)
    with right:
        second = _second(here)
    if chosen is None:
        return None
    if chosen.labels is None:
        st.info(_("These pictures have no classes: put them into one folder for each class."), icon=":material/label:")
        return None
    found = []
    for visit, slot in ((here, "evaluation/scores"), (second, "evaluation/second")):
        if visit is None:
            continue
        try:
            outcome = scored_by(visit, chosen, slot)
        except ValueError as error:
            st.error(escape(str(error)), icon=":material/error:")
            outcome = None
        if isinstance(outcome, Job):
            st.caption(escape(outcome.label))
            under_way(here, outcome)
            outcome = None
        found.append(outcome)
    if found[0] is None:
        return None
    for note in found[0].notes:
        st.caption(escape(note))
    return Judged(found[0], next(iter(found[1:]), None))


def _suit(here: Visit) -> None:
    """When another model is chosen, the set that it was made for."""
    if st.session_state.get(LAST) == here.listed().name:
        return
    st.session_state[LAST] = here.listed().name
    digits = reads_digits(here)
    if digits != (st.session_state.get(LABELLED) == DIGITS):
        st.session_state.pop(LABELLED, None)


def _second(here: Visit) -> Visit | None:
    """The same visit with the model to compare with."""
    names = _others(here)
    if not names:
        return None
    chosen = st.selectbox(
        _("Compare with"),
        names,
        index=None,
        placeholder=_("another model"),
        key=_second_key(here),
        persist_state="session",
        help=_("A second model on the same images: its curves, and DeLong's test of the difference."),
    )
    return replace(here, model=chosen, random=False) if chosen else None


def second_choice(here: Visit) -> Choice:
    """The model to compare with, as the address names it."""
    return replace(one_of("second", _second_key(here), _others(here), None), empty=True)


def _second_key(here: Visit) -> str:
    return f"evaluation second {here.listed().name}"


def _others(here: Visit) -> list[str]:
    """Models that the chosen one can be compared with."""
    offered = (*models(), *(own.listed for own in here.own))
    return [model.name for model in offered if model.name != here.listed().name]
