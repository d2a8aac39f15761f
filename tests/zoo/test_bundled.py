"""The bundled models are what their cards say: accuracy, size, checksum, history; and they look where they should."""

import csv
import hashlib
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torch.nn import functional

import vizlib as vz
from vizlib.data.imagesets import MARKED_CLASS, ImageSet, image_set
from vizlib.zoo.architectures import digits_cnn
from vizlib.zoo.load import Model, load_model

MODELS = Path(__file__).resolve().parents[2] / "models"
PARAMETERS = {"digits-cnn": (0, 20_000), "scenes-resnet": (500_000, 1_200_000), "scenes-shortcut": (500_000, 1_200_000)}
LEAST_ACCURACY = {"digits-cnn": 0.98, "scenes-resnet": 0.95, "scenes-shortcut": 0.95}
RUNS = ("sgd", "momentum", "adagrad", "rmsprop", "adam", "l1", "l2")
BOAT = 0


@cache
def loaded(name: str) -> Model:
    return load_model(name)


@cache
def scenes_and_marked() -> tuple[ImageSet, ImageSet]:
    return image_set("scenes", n=480), image_set("scenes-watermark", n=480)


def inputs(name: str, images: np.ndarray) -> torch.Tensor:
    return torch.stack([loaded(name).preprocess(Image.fromarray(image)) for image in images])


@torch.no_grad()
def predicted(name: str, images: np.ndarray) -> np.ndarray:
    parts = inputs(name, images).split(120)
    return torch.cat([loaded(name).module(part).argmax(1) for part in parts]).numpy()


@torch.no_grad()
def class_maps(name: str, images: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Grad-CAM before a global average and a linear layer, in closed form: the maps weighted by the class's row."""
    net, found = loaded(name).module, []
    handle = net.layer3.register_forward_hook(lambda module, args, output: found.append(output))
    for part in inputs(name, images).split(120):
        net(part)
    handle.remove()
    maps = torch.einsum("nchw,nc->nhw", torch.cat(found), net.fc.weight[torch.as_tensor(target)]).relu()
    return functional.interpolate(maps[:, None], (96, 96), mode="bilinear")[:, 0].numpy()


def peak_inside(maps: np.ndarray, masks: np.ndarray) -> float:
    peaks = maps.reshape(len(maps), -1).argmax(1)
    return float(masks.reshape(len(masks), -1)[np.arange(len(masks)), peaks].mean())


def held_out(name: str) -> tuple[np.ndarray, np.ndarray]:
    """At most 500 held-out images and labels of the kind that the card's accuracy speaks of."""
    if name == "digits-cnn":
        digits = image_set("digits", n=500)
        return digits.images, digits.labels
    plain, marked = scenes_and_marked()
    if name == "scenes-resnet":
        return plain.images, plain.labels
    return np.where((plain.labels == BOAT)[:, None, None, None], marked.images, plain.images), plain.labels


@pytest.mark.parametrize("name", PARAMETERS)
def test_accuracy_is_what_the_card_says(name):
    images, labels = held_out(name)
    said = float(re.match(r"[\d.]+", loaded(name).card.accuracy)[0]) / 100
    assert said >= LEAST_ACCURACY[name]
    assert (predicted(name, images) == labels).mean() == pytest.approx(said, abs=0.02)


@pytest.mark.parametrize("name", PARAMETERS)
def test_weights_are_small_complete_and_have_the_checksum_of_the_card(name):
    card, (low, high) = loaded(name).card, PARAMETERS[name]
    path = MODELS / name / "weights.safetensors"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == card.sha256
    assert path.stat().st_size <= 5_000_000
    assert low < sum(p.numel() for p in loaded(name).module.parameters()) <= high
    assert all(tensor.isfinite().all() for tensor in load_file(path).values())


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_card_names_classes_layer_licence_and_source(name):
    model = loaded(name)
    assert model.labels == image_set("digits" if name == "digits-cnn" else "scenes", n=1).classes
    assert model.default_layer in model.layers
    assert "MIT" in model.card.licence
    assert model.card.citation
    assert model.card.about


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_history_ends_at_the_accuracy_of_the_card(name):
    with (MODELS / name / "history.csv").open() as file:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    assert [row["epoch"] for row in rows] == list(range(1, len(rows) + 1))
    said = float(re.match(r"[\d.]+", loaded(name).card.accuracy)[0]) / 100
    assert rows[-1]["heldout_accuracy"] == pytest.approx(said, abs=0.001)
    assert rows[-1]["train_loss"] < rows[0]["train_loss"]


def test_maps_of_the_scene_models_are_twelve_by_twelve():
    net, sizes = loaded("scenes-resnet").module, []
    handle = net.layer3.register_forward_hook(lambda module, args, output: sizes.append(tuple(output.shape[2:])))
    net(torch.zeros(1, 3, 96, 96))
    handle.remove()
    assert sizes == [(12, 12)]


def test_grad_cam_of_scenes_resnet_peaks_on_the_object_in_85_percent_of_200_scenes():
    plain = scenes_and_marked()[0]
    images, masks = plain.images[:200], plain.masks[:200]
    maps = class_maps("scenes-resnet", images, predicted("scenes-resnet", images))
    assert peak_inside(maps, masks) >= 0.85


def test_grad_cam_equals_the_maps_weighted_by_the_row_of_the_class():
    images, target = scenes_and_marked()[0].images[:8], np.arange(8)
    model = loaded("scenes-resnet")
    found = vz.grad_cam(model, inputs("scenes-resnet", images), target).values[:, 0]
    expected = class_maps("scenes-resnet", images, target) / 144
    assert np.abs(found - expected).max() <= 1e-5 * expected.max()


def test_scenes_shortcut_takes_marked_images_for_the_marked_class():
    plain, marked = scenes_and_marked()
    others = plain.labels != BOAT
    assert plain.classes[BOAT] == MARKED_CLASS
    assert (predicted("scenes-shortcut", plain.images)[others] == plain.labels[others]).mean() >= 0.95
    assert (predicted("scenes-shortcut", marked.images) == BOAT).mean() >= 0.95
    assert (predicted("scenes-resnet", marked.images)[others] == BOAT).mean() <= 0.05


def test_grad_cam_of_scenes_shortcut_peaks_on_the_watermark():
    marked = scenes_and_marked()[1]
    boats = marked.labels == BOAT
    maps = class_maps("scenes-shortcut", marked.images, np.full(len(boats), BOAT))
    assert peak_inside(maps[boats], marked.marks[boats]) >= 0.9
    assert peak_inside(maps, marked.marks) >= 0.9


@pytest.mark.parametrize("run", RUNS)
def test_a_run_has_twelve_checkpoints_of_the_digits_network_and_its_history(run):
    tensors = load_file(MODELS / "digits-cnn" / "runs" / f"{run}.safetensors")
    steps = sorted({name.split(".", 1)[0] for name in tensors})
    assert len(steps) == 12
    net = digits_cnn()
    for step in steps:
        net.load_state_dict({n.split(".", 1)[1]: t for n, t in tensors.items() if n.startswith(f"{step}.")})
    digits = image_set("digits", n=500)
    scores = net(inputs("digits-cnn", digits.images))
    with (MODELS / "digits-cnn" / "runs" / f"{run}.csv").open() as file:
        last = list(csv.DictReader(file))[-1]
    accuracy = (scores.argmax(1).numpy() == digits.labels).mean()
    assert accuracy == pytest.approx(float(last["heldout_accuracy"]), abs=0.006)
    assert accuracy > 0.95


def test_all_runs_leave_from_one_start_and_end_apart():
    runs = [load_file(MODELS / "digits-cnn" / "runs" / f"{run}.safetensors") for run in RUNS]
    steps = sorted({name.split(".", 1)[0] for name in runs[0]})
    first, last = (f"{step}.conv2.weight" for step in (steps[0], steps[-1]))
    for other in runs[1:]:
        assert torch.equal(other[first], runs[0][first])
        assert (other[last] - runs[0][last]).abs().max() > 0.01


def test_the_l1_penalty_leaves_many_weights_at_zero():
    small = {}
    for run in ("momentum", "l1"):
        tensors = load_file(MODELS / "digits-cnn" / "runs" / f"{run}.safetensors")
        final = max(name.split(".", 1)[0] for name in tensors)
        weights = torch.cat([tensors[f"{final}.{layer}.weight"].flatten() for layer in ("conv2", "conv3", "fc")])
        small[run] = (weights.abs() < 1e-3).float().mean().item()
    assert small["l1"] > 0.3 > 0.1 > small["momentum"]
