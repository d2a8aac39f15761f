"""Further weights are found by name, and a recipe knows them by what they are."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import vizlib as vz
from vizlib.__main__ import main
from vizlib.core.metadata import read_recipe
from vizlib.core.recipe import perform, recipe_for
from vizlib.data.streams import image_stream
from vizlib.zoo.runs import run_names, training_run
from vizlib.zoo.solutions import solutions, trainings

IMAGES = "digits:60"


@pytest.fixture(scope="module")
def model():
    return vz.load_model("digits-cnn")


def end_of(run):
    return dict(training_run("digits-cnn", run).checkpoints[-1])


def test_a_training_holds_its_checkpoints_and_one_of_them_is_named_by_its_steps():
    kept = training_run("digits-cnn", "adam")
    assert len(solutions("digits-cnn:adam").states) == len(kept.steps)
    last = solutions(f"digits-cnn:adam@{kept.steps[-1]}").states
    assert len(last) == 1
    assert all(torch.equal(last[0][name], tensor) for name, tensor in kept.checkpoints[-1].items())


def test_the_same_weights_have_one_digest_wherever_they_come_from(tmp_path):
    save_file(end_of("l2"), tmp_path / "mine.safetensors")
    step = training_run("digits-cnn", "l2").steps[-1]
    assert solutions(tmp_path / "mine.safetensors").digest == solutions(f"digits-cnn:l2@{step}").digest
    assert solutions("digits-cnn:l2").digest != solutions("digits-cnn:adam").digest


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("digits-cnn:nix", "digits-cnn has no kept training 'nix'; it has adagrad, adam"),
        ("digits-cnn:adam@7", "digits-cnn:adam was kept after the steps 0, "),
        ("nothing-like-it", "There is no model 'nothing-like-it'"),
    ],
)
def test_weights_that_are_not_there_are_refused_with_what_there_is(name, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        solutions(name)


def test_single_files_are_the_checkpoints_of_one_training():
    first, *rest = (solutions(f"digits-cnn:adam@{step}") for step in training_run("digits-cnn", "adam").steps[:3])
    found = trainings([first, solutions("digits-cnn:sgd"), *rest])
    assert {name: len(states) for name, states in found.items()} == {"training": 3, "sgd": 12}


def test_a_path_from_its_recipe_is_the_path_between_the_two(model):
    images = image_stream(IMAGES)
    recipe = recipe_for("loss_path", model, images, others=[solutions("digits-cnn:l2")], steps=5)
    found = perform(recipe, model, images)
    wanted = vz.loss_path(model, end_of("l2"), images, images.labels, steps=5)
    np.testing.assert_array_equal(found.losses, wanted.losses)
    assert vz.run(vz.Recipe.from_json(recipe.to_json())).digest() == found.digest()


def test_other_weights_are_another_question(model):
    images = image_stream(IMAGES)
    digests = {
        recipe_for("loss_path", model, images, others=[solutions(f"digits-cnn:{run}")]).digest()
        for run in run_names("digits-cnn")
    }
    assert len(digests) == len(run_names("digits-cnn"))


@pytest.mark.parametrize("directions", ["trajectory", "checkpoints"])
def test_a_plane_through_checkpoints_has_a_recipe(directions, model):
    images, others = image_stream(IMAGES), [solutions("digits-cnn:adam"), solutions("digits-cnn:sgd")]
    recipe = recipe_for("loss_landscape", model, images, others=others, steps=3, directions=directions)
    found = perform(recipe, model, images, others=others)
    assert len(found.marks) == (25 if directions == "trajectory" else 3)
    assert vz.run(vz.Recipe.from_json(recipe.to_json())).digest() == found.digest()


def test_weights_files_that_moved_are_found_by_what_they_hold(model, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    save_file(end_of("l2"), "mine.safetensors")
    assert main(["loss_path", "--model", "digits-cnn", IMAGES, "--other", "mine.safetensors", "-o", "path.png"]) == 0
    (tmp_path / "mine.safetensors").rename("moved.safetensors")
    assert main(["rerun", "path.png"]) == 2
    assert "The weights 'mine.safetensors' were not found as they were" in capsys.readouterr().err
    assert main(["rerun", "path.png", "--others", "moved.safetensors"]) == 0
    assert "same: the numbers are identical" in capsys.readouterr().out
    assert read_recipe(tmp_path / "path.png")[0].others[0]["name"] == "mine.safetensors"


@pytest.mark.parametrize(
    ("technique", "names", "sentence"),
    [
        ("loss_path", [], "give further weights: a training such as digits-cnn:adam"),
        ("trajectory", [], "give further weights"),
        ("loss_path", ["digits-cnn:l1", "digits-cnn:l2"], "give one other set of weights; got 2"),
        ("hessian", ["digits-cnn:l2"], "it takes no further weights"),
    ],
)
def test_missing_or_needless_weights_are_refused(technique, names, sentence, model):
    with pytest.raises(ValueError, match=f"^{technique}: {sentence}"):
        recipe_for(
            technique,
            model,
            image_stream(IMAGES),
            others=[solutions(name) for name in names],
            **{"k": 1} if technique == "hessian" else {},
        )
