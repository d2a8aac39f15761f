"""On the page Loss landscape: five trainings on one plane, and whether sharp minima generalise worse."""

from typing import Any

import streamlit as st

from dashboard.choices import begin
from dashboard.export import plain_downloads
from dashboard.image_set import ChosenSet
from dashboard.inside_card import inside_card
from dashboard.landscape.controls import PLACE, line_look
from dashboard.landscape.stored import stored_sharpness, stored_ways
from dashboard.landscape.under import on_demand
from dashboard.landscape.weights import training_choice
from dashboard.model.layer_card import CLEAR, config
from dashboard.text import _, escape
from dashboard.visit import Visit

STEPS = 21  # points along each side of the grid under trajectories of yours
KEPT = 24  # passes that the checkpoints of a training take, about


def ways(here: Visit, chosen: ChosenSet | None) -> None:
    """Five optimisers from one start; then trainings of the chosen network."""
    _five(here)
    if chosen is not None and chosen.labels is not None:
        _yours(here, chosen)


def _five(here: Visit) -> None:
    found = stored_ways()
    if found is None:
        return
    answer, steps = found
    result: Any = answer.result
    st.subheader(_("Where five optimisers went"), anchor=False)
    st.markdown(
        _("The bundled digits network, trained from one start with five optimisers. Press ▶ on the picture, or move "
          "the slider.")
    )  # fmt: skip
    begin(f"{PLACE}/last step", len(steps) - 1, range(len(steps)))
    last = st.select_slider(
        _("Step of the training"), range(len(steps)), key=f"{PLACE}/last step", persist_state="session",
        format_func=lambda number: str(steps[number]),
    )  # fmt: skip
    place = f"{PLACE} ways"
    inside_card(here, answer, place, last=last, animate=True, **line_look(place))
    _ends(result, place)


def _yours(here: Visit, chosen: ChosenSet) -> None:
    """Trainings of the chosen network on a plane of their own."""
    st.subheader(_("Where a training of this network went"), anchor=False)
    st.markdown(_("Kept trainings of the chosen model, or checkpoints of yours, on the plane that shows most of them."))
    place = f"{PLACE} own ways"
    others = training_choice(here, f"{place}/which", several=True)
    if not others:
        return
    answer = on_demand(
        here, place, "trajectory", chosen, others, label=_("Compute the trajectories"), icon=":material/moving:",
        passes=STEPS**2 + KEPT * len(others), look=lambda: {**line_look(place), "animate": True}, steps=STEPS,
    )  # fmt: skip
    if answer is not None:
        _ends(answer.result, place)


def _ends(result: Any, place: str) -> None:
    """Loss of each end, truly and as its shadow on the plane."""
    rows = []
    for run, name in enumerate(result.names):
        last = max(index for index, of in enumerate(result.runs.tolist()) if of == run)
        rows.append(
            {
                _("Training"): name,
                _("Loss at its end"): f"{result.losses[last]:.4f}",
                _("Loss of its shadow on the plane"): f"{result.projected[last]:.4f}",
                _("Accuracy"): f"{result.accuracy[last]:.1%}",
                _("Distance outside the plane"): f"{result.outside[last]:.3g} / {result.distance[last]:.3g}",
            }
        )
    st.dataframe(rows, hide_index=True, width="content", key=f"{place} ends")


def sharpness() -> None:
    """Curvature against generalisation gap, and what it says."""
    result = stored_sharpness()
    if result is None:
        return
    st.subheader(_("Do sharp minima generalise worse?"), anchor=False)
    st.markdown(_("The seven kept trainings of the digits network, all from one start."))
    _chart(result, "sharpness", {})
    st.markdown(f"**{escape(result.verdict)}**")
    for note in result.notes:
        st.caption(escape(note))
    plain_downloads(result, "sharpness-digits-cnn", f"{PLACE} sharpness")


def _chart(result: Any, name: str, display: dict[str, Any]) -> None:
    from vizlib.figures.interactive import figure

    drawn = figure(result, **display)
    st.markdown(f"**{escape(drawn.layout.title.text)}**")
    drawn.update_layout(paper_bgcolor=CLEAR, title=None)
    st.plotly_chart(drawn, key=f"chart {PLACE} {name}", config=config(), alt=drawn.layout.meta["alternative"])
