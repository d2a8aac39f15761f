"""On the page Loss landscape: five trainings on one plane, and whether sharp minima generalise worse."""

from typing import Any

import streamlit as st

from dashboard.export import plain_downloads
from dashboard.landscape.controls import PLACE
from dashboard.landscape.stored import stored_sharpness, stored_ways
from dashboard.model.layer_card import CLEAR, config
from dashboard.text import _, escape
from vizlib.landscapes.results import Trajectory


def ways() -> None:
    """Five optimisers from one start."""
    found = stored_ways()
    if found is None:
        return
    result, steps = found
    st.subheader(_("Where five optimisers went"), anchor=False)
    st.markdown(
        _("The bundled digits network, trained from one start with five optimisers. Press ▶ on the picture, or move "
          "the slider.")
    )  # fmt: skip
    last = st.select_slider(
        _("Step of the training"), range(len(steps)), len(steps) - 1, key=f"{PLACE}/last step",
        format_func=lambda number: str(steps[number]),
    )  # fmt: skip
    show = "accuracy" if st.session_state.get(f"{PLACE}/show") == "accuracy" else "loss"
    display: dict[str, Any] = {"last": last, "show": show, "animate": True}
    _chart(result, "ways", display)
    _ends(result)
    for note in result.notes:
        st.caption(escape(note))
    plain_downloads(result, "trajectories-digits-cnn", f"{PLACE} ways", last=last, show=show)


def _ends(result: Trajectory) -> None:
    """Loss of each end, truly and as its shadow on the plane."""
    rows = []
    for run, name in enumerate(result.names):
        last = max(index for index, of in enumerate(result.runs.tolist()) if of == run)
        rows.append(
            {
                _("Optimiser"): name,
                _("Loss at its end"): f"{result.losses[last]:.4f}",
                _("Loss of its shadow on the plane"): f"{result.projected[last]:.4f}",
                _("Accuracy"): f"{result.accuracy[last]:.1%}",
                _("Distance outside the plane"): f"{result.outside[last]:.3g} / {result.distance[last]:.3g}",
            }
        )
    st.dataframe(rows, hide_index=True, width="content", key=f"{PLACE} ends")


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
