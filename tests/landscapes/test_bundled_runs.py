"""The five trainings of the bundled digits network, on one plane."""

import numpy as np
import pytest
import torch
from toys import one_thread  # noqa: F401

import vizlib as vz
from vizlib.core.predict import batch_of
from vizlib.data.streams import image_stream
from vizlib.zoo.runs import training_runs

FIVE = ("sgd", "momentum", "adagrad", "rmsprop", "adam")


@pytest.fixture(scope="module")
def heldout():
    stream = image_stream("digits:360")
    model = vz.load_model("digits-cnn")
    return model, batch_of(model, [stream.read(index) for index in range(360)]), stream.labels


@pytest.fixture(scope="module")
def found(heldout):
    model, images, labels = heldout
    runs = training_runs("digits-cnn")
    return vz.trajectory({name: runs[name].checkpoints for name in FIVE}, model, images, labels, steps=3)


@pytest.mark.parametrize("name", FIVE)
def test_a_trajectory_ends_where_its_checkpoint_says(found, name):
    last = np.flatnonzero(found.runs == FIVE.index(name))[-1]
    said = training_runs("digits-cnn")[name]
    assert found.losses[last] == pytest.approx(said.heldout_loss, abs=2e-4)
    assert found.accuracy[last] == pytest.approx(said.heldout_accuracy, abs=1e-3)


def test_all_trainings_begin_at_one_point(found):
    starts = [found.points[np.flatnonzero(found.runs == run)[0]] for run in range(5)]
    np.testing.assert_allclose(starts, [starts[0]] * 5, atol=1e-5)


def test_distances_split_into_on_and_outside_the_plane(found):
    np.testing.assert_allclose(
        np.square(found.points).sum(1) + found.outside**2, found.distance**2, rtol=1e-9, atol=1e-12
    )


def test_the_shadow_of_the_origin_is_the_origin(found):
    origin = np.flatnonzero(found.runs == 0)[-1]
    assert found.distance[origin] == 0
    assert found.projected[origin] == pytest.approx(found.losses[origin], abs=1e-6)
    assert found.surface.banners() == ()


def test_the_random_walk_is_printed_beside_the_explained_share(found):
    assert "60.8% + 15.2%" in found.notes[-1]
    assert found.explained.sum() == pytest.approx(1)


def test_one_checkpoint_or_foreign_weights_are_refused(heldout):
    model, images, labels = heldout
    with pytest.raises(ValueError, match="at least two"):
        vz.trajectory([model], model, images, labels, steps=3)
    with pytest.raises(ValueError, match=r"same network; conv1\.weight"):
        vz.trajectory([model, {"conv1.weight": torch.zeros(1)}], model, images, labels, steps=3)
