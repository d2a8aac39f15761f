"""Stored results: what pages show before anything is computed. ``make gallery`` makes them, recipes and all.

Reading them needs neither torch nor plotly.
"""

import base64
import functools
import io
import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image

from dashboard.controls import APP_DEFAULTS
from dashboard.engine import Question
from vizlib.zoo.cards import read_card

FOLDER = Path(__file__).resolve().parents[1] / "models" / "gallery"


@dataclass(frozen=True)
class Stored:
    """A result that a bundled model gave when the software was built.

    Attributes
    ----------
    weights : str
        SHA-256 of the weights file that gave it.
    digest : str
        Of the image's pixels.
    target, label, probability : int, str, float
        The explained class, which is the predicted one.
    heading, sentence : str
        What Home says; empty for a result that is no card of Home.
    alternative : str
        The map in words.
    low, high, clipped, unit, colours : float, float, bool, str, tuple of str
        The colour bar.
    """

    file: str
    technique: str
    model: str
    weights: str
    image: str
    digest: str
    target: int
    label: str
    probability: float
    heading: str
    sentence: str
    alternative: str
    low: float
    high: float
    clipped: bool
    unit: str
    colours: tuple[str, ...]

    @functools.cached_property
    def pair(self) -> str:
        """What the network sees beside the map, as an address that contains it."""
        return _address((FOLDER / self.file).read_bytes())

    @functools.cached_property
    def map(self) -> str:
        """The map over the picture, alone."""
        content = io.BytesIO()
        with Image.open(FOLDER / self.file) as pair:
            pair.crop((pair.width - pair.height, 0, pair.width, pair.height)).save(content, "PNG")
        return _address(content.getvalue())

    @property
    def link(self) -> str:
        """Where Explain shows it alive."""
        return "explain?" + urlencode({"model": self.model, "image": self.image, "method": self.technique})


def cards() -> tuple[Stored, ...]:
    """The results that Home shows."""
    return tuple(one for one in _all() if one.heading)


def stored(question: Question) -> Stored | None:
    """The stored answer of a question, if there is one: the app's default settings, and the predicted class."""
    untouched = dict(question.options) == APP_DEFAULTS.get(question.technique, {})
    if not untouched or (question.model.weights, question.model.precision) != ("default", "float32"):
        return None
    asked = (question.model.name, question.digest, question.technique)
    return next(
        (
            one
            for one in _all()
            if (one.model, one.digest, one.technique) == asked and question.target in (None, one.target)
        ),
        None,
    )


def known(model: str, digest: str) -> Stored | None:
    """Any stored result about a picture: what the model says of it is known before the model is loaded."""
    return next((one for one in _all() if (one.model, one.digest) == (model, digest)), None)


@functools.cache
def _all() -> tuple[Stored, ...]:
    """Everything in the folder that the weights which are there now would say again."""
    file = FOLDER / "gallery.json"
    found = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    return tuple(_stored(facts) for facts in found if facts["weights"] == _weights(facts["model"]))


def _stored(facts: dict[str, object]) -> Stored:
    known = {name: facts[name] for name in Stored.__dataclass_fields__}
    return Stored(**{**known, "colours": tuple(facts["colours"])})  # type: ignore[arg-type]


@functools.cache
def _weights(model: str) -> str | None:
    """SHA-256 that the model's card demands of its weights."""
    folder = FOLDER.parent / model
    return read_card(folder).sha256 if (folder / "card.toml").is_file() else None


def _address(content: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(content).decode()
