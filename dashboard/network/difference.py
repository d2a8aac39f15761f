"""On the page Layers: what a layer answers more, or less, than for another picture or in another model."""

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from dashboard.engine import Answer
from dashboard.export import plain_downloads, recipe_lines
from dashboard.inside import ask_model, under_way
from dashboard.model.layer_card import CLEAR, config
from dashboard.network.followed import follow
from dashboard.raster import frame
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job

NOTHING, PICTURE, BEFORE, MODEL = "nothing", "picture", "before", "model"
KEY = "compare activations"


def difference(here: Visit, layer: str, answer: Answer, unit: int) -> None:
    """The choice of what to compare with; then all channels by falling change, and the followed one."""
    against = st.segmented_control(
        _("Compare with"), [NOTHING, PICTURE, BEFORE, MODEL], default=NOTHING, key=KEY, format_func=_words,
        persist_state="session", required=True,
    )  # fmt: skip
    if against == NOTHING:
        return
    other, shot = _other(here, against)
    if other is None:
        st.info(_("There is nothing else to compare with yet; add a picture or a model."), icon=":material/info:")
        return
    outcome = ask_model(other, "inside/activations other", "activations", shots=[shot], layer=layer)
    if isinstance(outcome, Job):
        under_way(here, outcome)
        return
    mine: Any = answer.result
    try:
        found = mine.minus(outcome.result, _names(here, other, shot))
    except ValueError as error:
        st.info(escape(str(error)), icon=":material/info:")
        return
    _drawn(here, layer, found, min(unit, len(found.change) - 1))
    recipe_lines(here, answer)
    recipe_lines(other, outcome)


def _words(name: str) -> str:
    words = {
        NOTHING: _("nothing"),
        PICTURE: _("another picture"),
        BEFORE: _("random weights"),
        MODEL: _("another model"),
    }
    return words[name]


def _other(here: Visit, against: str) -> tuple[Visit | None, Any]:
    """The visit as it would be with the other model, and the other picture."""
    if against == BEFORE:
        return replace(here, random=not here.random), here.shot()
    if against == MODEL:
        names = [model.name for model in here.models() if model.name != here.listed().name]
        name = _choice(_("Other model"), names, f"{KEY} {MODEL}")
        return (replace(here, model=name) if name else None), here.shot()
    shots = {shot.digest: shot for shot in here.shots() if shot.digest != here.shot().digest}
    digest = _choice(_("Other picture"), list(shots), f"{KEY} {PICTURE}", lambda digest: shots[digest].name)
    return (here if digest else None), shots.get(digest)


def _choice(label: str, offered: list[str], key: str, words: Any = str) -> str:
    if not offered:
        return ""
    if st.session_state.get(key) not in offered:
        st.session_state[key] = offered[0]
    chosen: str = st.selectbox(label, offered, key=key, format_func=words, persist_state="session", width=320)
    return chosen


def _names(here: Visit, other: Visit, shot: Any) -> tuple[str, str]:
    if shot is not here.shot():
        return here.shot().name, shot.name
    if other.random != here.random:
        return (_("before training"), _("trained")) if here.random else (_("trained"), _("before training"))
    return here.listed().name, other.listed().name


def _drawn(here: Visit, layer: str, found: Any, unit: int) -> None:
    for banner in found.banners():
        st.warning(escape(banner), icon=":material/info:")
    sheet, alone = st.columns([3, 2], gap="large")
    with sheet:
        _chart(found, "differences", partial(follow, here, layer))
        plain_downloads(found, f"difference {layer}", "differences")
    with alone:
        sight = here.sight()
        display: dict[str, Any] = {"unit": unit, "images": [sight.view] if sight else None}
        _chart(found, "difference", None, **display)
        plain_downloads(found, f"difference {layer} channel {unit}", "difference", **display)
    st.caption(_("Red is more in the first, blue more in the second; every colour range is symmetric about zero. A click follows a channel."))  # fmt: skip  # noqa: E501


def _chart(found: Any, place: str, click: Any, **display: Any) -> None:
    from vizlib.figures.interactive import figure

    drawn = figure(found, **display)
    st.markdown(f"**{escape(drawn.layout.meta['alternative'])}**")
    drawn.update_layout(title=None, margin_t=12, paper_bgcolor=CLEAR)
    key = f"chart {place}"
    extra: dict[str, Any] = {"height": "stretch"} if "aspect" in drawn.layout.meta else {}
    if click is not None:
        drawn.update_layout(clickmode="event+select", dragmode=False)
        extra |= {"on_select": partial(_clicked, key, click), "selection_mode": "points"}
    with frame(key, drawn):
        st.plotly_chart(drawn, key=key, config=config(), alt=drawn.layout.meta["alternative"], **extra)


def _clicked(key: str, click: Any) -> None:
    points = st.session_state[key].selection.points
    if points:
        said = points[0].get("customdata")
        click(said[0] if isinstance(said, list) else said)
