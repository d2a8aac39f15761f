"""Recipes of evaluations: which examples are judged, stated so that they can be found and judged again."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

import numpy as np

from vizlib.core.options import checked_options
from vizlib.core.progress import Progress
from vizlib.core.recipe import FILE, Recipe, preprocessing, versions
from vizlib.core.results import Result
from vizlib.data.streams import ImageStream
from vizlib.evaluation.examples import Examples, matched, raw_scores
from vizlib.evaluation.judge import FILES, OWN, TABLES, TRUTH, judge
from vizlib.evaluation.tables import ScoreTable, column_of, examples_from, read_table
from vizlib.index import RECIPES


def of_model(
    card: Any, name: str, digest: str, images: ImageStream, *, weights: str = "default", precision: str = "float32"
) -> Recipe:
    """What a recipe says of a model's scores on an image set, before anything is asked of them."""
    stated = ({"name": images.name, "digest": images.digest},)
    how: dict[str, Any] = {"weights": weights, "precision": precision, "versions": versions()}
    return Recipe("", name, digest, stated, (), {}, preprocessing(card), **how)


def of_files(files: Sequence[tuple[str, str]], data: Mapping[str, Any] = MappingProxyType({})) -> Recipe:
    """The same of a table or of other files, by name and digest; ``data`` says what its columns mean."""
    stated = tuple({"name": name, "digest": FILE + digest.removeprefix(FILE)} for name, digest in files)
    return Recipe("", "", "", stated, (), {}, {}, versions=versions(), data=dict(data))


def judged(
    base: Recipe, technique: str, target: Sequence[int] = (), data: Mapping[str, Any] | None = None, **given: Any
) -> Recipe:
    """The recipe of an evaluation of these scores."""
    settings = checked_options(RECIPES[technique], given)
    return dataclasses.replace(
        base,
        technique=technique,
        target=tuple(target),
        options=settings,
        seed=settings.get("seed", 0),
        data={**base.data, **(data or {})},
    )


def answer(recipe: Recipe, model: Any, seen: Any, progress: Progress) -> Result:
    """Judge what was found: an image set under a model, or the bytes of files."""
    function, data = RECIPES[recipe.technique], recipe.data
    found: Result
    if recipe.technique in OWN:
        found = function(*data["boxes"], **recipe.options)
    elif recipe.technique in FILES:
        truth, said = (parsed(content, image["name"]) for content, image in zip(seen, recipe.images, strict=True))
        found = function(truth, said, **recipe.options, progress=progress)
    elif recipe.technique in TABLES:
        table = _table(recipe, seen)
        found = function(table.numbers(data["predicted"]), table.numbers(data["truth"]), **recipe.options)
    else:
        found = _of_examples(recipe, model, seen, progress)
    progress(1, 1)
    return found


def parsed(content: bytes, name: str) -> Any:
    """The content of a JSON file; ValueError in one sentence when it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise ValueError(f"{PurePath(name).name} is no JSON file; save it again from the tool that made it.") from None


def _table(recipe: Recipe, seen: Any) -> ScoreTable:
    return read_table(recipe.images[0]["name"], seen[0])


def _of_examples(recipe: Recipe, model: Any, seen: Any, progress: Progress) -> Result:
    function, asked = RECIPES[recipe.technique], (recipe.target, recipe.data, recipe.options)
    if not isinstance(seen, ImageStream):
        table = _table(recipe, seen)
        examples = examples_from(table, recipe.data)
        return judge(function, examples, *asked, lambda name: column_of_table(table, examples, name))
    examples, rows = of_set(model, seen, progress)
    other = of_set(_second(recipe.data["other"]), seen, progress)[0] if "other" in recipe.data else None
    return judge(function, examples, *asked, lambda name: column_of_set(seen, rows, examples, name), other)


def of_set(model: Any, images: ImageStream, progress: Progress) -> tuple[Examples, np.ndarray]:
    """A model's examples, and which images they are."""
    if images.labels is None:
        raise ValueError("The image set has no labels; put its pictures into one folder a class, or take scenes:512.")
    scores = raw_scores(model, images, progress=progress)
    return matched(scores, model.labels or tuple(map(str, range(scores.shape[1]))), images.labels, images.classes)


def _second(stated: Mapping[str, Any]) -> Any:
    """The model that is compared with."""
    from vizlib.core.recipe import load_stated

    return load_stated(stated["model"], stated["weights"], stated["weights_digest"])


def column_of_table(table: ScoreTable, examples: Examples, name: str) -> np.ndarray:
    """Values of a column, or the true class of every row."""
    return true_classes(examples) if name == TRUTH and name not in table.kinds else column_of(table, name)


def column_of_set(images: ImageStream, rows: np.ndarray, examples: Examples, name: str) -> np.ndarray:
    """How bundled scenes were made, or the true class of every image."""
    from vizlib.data.scene_facts import FACTS, scene_fact

    if name == TRUTH:
        return true_classes(examples)
    if not images.name.startswith("scenes:") or name not in FACTS:
        some = [TRUTH, *(FACTS if images.name.startswith("scenes:") else ())]
        raise ValueError(f"There is no column {name[:40]!r}; choose {', '.join(some)}.")
    return scene_fact(name, rows)


def true_classes(examples: Examples) -> np.ndarray:
    """The true class of every example, in words."""
    if examples.kind == "several":
        names = np.array(examples.names)
        return np.array([", ".join(names[marks]) or "none" for marks in examples.truth])
    found: np.ndarray = np.array(examples.told_apart)[examples.truth.astype(np.int64)]
    return found
