"""Kernels are read as the layer computes with them, ordered, flagged, and drawn as one picture."""

import time

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import toys
from safetensors.torch import load_file
from torch import nn

import vizlib as vz
from vizlib.core.errors import UnsupportedModel
from vizlib.core.recipe import recipe_for
from vizlib.figures import interactive, static
from vizlib.figures.export import to_bytes
from vizlib.figures.units import filter_sheet


def with_weights(layer, weights):
    with torch.no_grad():
        layer.weight.copy_(torch.as_tensor(weights, dtype=layer.weight.dtype))
    return nn.Sequential(layer)


@pytest.fixture
def known():
    """Four kernels: an edge, twice the same edge, nothing, and another edge."""
    edge = torch.tensor([[1.0, 0, -1]] * 3)
    weights = torch.stack([edge, 2 * edge, 0 * edge, edge.T])[:, None].repeat(1, 3, 1, 1)
    return vz.filters(with_weights(nn.Conv2d(3, 4, 3), weights), layer="0")


def test_norm_order_dead_and_duplicates_of_kernels_that_are_known(known):
    np.testing.assert_allclose(known.norms, [18**0.5, 72**0.5, 0, 18**0.5], rtol=1e-6)
    assert known.order.tolist() == [1, 0, 3, 2]
    assert known.dead.tolist() == [False, False, True, False]
    assert known.duplicates.tolist() == [[0, 1]]
    np.testing.assert_allclose(known.cosines, [1], rtol=1e-6)


def test_a_mirrored_kernel_is_no_duplicate():
    edge = torch.tensor([[1.0, 0, -1]] * 3)
    found = vz.filters(with_weights(nn.Conv2d(1, 2, 3), torch.stack([edge, -edge])[:, None]), layer="0")
    assert len(found.duplicates) == 0


def test_the_spectrum_of_a_vertical_edge_lies_on_the_horizontal_axis(known):
    spectrum = known.spectra()[0, 0]
    assert spectrum[1, 1] == pytest.approx(0, abs=1e-6)  # the mean
    np.testing.assert_allclose(spectrum[1, [0, 2]], 3 * 3**0.5, rtol=1e-6)  # 3 |1 - e^(4πi/3)|
    np.testing.assert_allclose(spectrum[[0, 2]], 0, atol=1e-6)


def test_padded_spectra_keep_the_mean_in_the_middle():
    found = vz.filters(toys.small(), layer="second")
    middle = found.spectra(33)[:, :, 16, 16]
    np.testing.assert_allclose(middle, np.abs(found.weights.sum((2, 3))), rtol=1e-10)


@pytest.mark.parametrize("groups", [1, 2])
def test_the_kernels_of_a_transposed_convolution_are_what_one_output_channel_is_made_with(groups):
    layer = toys.seeded(lambda: nn.ConvTranspose2d(4, 6, 3, groups=groups, bias=False))
    found = vz.filters(nn.Sequential(layer), layer="0").weights
    assert found.shape == (6, 4 // groups, 3, 3)
    for channel in range(4):
        spark = torch.zeros(1, 4, 1, 1, dtype=torch.float64)
        spark[0, channel] = 1
        drawn = layer(spark)[0].detach().numpy()
        group, within = divmod(channel, 4 // groups)
        mine = slice(group * 6 // groups, (group + 1) * 6 // groups)
        np.testing.assert_allclose(drawn[mine], found[mine, within], rtol=1e-12)


def test_a_depthwise_convolution_has_kernels_of_one_channel_and_says_so():
    found = vz.filters(nn.Sequential(nn.Conv2d(8, 8, 3, groups=8)), layer="0")
    assert found.weights.shape == (8, 1, 3, 3)
    assert "8 groups" in found.notes[0]


def test_a_convolution_of_one_dimension_has_kernels_of_one_row():
    assert vz.filters(nn.Sequential(nn.Conv1d(2, 4, 5)), layer="0").weights.shape == (4, 2, 1, 5)


def test_a_linear_layer_on_the_image_has_templates_in_its_shape():
    net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 10))
    found = vz.filters(net, layer="1")
    np.testing.assert_array_equal(found.weights, net[1].weight.detach().numpy().reshape(10, 3, 8, 8))
    assert "template" in found.notes[0]


def test_a_linear_layer_on_features_has_kernels_of_one_pixel():
    assert vz.filters(toys.small(), layer="head").weights.shape == (5, 6, 1, 1)


@pytest.mark.parametrize(
    "make", [toys.pruned, toys.with_parametrized_weight_norm, toys.with_old_weight_norm, toys.with_spectral_norm]
)
def test_weights_that_are_made_before_each_pass_are_those_that_the_pass_uses(make):
    model, used = make(), []
    if make is toys.with_old_weight_norm:
        model.second.weight_g.data.mul_(2)  # what was computed before is out of date
    found = vz.filters(model, layer="second").weights
    model.second.register_forward_hook(lambda layer, *_: used.append(layer.weight.detach().clone()))
    model(toys.images(1))
    np.testing.assert_array_equal(found, used[0].numpy())


def test_of_a_block_the_first_kernels_inside_it_are_shown():
    found = vz.filters(nn.Sequential(nn.Sequential(nn.ReLU(), nn.Conv2d(3, 2, 3))), layer="0")
    assert (found.layer, found.kind) == ("0.1", "Conv2d")
    assert found.notes == ("0 is a block; these are the kernels of 0.1.",)


@pytest.mark.parametrize("layer", [nn.ReLU(), nn.BatchNorm2d(3), nn.Conv3d(1, 1, 3)])
def test_a_layer_without_kernels_is_refused_with_one_that_has_some(layer):
    with pytest.raises(UnsupportedModel, match=r"filters: layer '1' has no kernels.* Try '0'"):
        vz.filters(nn.Sequential(nn.Conv2d(3, 3, 1), layer), layer="1")


def test_the_first_layer_is_in_colour_at_one_scale_with_dead_and_double_kernels_framed(known):
    sheet = filter_sheet(known)
    x, y = sheet.centres[0].astype(int)
    assert sheet.bar is None
    assert sheet.units.tolist() == [1, 0, 3, 2]
    colours = {tuple(colour) for colour in sheet.pixels.reshape(-1, 3).tolist()}
    assert {(213, 94, 0), (0, 114, 178)} <= colours  # the frames of the dead kernel and of the pair
    assert {(255, 255, 255), (0, 0, 0), (191, 191, 191), (64, 64, 64)} <= colours  # ±2 and ±1 on one scale
    assert tuple(sheet.pixels[y, x]) == (128, 128, 128)  # the middle of the edge, zero
    assert "1 dead, 1 pair alike" in sheet.title


def test_no_kernel_is_framed_where_none_is_dead_or_double():
    found = vz.filters(toys.small(), layer="first")
    colours = {tuple(colour) for colour in filter_sheet(found, channel=0).pixels.reshape(-1, 3).tolist()}
    assert (213, 94, 0) not in colours
    assert (0, 114, 178) not in colours


def test_a_channel_and_a_kernel_are_picked_when_drawing():
    found = vz.filters(toys.small(), layer="second")
    assert "input channel 2" in filter_sheet(found, channel=2).title
    assert filter_sheet(found, kernel=1).title.startswith("Kernel 1 of second: 6 slices")
    assert filter_sheet(found, spectra=True).bar.low == 0
    with pytest.raises(ValueError, match="channel must be from 0 to 5; got 6"):
        filter_sheet(found, channel=6)
    with pytest.raises(ValueError, match="kernel must be from 0 to 5; got -1"):
        filter_sheet(found, kernel=-1)


@pytest.mark.parametrize("backend", [interactive, static])
@pytest.mark.parametrize(
    "look", [{}, {"channel": 1}, {"kernel": 0}, {"spectra": True}, {"scale": "own"}, {"kernel": 0, "spectra": True}]
)
@pytest.mark.parametrize("layer", ["first", "second", "head"])
def test_every_look_is_drawn_by_both(backend, look, layer):
    assert backend.figure(vz.filters(toys.small(), layer=layer), **look) is not None


def test_512_kernels_are_one_picture_in_less_than_a_second():
    found = vz.filters(toys.seeded(lambda: nn.Sequential(nn.Conv2d(256, 512, 3))), layer="0")
    interactive.figure(found)
    start = time.process_time()
    drawn = interactive.figure(found)
    page = drawn.to_json()
    assert time.process_time() - start < 1
    assert len(drawn.layout.images) == 1
    assert drawn.data[0].customdata.tolist() == found.order.tolist()
    assert len(page) < 1_600_000


@pytest.mark.parametrize("format", ["png", "svg", "pdf", "html", "npz"])
def test_every_file_is_written(format):
    model = vz.load_model("digits-cnn")
    recipe = recipe_for("filters", model, [], layer="conv1")
    assert len(to_bytes(vz.filters(model, layer="conv1"), format, recipe=recipe)) > 1000


def test_the_sum_over_patches_times_the_kernel_is_the_layer():
    model = toys.small()
    found = torch.from_numpy(np.array(vz.filters(model, layer="first").weights))
    images = toys.images(1)
    wanted = model.first(images) - model.first.bias[:, None, None]
    torch.testing.assert_close(F.conv2d(images, found, padding=1), wanted)


def test_real_first_kernels_hold_edges_and_colours(real):
    import torchvision

    net = torchvision.models.squeezenet1_1(weights=None)
    net.load_state_dict(load_file(real / "weights" / "squeezenet1_1_imagenet.safetensors"))
    found = vz.filters(net, layer="features.0")
    assert found.weights.shape == (64, 3, 3, 3)
    grey = found.weights.mean(axis=1, keepdims=True)
    shares = 1 - ((found.weights - grey) ** 2).sum((1, 2, 3)) / (found.weights**2).sum((1, 2, 3))
    assert (shares[found.order[:32]] > 0.9).sum() >= 4  # grey ones
    assert (shares[found.order[:32]] < 0.5).sum() >= 4  # coloured ones
