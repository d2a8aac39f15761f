"""Recipes: everything needed to make the same numbers again, as JSON with a digest."""

import hashlib
import json
import platform
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib.metadata import distributions
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, Literal

from PIL import Image

from vizlib.core.options import checked_question, options, question
from vizlib.core.progress import Progress, silent
from vizlib.core.results import Result
from vizlib.core.set_labels import labels_for
from vizlib.data.intake import pixel_digest, read_image
from vizlib.data.one_of_set import NUMBER, given_sets, like_in_sets, names_one
from vizlib.data.streams import MARK, ImageStream, image_stream, names_set, stream_of
from vizlib.index import JUDGED, RECIPES, TECHNIQUES

Picture = tuple[str, Image.Image]
FORMAT = 1
FILE = "file:"
"""What the digest of a table, or of another file that is no image, begins with."""
KINDS = {
    **dict.fromkeys(("technique", "model", "weights", "weights_digest", "precision"), str),
    **dict.fromkeys(("options", "preprocessing", "versions", "data"), dict),
    "seed": int,
}


@dataclass(frozen=True)
class Recipe:
    """What was asked, of which model, about which images.

    Attributes
    ----------
    technique : str
    model : str
        Name or folder, as given to ``load_model``.
    weights : {"default", "random"} or str
        As given to ``load_model``.
    weights_digest : str
        ``Model.digest``.
    images : tuple of dict
        ``{"name", "digest"}`` of each image; the digest covers the decoded RGB pixels.
    target : tuple of int
        Explained class of each image.
    options : dict
        Every option of the technique, defaults filled in.
    preprocessing : dict
        How an image becomes the network's input.
    seed : int
    precision : {"float32", "float64"}
        What the network computed in.
    others : tuple of dict
        ``{"name", "digest"}`` of further weights, where the technique takes some.
    versions : dict
        Of the software that made the numbers; not part of the digest.
    data : dict
        Of an evaluation: which columns of a table are scores and labels, which column has the slices or folds, which
        model is the second one. Of a technique that compares two models: the second one.
    """

    technique: str
    model: str
    weights_digest: str
    images: tuple[dict[str, str], ...]
    target: tuple[int, ...]
    options: dict[str, Any]
    preprocessing: dict[str, Any]
    seed: int = 0
    weights: str = "default"
    precision: str = "float32"
    versions: dict[str, str] = field(default_factory=dict)
    others: tuple[dict[str, str], ...] = ()
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """Whom it is about: the model, or the table whose scores are judged."""
        return self.model or next((image["name"] for image in self.images), "")

    def digest(self) -> str:
        """SHA-256 of the question itself: not of versions, names, device or paths."""
        question = {
            "technique": self.technique,
            "weights": self.weights_digest,
            "images": [image["digest"] for image in self.images],
            "target": list(self.target),
            "options": self.options,
            "preprocessing": self.preprocessing,
            "seed": self.seed,
            **({} if self.precision == "float32" else {"precision": self.precision}),
            **({"others": [other["digest"] for other in self.others]} if self.others else {}),
            **({"data": self.data} if self.data else {}),
        }
        return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()

    def to_json(self) -> str:
        """The recipe as a JSON text."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Recipe":
        """Read a recipe; ValueError in one sentence when the text is none."""
        try:
            facts = json.loads(text)
            if facts.pop("format") != FORMAT:
                raise ValueError("This recipe was written by another version of the software.")
            facts["images"], facts["others"] = _named_ones(facts["images"]), _named_ones(facts.get("others", ()))
            facts["target"] = tuple(int(target) for target in facts["target"])
            recipe = cls(**facts)
            if not all(isinstance(getattr(recipe, name), kind) for name, kind in KINDS.items()):
                raise TypeError
        except (KeyError, TypeError, AttributeError, json.JSONDecodeError, UnicodeDecodeError, RecursionError):
            raise ValueError("This is not a recipe; a recipe is the JSON that is saved with every figure.") from None
        if recipe.technique not in RECIPES:
            raise ValueError("This recipe asks for a technique that does not exist here.")
        checked_question(RECIPES[recipe.technique], recipe.options)
        return recipe


def _named_ones(things: Iterable[Any]) -> tuple[dict[str, str], ...]:
    """Name and digest of each image, or of each set of weights."""
    return tuple({"name": str(thing["name"]), "digest": str(thing["digest"])} for thing in things)


def recipe_for(
    technique: str,
    model: Any,
    pictures: Sequence[Picture] | ImageStream,
    target: int | Sequence[int] | None = None,
    *,
    others: Sequence[Any] = (),
    second: Any = None,
    **given: Any,
) -> Recipe:
    """Write the recipe of a question before it is answered.

    Parameters
    ----------
    technique : str
    model : Model
    pictures : sequence of (name, RGB image), or an image set
    target : int, sequence of int or None
        None is the predicted class of each image.
    others : sequence of Solutions
        Further weights, from :func:`vizlib.zoo.solutions.solutions`, where the technique takes some.
    second : Model, optional
        The model that is compared with, where the technique takes one.
    **given
        Options of the technique; the others take their defaults, an empty layer the model's default layer.
    """
    settings = checked_question(TECHNIQUES[technique], given)
    for option in question(TECHNIQUES[technique]):
        if option.kind == "layer" and settings[option.name] is None:
            settings[option.name] = model.default_layer
        if option.kind == "size" and settings[option.name] is None:
            settings[option.name] = model.input_size
        if option.kind == "size":
            settings[option.name] = _plain(settings[option.name])
    takes = signature(TECHNIQUES[technique]).parameters
    _check_others(technique, takes, others)
    if second is not None and "second" not in takes:
        raise ValueError(f"{technique}: it takes no second model.")
    looks = bool({"images", "features"} & set(takes))
    pictures = pictures if looks else ()
    if looks and not pictures:
        raise ValueError(f"{technique}: give at least one image.")
    if isinstance(pictures, ImageStream) and "target" in takes:
        raise ValueError(f"{technique}: it looks at single images, not at a set; give a few image files.")
    return Recipe(
        technique=technique,
        model=model.name,
        weights="random" if model.untrained else "default",
        weights_digest=model.digest,
        precision=model.precision,
        images=_stated(pictures),
        target=_stated_classes(technique, model, pictures, target) if _names_classes(takes) else (),
        options=settings,
        preprocessing=preprocessing(model.card),
        seed=settings.get("seed", 0),
        versions=versions(),
        others=tuple({"name": other.name, "digest": other.digest} for other in others),
        data={} if second is None else {"second": stated_model(second)},
    )


def stated_model(model: Any) -> dict[str, str]:
    """What a recipe says of a second model."""
    weights = "random" if model.untrained else "default"
    return {"model": model.name, "weights": weights, "weights_digest": model.digest}


def _check_others(technique: str, takes: Mapping[str, Any], others: Sequence[Any]) -> None:
    """Further weights, where they are needed and nowhere else."""
    wanted = {"other", "checkpoints"} & set(takes)
    if others and not wanted:
        raise ValueError(f"{technique}: it takes no further weights.")
    if not others and any(takes[name].default is Parameter.empty for name in wanted):
        raise ValueError(f"{technique}: give further weights: a training such as digits-cnn:adam, a file or a model.")
    if len(others) > 1 and "other" in wanted:
        raise ValueError(f"{technique}: give one other set of weights; got {len(others)}.")


def _names_classes(takes: Iterable[str]) -> bool:
    """Whether classes of single pictures are part of the question; features bring their own labels."""
    return "features" not in takes and bool({"target", "labels"} & set(takes))


def _stated(pictures: Sequence[Picture] | ImageStream) -> tuple[dict[str, str], ...]:
    """Name and digest of each picture, or of the whole set."""
    if isinstance(pictures, ImageStream):
        return ({"name": pictures.name, "digest": pictures.digest},)
    return tuple({"name": name, "digest": pixel_digest(image)} for name, image in pictures)


def _plain(size: Any) -> Any:
    """A pair as JSON has it, so that a recipe that was read again is equal."""
    return list(size) if isinstance(size, tuple) else size


def _stated_classes(technique: str, model: Any, pictures: Any, target: Any) -> tuple[int, ...]:
    """What is explained, or the labels of single pictures; an image set has labels of its own."""
    return () if isinstance(pictures, ImageStream) else _resolved(technique, model, pictures, target)


def _resolved(technique: str, model: Any, pictures: Any, target: Any) -> tuple[int, ...]:
    import torch

    from vizlib.core.predict import predict
    from vizlib.core.targets import choose
    from vizlib.core.technique import named

    scores = torch.from_numpy(predict(model, [image for _, image in pictures]))
    with named(technique):
        return tuple(choose(target, scores).classes.tolist())


def preprocessing(card: Any) -> dict[str, Any]:
    """How an image becomes the input of a model, in plain JSON values."""
    names = ("channels", "resize", "crop", "mean", "std", "interpolation")
    facts: dict[str, Any] = json.loads(json.dumps({name: getattr(card, name) for name in names}))
    return facts


def versions() -> dict[str, str]:
    """Versions of what computes."""
    from vizlib import __version__

    packages = {name: _version(name) for name in ("torch", "torchvision", "numpy", "Pillow")}
    return {"vizlib": __version__, "python": platform.python_version(), **packages}


@cache
def _version(name: str) -> str:
    """Version of a package; looked up along a copy of the path, which another thread may be changing."""
    return next(iter(distributions(name=name, path=sys.path.copy()))).version


def perform(
    recipe: Recipe,
    model: Any,
    images: Sequence[Image.Image] | ImageStream,
    progress: Progress = silent,
    others: Sequence[Any] = (),
) -> Result:
    """Answer a recipe with a model, images or an image set, and further weights that are at hand."""
    from vizlib.core.predict import batch_of

    if recipe.technique in JUDGED:
        from vizlib.core.judged import answer

        return answer(recipe, model, images, progress)
    function: Callable[..., Result] = TECHNIQUES[recipe.technique]
    takes = signature(function).parameters
    if "features" in takes:
        return _through_features(recipe, model, images, progress)
    data: dict[str, Any] = {}
    if "images" in takes:
        data["images"] = images if isinstance(images, ImageStream) else batch_of(model, images)
    if "target" in takes:
        data["target"] = list(recipe.target)
    if "labels" in takes:
        data["labels"] = labels_for(model, images, recipe.target)
    if recipe.others:
        from vizlib.zoo.solutions import as_data

        data |= as_data(list(takes), recipe.options, others or find_others(recipe))
    if "second" in recipe.data:
        data |= _second(recipe, takes, images)
    if "model" in takes:
        data["model"] = model
    return function(**data, **recipe.options, progress=progress)


def _second(recipe: Recipe, takes: Mapping[str, Any], images: Any) -> dict[str, Any]:
    """The second model, and the images as it expects them where it is to be told."""
    from vizlib.core.predict import batch_of

    stated = recipe.data["second"]
    second = load_stated(stated["model"], stated["weights"], stated["weights_digest"], recipe.precision)
    if "second_images" in takes:
        return {"second": second, "second_images": batch_of(second, images)}
    return {"second": second, "images": images if isinstance(images, ImageStream) else stream_of(images)}


def _through_features(recipe: Recipe, model: Any, images: Any, progress: Progress) -> Result:
    """The features of the images, and then what is asked of them; each half of the progress."""
    from vizlib.core.predict import batch_of

    function: Callable[..., Result] = TECHNIQUES[recipe.technique]
    own = {option.name for option in options(function)}
    taken = {name: value for name, value in recipe.options.items() if name not in own}
    asked = {name: value for name, value in recipe.options.items() if name in own}
    seen = images if isinstance(images, ImageStream) else batch_of(model, images)
    features = TECHNIQUES["features"](model, seen, **taken, progress=Half(progress, 0))
    return function(features, **asked, progress=Half(progress, 1))


class Half:
    """One of two halves of a progress, in thousandths."""

    def __init__(self, progress: Progress, before: int) -> None:
        self.progress, self.before = progress, before
        watcher = getattr(progress, "show", None)
        if watcher is not None:
            self.show = watcher

    def __call__(self, done: int, total: int) -> None:
        self.progress(500 * self.before + round(500 * done / max(total, 1)), 1000)


def run(
    recipe: Recipe, images: Iterable[Any] = (), *, others: Iterable[Any] = (), progress: Progress = silent
) -> Result:
    """Make the numbers of a recipe again.

    Parameters
    ----------
    recipe : Recipe
    images : iterable of path, bytes or PIL image, or one image set
        Where to look for the images, which are recognised by their pixels, or for the tables and files of an
        evaluation. Bundled images and files that still lie where they were need not be given.
    progress : callable

    Returns
    -------
    Result
        Of the same type and, on the same machine and versions, the same digest.

    Raises
    ------
    ValueError
        When an image cannot be found, or the model's weights or preprocessing are not those of the recipe.
    """
    from vizlib.zoo.load import load_model

    if not recipe.model:
        return perform(recipe, None, find_images(recipe, images), progress)
    model = load_model(recipe.model, weights=recipe.weights, precision=recipe.precision)  # type: ignore[arg-type]
    _unchanged(model, change_of(recipe, model))
    return perform(recipe, model, find_images(recipe, images), progress, find_others(recipe, others))


def _unchanged(model: Any, change: str) -> None:
    if change:
        raise ValueError(
            f"The {change} of {model.name} changed since the recipe was written; restore the model's files."
        )


def load_stated(name: str, weights: str, digest: str, precision: Any = "float32") -> Any:
    """A second model that a recipe names; ValueError when its weights are others."""
    from vizlib.zoo.load import load_model

    model = load_model(name, weights=weights, precision=precision)
    _unchanged(model, "" if model.digest == digest else "weights")
    return model


def change_of(recipe: Recipe, model: Any) -> Literal["", "weights", "preprocessing"]:
    """What of a model is no longer as it was when the recipe was written."""
    if model.digest != recipe.weights_digest:
        return "weights"
    return "" if preprocessing(model.card) == recipe.preprocessing else "preprocessing"


def find_images(recipe: Recipe, images: Iterable[Any] = ()) -> Any:
    """The recipe's images, recognised by their pixels among those given, those named, and the bundled ones.

    A set of images is an ImageStream; tables and other files are their bytes.
    """
    if recipe.images and recipe.images[0]["digest"].startswith(FILE):
        return [_find_file(wanted, images) for wanted in recipe.images]
    if recipe.images and recipe.images[0]["digest"].startswith(MARK):
        return _find_set(recipe.images[0], images)
    single, sets = given_sets(images)
    found = {pixel_digest(image): image for image in map(_opened, single)}
    for wanted in recipe.images:
        if wanted["digest"] not in found:
            alike = (*like_in_sets(wanted["name"], sets), *_named_like(wanted["name"], recipe))
            found.update({pixel_digest(image): image for image in alike})
    missing = [wanted["name"] for wanted in recipe.images if wanted["digest"] not in found]
    if missing:
        where = "its file, or the folder or archive it is in," if NUMBER in missing[0] else "its file"
        raise ValueError(f"The image {missing[0]!r} was not found by its pixels; give {where} with --images.")
    return [found[wanted["digest"]] for wanted in recipe.images]


def find_others(recipe: Recipe, given: Iterable[Any] = ()) -> list[Any]:
    """The recipe's further weights, recognised by their digest among those given and those named."""
    if not recipe.others:
        return []
    from vizlib.zoo.solutions import solutions

    found = {one.digest: one for one in map(solutions, given)}
    for wanted in recipe.others:
        if wanted["digest"] not in found:
            one = solutions(wanted["name"]) if _is_here(wanted["name"]) else None
            found |= {one.digest: one} if one else {}
    missing = [wanted["name"] for wanted in recipe.others if wanted["digest"] not in found]
    if missing:
        raise ValueError(f"The weights {Path(missing[0]).name!r} were not found as they were; give their file.")
    return [replace(found[wanted["digest"]], name=wanted["name"]) for wanted in recipe.others]


def _is_here(name: str) -> bool:
    from vizlib.zoo.cards import list_models

    return Path(name).is_file() or Path(name).is_dir() or name.partition(":")[0] in {one.name for one in list_models()}


def _find_set(wanted: dict[str, str], given: Iterable[Any]) -> ImageStream:
    """The whole set of a recipe, recognised by its digest."""
    for place in (*given, wanted["name"]):
        if isinstance(place, (str, Path)) and names_set(place):
            place = image_stream(place)
        if isinstance(place, ImageStream) and place.digest == wanted["digest"]:
            return place
    raise ValueError(
        f"The image set {Path(wanted['name']).name!r} was not found as it was; give its folder with --images."
    )


def _find_file(wanted: dict[str, str], given: Iterable[Any]) -> bytes:
    """The bytes of a file, recognised by their digest."""
    for place in (*given, wanted["name"]):
        if isinstance(place, bytes) or (isinstance(place, (str, Path)) and Path(place).is_file()):
            content = place if isinstance(place, bytes) else Path(place).read_bytes()
            if file_digest(content) == wanted["digest"]:
                return content
    raise ValueError(f"The file {Path(wanted['name']).name!r} was not found as it was; give it with --table.")


def file_digest(content: bytes) -> str:
    """What a recipe knows a table or another file by."""
    return FILE + hashlib.sha256(content).hexdigest()


def _opened(image: Any) -> Image.Image:
    return image.convert("RGB") if isinstance(image, Image.Image) else read_image(image).image


def _named_like(name: str, recipe: Recipe) -> list[Image.Image]:
    from vizlib.data.imagesets import samples

    if Path(name).is_file():
        return [read_image(name).image]
    if names_one(name):
        return list(like_in_sets(name, [image_stream(name.rpartition(NUMBER)[0])]))
    return [image.convert("RGB") for sample, image in samples(recipe.model) if sample == name]
