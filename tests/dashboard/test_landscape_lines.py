"""The lines under a landscape make it again, in Python and from a shell."""

import shlex

import pytest

import vizlib as vz
from dashboard.export import python_lines, shell_line
from vizlib.__main__ import main
from vizlib.core.metadata import read_recipe
from vizlib.core.recipe import perform, recipe_for
from vizlib.data.streams import image_stream
from vizlib.zoo.solutions import solutions

ASKED = {
    "loss_lines": ({"steps": 3, "seeds": 2}, []),
    "loss_path": ({"steps": 3}, ["digits-cnn:l2"]),
    "trajectory": ({"steps": 3}, ["digits-cnn:adam", "digits-cnn:sgd"]),
    "loss_landscape": ({"steps": 3, "directions": "checkpoints"}, ["digits-cnn:adam", "digits-cnn:sgd"]),
    "hessian": ({"k": 1, "iterations": 3, "probes": 2}, []),
}


@pytest.fixture(scope="module")
def model():
    return vz.load_model("digits-cnn")


def asked(technique, model):
    options, names = ASKED[technique]
    images = image_stream("digits:60")
    return recipe_for(technique, model, images, others=[solutions(name) for name in names], **options), images


@pytest.mark.parametrize("technique", ASKED)
def test_the_python_lines_make_the_same_numbers(technique, model):
    recipe, images = asked(technique, model)
    made = {}
    exec(python_lines(recipe), made)
    assert made["result"].digest() == perform(recipe, model, images).digest()


@pytest.mark.parametrize("technique", ASKED)
def test_the_shell_line_asks_the_same_question(technique, model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    recipe, _images = asked(technique, model)
    words = shlex.split(shell_line(recipe))
    assert main([*words[3:-2], "-o", "made.json"]) == 0
    assert read_recipe(tmp_path / "made.json")[0].digest() == recipe.digest()


def test_the_look_of_a_landscape_is_chosen_in_the_shell_and_changes_no_number(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    asked_for = ["loss_landscape", "--model", "digits-cnn", "digits:60", "--steps", "3"]
    assert main([*asked_for, "--view", "surface", "--log", "--azimuth", "20", "-o", "surface.svg"]) == 0
    assert main(["rerun", "surface.svg", "--view", "contour", "-o", "contour.svg"]) == 0
    assert "same: the numbers are identical" in capsys.readouterr().out
    assert "direction 1" in (tmp_path / "surface.svg").read_text()
    assert "along direction 1" in (tmp_path / "contour.svg").read_text()
