"""Activations are what a forward hook sees, laid out as maps, with statistics of every channel."""

import numpy as np
import pytest
import torch
import torchvision
import toys
from torch import nn
from toys import one_thread  # noqa: F401

import vizlib as vz
from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.recipe import recipe_for
from vizlib.data.imagesets import samples
from vizlib.figures import interactive, static
from vizlib.figures.export import to_bytes
from vizlib.figures.units import activation_plan, activation_sheet


def hooked(model, name, images):
    seen = []
    handle = model.get_submodule(name).register_forward_hook(lambda *call: seen.append(call[2].detach().clone()))
    with torch.no_grad():
        model(images)
    handle.remove()
    return seen[-1].numpy()


@pytest.mark.parametrize("layer", ["first", "second", "norm"])
def test_the_values_are_those_of_a_forward_hook(layer):
    found = vz.activations(toys.small(), toys.images(), layer=layer)
    np.testing.assert_allclose(found.values, hooked(toys.small(), layer, toys.images()), rtol=1e-12)


def test_a_following_operation_in_place_does_not_change_them():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True)).double()
    wanted = model[0](toys.images()).detach().numpy()
    np.testing.assert_allclose(vz.activations(model, toys.images(), layer="0").values, wanted, rtol=1e-12)
    assert wanted.min() < 0


def test_statistics_of_channels_that_are_known():
    net = nn.Sequential(nn.Conv2d(1, 3, 1), nn.ReLU()).double()
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([1.0, -1.0, 0.0]).reshape(3, 1, 1, 1))
        net[0].bias.copy_(torch.tensor([0.0, 0.0, -1.0]))
    image = torch.tensor([[3.0, 1.0], [0.0, -2.0]], dtype=torch.float64)[None, None]
    found = vz.activations(net, image, layer="1")
    np.testing.assert_array_equal(found.mean, [1, 0.5, 0])
    np.testing.assert_array_equal(found.maximum, [3, 2, 0])
    np.testing.assert_array_equal(found.sparsity, [0.5, 0.75, 1])
    np.testing.assert_array_equal(found.dead, [False, False, True])
    np.testing.assert_array_equal(found.order, [0, 1, 2])
    counts, edges = found.histogram(0, bins=3)
    assert (counts.tolist(), edges.tolist()) == ([2, 1, 1], [0, 1, 2, 3])


def test_a_unit_that_answers_to_one_image_of_the_batch_is_not_dead():
    net = nn.Sequential(nn.ReLU(), nn.Identity())
    images = torch.stack([-torch.ones(1, 4, 4), torch.ones(1, 4, 4)])
    assert vz.activations(net, images[:1], layer="1").dead.tolist() == [True]
    assert vz.activations(net, images, layer="1").dead.tolist() == [False]


def test_the_batch_size_changes_nothing():
    all_at_once = vz.activations(toys.small(), toys.images(), layer="second")
    one_by_one = vz.activations(toys.small(), toys.images(), layer="second", batch_size=1)
    np.testing.assert_allclose(one_by_one.values, all_at_once.values, rtol=1e-10)


def test_tokens_are_folded_into_their_grid_and_the_class_token_stands_aside():
    net = torchvision.models.VisionTransformer(32, 8, 2, 2, 16, 32, num_classes=3).eval()
    images = toys.images(2, 32).float()
    layer = "encoder.layers.encoder_layer_0"
    found = vz.activations(net, images, layer=layer)
    tokens = hooked(net, layer, images)
    assert found.values.shape == (2, 16, 4, 4)
    np.testing.assert_allclose(found.values[:, :, 1, 2], tokens[:, 1 + 4 + 2], rtol=1e-5)
    np.testing.assert_allclose(found.special, tokens[:, :1], rtol=1e-5)
    assert found.notes == ("Tokens are folded into their grid of 4 x 4; the class token stands aside.",)


def test_channels_last_are_turned():
    class Last(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.LayerNorm(3)

        def forward(self, x):
            return self.norm(x.permute(0, 2, 3, 1))

    found = vz.activations(Last(), toys.images(2, 16).float(), layer="norm")
    assert found.values.shape == (2, 3, 16, 16)
    assert found.values.flags.c_contiguous


def test_a_layer_without_positions_has_one_value_a_channel():
    found = vz.activations(toys.small(), toys.images(), layer="head")
    np.testing.assert_allclose(found.values[:, :, 0, 0], hooked(toys.small(), "head", toys.images()), rtol=1e-12)
    assert "no positions" in found.notes[0]


def test_a_silent_layer_says_so():
    found = vz.activations(nn.Sequential(nn.ReLU(), nn.Identity()), -torch.ones(1, 1, 4, 4), layer="1")
    assert "zero for these images" in found.banners()[0]


def test_values_that_are_no_numbers_are_refused():
    net = nn.Sequential(nn.Conv2d(1, 1, 1), nn.Identity())
    net[0].bias.data.fill_(float("nan"))
    with pytest.raises(UnsupportedModel, match=r"activations: layer '1' returns NaN"):
        vz.activations(net, torch.ones(1, 1, 4, 4), layer="1")


def test_a_wrong_name_is_refused_with_the_nearest():
    with pytest.raises(OptionError, match=r"activations: layer must be the name of a layer.*'second'"):
        vz.activations(toys.small(), toys.images(), layer="secnd")


def test_an_image_of_another_number_is_refused_by_the_figure():
    found = vz.activations(toys.small(), toys.images(), layer="second")
    with pytest.raises(ValueError, match=r"index must be from 0 to 3; got 4"):
        activation_sheet(found, index=4)
    with pytest.raises(ValueError, match=r"unit must be from 0 to 5; got 6"):
        interactive.figure(found, unit=6)


def test_the_sheet_is_sorted_and_its_scale_is_each_tiles_own_or_one():
    net = nn.Sequential(nn.Conv2d(1, 2, 1), nn.ReLU())
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([1.0, 10.0]).reshape(2, 1, 1, 1))
        net[0].bias.zero_()
    found = vz.activations(net, torch.arange(16.0).reshape(1, 1, 4, 4), layer="1")
    assert activation_sheet(found).units.tolist() == [1, 0]
    brightest = (253, 231, 36)  # the end of viridis
    assert count(activation_sheet(found), brightest) == 2 * count(activation_sheet(found, scale="shared"), brightest)
    assert activation_sheet(found, scale="shared").bar.high == 150
    assert activation_plan(found, 0, 0, "own", None).bar.high == 15
    assert activation_plan(found, 0, 0, "shared", None).bar.high == 150


def count(sheet, colour):
    return int((sheet.pixels == np.array(colour, np.uint8)).all(-1).sum())


@pytest.mark.parametrize("backend", [interactive, static])
@pytest.mark.parametrize("look", [{}, {"unit": 2}, {"scale": "shared"}, {"unit": 2, "scale": "shared", "index": 1}])
def test_every_look_is_drawn_by_both(backend, look):
    found = vz.activations(toys.small(), toys.images(2), layer="second")
    pixels = [np.full((16, 16, 3), 90, np.uint8)] * 2
    assert backend.figure(found, **look) is not None
    assert backend.figure(found, images=pixels, **look) is not None


@pytest.mark.parametrize("format", ["png", "svg", "pdf", "html", "npz"])
def test_every_file_is_written(format):
    model = vz.load_model("digits-cnn")
    name, image = samples("digits-cnn")[0]
    recipe = recipe_for("activations", model, [(name, image.convert("RGB"))], layer="conv2")
    found = vz.activations(model, model.preprocess(image)[None], layer="conv2")
    assert len(to_bytes(found, format, recipe=recipe)) > 1000
