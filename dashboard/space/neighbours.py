"""The images nearest to one: in feature space, beside those nearest in pixels, and how many of them the map keeps."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from dashboard.inside import under_way
from dashboard.intake.pictures import data_uri
from dashboard.space.ask import Space, ask
from dashboard.space.landing import features_of_shots
from dashboard.space.map import chosen
from dashboard.space.names import Known
from dashboard.space.selection import gallery, to_explain
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job

if TYPE_CHECKING:
    from vizlib.space.results import Embedding, Neighbors

METRICS = {"cosine": "cosine", "euclidean": "Euclidean", "l1": "L1"}
FIRST = 8
PIXELS = 32


@dataclass(frozen=True, eq=False)
class Asked:
    """Whose neighbours are asked for.

    Attributes
    ----------
    index : int or None
        Of an image of the set.
    features, pixels : array [1, feature]
    name, label : str
        The label, or else what the model says; empty where unknown.
    source : str
        The picture in its own address.
    """

    index: int | None
    features: np.ndarray
    pixels: Any
    name: str
    label: str
    source: str


def neighbours(here: Visit, known: Known, map_: "Embedding") -> list[tuple[int, int]]:
    """The panel; returns the lines from the clicked point to its neighbours."""
    st.subheader(_("What lies nearest to one image"), anchor=False)
    space = known.space
    with st.container(horizontal=True, vertical_alignment="bottom", key="space-neighbours"):
        choices = ["mine", "point"]
        about = st.segmented_control(
            _("Neighbours of"), choices, key="space about", default="point", required=True, persist_state="session",
            format_func={"mine": _("my picture"), "point": _("the clicked point")}.__getitem__,
        )  # fmt: skip
        metric = st.segmented_control(
            _("Distance"), list(METRICS), key="space metric", default="cosine", required=True,
            persist_state="session", format_func=METRICS.__getitem__,
        )  # fmt: skip
        most = max(1, min(24, len(space.features) - 1))
        k = st.number_input(_("How many"), 1, most, min(FIRST, most), key="space k", persist_state="session", width=110)
    asked = _mine(here, space) if about == "mine" else _point(known)
    if asked is None or space.faces is None:
        return []
    found = _found(here, known, asked, metric, k)
    if isinstance(found, Job):
        under_way(here, found)
        return []
    _side_by_side(here, known, map_, asked, *found)
    return (
        []
        if chosen(space) is None or about == "mine"
        else [(chosen(space) or 0, int(row)) for row in found[0].indices[0]]
    )


def _mine(here: Visit, space: Space) -> Asked | None:
    """The chosen picture of the tray."""
    from vizlib.space.neighbors import pixels

    shot, sight = here.shot(), here.sight()
    features = features_of_shots(here, space, [shot], "mine")
    if isinstance(features, Job):
        under_way(here, features)
        return None
    label = sight.labels[sight.predicted] if sight else ""
    face = pixels([shot.preview], side=PIXELS)
    return Asked(None, features.values, face, shot.name, label, shot.picture)


def _point(known: Known) -> Asked | None:
    """The clicked point; the first one until somebody clicks."""
    index = chosen(known.space)
    index = 0 if index is None else index
    image, space = known.space.images.read(index), known.space
    label = known.label(index) or known.called(index)
    return Asked(index, space.features.values[index : index + 1], None, space.images.names[index], label,
                 data_uri(image, 320))  # fmt: skip


def _found(here: Visit, known: Known, asked: Asked, metric: str, k: int) -> Any:
    """Neighbours in feature space and in pixels, or the job that looks for them."""
    space = known.space
    assert space.faces is not None
    faces = space.faces.values

    def work(tick: Any) -> "tuple[Neighbors, Neighbors]":
        from vizlib.index import TECHNIQUES
        from vizlib.space.neighbors import pixels

        tick(0, 0)
        flat = pixels(list(faces), side=PIXELS)
        function: Any = TECHNIQUES["nearest_neighbors"]
        mine = asked.index is None
        rows = None if mine else np.array([asked.index])
        return (
            function(space.features, asked.features if mine else rows, k=k, metric=metric),
            function(flat, asked.pixels if mine else rows, k=k, metric=metric),
        )

    label = _("Neighbours of {name}").format(name=asked.name)
    key = (space.key, asked.index, asked.source[-64:] if asked.index is None else "", metric, k)
    return ask(here, "neighbours", key, label, work)


def _side_by_side(
    here: Visit, known: Known, map_: "Embedding", asked: Asked, near: "Neighbors", pixels: "Neighbors"
) -> None:
    """The image asked about, its neighbours in feature space, and those in pixels."""
    picture, left, right = st.columns([2, 5, 5], gap="large")
    with picture:
        st.image(asked.source, width="stretch", alt=asked.name)
        if asked.index is None:
            st.caption(escape(asked.name) + (f" · {escape(asked.label)}" if asked.label else ""))
        else:
            st.caption("  \n".join(escape(line) for line in known.line(asked.index).split("\n")))
            to_explain(here, known.space, asked.index)
    with left:
        st.markdown(f"**{_('As the network sees it')}**")
        _row(known, asked, near.indices[0], near.distances[0])
    with right:
        st.markdown(f"**{_('As raw pixels')}**")
        _row(known, asked, pixels.indices[0], pixels.distances[0])
    if asked.index is not None:
        st.markdown(_kept(map_, near))
    words = _("Pixels find the same background and brightness at the same place; a trained network finds the same kind "
              "of thing. A blue frame has the same label, or, where there are none, is called the same by the model; a "
              "dashed orange one another.")  # fmt: skip
    st.caption(words)


def _row(known: Known, asked: Asked, rows: np.ndarray, distances: np.ndarray) -> None:
    same = [_same(known, asked, int(row)) for row in rows]
    marks = ["" if one is None else "right" if one else "wrong" for one in same]
    words = [f"{known.label(int(row)) or known.says(int(row))} · {distance:.3g}" for row, distance in
             zip(rows, distances, strict=True)]  # fmt: skip
    gallery(known, [int(row) for row in rows], marks, words)
    if same and None not in same:
        told = _("{right} of {k} have the label {label}.")
        if known.labels is None:
            told = _("The model calls {right} of {k} {label}, too.")
        st.caption(told.format(right=sum(map(bool, same)), k=len(same), label=escape(asked.label)))


def _same(known: Known, asked: Asked, row: int) -> bool | None:
    label = known.label(row) or known.called(row)
    return label.casefold() == asked.label.casefold() if label and asked.label else None


def _kept(map_: "Embedding", near: "Neighbors") -> str:
    """How many of the neighbours in feature space are among the nearest on the map."""
    from vizlib.space.neighbors import kept_by_map

    k = near.indices.shape[1]
    kept = round(float(kept_by_map(near, map_)[0]) * k)
    words = _("The map keeps **{kept} of these {k}** neighbours among its {k} nearest points.")
    return words.format(kept=kept, k=k)
