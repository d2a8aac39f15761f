"""What the pages about the inside of a network show before the model is loaded: a stored picture."""

import base64
import functools
import json
from typing import Any

import streamlit as st

from dashboard.gallery import FOLDER
from dashboard.text import _
from dashboard.visit import Visit
from vizlib.zoo.cards import read_card


def stored_inside(here: Visit, layer: str | None) -> dict[str, Any] | None:
    """The stored result of a page, if it is what the page will ask: same weights, layer and pictures.

    Parameters
    ----------
    here : Visit
    layer : str or None
        The chosen layer; None when the person has chosen none.
    """
    listed = here.listed()
    found = next((facts for facts in _all() if (facts["page"], facts["model"]) == (here.page, listed.name)), None)
    if found is None or listed.folder is None or here.random or layer not in (None, found["layer"]):
        return None
    shots = [here.shot()] if len(found["images"]) == 1 else here.shots()
    digests = sorted(shot.digest for shot in shots)
    if digests != sorted(found["images"]) or here.shot().digest != found["images"][0]:
        return None  # the first picture decides which channel is followed
    try:
        return found if read_card(listed.folder).sha256 == found["weights"] else None
    except ValueError:
        return None  # the sentence is said where the model is loaded


def show_stored(here: Visit, layer: str | None) -> None:
    """The stored picture, with the words that it is one."""
    found = stored_inside(here, layer)
    if found is None:
        return
    st.caption(_("A stored result of these weights, until the live one is here."))
    st.image(_picture(found["file"]), width="content", alt=found["alternative"])


def show_example() -> None:
    """What the page Attention shows of a transformer, for a model that has no attention."""
    file = FOLDER / "inside" / "attention.json"
    if not file.is_file():
        return
    found = json.loads(file.read_text(encoding="utf-8"))
    st.caption(
        _("A stored example: ViT-B/16 before any training. Its heads already tell colours apart; what of that matters, "
          "training decides.")
    )  # fmt: skip
    st.image(_picture(found["file"]), width="content", alt=found["alternative"])


@functools.cache
def _picture(file: str) -> str:
    """As part of the page: a file of its own may be gone when a browser asks for it, since the live result is here."""
    return "data:image/png;base64," + base64.b64encode((FOLDER / "inside" / file).read_bytes()).decode()


@functools.cache
def _all() -> tuple[dict[str, Any], ...]:
    file = FOLDER / "inside" / "inside.json"
    return tuple(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else ()
