"""What the page Loss landscape opens on: results of bundled models that were computed when they were built."""

import functools
import json
from typing import Any

import streamlit as st

from dashboard.engine import Answer
from dashboard.gallery import FOLDER
from dashboard.image_set import ChosenSet
from dashboard.text import _
from dashboard.visit import Visit
from vizlib.inside.plain import from_plain
from vizlib.landscapes.results import LossLandscape, Trajectory
from vizlib.landscapes.sharpness import Sharpness
from vizlib.zoo.cards import read_card

TRAJECTORIES, SHARPNESS = "trajectories", "sharpness"


def stored_surface(here: Visit, chosen: ChosenSet, options: dict[str, Any]) -> Answer | None:
    """The stored landscape, if it is what is asked: same weights, images and options."""
    from vizlib.core.recipe import Recipe

    listed = here.listed()
    facts = None if here.random or listed.folder is None else _read(listed.name)
    if facts is None or listed.folder is None or here.precision != "float32":
        return None
    try:
        if read_card(listed.folder).sha256 != facts["weights"]:
            return None
    except ValueError:
        return None  # the sentence is said where the model is loaded
    recipe = Recipe.from_json(facts["recipe"])
    asked = {name: value for name, value in recipe.options.items() if name in options}
    same = asked == options and recipe.images[0]["digest"] == getattr(chosen.pictures, "digest", "")
    return Answer(recipe, _surface(listed.name)) if same else None  # type: ignore[arg-type]


def show_stored_surface(here: Visit) -> None:
    """The stored landscape as a picture, which needs nothing that computes."""
    listed = here.listed()
    facts = None if here.random or listed.folder is None else _read(listed.name)
    file = FOLDER / "landscape" / f"{listed.name}.png"
    if facts is not None and file.is_file():
        st.caption(_("A stored result of these weights, until the live one is here."))
        st.image(file.read_bytes(), width=560, alt=facts["alternative"])


@functools.cache
def stored_ways() -> tuple[Answer, tuple[int, ...]] | None:
    """Five trainings of the digits network on one plane, and after how many steps each checkpoint was kept."""
    from vizlib.core.recipe import Recipe

    facts = _read(TRAJECTORIES)
    if facts is None:
        return None
    surface = from_plain(LossLandscape, facts["surface"])
    result: Any = from_plain(Trajectory, {**facts["result"], "surface": surface})
    return Answer(Recipe.from_json(facts["recipe"]), result), tuple(facts["steps"])


@functools.cache
def stored_sharpness() -> Sharpness | None:
    """Sharpness of all kept trainings of the digits network."""
    facts = _read(SHARPNESS)
    return None if facts is None else from_plain(Sharpness, facts["result"])


@functools.cache
def _surface(model: str) -> LossLandscape:
    facts = _read(model)
    assert facts is not None
    return from_plain(LossLandscape, facts["result"])


@functools.cache
def _read(name: str) -> dict[str, Any] | None:
    files = {file.stem: file for file in (FOLDER / "landscape").glob("*.json")}
    if name not in files:
        return None
    found: dict[str, Any] = json.loads(files[name].read_text(encoding="utf-8"))
    return found
