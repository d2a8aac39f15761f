"""One pixel of a large map: its value, and what the model says when the spot is hidden.

Plotly reports no click on a heat map; transparent squares lie over it and report theirs. Row and column can be typed
too, so that nothing needs a mouse.
"""

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from dashboard.engine import Answer, Open, Sight
from dashboard.sidebar import POLL
from dashboard.text import _, escape, percent
from dashboard.visit import Visit
from dashboard.worker import Job, Progress
from vizlib.core.results import Attribution
from vizlib.figures.style import tick_label

if TYPE_CHECKING:
    from vizlib.zoo.model import Model

PLACES = 64  # squares along a side, at most
WAIT = 0.6  # seconds for which a click waits for its answer before the page goes on
FIELD = 130  # pixels, the width of a field
SLOT = "explain/pixel"
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Hidden:
    """Logit and probability of a class for the image as it is, and with one window hidden."""

    box: Box
    logits: tuple[float, float]
    probabilities: tuple[float, float]


def add_places(drawn: Any, result: Attribution) -> None:
    """Lay transparent squares over a map; each knows its pixel and tells the value on hovering.

    They are found by where they are, drawn or not; thousands of elements for them would be most of what a chart costs.
    """
    import plotly.graph_objects as go

    values = result.heatmap()[0]
    rows, columns = (np.arange(_step(length) // 2, length, _step(length)) for length in values.shape)
    x, y = np.meshgrid(columns, rows)
    drawn.add_trace(
        go.Scatter(
            x=x.ravel(),
            y=y.ravel(),
            customdata=values[y, x].ravel(),
            mode="markers",
            marker={"symbol": "square", "size": 9, "opacity": 0, "maxdisplayed": 1},
            hovertemplate="row %{y}, column %{x}<br>%{customdata:.4g}<extra></extra>",
            showlegend=False,
        )
    )
    drawn.update_xaxes(fixedrange=True)
    drawn.update_yaxes(fixedrange=True)


def _step(length: int) -> int:
    return math.ceil(length / PLACES)


def take_click(technique: str, chart: str) -> None:
    """Note the pixel that was clicked; a callback. A double click lets it go."""
    points = st.session_state[chart]["selection"]["points"]
    row, column = (int(points[0]["y"]), int(points[0]["x"])) if points else (None, None)
    st.session_state[_key(technique, "row")], st.session_state[_key(technique, "column")] = row, column


def chosen_pixel(technique: str, result: Attribution) -> tuple[int, int] | None:
    """Row and column that were clicked or typed; None while there is none that the map has."""
    row, column = (st.session_state.get(_key(technique, axis)) for axis in ("row", "column"))
    height, width = result.values.shape[2:]
    if row is None or column is None or row >= height or column >= width:
        return None
    return int(row), int(column)


def with_mark(drawn: Any, answer: Answer, pixel: tuple[int, int]) -> Any:
    """The figure with a frame around the window that is hidden, dark and light so that it shows on anything."""
    import plotly.graph_objects as go

    top, bottom, left, right = window_of(answer, pixel)
    frame = {"type": "rect", "x0": left - 0.5, "x1": right - 0.5, "y0": top - 0.5, "y1": bottom - 0.5}
    marked = go.Figure(drawn)
    marked.add_shape(**frame, line={"color": "#000000", "width": 3})
    marked.add_shape(**frame, line={"color": "#ffffff", "width": 1.5, "dash": "dot"})
    return marked


def window_of(answer: Answer, pixel: tuple[int, int]) -> Box:
    """The window around a pixel: as large as the occlusion's own, else as large as its default."""
    from vizlib.attribution.occlusion import window_at, window_side

    height, width = answer.result.values.shape[2:]
    side = window_side((height, width), answer.recipe.options.get("window"))
    return window_at((height, width), side, *pixel)


def pixel(here: Visit, technique: str, answer: Answer, sight: Sight) -> None:
    """Beside a large map: two fields for the pixel, and what is known about it."""
    height, width = answer.result.values.shape[2:]
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"pixel-{technique}"):
        for axis, label, length in (("row", _("Row"), height), ("column", _("Column"), width)):
            key = _key(technique, axis)
            if (st.session_state.get(key) or 0) >= length:
                st.session_state[key] = None
            st.session_state.setdefault(key, None)
            st.number_input(label, 0, length - 1, value=None, step=1, key=key, width=FIELD, placeholder="–")
    place = chosen_pixel(technique, answer.result)
    if place is None:
        st.caption(
            _("Click the map, or type a row and a column: its value, and the probability with that spot hidden.")
        )
        return
    found = _ask(here, answer, place)
    pending = isinstance(found, Job) and not found.finished
    st.fragment(_tell, run_every=POLL if pending else None)(here, answer, sight, place, pending)


def _tell(here: Visit, answer: Answer, sight: Sight, place: tuple[int, int], waiting: bool) -> None:
    found = _ask(here, answer, place)
    if waiting and (isinstance(found, Hidden) or found.finished):
        st.rerun()  # so that the timer ends
    value, result = float(answer.result.heatmap()[0][place]), answer.result
    words = _("**Row {row}, column {column}**: {value} ({unit}).")
    unit = escape(_(result.unit))
    st.markdown(words.format(row=place[0], column=place[1], value=escape(tick_label(value)), unit=unit))
    if isinstance(found, Hidden):
        st.markdown(_sentence(found, sight.labels[answer.recipe.target[0]]))
    else:
        st.caption(escape(found.error) if found.state == "failed" else _("Hiding the spot …"))


def _sentence(found: Hidden, label: str) -> str:
    top, bottom, left, right = found.box
    words = _("With the {height} × {width} pixels around it hidden, *{label}* has **{after}** instead of {before} "
              "(logit {logit_after} instead of {logit_before}).")  # fmt: skip
    logits = [escape(tick_label(logit)) for logit in found.logits]
    return words.format(
        height=bottom - top,
        width=right - left,
        label=escape(label),
        before=percent(found.probabilities[0]),
        after=percent(found.probabilities[1]),
        logit_before=logits[0],
        logit_after=logits[1],
    )


def _ask(here: Visit, answer: Answer, place: tuple[int, int]) -> Hidden | Job:
    """The answer, or the small job that finds it out; it is waited for, for a moment."""
    key = ("pixel", answer.recipe.digest(), place)
    known: Hidden | None = here.answers.get(key)
    if known is not None:
        return known
    fill = answer.recipe.options.get("fill", "zero") if answer.recipe.technique == "occlusion" else "zero"
    work = partial(
        hide_window,
        open_image=here.shot().open,
        target=answer.recipe.target[0],
        box=window_of(answer, place),
        fill=fill,
        window=answer.recipe.options.get("window"),
    )
    label = _("One window hidden")
    job = here.engine.with_model(here.owner, SLOT, key, label, here.model_name(), work)
    job.wait(WAIT)
    if job.state != "done":
        return job
    here.answers.put(key, job.value)
    return job.value  # type: ignore[no-any-return]


def hide_window(
    model: "Model", tick: Progress, *, open_image: Open, target: int, box: Box, fill: Any, window: int | None
) -> Hidden:
    """Two passes in one batch: the image, and the image with a window hidden."""
    import torch

    from vizlib.attribution.occlusion import hidden_at, window_side
    from vizlib.core.copies import private_copy
    from vizlib.core.predict import batch_of, probabilities
    from vizlib.core.targets import scores_of

    images = batch_of(model, [open_image()])
    side = window_side((images.shape[2], images.shape[3]), window)
    both = torch.cat([images, hidden_at(images, box, side, fill)])
    with torch.no_grad():
        scores = scores_of(private_copy(model.module), both).cpu().numpy()
    before, after = scores[:, target].tolist()
    share_before, share_after = probabilities(scores)[:, target].tolist()
    tick(1, 1)
    return Hidden(box, (before, after), (share_before, share_after))


def _key(technique: str, axis: str) -> str:
    return f"pixel/{technique}/{axis}"
