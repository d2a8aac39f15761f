"""Effective receptive fields agree with their closed form, with a loop, and with what they say of themselves."""

import numpy as np
import pytest
import torch
import toys
from torch import nn

import vizlib as vz
from vizlib.figures import interactive, static
from vizlib.inside.effective import fitted_gaussian, replknet_ratio, smallest_side


def uniform(count: int = 10, padding: int = 0) -> nn.Module:
    """Linear 3x3 convolutions with equal weights."""
    layers = [nn.Conv2d(1, 1, 3, padding=padding, bias=False) for _ in range(count)]
    for layer in layers:
        nn.init.constant_(layer.weight, 1 / 9)
    return nn.Sequential(*layers).double().eval()


def noise(count: int, size: int = 65, channels: int = 1) -> torch.Tensor:
    return toys.images(count, size, channels)


@pytest.mark.parametrize("padding", [0, 1])
def test_ten_uniform_convolutions_are_a_gaussian_of_the_known_width(padding):
    found = vz.effective_receptive_field(uniform(padding=padding), noise(1), layer="9")
    wanted = np.sqrt(10 * (3**2 - 1) / 12)
    np.testing.assert_allclose(found.sigma, [wanted, wanted], rtol=1e-12)
    assert wanted == pytest.approx(2.58199, abs=5e-6)
    assert found.fitted_sigma == pytest.approx(wanted, rel=0.03)
    assert found.center == (32, 32)
    assert found.values.sum() == pytest.approx(1)
    assert found.box.tolist() == [22, 22, 43, 43]
    assert found.field == (21, 21)
    assert not np.delete(np.delete(found.values, np.s_[22:43], 0), np.s_[22:43], 1).any()


def test_a_batch_is_the_mean_of_its_images():
    model, images = toys.small(), toys.images(20)
    together = vz.effective_receptive_field(model, images, layer="second").values
    alone = [vz.effective_receptive_field(model, image[None], layer="second").values for image in images]
    np.testing.assert_allclose(together, np.mean(alone, 0), rtol=1e-12, atol=1e-15)


def test_the_squares_hold_their_share_and_smaller_ones_do_not():
    found = vz.effective_receptive_field(uniform(), noise(1), layer="9")
    for share, side, ratio in zip((0.2, 0.3, 0.5, 0.99), found.sides, found.ratios, strict=True):
        reach = side // 2
        inside = [found.values[32 - r : 33 + r, 32 - r : 33 + r].sum() for r in (reach - 1, reach)]
        assert inside[0] < share <= inside[1]
        assert ratio == pytest.approx(side**2 / 65**2)


def test_linear_ratios_do_not_depend_on_the_scale_of_the_gradient_and_replknets_do():
    small, large = uniform(), uniform()
    large[9].weight.data.mul_(1e4)
    one, other = (vz.effective_receptive_field(model, noise(1), layer="9") for model in (small, large))
    np.testing.assert_array_equal(one.ratios, other.ratios)
    assert (one.replknet_ratios != other.replknet_ratios).any()


def test_replknets_ratio_of_a_flat_map_is_the_share_itself():
    flat = np.ones((101, 101))
    assert replknet_ratio(flat, 0.5) == pytest.approx(73**2 / 101**2)  # the first odd side above sqrt(.5) * 101
    assert replknet_ratio(np.zeros((9, 9)), 0.5) == 0


def test_a_square_at_the_border_is_clipped():
    values = np.zeros((5, 7))
    values[0, 0] = values[4, 6] = 1
    square = smallest_side(values, (0, 0), 0.99)
    assert (square.side, square.area) == (13, 35)


def test_a_gaussian_is_fitted_exactly():
    radii = np.arange(30.0)
    sigma, peak = fitted_gaussian(radii, 3 * np.exp(-(radii**2) / (2 * 4.5**2)))
    assert (sigma, peak) == (pytest.approx(4.5, rel=1e-5), pytest.approx(3, rel=1e-5))


def test_a_strided_layer_is_centred_on_its_unit_not_on_the_image():
    model = nn.Sequential(nn.Conv2d(1, 1, 5, stride=8, padding=2, bias=False)).double()
    nn.init.ones_(model[0].weight)
    found = vz.effective_receptive_field(model, noise(1, 33), layer="0")
    assert found.unit == (2, 2)
    assert found.center == (16, 16)
    assert found.sides.tolist() == [3, 3, 5, 5]


def test_a_unit_that_nothing_moves_has_a_banner():
    model = nn.Sequential(nn.Conv2d(1, 1, 3), nn.ReLU()).double()
    nn.init.constant_(model[0].bias, -100)
    found = vz.effective_receptive_field(model, noise(1, 16), layer="1")
    assert not found.values.any()
    assert "zero everywhere" in found.banners()[0]
    assert interactive.figure(found).layout.meta["alternative"].count("zero everywhere") == 1


def test_on_the_screen_the_profile_stands_below_the_map_so_that_nothing_overlaps_on_a_telephone():
    drawn = interactive.figure(vz.effective_receptive_field(uniform(3), noise(1, 21), layer="2"))
    assert drawn.layout.yaxis2.domain[1] < drawn.layout.yaxis.domain[0]
    assert "Effective receptive field of 2" in drawn.layout.title.text
    assert [note.text[:1] for note in drawn.layout.annotations] == ["σ"]


def test_both_drawings_show_the_theoretical_box():
    found = vz.effective_receptive_field(uniform(3), noise(1, 21), layer="2")
    screen = {(shape.y0, shape.x0, shape.y1, shape.x1) for shape in interactive.figure(found).layout.shapes}
    boxes = [patch.get_bbox() for patch in static.figure(found).axes[0].patches]
    assert (6.5, 6.5, 13.5, 13.5) in screen
    assert screen == {(box.y0, box.x0, box.y1, box.x1) for box in boxes}
