"""The map of a space on the page: its look, the canvas, and what a person points at."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import streamlit as st

from dashboard.space.ask import Space, ask, shelf
from dashboard.space.canvas import KEY, Drawing, Painted, draw
from dashboard.space.colours import by_class, by_error, by_number, plain
from dashboard.space.columns import by_column, column_controls, column_values
from dashboard.space.grid import snapped
from dashboard.space.landing import Landed
from dashboard.space.names import Known
from dashboard.text import _
from dashboard.visit import Visit
from dashboard.worker import Job

if TYPE_CHECKING:
    from vizlib.space.results import Embedding

CHOSEN, SELECTED = "space chosen", "space selected"
MEANINGS = {
    "label": "Label",
    "predicted": "Prediction",
    "error": "Right or wrong",
    "confidence": "Confidence",
    "cluster": "Cluster",
    "trust": "Trust in each point",
    "column": "A column",
    "none": "Nothing",
}
METHODS = {"kmeans": "k-means", "hdbscan": "HDBSCAN"}
WHOLE, LEAST = 10, 2


@dataclass(frozen=True)
class Look:
    """How the map is to look; nothing of it changes a position."""

    colour: str = "label"
    faces: bool = False
    snap: bool = False
    method: str = "kmeans"
    count: int = WHOLE
    column: str = ""


def look_controls(known: Known, dimensions: int) -> Look:
    """Colour, pictures or dots, overlap-free."""
    offered = [name for name in MEANINGS if _offered(known, name)]
    with st.container(horizontal=True, vertical_alignment="bottom", key="space-look"):
        colour = st.selectbox(
            _("Colour by"), offered, key="space colour", format_func=lambda name: _(MEANINGS[name]),
            persist_state="session", width=200,
        )  # fmt: skip
        method, count = _cluster_controls() if colour == "cluster" else ("kmeans", WHOLE)
        column = column_controls(known) if colour == "column" else ""
        faces = st.toggle(_("Pictures, not dots"), key="space faces", value=True, persist_state="session")
        tip = _("Each picture moves to a free place near its point. Good to look at; positions are then rounded.")
        can = faces and dimensions == 2
        snap = st.toggle(_("No overlap"), key="space snap", persist_state="session", help=tip, disabled=not can)
    return Look(colour, faces, snap and can, method, count, column)


def _cluster_controls() -> tuple[str, int]:
    method: str = st.selectbox(
        _("Found by"), METHODS, key="space clusters by", format_func=METHODS.__getitem__, persist_state="session",
        width=150,
    )  # fmt: skip
    if method != "kmeans":
        return method, WHOLE
    tip = _("k-means finds as many groups as it is told, whether they are there or not.")
    count: int = st.number_input(
        _("Groups"), 2, 50, WHOLE, key="space cluster count", persist_state="session", width=110, help=tip
    )
    return method, count


def _offered(known: Known, name: str) -> bool:
    lacks = {
        "label": known.labels is None,
        "predicted": known.predicted is None,
        "confidence": known.confidence is None,
        "error": known.right is None,
    }
    return not lacks.get(name, False)


def painted(here: Visit, known: Known, map_: "Embedding", look: Look) -> Painted:
    """The colours that a look asks for; plain while they are not known."""
    if look.colour == "label" and known.labels is not None:
        return by_class(known.labels, known.classes, "label")
    if look.colour == "predicted" and known.predicted is not None:
        return by_class(known.predicted, known.model_classes, "predicted")
    if look.colour == "error" and known.right is not None:
        return by_error(known.right)
    if look.colour == "confidence" and known.confidence is not None:
        return by_number(known.confidence, _("confidence"), 0.0, 1.0)
    if look.colour == "trust" and map_.quality is not None and map_.quality.k:
        return by_number(np.asarray(map_.quality.trust), _("trust, dark points lie"), high=1.0)
    if look.colour == "column" and look.column:
        values = column_values(here, known, look.column)
        if not isinstance(values, Job):
            return by_column(values, look.column)
    if look.colour == "cluster":
        found = cluster(here, known.space, look)
        if not isinstance(found, Job):
            names = [_("group {number}").format(number=number + 1) for number in range(int(found.max(initial=0)) + 1)]
            return by_class(found, names, f"cluster {look.method} {look.count}")
    return plain(len(map_.points))


def awaited(here: Visit, known: Known, look: Look) -> Any:
    """What the colours of a look wait for: groups or a column, or the job that finds them; ValueError says why not."""
    if look.colour == "cluster":
        return cluster(here, known.space, look)
    return column_values(here, known, look.column) if look.column else None


def cluster(here: Visit, space: Space, look: Look) -> Any:
    """The group of each image in feature space, or the job that finds the groups."""

    def work(tick: Any) -> np.ndarray:
        from vizlib.space.clusters import clusters

        count, method = min(look.count, len(space.features)), cast(Any, look.method)
        return np.asarray(clusters(space.features, method=method, count=count, progress=tick))

    label = _("Groups by {method}").format(method=METHODS[look.method])
    return ask(here, "clusters", (space.key, look.method, look.count), label, work)


def show(
    here: Visit,
    known: Known,
    map_: "Embedding",
    look: Look,
    landed: Landed | None = None,
    links: Sequence[tuple[int, int]] = (),
    key: str = KEY,
    colours: Painted | None = None,
) -> None:
    """Draw a map, in its own colours unless others are given; what is clicked or selected is remembered."""
    space = known.space
    points = _apart(map_) if look.snap else map_.points
    drawing = Drawing(
        of=space.images.digest,
        points=points,
        names=known.lines,
        painted=colours or painted(here, known, map_, look),
        faces=look.faces and space.faces is not None,
        selected=selected(space),
        chosen=chosen(space),
        links=links,
        alternative=f"{here.listed().name}: {alternative(known, map_)}",
    )
    if space.faces is not None:
        drawing = replace(drawing, sheet=space.faces.sheet)
    if landed is not None:
        drawing = landed.added(drawing, space.faces)
    draw(drawing, partial(_take, space), key)


def _apart(map_: "Embedding") -> np.ndarray:
    """The points on a grid; made once for each map."""
    key = ("apart", map_.digest())
    found: np.ndarray | None = shelf().get(key)
    if found is None:
        found = snapped(map_.points)
        shelf().put(key, found)
    return found


def alternative(known: Known, map_: "Embedding") -> str:
    """The map in words."""
    from vizlib.figures.style import name_of

    words = _("Map of {count} images, {words}, by {method}.").format(
        count=len(map_.points), words=known.space.words, method=_(name_of(map_.technique))
    )
    if map_.quality is None or np.isnan(map_.quality.trustworthiness):
        return words
    return words + " " + _("Trustworthiness {trust:.3f}.").format(trust=map_.quality.trustworthiness)


def _take(space: Space, said: dict[str, Any]) -> None:
    """Remember what was clicked or selected; a callback."""
    count = len(space.features)
    if isinstance(said.get("clicked"), int) and 0 <= said["clicked"] < count:
        choose(space, said["clicked"])
    if isinstance(said.get("selected"), list):
        rows = sorted({int(row) for row in said["selected"] if 0 <= int(row) < count})
        st.session_state[SELECTED] = (space.images.digest, rows)


def choose(space: Space, index: int) -> None:
    """Take one image; a callback."""
    st.session_state[CHOSEN] = (space.images.digest, int(index))


def let_go() -> None:
    """Select nothing; a callback."""
    st.session_state.pop(SELECTED, None)


def chosen(space: Space) -> int | None:
    """The image that was clicked last."""
    of, index = st.session_state.get(CHOSEN, ("", None))
    return index if of == space.images.digest else None


def selected(space: Space) -> list[int]:
    """The images inside the last lasso."""
    of, rows = st.session_state.get(SELECTED, ("", []))
    return rows if of == space.images.digest else []
