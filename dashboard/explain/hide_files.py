"""Taking *Hide it yourself* away: the comparison and the hidden picture as files, the probabilities, the report."""

import csv
import dataclasses
import io
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import streamlit as st
from PIL import Image

from dashboard.engine import Answer
from dashboard.explain.mask_link import to_word
from dashboard.export import file_stem
from dashboard.report import keep_button, report_link
from dashboard.text import _

if TYPE_CHECKING:
    from vizlib.attribution.results_hiding import Hiding
    from vizlib.core.recipe import Recipe
    from vizlib.zoo.model import Model

PLACE = "hiding"


def recipe_of_hiding(
    model: "Model", picture: tuple[str, Image.Image], target: int | None, fill: str, mask: np.ndarray
) -> "Recipe":
    """What was asked: that of its Grad-CAM, with the fill and the mask; a mask too long for a word is run lengths."""
    from dashboard.explain.canvas import encoded
    from vizlib.core.recipe import recipe_for

    base = recipe_for("saliency", model, [picture], target)
    word = to_word(mask)
    said = encoded(mask) if word is None else word
    options = {"mask": said, "fill": fill, "layer": model.default_layer}
    return dataclasses.replace(base, technique="hiding", options=options)


def files(found: "Hiding", recipe: "Recipe", images: Sequence[np.ndarray], labels: Sequence[str]) -> None:
    """Download, and Add to report.

    Parameters
    ----------
    found : Hiding
    recipe : Recipe
    images : two uint8 arrays
        The picture as the network sees it, and with its hidden part.
    labels : sequence of str
        Class names.
    """
    answer = Answer(recipe, cast(Any, found))
    display = {"images": list(images), "labels": labels}
    with st.container(horizontal=True, key=f"take-away-{PLACE}"):
        with st.popover(_("Download"), icon=":material/download:", key=f"take {PLACE}"):
            _downloads(answer, display)
        caption = _("A part of the picture is hidden: the model's answer and its Grad-CAM before and after.")
        keep_button(PLACE, answer, display, _title(found, labels), caption)
        report_link()


def _title(found: "Hiding", labels: Sequence[str]) -> str:
    first, now = (labels[int(index)] for index in found.scores.argmax(axis=1))
    if first == now:
        return _("Still {first} with a part hidden").format(first=first)
    return _("{first} becomes {now} with a part hidden").format(first=first, now=now)


def _downloads(answer: Answer, display: dict[str, Any]) -> None:
    from vizlib.figures.export import to_bytes

    def figure(format: str) -> Callable[[], bytes]:
        return lambda: to_bytes(answer.result, format, recipe=answer.recipe, **display)

    found, hidden, labels = cast("Hiding", answer.result), display["images"][1], display["labels"]
    made = {
        ".png": (_("Comparison (PNG)"), "image/png", figure("png")),
        ".pdf": (_("Comparison (PDF)"), "application/pdf", figure("pdf")),
        ".svg": (_("Comparison (SVG)"), "image/svg+xml", figure("svg")),
        ".html": (_("Comparison (HTML)"), "text/html", figure("html")),
    }
    made["-hidden.png"] = (_("Hidden picture (PNG)"), "image/png", lambda: picture_png(hidden))
    made[".csv"] = (_("Probabilities (CSV)"), "text/csv", lambda: table_csv(found, labels))
    made[".json"] = (_("Probabilities and recipe (JSON)"), "application/json", lambda: facts_json(answer, labels))
    for end, (label, mime, make) in made.items():
        st.download_button(
            label,
            data=make,
            file_name=f"{file_stem(answer.recipe)}{end}",
            mime=mime,
            key=f"{PLACE}/download {end}",
            on_click="ignore",
            width="stretch",
        )


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


def facts_json(answer: Answer, labels: Sequence[str]) -> bytes:
    """The probabilities with the recipe: model, picture, mask and fill."""
    before, after = cast("Hiding", answer.result).probabilities.tolist()
    facts = {
        "recipe": json.loads(answer.recipe.to_json()),
        "labels": list(labels),
        "before": before,
        "after": after,
    }
    return json.dumps(facts, indent=1).encode()
