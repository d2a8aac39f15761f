"""What is asked of a loss landscape, and how its picture looks; the look changes no number."""

from typing import Any

import streamlit as st

from dashboard.choices import begin
from dashboard.text import _
from vizlib.landscapes.results import LossLandscape

PLACE = "landscape"
DIRECTIONS = ("random", "hessian", "trajectory", "checkpoints")
STEPS = (7, 11, 21, 31, 41, 51)
SPANS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
ASKED = ("directions", "span", "steps", "seed")
FOLLOW, LED = f"{PLACE}/follow", f"{PLACE}/led"
LATER = -1  # a place that the page finds when it knows how many there are


def asked() -> dict[str, Any]:
    """The options of the technique, as they are chosen."""
    words = {
        "random": _("two random directions"),
        "hessian": _("the two sharpest"),
        "trajectory": _("a training's own plane"),
        "checkpoints": _("through three solutions"),
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.pills(
            _("Directions"), DIRECTIONS, key=_key("directions"), required=True, wrap=True,
            format_func=words.__getitem__, persist_state="session",
            help=_("Random ones are normalised filter by filter; the sharpest are eigenvectors of the Hessian; a "
                   "training's plane is that of its two main components; a plane goes through three solutions."),
        )  # fmt: skip
        st.select_slider(
            _("How far"), SPANS, key=_key("span"), persist_state="session",
            help=_("1 along random directions is as long as the weights themselves, filter by filter; on a plane of "
                   "checkpoints it reaches a little beyond the farthest of them."),
        )  # fmt: skip
        st.select_slider(_("Points a side"), STEPS, key=_key("steps"), persist_state="session")
        st.number_input(
            _("Seed"), 0, 2**31 - 1, key=_key("seed"), persist_state="session", width=110,
            help=_("Another seed is another plane."), disabled=not _drawn_by_lot(),
        )  # fmt: skip
    return {name: st.session_state[_key(name)] for name in ASKED}


def _drawn_by_lot() -> bool:
    """Whether the directions depend on the seed."""
    return st.session_state[_key("directions")] in ("random", "hessian")


def seeds_asked() -> dict[str, Any]:
    """How many random lines, and how long."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kept: dict[str, Any] = {"persist_state": "session", "width": 300}
        seeds = st.slider(_("Random directions"), 2, 20, key=_key("line seeds"), **kept)
        span = st.select_slider(_("Reach of the lines"), SPANS, key=_key("line span"), **kept)
    return {"seeds": seeds, "span": span, "steps": 21}


def line_look(place: str) -> dict[str, Any]:
    """Keywords of a figure of lines or trainings: loss or accuracy, and the scale."""
    shows = {"loss": _("Loss"), "accuracy": _("Accuracy")}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        show = st.segmented_control(
            _("Height"), list(shows), key=f"{place}/show", format_func=shows.__getitem__, required=True,
            persist_state="session",
        )  # fmt: skip
        high = st.toggle(_("Logarithmic"), key=f"{place}/log", persist_state="session", disabled=show == "accuracy")
    return {"show": show, "log": bool(high)}


def _key(name: str) -> str:
    return f"{PLACE}/{name}"


def looked(result: LossLandscape) -> dict[str, Any]:
    """Keywords of the figure: view, loss or accuracy, scale, camera, and where it is cut."""
    views = {"contour": _("Contours"), "surface": _("Surface")}
    shows = {"loss": _("Loss"), "accuracy": _("Accuracy")}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kept: dict[str, Any] = {"required": True, "persist_state": "session"}
        view = st.segmented_control(_("View"), list(views), key=_key("view"), format_func=views.__getitem__, **kept)
        show = st.segmented_control(_("Height"), list(shows), key=_key("show"), format_func=shows.__getitem__, **kept)
        log = st.toggle(_("Logarithmic"), key=_key("log"), persist_state="session", disabled=show == "accuracy")
    found: dict[str, Any] = {"view": view, "show": show, "log": bool(log)}
    return found | (_camera() if view == "surface" else _cut(result))


def _camera() -> dict[str, float]:
    """Our own camera: a chart forgets where it was turned to when anything changes."""
    with st.container(horizontal=True):
        azimuth = st.slider(_("Azimuth, degrees"), -180, 180, step=5, key=_key("azimuth"), persist_state="session")
        elevation = st.slider(_("Elevation, degrees"), 0, 90, step=5, key=_key("elevation"), persist_state="session")
    return {"azimuth": float(azimuth), "elevation": float(elevation)}


def _cut(result: LossLandscape) -> dict[str, int]:
    """The node through which the slices go."""
    rows, columns = result.losses.shape
    with st.container(horizontal=True):
        column = _place(_("Cut at direction 1"), "column", columns, result.axis)
        row = _place(_("Cut at direction 2"), "row", rows, result.rows)
    return {"row": row, "column": column}


def cut_at(node: int, columns: int, led: bool = False) -> None:
    """Put the cut through a node that was clicked, or that the pointer led it to; then no address has it.

    An address for every node under the pointer would fill the history of the browser.
    """
    place = divmod(node, columns)
    st.session_state[_key("row")], st.session_state[_key("column")] = place
    st.session_state[LED] = place if led else None


def _place(label: str, name: str, count: int, axis: Any) -> int:
    """A node of an axis, shown by where it is."""
    key = _key(name)
    middle = st.session_state.get(f"{key} first")
    if middle not in (None, count // 2) and st.session_state[key] == middle:
        st.session_state[key] = LATER  # what was in the middle stays there when there are other points
    begin(key, count // 2, range(count))
    chosen: int = st.select_slider(
        label, range(count), key=key, format_func=lambda node: f"{axis[node]:.3g}", persist_state="session"
    )
    return chosen
