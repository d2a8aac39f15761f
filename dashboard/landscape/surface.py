"""On the page Loss landscape: the loss around the chosen model's weights."""

from functools import partial
from typing import Any

import streamlit as st

from dashboard.engine import Answer
from dashboard.image_set import ChosenSet, image_set_choice
from dashboard.inside import under_way
from dashboard.inside_card import inside_card
from dashboard.landscape.controls import FOLLOW, PLACE, asked, cut_at, looked
from dashboard.landscape.cost import predicted
from dashboard.landscape.order import begin_orders, order, ordered, shows
from dashboard.landscape.pointer import follow_pointer
from dashboard.landscape.stored import show_stored_surface, stored_surface
from dashboard.landscape.training import beside, one_scale, training
from dashboard.landscape.under import await_first_picture, growing
from dashboard.landscape.weights import one_solution, training_choice
from dashboard.model.layer_card import CLEAR, config
from dashboard.over_sets import ask_set
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job

LAST = f"{PLACE}/last"


def surface(here: Visit) -> ChosenSet | None:
    """The question, its cost, and the picture; returns the chosen images."""
    if not _loaded(here):
        return None
    begin_orders()
    chosen = image_set_choice(here, labelled=True)
    options = asked()
    if chosen is None:
        return None
    why_not = _why_not(here, chosen)
    if why_not:
        st.info(why_not, icon=":material/info:")
        return None
    others = _others(here, options["directions"])
    if others is None:
        return chosen
    named = tuple(one if isinstance(one, str) else one.digest for one in others)
    question = (here.model_name(), getattr(chosen.pictures, "digest", ""), named, tuple(options.items()))
    outcome = _outcome(here, chosen, options, others, question)
    shows(PLACE, question, outcome, others)
    if outcome is None:
        _button(here, chosen, options, question)
    _picture(here, chosen, outcome, others)
    return chosen


def _why_not(here: Visit, chosen: ChosenSet) -> str:
    """Why the model has no loss on these images; empty when it has."""
    from vizlib.core.set_labels import labels_for

    if chosen.labels is None:
        return _("The loss needs labels: put the pictures of the archive into one folder a class, of two at least.")
    try:
        labels_for(here.engine.models.get(here.model_name()), chosen.pictures, ())
    except ValueError as error:
        return escape(str(error))
    return ""


def _others(here: Visit, directions: str) -> list[Any] | None:
    """Further weights that the plane goes through; None while some are wanted and not there."""
    if directions == "trajectory":
        return training_choice(here, f"{PLACE}/plane", several=False) or None
    if directions != "checkpoints":
        return []
    labels = (_("Second solution, beside these weights"), _("Third solution"))
    found = [one_solution(here, f"{PLACE}/corner {skip}", label, skip) for skip, label in enumerate(labels)]
    return None if None in found else found


def _loaded(here: Visit) -> bool:
    """Whether the model is there; until then a stored picture, and how far it is."""
    label = _("Loading {model}").format(model=here.listed().name)
    wanted = here.model_name()
    if here.engine.models.get(wanted) is not None and here.engine.ready.is_set():
        return True
    show_stored_surface(here)
    job = here.engine.with_model(here.owner, f"{PLACE}/load", wanted, label, wanted, lambda model, tick: True)
    under_way(here, job)
    return False


def _outcome(
    here: Visit, chosen: ChosenSet, options: dict[str, Any], others: list[Any], question: Any
) -> Answer | Job | None:
    """The answer or the job of this question; None while nobody asked it."""
    if ordered(here, PLACE, question):
        return ask_set(here, PLACE, "loss_landscape", chosen, others, **options)
    return None if others else stored_surface(here, chosen, options)


def _button(here: Visit, chosen: ChosenSet, options: dict[str, Any], question: Any) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Compute"), key=f"{PLACE} compute", type="primary", icon=":material/landscape:",
            on_click=partial(order, PLACE, question),
        )  # fmt: skip
        predicted(here, chosen, _passes(options))


def _passes(options: dict[str, Any]) -> int:
    from vizlib.landscapes.cost import passes

    return passes(options["steps"], options["directions"])


def _picture(here: Visit, chosen: ChosenSet, outcome: Answer | Job | None, others: list[Any]) -> None:
    last: tuple[Any, Answer] | None = st.session_state.get(LAST)
    if isinstance(outcome, Answer):
        st.session_state[LAST] = (here.model_name(), outcome)
        _card(here, chosen, outcome, others)
    elif isinstance(outcome, Job):
        if st.session_state[f"{PLACE}/directions"] != "hessian":  # that plane takes long to find
            await_first_picture(outcome)
        growing(outcome, PLACE, {name: st.session_state[f"{PLACE}/{name}"] for name in LOOK})
        under_way(here, outcome)
    elif last is not None and last[0] == here.model_name():
        st.caption(_("The picture is of earlier settings; Compute makes the one that is chosen now."))
        _card(here, None, last[1], [])


def _card(here: Visit, chosen: ChosenSet | None, answer: Answer, others: list[Any]) -> None:
    result: Any = answer.result
    display = looked(result)
    other = training(here, chosen, answer, others)
    display |= one_scale(result, other, display["show"])
    columns = result.losses.shape[1]
    click = (lambda node: cut_at(node, columns)) if display["view"] == "contour" else None
    inside_card(here, answer, PLACE, click=click, **display)
    if display["view"] == "contour":
        _slices(result, display)
    if other is not None:
        beside(here, other, display, result)
    with st.expander(_("How each kind of parameter moves")):
        _rules(result)


def _slices(result: Any, display: dict[str, Any]) -> None:
    """The two lines through the chosen node."""
    st.caption(_("The cut is where the pointer rests, where you click, or where the two sliders put it."))
    if st.toggle(_("The cut follows the pointer"), key=FOLLOW, persist_state="session"):
        columns = result.losses.shape[1]
        node = display["row"] * columns + display["column"]
        follow_pointer(f"chart {PLACE}", node, columns, lambda node: cut_at(node, columns, led=True))
    from vizlib.figures.interactive import figure

    drawn = figure(result, **{**display, "view": "slices"})
    drawn.update_layout(paper_bgcolor=CLEAR, title=None, margin_t=30)
    st.plotly_chart(drawn, key=f"chart {PLACE} slices", config=config(), alt=drawn.layout.meta["alternative"])


def _rules(result: Any) -> None:
    names = (_("Kind"), _("Rule"), _("Tensors"), _("Numbers"))
    rows = [dict(zip(names, (_(kind), _(rule), *counts), strict=True)) for kind, rule, *counts in result.rules]
    st.dataframe(rows, hide_index=True, width="content", key=f"{PLACE} rules")


LOOK = ("view", "show", "log", "azimuth", "elevation")
