"""Grad-CAM: the layer's channels weighted by their mean gradient, then rectified."""

import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import torchvision
import toys
from captum.attr import LayerGradCam
from torch import nn

import vizlib as vz
from vizlib.core.errors import OptionError, UnsupportedModel


@pytest.mark.parametrize("relu", [nn.ReLU(), nn.ReLU(inplace=True)], ids=["relu", "in place"])
@pytest.mark.parametrize(
    ("layer", "wanted"), [("conv", [[11.25, 13.5], [20.25, 22.5]]), ("relu", [[0, 4], [28, 32.5]])]
)
def test_grad_cam_of_n1_is_the_worked_example(relu, layer, wanted):
    model, image = toys.n1(relu)
    found = vz.grad_cam(model, image, 0, layer=layer)
    assert found.coarse[0, 0].tolist() == wanted
    assert found.score.tolist() == [54.0]


def test_values_are_the_bilinear_upsampling_of_the_rectified_grid():
    found = vz.grad_cam(toys.small(), toys.images(), 1, layer="second", signed=True)
    rectified = vz.grad_cam(toys.small(), toys.images(), 1, layer="second")
    assert np.array_equal(rectified.coarse, found.coarse.clip(min=0))
    for result in (found, rectified):
        upsampled = F.interpolate(torch.tensor(result.coarse), (16, 16), mode="bilinear", align_corners=False)
        assert np.array_equal(result.values, upsampled.numpy())
    assert found.signed
    assert not rectified.signed


def test_a_thousandth_of_the_logits_is_a_thousandth_of_the_map():
    model, images = toys.small(), toys.images()
    wanted = vz.grad_cam(model, images, 1, layer="second").values
    found = vz.grad_cam(nn.Sequential(model, Scaled()), images, 1, layer="0.second").values
    np.testing.assert_allclose(found, wanted / 1000, rtol=1e-9)


class Scaled(nn.Module):
    def forward(self, scores):
        return scores / 1000


@pytest.mark.parametrize("layer", ["first", "norm", "relu", "second"])
def test_it_equals_captums_on_every_layer_of_a_small_model(layer):
    model, images = toys.without_in_place(toys.small()), toys.images()
    wanted = LayerGradCam(model, model.get_submodule(layer)).attribute(images, target=[0, 1, 2, 3])
    found = vz.grad_cam(model, images, [0, 1, 2, 3], layer=layer, signed=True)
    np.testing.assert_allclose(found.coarse, wanted.detach().numpy(), rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "layer"), [("resnet18", "layer3"), ("squeezenet1_1", "features.9"), ("shufflenet_v2_x0_5", "conv5")]
)
def test_it_equals_captums_on_torchvision_models(name, layer):
    model = toys.without_in_place(toys.torchvision_model(name)).double()
    images = toys.images(1, size=64)
    wanted = LayerGradCam(model, model.get_submodule(layer)).attribute(images, target=7).detach().numpy()
    found = vz.grad_cam(model, images, 7, layer=layer, signed=True).coarse
    assert np.abs(found - wanted).max() <= 1e-5 * np.abs(wanted).max()


@pytest.mark.parametrize(
    ("name", "layer", "size"), [("resnet18", "bn1", 64), ("vgg11", "features.18", 64), ("densenet121", "features", 64)]
)
def test_an_in_place_operation_after_the_layer_does_not_reach_what_was_recorded(name, layer, size):
    model = toys.torchvision_model(name, **({"num_classes": 10} if name == "vgg11" else {}))
    image = toys.images(1, size=size).float()
    found = vz.grad_cam(model, image, 3, layer=layer, signed=True).coarse
    wanted = by_hand(out_of_place(model), model.get_submodule(layer), image, 3)
    assert np.corrcoef(found.ravel(), wanted.ravel())[0, 1] > 1 - 1e-6


def out_of_place(model):
    """All in-place work switched off: by modules' flags, and DenseNet's functional ReLU by its own forward."""
    toys.without_in_place(model)
    if isinstance(model, torchvision.models.DenseNet):
        return lambda x: model.classifier(F.adaptive_avg_pool2d(F.relu(model.features(x)), 1).flatten(1))
    return model


def by_hand(forward, layer, image, target):
    kept = []
    handle = layer.register_forward_hook(lambda module, args, output: kept.append(output))
    score = forward(image.requires_grad_())[0, target]
    handle.remove()
    (gradient,) = torch.autograd.grad(score, kept[0])
    return (gradient.mean((2, 3), keepdim=True) * kept[0]).sum(1).detach().numpy()


class Kept(nn.Module):
    """A layer that returns its input itself, which is then changed in place by someone who still holds it."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.same = nn.Identity()
        self.head = nn.Linear(4, 5)

    def forward(self, x):
        x = self.conv(x)
        y = self.same(x)
        x.mul_(3)
        return self.head((x + y).relu().mean((2, 3)))


def test_a_layer_that_returns_its_input_is_recorded_as_it_was():
    model = toys.seeded(Kept)
    images = toys.images()
    found = vz.grad_cam(model, images, 1, layer="same", signed=True)
    activation = model.conv(images).detach().requires_grad_()
    score = model.head((3 * activation.detach() + activation).relu().mean((2, 3)))[:, 1].sum()
    (gradient,) = torch.autograd.grad(score, activation)
    wanted = (gradient.mean((2, 3), keepdim=True) * activation).sum(1, keepdim=True)
    np.testing.assert_allclose(found.coarse, wanted.detach().numpy(), rtol=1e-9)


def test_a_layer_used_twice_is_explained_where_it_was_last_used():
    model = toys.seeded(lambda: nn.Sequential(nn.Conv2d(3, 3, 3), nn.Tanh(), nn.Conv2d(3, 3, 3)))
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()).double()
    found = vz.grad_cam(nn.Sequential(*model, model[1], head), toys.images(), 0, layer="1", signed=True)
    assert found.coarse.shape == (4, 1, 12, 12)


def test_the_default_layer_of_a_bare_model_is_the_last_one_with_positions():
    found = vz.grad_cam(toys.small(), toys.images(), 1)
    assert found.layer == "second"
    assert found.coarse.shape == (4, 1, 8, 8)


@pytest.mark.parametrize(
    ("name", "layer", "words"),
    [
        ("vgg11", "classifier.1", r"layer must have a spatial output; got 'classifier.1' ([1, 4096]). Try 'features'."),
        ("squeezenet1_1", "", r"layer must have a spatial output; got '' ([1, 1000]). Try 'features'."),
        ("resnet18", "layer5", r"layer must be the name of a layer of this model; got 'layer5'. Try 'layer4'"),
        ("resnet18", "avgpool", r"layer must have a spatial output; got 'avgpool' ([1, 512, 1, 1]). Try 'layer4'."),
    ],
)
def test_a_wrong_layer_is_one_sentence_that_names_a_better_one(name, layer, words):
    with pytest.raises((OptionError, UnsupportedModel), match=f"^grad_cam: {re.escape(words)}") as refused:
        vz.grad_cam(toys.torchvision_model(name), toys.images(1, size=64).float(), 0, layer=layer)
    assert "\n" not in str(refused.value)


def test_images_too_small_for_the_layer_are_said_so():
    with pytest.raises(UnsupportedModel, match=r"got 'layer4' \(\[1, 512, 1, 1\]\)\. The images are too small for it"):
        vz.grad_cam(toys.torchvision_model("resnet18"), toys.images(1, size=32).float(), 0)


class Unused(nn.Module):
    def __init__(self):
        super().__init__()
        self.used = toys.Small()
        self.spare = nn.Conv2d(3, 3, 1)
        self.late = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        self.late(x)
        return self.used(x)


@pytest.mark.parametrize(("layer", "words"), [("spare", "is not used when"), ("late", "does not lead to the score")])
def test_a_layer_off_the_way_is_one_sentence(layer, words):
    with pytest.raises(UnsupportedModel, match=f"^grad_cam: layer '{layer}' {words}.*; choose another layer"):
        vz.grad_cam(toys.seeded(Unused), toys.images(), 0, layer=layer)


class Windowed(nn.Module):
    """Looks at four windows one by one, stacked along the batch, as window attention does."""

    def __init__(self):
        super().__init__()
        self.inside = nn.Conv2d(3, 4, 1)
        self.head = nn.Linear(4, 5)

    def forward(self, x):
        windows = torch.cat([part for half in x.chunk(2, 2) for part in half.chunk(2, 3)])
        return self.head(self.inside(windows).mean((2, 3)).unflatten(0, (4, -1)).mean(0))


def test_a_layer_that_looks_at_windows_is_refused():
    with pytest.raises(UnsupportedModel, match=r"^grad_cam: layer 'inside' mixes images or windows \(\[4, 4, 8, 8\]"):
        vz.grad_cam(toys.seeded(Windowed), toys.images(), 0, layer="inside")


def test_a_scripted_layer_is_refused():
    with pytest.raises(UnsupportedModel, match=r"^grad_cam: layer 'relu' is scripted"):
        vz.grad_cam(toys.scripted_inside(), toys.images(), 0, layer="relu")


class Returns(nn.Module):
    """Scores in a shape of its own."""

    def __init__(self, shape):
        super().__init__()
        self.net, self.shape = toys.small(), shape

    def forward(self, images):
        return self.shape(self.net(images))


def test_a_model_with_one_number_per_image_has_one_class():
    model, images = Returns(lambda scores: scores[:, 1]), toys.images(2)
    found = vz.grad_cam(model, images)
    assert found.target.tolist() == [0, 0]
    wanted = vz.grad_cam(model.net, images, 1, layer=found.layer.removeprefix("net."))
    assert np.array_equal(found.values, wanted.values)


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (lambda scores: {"scores": scores}, "must return a tensor of scores"),
        (lambda scores: scores.sum(), "must return one row of scores per image"),
        (lambda scores: scores * float("nan"), "returns NaN or infinite scores"),
    ],
)
def test_without_scores_the_model_is_blamed_and_not_its_layers(shape, reason):
    with pytest.raises(UnsupportedModel, match=f"^grad_cam: the model {reason}"):
        vz.grad_cam(Returns(shape), toys.images(1))
