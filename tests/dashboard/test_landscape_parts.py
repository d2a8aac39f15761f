"""The page Loss landscape: seeds, paths, planes of checkpoints, and trainings, with weights of one's own."""

import numpy as np
import pytest
import torch
from safetensors.torch import save

import vizlib as vz
from dashboard.landscape import between, ways, weights
from vizlib.data.streams import image_stream
from vizlib.figures import interactive
from vizlib.landscapes.surface import loss_landscape
from vizlib.zoo.runs import training_run


@pytest.fixture
def page(app, settled, monkeypatch):
    monkeypatch.setattr(ways, "STEPS", 3)
    monkeypatch.setattr(between, "STEPS", 5)
    tab = app()
    tab.switch_page("../pages/loss_landscape.py").run()
    return settled(tab)


def words(tab):
    kinds = ("markdown", "caption", "info", "error")
    return " ".join(one.value for kind in kinds for one in tab.get(kind)).replace("\\", "")


def code(tab):
    return " ".join(one.value for one in tab.get("code"))


def press(tab, label):
    return next(button for button in tab.button if button.label == label).click().run()


def saved(run, number):
    return save(dict(training_run("digits-cnn", run).checkpoints[number]))


def test_several_seeds_are_drawn_with_their_band_and_a_recipe(page, settled):
    page.session_state["landscape/line seeds"] = 2
    tab = settled(press(settled(page.run()), "Compute the lines"))
    assert not tab.exception
    assert "along 2 filter-normalised random directions" in words(tab)
    assert "vizlib loss_lines --model digits-cnn digits:360 --seeds 2" in code(tab)


def test_the_path_to_a_kept_training_names_it_in_its_recipe(page, settled):
    page.session_state["landscape path/other/digits-cnn"] = "digits-cnn:l2"
    tab = settled(press(settled(page.run()), "Compute the path"))
    assert not tab.exception
    assert "barrier" in words(tab)
    assert "--other digits-cnn:l2" in code(tab)


def test_a_path_leads_to_weights_of_ones_own(page, settled):
    page.session_state["landscape path/other/digits-cnn"] = weights.YOURS
    page.session_state["landscape path/other/brought"] = (("mine.safetensors", saved("l2", -1)),)
    tab = settled(page.run())
    assert "1 read: mine.safetensors" in words(tab)
    tab = settled(press(tab, "Compute the path"))
    assert not tab.exception
    assert "--other mine.safetensors" in code(tab)
    model, images = vz.load_model("digits-cnn"), image_stream("digits:360")
    known = vz.loss_path(model, dict(training_run("digits-cnn", "l2").checkpoints[-1]), images, images.labels, steps=5)
    assert f"{known.distance:.3g} apart" in words(tab)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"not weights at all", "mine.safetensors: "),
        (save({"conv1.weight": torch.full((2,), torch.nan)}), "NaN"),
        (save({"conv1.weight": torch.zeros(2)}), "weights of the same network; conv1.weight is missing or differs"),
    ],
)
def test_weights_that_do_not_fit_are_refused_in_one_sentence(page, settled, content, sentence):
    page.session_state["landscape path/other/digits-cnn"] = weights.YOURS
    page.session_state["landscape path/other/brought"] = (("mine.safetensors", content),)
    tab = settled(page.run())
    if any(button.label == "Compute the path" for button in tab.button):
        tab = settled(press(tab, "Compute the path"))
    assert not tab.exception
    assert [sentence in error.value.replace("\\", "") for error in tab.error] == [True]


@pytest.mark.parametrize(
    ("directions", "said"), [("trajectory", "main components of a traj"), ("checkpoints", "three")]
)
def test_a_plane_goes_through_checkpoints(page, settled, directions, said):
    page.session_state["landscape/directions"] = directions
    page.session_state["landscape/steps"] = 7
    tab = settled(press(settled(page.run()), "Compute"))
    assert not tab.exception
    assert said in words(tab)
    assert f"--checkpoints digits-cnn:adagrad{' digits-cnn:adam' if directions == 'checkpoints' else ''}" in code(tab)


def test_checkpoints_of_ones_own_are_drawn_as_one_training_in_the_order_of_their_numbers(page, settled):
    files = [(f"step_{number}.safetensors", saved("adam", number)) for number in (10, 2, 0)]
    page.session_state["landscape own ways/which/digits-cnn"] = [weights.YOURS]
    page.session_state["landscape own ways/which/brought"] = tuple(
        sorted(files, key=lambda one: weights._counted(one[0]))
    )
    tab = settled(press(settled(page.run()), "Compute the trajectories"))
    assert not tab.exception
    assert "--checkpoints step_0.safetensors step_2.safetensors step_10.safetensors" in code(tab)
    assert "random walk gives 75.0% + 25.0%" in words(tab)


def test_the_stored_trainings_can_be_made_again_and_kept(page):
    assert "vizlib trajectory --model digits-cnn digits:360 --checkpoints digits-cnn:sgd" in code(page)
    assert sum(button.label == "Add to report" for button in page.button) == 2
    assert sum(button.label == "Pin" for button in page.button) == 2


def test_every_node_of_a_landscape_can_be_clicked():
    model, images = vz.load_model("digits-cnn"), image_stream("digits:60")
    found = loss_landscape(model, images, images.labels, steps=5)
    drawn = interactive.figure(found, row=1, column=2)
    nodes = next(trace for trace in drawn.data if trace.customdata is not None and trace.type == "scatter")
    row, column = divmod(int(nodes.customdata[7]), 5)
    assert (row, column) == (1, 2)
    assert (nodes.x[7], nodes.y[7]) == (found.axis[2], found.rows[1])
    assert nodes.text[7] == f"{found.losses[1, 2]:.4g}"
    assert np.isfinite(found.losses).all()


def test_a_click_moves_the_cut_and_computes_nothing(page, settled):
    from dashboard.landscape.controls import PLACE

    before = page.session_state[f"{PLACE}/last"][1].result.digest()
    page.session_state[f"{PLACE}/row"], page.session_state[f"{PLACE}/column"] = divmod(45, 21)
    tab = settled(page.run())
    assert tab.session_state[f"{PLACE}/last"][1].result.digest() == before
    slices = next(one.proto.spec for one in tab.get("plotly_chart") if "distance along the slice" in one.proto.spec)
    assert "direction 1, at -0.8 along 2" in slices


def test_a_set_whose_classes_the_model_does_not_know_is_refused_before_anything_is_computed(page, settled):
    page.session_state["image set labelled"] = "scenes:400"
    tab = settled(page.run())
    assert not tab.exception
    assert "The model knows no class 'boat'; name the folders of the image set like its classes." in words(tab)
    assert not any(button.label.startswith(("Compute", "Measure")) for button in tab.button)
