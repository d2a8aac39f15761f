"""Taking *Hide it yourself* away: every file of a figure, the hidden picture, the probabilities, the report."""

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import streamlit as st
from PIL import Image

from dashboard.engine import Answer, Sight
from dashboard.export import downloads, file_stem, recipe_lines
from dashboard.reading import formula_and_paper
from dashboard.report import keep_button, report_link
from dashboard.text import _
from dashboard.visit import Visit

if TYPE_CHECKING:
    from vizlib.attribution.results_hiding import Hiding
    from vizlib.core.recipe import Recipe

PLACE = "hiding"


def files(here: Visit, found: "Hiding", recipe: "Recipe", sight: Sight) -> None:
    """Download, Add to report, and the lines that make the numbers again."""
    answer = Answer(recipe, cast(Any, found))
    display = {"images": [sight.view], "labels": sight.labels}
    with st.container(horizontal=True, key=f"take-away-{PLACE}"):
        with st.popover(_("Download"), icon=":material/download:", key=f"take {PLACE}"):
            downloads(answer, display, PLACE, "stretch")
            _more(found, recipe, sight)
        caption = _("A part of the picture is hidden: the model's answer and its Grad-CAM before and after.")
        keep_button(PLACE, answer, display, _title(found, sight.labels), caption)
        report_link()
    formula_and_paper(recipe.technique)
    recipe_lines(here, answer, whole=True)


def _more(found: "Hiding", recipe: "Recipe", sight: Sight) -> None:
    """What only this tool has to give."""
    made = {
        "-hidden.png": (_("Hidden picture (PNG)"), "image/png", lambda: picture_png(found.hidden(sight.view))),
        "-probabilities.csv": (_("Probabilities (CSV)"), "text/csv", lambda: table_csv(found, sight.labels)),
    }
    for end, (label, mime, make) in made.items():
        st.download_button(
            label,
            data=make,
            file_name=f"{file_stem(recipe)}{end}",
            mime=mime,
            key=f"{PLACE}/download {end}",
            on_click="ignore",
            width="stretch",
        )


def _title(found: "Hiding", labels: Sequence[str]) -> str:
    first, now = (labels[int(index)] for index in found.scores.argmax(axis=1))
    if first == now:
        return _("Still {first} with a part hidden").format(first=first)
    return _("{first} becomes {now} with a part hidden").format(first=first, now=now)


def picture_png(picture: np.ndarray) -> bytes:
    """The picture pixel by pixel, as the network saw it."""
    content = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(content, "PNG")
    return content.getvalue()


def table_csv(found: "Hiding", labels: Sequence[str]) -> bytes:
    """Every class with its probability before and after, the most probable first."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["class", "before", "after", "change"])
    before, after = found.probabilities
    for index in np.argsort(-before, kind="stable").tolist():
        writer.writerow([labels[index], before[index], after[index], after[index] - before[index]])
    return text.getvalue().encode()
