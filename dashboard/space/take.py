"""Taking a map away: the figure in every format, the points as a table, the report, and the lines that make it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import streamlit as st

from dashboard.engine import Answer
from dashboard.export import downloads, file_stem, recipe_lines
from dashboard.report import keep_button, report_link
from dashboard.space.columns import column_values
from dashboard.space.map import Look, cluster
from dashboard.space.names import Known
from dashboard.text import _
from dashboard.visit import Visit
from dashboard.worker import Job
from vizlib.figures.style import name_of

if TYPE_CHECKING:
    from vizlib.space.results import Embedding

PLACE = "space"
AS_THERE = {
    "label": "label",
    "predicted": "predicted",
    "error": "correct",
    "confidence": "confidence",
    "trust": "trust",
}


def take(here: Visit, known: Known, map_: "Embedding", look: Look) -> None:
    """Download, Add to report, and the lines from Python and a shell."""
    answer = Answer(recipe_of(known, map_), cast(Any, named(known, map_)))
    shown = display(here, known, look)
    title = _("{method} of {images} at {layer}").format(
        method=_(name_of(map_.technique)), images=known.space.words, layer=known.space.features.layer
    )
    with st.container(horizontal=True, key=f"take-away-{PLACE}"):
        with st.popover(_("Download"), icon=":material/download:", key=f"take {PLACE}"):
            downloads(answer, shown, PLACE, "stretch")
            table(known, answer)
        keep_button(PLACE, answer, shown, title)
        report_link()
    if not known.space.private:
        recipe_lines(here, answer)


def recipe_of(known: Known, map_: "Embedding") -> Any:
    """What was asked: the question about the features, with the settings of the map."""
    base = known.space.recipe
    options = {**base.options, **map_.options}
    return replace(base, technique=map_.technique, options=options, seed=options.get("seed", 0))


def named(known: Known, map_: "Embedding") -> "Embedding":
    """The map with the names of its images."""
    space = known.space
    return map_ if map_.names else replace(map_, names=tuple(space.images.names))


def display(here: Visit, known: Known, look: Look) -> dict[str, Any]:
    """Keywords of the figure functions for the look on the page."""
    shown: dict[str, Any] = {"colour": AS_THERE.get(look.colour), "labels": known.model_classes}
    if look.colour == "cluster":
        found = cluster(here, known.space, look)
        if not isinstance(found, Job):
            words = tuple(_("group {number}").format(number=n + 1) if n >= 0 else _("none") for n in found.tolist())
            shown |= {"colour": words, "colour_name": _("cluster")}
    if look.colour == "column" and look.column:
        values = column_values(here, known, look.column)
        if not isinstance(values, Job):
            shown |= {"colour": values, "colour_name": look.column}
    if look.faces and known.space.faces is not None:
        shown |= {"images": list(known.space.faces.values), "thumbnails": True, "snap": look.snap}
        shown["size"] = int(np.clip(760 / len(known.space.features) ** 0.5, 10, 48))
    return shown


def table(known: Known, answer: Answer) -> None:
    """The points as Parquet, which other tools for maps open; CSV is among the formats of the figure."""

    def make() -> bytes:
        from vizlib.figures.space_table import to_parquet

        return to_parquet(cast(Any, answer.result), labels=known.model_classes)

    st.download_button(
        _("Points (Parquet)"), data=make, file_name=f"{file_stem(answer.recipe)}.parquet",
        mime="application/octet-stream", key="space parquet", on_click="ignore", width="stretch",
    )  # fmt: skip
