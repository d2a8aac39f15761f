"""What is pinned, as a short word for an address: a question and a look, never a number of the answer.

Pictures are named by their digest, as the tray knows them; bundled image sets, and single images of them, by the name
that makes them again anywhere. What has no such name is in no address.
"""

import base64
import binascii
import dataclasses
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dashboard.visit import Visit, models
from vizlib.data.one_of_set import NUMBER, one_of_set
from vizlib.data.streams import GENERATED, MARK, image_stream
from vizlib.index import JUDGED, RECIPES
from vizlib.zoo.cards import PRECISIONS

if TYPE_CHECKING:
    from vizlib.core.recipe import Recipe

LONGEST = 700  # letters of one pin in an address
MOST_BYTES = 1 << 14  # of an unpacked one
MOST_IMAGES = 24
MOST_OF_SET = 10_000
MOST_WEIGHTS = 8
DIGITS = 16  # of a digest
PLAIN = (str, int, float, bool, type(None))
STATES = ("default", "random")
SECOND = ("second", "other")  # of a recipe's data: another model
SECOND_FACTS = {"model", "weights", "weights_digest"}
DATA = {**dict.fromkeys(SECOND, dict), "column": str, "folds": int}
BAND = "band"  # a keyword of a look that follows from the answer
KINDS = {"technique": str, "model": str, "weights": str, "precision": str, "images": list, "target": list}
MORE = {"options": dict, "look": dict, "data": dict, "others": list}
WEIGHTS = re.compile(r"([\w.-]+)(:[\w.-]+(@\d+)?)?")


@dataclass(frozen=True)
class Wanted:
    """What a link says is pinned: a question, and how its picture looks."""

    technique: str
    model: str
    images: list[str]
    target: list[int]
    weights: str = "default"
    precision: str = "float32"
    options: dict[str, Any] = field(default_factory=dict)
    look: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    others: list[list[str]] = field(default_factory=list)

    @property
    def set(self) -> str:
        """The whole image set that it is about, if it is about one."""
        return self.images[0] if self.images and names_bundled(self.images[0]) else ""


def to_word(here: Visit, recipe: "Recipe", look: Mapping[str, Any]) -> str | None:
    """A pinned picture as letters, digits and ``-_``; None when its recipe cannot be said so shortly."""
    wanted = _wanted(here, recipe, look)
    if wanted is None or not _sensible(wanted) or not here_all(wanted):
        return None
    facts = {name: value for name, value in dataclasses.asdict(wanted).items() if value or name in KINDS}
    packed = zlib.compress(json.dumps(facts, separators=(",", ":")).encode(), 9)
    word = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    return word if len(word) <= LONGEST else None


def from_word(word: str) -> Wanted | None:
    """What a word asks for; None when it makes no sense."""
    try:
        packed = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))
        wanted = Wanted(**json.loads(zlib.decompressobj().decompress(packed, MOST_BYTES)))
    except (ValueError, TypeError, zlib.error, binascii.Error, RecursionError):
        return None
    right = all(isinstance(getattr(wanted, name), kind) for name, kind in {**KINDS, **MORE}.items())
    return wanted if right and _sensible(wanted) else None


def names_bundled(name: str) -> bool:
    """Whether a word names a bundled image set that a page may make; never a folder or a file of the server."""
    found = GENERATED.fullmatch(name)
    return found is not None and 0 < int(found[2]) <= MOST_OF_SET


def here_all(wanted: Wanted) -> bool:
    """Whether every further model is one that this server has by name."""
    names = {model.name for model in models(random=True)}
    seconds = {wanted.data[name]["model"] for name in SECOND if name in wanted.data}
    return seconds | {name.partition(":")[0] for name, _digest in wanted.others} <= names


def plain_look(look: Mapping[str, Any]) -> dict[str, Any]:
    """Keywords of a look without what follows from the pictures; of a band only whether there is one."""
    shown = {name: value for name, value in look.items() if name not in ("images", "labels")}
    return shown | ({BAND: shown[BAND] is not None} if hasattr(shown.get(BAND), "low") else {})


def _wanted(here: Visit, recipe: "Recipe", look: Mapping[str, Any]) -> Wanted | None:
    shown, images = plain_look(look), list(_named(recipe))
    if recipe.technique not in RECIPES or not all(map(_plain, shown.values())) or "" in images:
        return None
    own = next((one for one in here.own if one.name == recipe.model), None)
    return Wanted(
        recipe.technique,
        own.address if own else recipe.model,
        images,
        list(recipe.target),
        recipe.weights,
        recipe.precision,
        _changed(recipe),
        shown,
        dict(recipe.data),
        [[other["name"], other["digest"][:DIGITS]] for other in recipe.others],
    )


def _named(recipe: "Recipe") -> Iterator[str]:
    """How a link names each image; empty where it cannot."""
    for image in recipe.images[: MOST_IMAGES + 1]:
        name, digest = image["name"], image["digest"]
        if digest.startswith(MARK):
            yield name if names_bundled(name) and image_stream(name).digest == digest else ""
        elif _is_one(name) and _pixels(name) == digest:
            yield name
        else:
            yield digest[:DIGITS]


def _is_one(name: str) -> bool:
    of, mark, row = name.rpartition(NUMBER)
    found = GENERATED.fullmatch(of) if mark and row.isdecimal() else None
    return found is not None and names_bundled(of) and int(row) < int(found[2])


def _pixels(name: str) -> str:
    from vizlib.data.images import pixel_digest

    try:
        return pixel_digest(one_of_set(name))
    except ValueError:  # there are fewer digits than a set of them says
        return ""


def _plain(value: Any) -> bool:
    """Whether JSON can say it; a tuple or a list of such too."""
    return isinstance(value, PLAIN) or (
        isinstance(value, (tuple, list)) and all(isinstance(one, PLAIN) for one in value)
    )


def _changed(recipe: "Recipe") -> dict[str, Any]:
    from vizlib.core.options import question

    usual = {option.name: option.default for option in question(RECIPES[recipe.technique])}
    return {name: value for name, value in recipe.options.items() if value != usual.get(name)}


def _sensible(wanted: Wanted) -> bool:
    known = wanted.technique in RECIPES and wanted.precision in PRECISIONS and wanted.weights in STATES
    classes = all(isinstance(target, int) and target >= 0 for target in wanted.target)
    return known and classes and _sensible_images(wanted) and _sensible_data(wanted.data) and _sensible_others(wanted)


def _sensible_images(wanted: Wanted) -> bool:
    images = wanted.images
    if len(images) > MOST_IMAGES or not all(isinstance(image, str) for image in images):
        return False
    if wanted.set or wanted.technique in JUDGED:
        return bool(wanted.set) and len(images) == 1 and not _of_files(wanted.technique)
    return all((len(image) == DIGITS and image.isalnum()) or _is_one(image) for image in images)


def _of_files(technique: str) -> bool:
    """Whether it judges what a person gives, which has no name in a link."""
    from vizlib.evaluation.judge import FILES, OWN, TABLES

    return technique in (*FILES, *OWN, *TABLES)


def _sensible_data(data: dict[str, Any]) -> bool:
    right = all(isinstance(data[name], DATA.get(name, ())) for name in data)
    seconds = [data[name] for name in SECOND if right and name in data]
    words = all(isinstance(value, str) for one in seconds for value in one.values())
    return right and words and all(set(one) == SECOND_FACTS and one["weights"] in STATES for one in seconds)


def _sensible_others(wanted: Wanted) -> bool:
    words = all(
        isinstance(one, list) and len(one) == 2 and all(isinstance(word, str) for word in one) for one in wanted.others
    )
    named = words and all(WEIGHTS.fullmatch(name) and len(digest) == DIGITS for name, digest in wanted.others)
    return bool(named) and len(wanted.others) <= MOST_WEIGHTS
