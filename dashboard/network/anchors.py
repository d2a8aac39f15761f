"""Anchors of torchvision's detectors over the fields of the units that carry them."""

from typing import Any

import streamlit as st

from dashboard.export import plain_downloads
from dashboard.inside import under_way
from dashboard.model.layer_card import CLEAR, config
from dashboard.text import _
from dashboard.visit import Visit
from dashboard.worker import Progress
from vizlib.zoo.detectors import DETECTORS, random_detector

KEY = "detector"
SIDE = 320  # pixels of the image; the anchors of pyramids do not depend on it


def anchors(here: Visit) -> None:
    """Nothing is computed before a detector is chosen."""
    st.subheader(_("Anchors of a detector"), anchor=False)
    chosen = st.selectbox(
        _("Detector"), DETECTORS, index=None, placeholder=_("choose one"), key=KEY, persist_state="session", width=340
    )
    if chosen is None:
        st.caption(_("Which sizes a detector looks for at each level, over what its units could see and what matters."))
        return
    label = _("Anchors of {model}").format(model=chosen)
    job = here.engine.worker.submit(
        here.owner, "inside/anchors", ("anchors", chosen), label, lambda t: _found(chosen, t)
    )
    if job.state != "done":
        under_way(here, job)
        return
    from vizlib.figures.anchors import anchors_on_screen

    drawn = anchors_on_screen(job.value)
    drawn.update_layout(title=None, margin_t=40, paper_bgcolor=CLEAR)
    st.plotly_chart(drawn, key="chart anchors", config=config(), alt=drawn.layout.meta["alternative"])
    st.markdown(
        _("Green: anchors of one unit. Orange: what the unit could see. Dotted: the square that holds half of what "
          "matters to it. An anchor larger than that asks for edges that hardly count.")
    )  # fmt: skip
    st.caption(_("The weights are random and the image is noise: the fields are those of the architecture."))
    for note in job.value.notes:
        st.caption(note)
    plain_downloads(job.value, f"anchors {chosen}", "anchors")


def _found(name: str, tick: Progress) -> Any:
    tick(0, 100)
    detector = random_detector(name)
    from vizlib.inside.anchors import detector_anchors

    return detector_anchors(detector, input_size=None if name.startswith("ssd") else SIDE, progress=tick)
