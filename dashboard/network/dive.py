"""The page Depth dive: a pixel is clicked or typed, and each layer says what it makes of it, row by row."""

from functools import partial
from typing import Any

import streamlit as st

from dashboard.inside import ask_model, under_way
from dashboard.inside_card import inside_card
from dashboard.model.layer_card import CLEAR, config
from dashboard.network.stored_inside import show_stored
from dashboard.sidebar import POLL
from dashboard.text import _
from dashboard.visit import Visit
from dashboard.worker import Job

TECHNIQUE = "depth_dive"
ROW, COLUMN, WANTED = "dive row", "dive column", "dive wanted"
NOW = "now"  # what an address says of a dive that was asked for
PLACES = 48  # squares along a side that report a click
PICTURES = 24  # of the tray, among which patches are found


def depth_dive(here: Visit) -> None:
    """The question, the pixel, and the strip as it grows."""
    st.title(_("What does the network make of one pixel?"), anchor=False)
    sight = here.look()
    if isinstance(sight, Job):
        under_way(here, sight)
        show_stored(here, None)
        return
    height, width = sight.view.shape[:2]
    _linked(here, height, width)
    picture, fields = st.columns([1, 1], gap="large")
    with fields:
        row, column = _pixel(height, width)
    with picture:
        _clickable(sight.view, row, column)
    shots = [here.shot(), *(shot for shot in here.shots() if shot.digest != here.shot().digest)][:PICTURES]
    wanted = (here.model_name(), row, column, tuple(shot.digest for shot in shots))
    with fields:
        now = partial(st.session_state.__setitem__, WANTED, wanted)
        st.button(_("Dive"), key="dive now", icon=":material/scuba_diving:", type="primary", on_click=now)
        words = _("Six layers, one row each: what the unit above the pixel could see, what matters to it, the patches of {count} pictures that excite its strongest channel, and an image made to excite that.")  # fmt: skip  # noqa: E501
        st.caption(words.format(count=len(shots)))
    if here.asked.pop("dive", "") == NOW:
        st.session_state[WANTED] = wanted
    diving = st.session_state.get(WANTED) == wanted
    chosen = diving or (row, column) != (height // 2, width // 2)
    here.parts |= {"pixel": f"{row},{column}" if chosen else "", "dive": NOW if diving else ""}
    if not diving:
        if not chosen:
            show_stored(here, None)
        return
    outcome = ask_model(here, "inside/dive", TECHNIQUE, shots=shots, row=row, column=column)
    if isinstance(outcome, Job):
        st.fragment(_growing, run_every=None if outcome.over else POLL)(outcome)
        under_way(here, outcome)
        return
    words = _("Columns: what it could see; what matters; patches that excite its strongest channel; made to excite it.")
    st.caption(words)
    inside_card(here, outcome, "dive")


def _linked(here: Visit, height: int, width: int) -> None:
    """Choose the pixel that an address asks for, as in ``9,12``."""
    place = here.asked.pop("pixel", "").split(",")
    if len(place) == 2 and all(
        one.isdecimal() and int(one) < side for one, side in zip(place, (height, width), strict=True)
    ):
        st.session_state[ROW], st.session_state[COLUMN] = map(int, place)


def _pixel(height: int, width: int) -> tuple[int, int]:
    """Row and column, as they were clicked or are typed."""
    chosen = []
    for key, label, length in ((ROW, _("Row"), height), (COLUMN, _("Column"), width)):
        if not 0 <= st.session_state.get(key, -1) < length:
            st.session_state[key] = length // 2
        chosen.append(st.number_input(label, 0, length - 1, key=key, persist_state="session", width=160))
    return chosen[0], chosen[1]


def _clickable(view: Any, row: int, column: int) -> None:
    """The picture under transparent squares that report a click, with a cross at the pixel."""
    import numpy as np
    import plotly.graph_objects as go

    from vizlib.figures.interactive import data_uri

    height, width = view.shape[:2]
    step = -(-max(height, width) // PLACES)
    x, y = np.meshgrid(np.arange(step // 2, width, step), np.arange(step // 2, height, step))
    drawn = go.Figure(go.Image(source=data_uri(view), hoverinfo="skip"))
    squares = {"symbol": "square", "size": 8, "opacity": 0}
    hover = "row %{y}, column %{x}<extra></extra>"
    drawn.add_trace(go.Scatter(x=x.ravel(), y=y.ravel(), mode="markers", marker=squares, hovertemplate=hover))
    cross = {"symbol": "cross-thin", "size": 18, "line": {"width": 3, "color": "rgb(213, 94, 0)"}}
    drawn.add_trace(go.Scatter(x=[column], y=[row], mode="markers", marker=cross, hoverinfo="skip"))
    drawn.update_xaxes(visible=False, constrain="domain", fixedrange=True)
    drawn.update_yaxes(visible=False, constrain="domain", fixedrange=True)
    drawn.update_layout(
        height=320, margin={"l": 0, "r": 0, "t": 0, "b": 0}, showlegend=False, clickmode="event+select",
        dragmode=False, paper_bgcolor=CLEAR, plot_bgcolor=CLEAR,
    )  # fmt: skip
    words = _("The picture; a click chooses the pixel. Now row {row}, column {column}.")
    extra: dict[str, Any] = {"on_select": _clicked, "selection_mode": "points"}
    alternative = words.format(row=row, column=column)
    st.plotly_chart(drawn, key="chart dive picture", config=config(), alt=alternative, **extra)


def _clicked() -> None:
    points = st.session_state["chart dive picture"]["selection"]["points"]
    if points:
        st.session_state[ROW], st.session_state[COLUMN] = int(points[0]["y"]), int(points[0]["x"])


def _growing(job: Job) -> None:
    """The rows so far; after a Cancel they stay."""
    known: Any = job.partial
    if known is None:
        return
    from vizlib.figures.interactive import figure

    drawn = figure(known)
    drawn.update_layout(title=None, paper_bgcolor=CLEAR)
    st.plotly_chart(drawn, key="chart dive so far", config=config(), alt=drawn.layout.meta["alternative"])
    if job.over:
        st.caption(_("Unfinished: the layers that were done when it was cancelled."))
