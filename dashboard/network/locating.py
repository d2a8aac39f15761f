"""Receptive fields of torchvision's networks that segment or detect, which the list of models has not."""

from functools import partial
from typing import Any

import streamlit as st

from dashboard.export import plain_downloads
from dashboard.inside import under_way
from dashboard.model.layer_card import CLEAR, config, field_sentence
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Progress
from vizlib.zoo.detectors import LOCATORS, SEGMENTERS

KEY = "locating network"
SIDE = 320  # pixels of the image; but for clipping, fields do not depend on it


def locating(here: Visit) -> None:
    """Nothing is computed before a network is chosen; then its layers are there to choose from."""
    st.subheader(_("Networks that segment or detect"), anchor=False)
    names, width = SEGMENTERS + LOCATORS, 340
    words = _("choose one")
    chosen = st.selectbox(
        _("Network"), names, index=None, placeholder=words, key=KEY, persist_state="session", width=width
    )
    if chosen is None:
        st.caption(
            _("Fields of fully convolutional networks, DeepLab, R-CNNs, RetinaNet, SSD and FCOS, layer by layer.")
        )
        return
    fields = _asked(here, "inside/locating", (chosen,), partial(_surveyed, chosen))
    if fields is None:
        return
    layers = [field.layer for field in fields]
    layer = st.selectbox(_("Layer of the network"), layers, index=len(layers) - 1, key=f"{KEY} {chosen}", width=width)
    field = _asked(here, "inside/located", (chosen, layer), partial(_measured, chosen, layer))
    if field is not None:
        _show(field, chosen)
    with st.expander(_("All layers at which the field changes"), icon=":material/table:"):
        st.dataframe([_row(one) for one in fields], hide_index=True, key="locating table")


def _asked(here: Visit, slot: str, key: tuple[str, ...], work: Any) -> Any:
    """What a job of this page found; None while it works."""
    label = _("Receptive fields of {model}").format(model=key[0])
    job = here.engine.worker.submit(here.owner, slot, (slot, *key), label, work)
    if job.state == "done":
        return job.value
    under_way(here, job)
    return None


def _surveyed(name: str, tick: Progress) -> Any:
    tick(0, 1)
    from vizlib.inside.receptive_field import survey
    from vizlib.inside.tracing import traceable
    from vizlib.zoo.detectors import random_network

    return survey(traceable(random_network(name))[1], (SIDE, SIDE))


def _measured(name: str, layer: str, tick: Progress) -> Any:
    from vizlib.inside.receptive_field import receptive_field
    from vizlib.inside.tracing import traceable
    from vizlib.zoo.detectors import random_network

    return receptive_field(traceable(random_network(name))[1], layer=layer, input_size=SIDE, progress=tick)


def _show(field: Any, name: str) -> None:
    """The box of the central unit, the sentence, and what the probe says."""
    from vizlib.figures.interactive import figure

    picture, words = st.columns([1, 1], gap="large")
    with words:
        st.markdown(field_sentence(field, (field.units[0] // 2, field.units[1] // 2)))
        for note in field.notes:
            st.caption(escape(note))
        for banner in field.banners():
            st.warning(escape(banner))
        if field.verified:
            st.caption(_("A numeric probe of the network's gradient gave the same field."))
        plain_downloads(field, f"field {name} {field.layer}", "locating")
    with picture:
        drawn = figure(field)
        drawn.update_layout(title=None, margin={"l": 46, "r": 4, "t": 6, "b": 40}, height=380, paper_bgcolor=CLEAR)
        st.plotly_chart(drawn, key="chart locating", config=config(), alt=drawn.layout.meta["alternative"])


def _row(field: Any) -> dict[str, str]:
    return {
        _("Layer"): field.layer,
        _("Units"): f"{field.units[0]} × {field.units[1]}",
        _("Field, pixels"): _("whole image") if field.covers_image else f"{field.size[0]} × {field.size[1]}",
        _("Stride, pixels"): " × ".join(f"{step:g}" for step in dict.fromkeys(field.stride)),
    }
