"""Evaluations have recipes too: whose scores on which set, or which columns of which table, and all is made again."""

import dataclasses
import io
import json
from pathlib import Path

import numpy as np
import pytest

import vizlib as vz
from vizlib.__main__ import main
from vizlib.core.judged import judged, of_files, of_model
from vizlib.core.metadata import read_recipe
from vizlib.core.options import options
from vizlib.core.recipe import file_digest, perform
from vizlib.data.streams import image_stream
from vizlib.evaluation.boxes import compare_boxes, nms
from vizlib.evaluation.examples import examples_of
from vizlib.figures.export import to_bytes
from vizlib.index import JUDGED, RECIPES

APART = ("compare_auc", "regression", "mean_average_precision", "compare_boxes", "nms")
WITH_EXAMPLES = tuple(name for name in JUDGED if name not in APART)
TABLE = b"score,other,label,part\n0.9,0.8,1,a\n0.2,0.3,0,b\n0.6,0.1,0,a\n0.7,0.9,1,b\n0.1,0.4,0,b\n0.5,0.5,1,a\n"


@pytest.fixture(scope="module")
def model():
    return vz.load_model("digits-cnn")


@pytest.fixture(scope="module")
def digits():
    return image_stream("digits:120")


@pytest.fixture(scope="module")
def scores(model, digits):
    return of_model(model.card, model.name, model.digest, digits)


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_an_evaluation_of_a_model_survives_json_and_gives_the_same_numbers(name, scores, model, digits):
    many = name in ("roc_curves", "pr_curves", "confusion", "calibration", "slice_accuracy")
    recipe = judged(scores, name, () if many else (3,))
    again = vz.Recipe.from_json(recipe.to_json())
    assert (again, again.digest()) == (recipe, recipe.digest())
    found = perform(again, model, digits, lambda done, total: None)
    assert found.digest() == vz.run(again).digest()
    assert read_recipe(to_bytes(found, "png", recipe=recipe)) == (recipe, found.digest())


@pytest.mark.parametrize("name", JUDGED)
def test_every_evaluation_declares_its_settings_with_help_and_limits(name):
    for option in options(RECIPES[name]):
        assert option.help.endswith("."), option
        assert option.check(option.default, name) == option.default


def test_the_recipe_of_a_curve_is_the_curve_that_a_notebook_draws(scores, model, digits):
    said = examples_of(model, digits)
    curve = vz.roc_curve(said.scores[:, 3], said.truth == 3, method="delong")
    assert vz.run(judged(scores, "roc_curve", (3,), method="delong")).digest() == curve.digest()
    pooled = vz.pr_curve(said.scores.ravel(), (said.truth[:, None] == np.arange(10)).ravel())
    assert vz.run(judged(scores, "pr_curve")).digest() == pooled.digest()


def test_a_recipe_tells_classes_columns_and_options_apart(scores):
    recipes = [
        judged(scores, "roc_curve", (3,)), judged(scores, "roc_curve", (4,)), judged(scores, "roc_curve"),
        judged(scores, "roc_curve", (3,), level=0.9), judged(scores, "pr_curve", (3,)),
        judged(scores, "fold_curves", (3,), {"folds": 4}), judged(scores, "fold_curves", (3,), {"folds": 5}),
    ]  # fmt: skip
    assert len({recipe.digest() for recipe in recipes}) == len(recipes)
    with pytest.raises(ValueError, match=r"level must be a number from 0\.5"):
        judged(scores, "roc_curve", level=2.0)


def test_two_models_are_compared_from_one_recipe_and_other_weights_are_refused(model, digits, scores):
    stated = {"model": "digits-cnn", "weights": "random", "weights_digest": vz.load_model("digits-cnn", weights="random").digest}  # fmt: skip  # noqa: E501
    recipe = judged(scores, "compare_auc", (3,), {"other": stated})
    mine, theirs = examples_of(model, digits), examples_of(vz.load_model("digits-cnn", weights="random"), digits)
    wanted = vz.compare_auc(mine.scores[:, 3], theirs.scores[:, 3], mine.truth == 3)
    assert vz.run(recipe).digest() == wanted.digest()
    strange = dataclasses.replace(recipe, data={"other": {**stated, "weights_digest": "0"}})
    with pytest.raises(ValueError, match="weights of digits-cnn changed"):
        vz.run(strange)


def test_a_table_is_found_by_its_bytes_wherever_it_lies(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    columns = {"kind": "binary", "scores": ["score"], "labels": ["label"], "positive": "1"}
    recipe = judged(of_files([("mine.csv", file_digest(TABLE))], columns), "roc_curve")
    with pytest.raises(ValueError, match=r"'mine\.csv' was not found as it was; give it with --table"):
        vz.run(recipe)
    wanted = vz.roc_curve([0.9, 0.2, 0.6, 0.7, 0.1, 0.5], [1, 0, 0, 1, 0, 1])
    Path("moved.csv").write_bytes(TABLE)
    assert vz.run(recipe, ["moved.csv"]).digest() == vz.run(recipe, [TABLE]).digest() == wanted.digest()
    Path("mine.csv").write_bytes(TABLE + b"0.3,0.3,0,a\n")
    with pytest.raises(ValueError, match="not found as it was"):
        vz.run(recipe)


def test_the_shell_draws_an_evaluation_and_makes_it_again(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_bytes(TABLE)
    for line in (
        "roc_curve --model digits-cnn digits:60 --target 3 --method delong -o a.png",
        "slice_auc --table t.csv --scores score --labels label --column part -o a.png",
        "fold_curves --table t.csv --scores score --labels label --column part -o a.png",
        "regression --table t.csv --scores other --labels score -o a.png",
    ):
        assert main(line.split()) == 0, capsys.readouterr().err
        assert main(["rerun", "a.png"]) == 0
        assert "same: the numbers are identical" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("roc_curve", "--model NAME and an image set, or --table FILE"),
        ("roc_curve --model digits-cnn", "name one image set with labels"),
        ("roc_curve --model digits-cnn digits:20 --target cup", "There is no class 'cup'"),
        ("roc_curve --table t.csv --scores score --labels nothing", "no column 'nothing'"),
        ("roc_curve --table t.csv --level 7", "level must be a number"),
        ("compare_auc --model digits-cnn digits:20 --target 3", "name it with --other"),
        ("mean_average_precision t.csv", "two JSON files"),
        ("mean_average_precision t.csv t.csv", "is no JSON file"),
        ("slice_accuracy --model digits-cnn digits:20 --column size", "no column 'size'; choose true class"),
        ("roc_curv --table t.csv", "did you mean roc_curve"),
    ],
)
def test_a_mistake_on_the_shell_is_one_sentence(line, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_bytes(TABLE)
    assert main(line.split()) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1


def test_boxes_are_in_the_recipe_itself():
    pair = [[0, 0, 50, 50], [25, 0, 75, 50]]
    assert vz.run(judged(of_files([], {"boxes": pair}), "compare_boxes")).digest() == compare_boxes(*pair).digest()
    many = [pair, [0.9, 0.8]]
    recipe = vz.Recipe.from_json(judged(of_files([], {"boxes": many}), "nms", threshold=0.3).to_json())
    assert vz.run(recipe).digest() == nms(*many, threshold=0.3).digest()


def test_boxes_of_two_files_are_judged_again(tmp_path):
    truth = {"images": [{"id": 1}], "categories": [{"id": 1, "name": "cup"}]}
    truth["annotations"] = [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 9, 9]}]
    said = [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 9, 8], "score": 0.5}]
    for name, content in (("truth", truth), ("said", said)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    given = [str(tmp_path / f"{name}.json") for name in ("truth", "said")]
    assert main(["mean_average_precision", *given, "-o", str(tmp_path / "ap.npz")]) == 0
    assert main(["rerun", str(tmp_path / "ap.npz")]) == 0


def test_several_classes_and_words_of_a_table_are_told_apart(tmp_path):
    content = io.BytesIO()
    np.savez(content, s=np.random.default_rng(0).random((30, 2)), t=np.random.default_rng(1).integers(0, 2, (30, 2)))
    columns = {"kind": "several", "scores": ["s 0", "s 1"], "labels": ["t 0", "t 1"]}
    base = of_files([("x.npz", file_digest(content.getvalue()))], columns)
    found = vz.run(judged(base, "roc_curves"), [content.getvalue()])
    assert found.names == ("0", "1")
    with pytest.raises(ValueError, match="classes that exclude each other"):
        vz.run(judged(base, "confusion"), [content.getvalue()])
