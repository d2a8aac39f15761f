"""The lines that make an evaluation again, in a shell and in Python."""

import shlex
from typing import Any

import streamlit as st

from dashboard.text import _
from vizlib.core.options import options
from vizlib.core.recipe import FILE, Recipe
from vizlib.evaluation.judge import FILES, OWN, TABLES, TRUTH
from vizlib.index import RECIPES

SAVED = "figure.pdf"
NEEDED = {
    "true_classes": "from vizlib.core.judged import true_classes",
    "scene_fact": "from vizlib.data.scene_facts import scene_fact",
    "stratified_folds": "from vizlib.evaluation.crossvalidation import stratified_folds",
    "probabilities": "from vizlib.evaluation.judge import probabilities",
}


def code_lines(recipe: Recipe, place: str) -> None:
    """A button that shows them."""
    with st.popover(_("Code"), icon=":material/code:", key=f"code {place}", help=_("Recipe, Python and shell")):
        st.code(shell_line(recipe), language="bash", wrap_lines=True)
        st.code(python_lines(recipe), language="python", wrap_lines=True)
        st.caption(_("Recipe {digest}").format(digest=f"`{recipe.digest()}`"))


def shell_line(recipe: Recipe) -> str:
    """The same figure from a shell; of boxes that were moved, the saved figure brings them along."""
    start, names = ["python", "-m", "vizlib"], [image["name"] for image in recipe.images]
    if recipe.technique in OWN:
        return shlex.join([*start, "rerun", SAVED, "-o", "again.pdf"])
    table = bool(names) and recipe.images[0]["digest"].startswith(FILE) and recipe.technique not in FILES
    words = [*start, recipe.technique, *(["--table"] if table else []), *names]
    words += ["--model", recipe.model] if recipe.model else []
    words += ["--weights", recipe.weights] if recipe.weights != "default" else []
    words += ["--target", str(recipe.target[0])] if recipe.target else []
    words += _columns(recipe.data)
    for name, value in changed(recipe).items():
        words += [f"--{name.replace('_', '-')}", str(value)]
    return shlex.join([*words, "-o", f"{recipe.technique}.pdf"])


def _columns(data: dict[str, Any]) -> list[str]:
    """Flags for what the columns of a table mean, for slices, folds and a second model."""
    if "predicted" in data:
        return ["--scores", data["predicted"], "--labels", data["truth"]]
    words = [part for key in ("scores", "labels") if key in data for part in (f"--{key}", ",".join(data[key]))]
    words += [part for key in ("positive", "column", "folds") if key in data for part in (f"--{key}", str(data[key]))]
    return words + (["--other", data["other"]["model"]] if "other" in data else [])


def changed(recipe: Recipe) -> dict[str, Any]:
    """Settings that are not as they come."""
    usual = {option.name: option.default for option in options(RECIPES[recipe.technique])}
    return {name: value for name, value in recipe.options.items() if value != usual[name]}


def python_lines(recipe: Recipe) -> str:
    """The same numbers in a notebook."""
    given = "".join(f", {name}={value!r}" for name, value in changed(recipe).items())
    lines, data = _source(recipe), _arguments(recipe)
    place = lines.index("import vizlib as vz") + 1
    lines[place:place] = [line for name, line in NEEDED.items() if f"{name}(" in data]
    return "\n".join([*lines, f"result = vz.{recipe.technique}({data}{given})"])


def _source(recipe: Recipe) -> list[str]:
    """Lines that bring what is judged."""
    names, data = [image["name"] for image in recipe.images], recipe.data
    if recipe.technique in OWN:
        return ["import vizlib as vz", ""]
    if recipe.technique in FILES:
        opened = [f"{name} = json.load(open({file!r}))" for name, file in zip(("truth", "found"), names, strict=True)]
        return ["import json", "", "import vizlib as vz", "", *opened]
    if recipe.model:
        lines = ["import vizlib as vz", "from vizlib.data.streams import image_stream"]
        lines += ["from vizlib.evaluation.examples import examples_of", ""]
        lines += [f"images = image_stream({names[0]!r})", f"said = examples_of({_model(recipe)}, images)"]
        second = data.get("other")
        return [*lines, *([f"other = examples_of(vz.load_model({second['model']!r}), images)"] if second else [])]
    lines = ["from pathlib import Path", "", "import vizlib as vz"]
    lines += ["from vizlib.evaluation.tables import column_of, examples_from, read_table", ""]
    lines += [f"table = read_table({names[0]!r}, Path({names[0]!r}).read_bytes())"]
    columns = {key: value for key, value in data.items() if key in ("kind", "scores", "labels", "positive")}
    return lines if recipe.technique in TABLES else [*lines, f"said = examples_from(table, {columns!r})"]


def _model(recipe: Recipe) -> str:
    how = ', weights="random"' if recipe.weights == "random" else ""
    return f"vz.load_model({recipe.model!r}{how})"


def _arguments(recipe: Recipe) -> str:
    """What goes into the function, as it is written."""
    name, data = recipe.technique, recipe.data
    if name in OWN:
        return ", ".join(map(repr, data["boxes"]))
    if name in FILES:
        return "truth, found"
    if name in TABLES:
        return f"table.numbers({data['predicted']!r}), table.numbers({data['truth']!r})"
    if name in ("roc_curves", "pr_curves"):
        return f"said.scores, said.{'marks()' if data.get('kind') == 'binary' else 'truth'}, names=said.names"
    if name == "confusion":
        return "said.predicted(), said.truth, names=said.told_apart"
    if name == "calibration":
        return "probabilities(said), said.truth" if recipe.data else "said.scores, said.truth"
    return _of_one(recipe)


def _of_one(recipe: Recipe) -> str:
    """Scores and truth of one class, and what else goes with them."""
    name, data = recipe.technique, recipe.data
    number = recipe.target[0] if recipe.target else 0
    pooled = not recipe.target and data.get("kind") != "binary"
    scores = "said.scores.ravel()" if pooled else f"said.scores[:, {number}]"
    truth = "said.marks().ravel()" if pooled else f"said.positive({number})"
    column = data.get("column")
    values = f"column_of(table, {column!r})" if column != TRUTH and not recipe.model else _facts(column)
    if name == "slice_accuracy":
        return f"said.predicted() == said.truth, {values}, name={column!r}"
    if name == "slice_auc":
        return f"{scores}, {truth}, {values}, name={column!r}"
    if name == "fold_curves":
        folds = values if column else f"stratified_folds({truth}, {data.get('folds')})"
        return f"{scores}, {truth}, {folds}"
    if name == "compare_auc":
        return f"{scores}, other.scores[:, other.names.index(said.names[{number}])], {truth}"
    return f"{scores}, {truth}"


def _facts(column: str | None) -> str:
    return "true_classes(said)" if column in (None, TRUTH) else f"scene_fact({column!r}, range(len(said.scores)))"
