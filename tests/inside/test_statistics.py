"""Counts over a whole set are those of the values themselves, and a channel that never answers is found."""

from collections import OrderedDict

import numpy as np
import pytest
import torch
import toys
from torch import nn
from toys import one_thread  # noqa: F401

import vizlib as vz
from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.figures import interactive, static
from vizlib.inside.statistics import Histogram


def net(dead=2):
    """Four channels behind a rectifier, one of which a bias shuts for every image."""

    def make():
        layer = nn.Conv2d(3, 4, 3)
        with torch.no_grad():
            layer.bias[dead] = -1e6
        return nn.Sequential(layer, nn.ReLU())

    return toys.seeded(make)


def test_every_number_is_that_of_the_activations_themselves():
    images = toys.images(20)
    found = vz.unit_statistics(net(), images, layer="1", batch_size=3)
    values = vz.activations(net(), images, layer="1").values
    np.testing.assert_allclose(found.mean, values.mean((0, 2, 3)), rtol=1e-12)
    np.testing.assert_array_equal(found.maximum, values.max((0, 2, 3)))
    np.testing.assert_array_equal(found.minimum, values.min((0, 2, 3)))
    np.testing.assert_allclose(found.image_share, (values > 0).any((2, 3)).mean(0))
    np.testing.assert_allclose(found.position_share, (values > 0).mean((0, 2, 3)))
    np.testing.assert_allclose(found.sparsity, (values == 0).mean((0, 2, 3)))
    for unit in range(4):
        wanted, _ = np.histogram(values[:, unit], np.append(found.edges(unit)[:-1], np.inf))
        np.testing.assert_array_equal(found.counts[unit], wanted)


def test_a_dead_channel_is_told_by_name_before_and_after_its_rectifier():
    for layer in ("0", "1"):
        found = vz.unit_statistics(net(dead=2), toys.images(12), layer=layer)
        assert found.dead.tolist() == [False, False, True, False]
        assert found.order[-1] == 2
        assert found.image_share[2] == 0
    assert not found.banners()
    drawn = interactive.figure(found)
    assert "1 dead" in drawn.layout.title.text
    assert 2 in [int(n) for trace in drawn.data if trace.name == "dead" for n in trace.customdata]


def test_a_channel_that_answers_to_one_image_of_many_is_not_dead():
    model = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.ReLU())
    nn.init.ones_(model[0].weight)
    images = -torch.ones(40, 1, 4, 4)
    images[33, 0, 1, 2] = 5
    found = vz.unit_statistics(model, images, layer="1")
    assert not found.dead[0]
    assert found.image_share[0] == pytest.approx(1 / 40)
    assert found.position_share[0] == pytest.approx(1 / 640)
    assert found.maximum[0] == 5


def test_portions_do_not_change_a_bit():
    digests = {vz.unit_statistics(net(), toys.images(15), layer="0", batch_size=n).digest() for n in (1, 4, 15)}
    assert len(digests) == 1


def test_bins_double_until_everything_fits_and_nothing_is_lost():
    values = np.random.default_rng(0).normal(size=(3, 500)) * np.array([[1e-5], [1], [1e6]])
    values[0, :20] = 0
    once, bit_by_bit = Histogram(), Histogram()
    once.add(values)
    for part in np.split(values[:, np.argsort(np.abs(values).sum(0))], 100, axis=1):
        bit_by_bit.add(part)
    np.testing.assert_array_equal(once.counts, bit_by_bit.counts)
    np.testing.assert_array_equal(once.widths, bit_by_bit.widths)
    assert (once.counts.sum(1) == 500).all()
    assert (np.abs(values).max(1) < 32 * once.widths).all()
    assert (np.abs(values).max(1) >= 16 * once.widths).all()


def test_a_layer_without_any_answer_says_so():
    model = nn.Sequential(nn.Conv2d(1, 2, 1), nn.ReLU())
    nn.init.constant_(model[0].weight, 0)
    nn.init.constant_(model[0].bias, -1)
    found = vz.unit_statistics(model, torch.ones(3, 1, 4, 4), layer="1")
    assert found.banners() == ("No channel of this layer is ever above zero for these images.",)
    assert interactive.figure(found).data
    assert static.figure(found).axes


def test_a_unit_that_does_not_exist_is_refused_by_the_figure():
    found = vz.unit_statistics(net(), toys.images(2), layer="1")
    with pytest.raises(ValueError, match="unit must be from 0 to 3; got 9"):
        interactive.figure(found, unit=9)


def test_layer_must_be_given():
    with pytest.raises(OptionError, match="layer must be given"):
        vz.unit_statistics(net(), toys.images(2), layer=None)


def test_the_difference_of_two_images_is_signed_ranked_and_antisymmetric():
    images = toys.images(2)
    one, other = (vz.activations(net(), images[n : n + 1], layer="0") for n in (0, 1))
    found = one.minus(other, ("left", "right"))
    np.testing.assert_array_equal(found.values, one.values - other.values)
    np.testing.assert_array_equal(found.values, -other.minus(one).values)
    assert found.order[0] == np.abs(one.values - other.values).mean((0, 2, 3)).argmax()
    assert one.minus(one).banners()
    drawn = interactive.figure(found, unit=1)
    (heat,) = (trace for trace in drawn.data if trace.type == "heatmap")
    assert heat.zmin == -heat.zmax
    assert heat.zmax == pytest.approx(np.abs(found.values[0, 1]).max())
    assert "left minus right" in drawn.layout.title.text
    assert static.figure(found).axes
    assert static.figure(found, unit=1).axes


def test_layers_of_different_shape_are_refused_in_one_sentence():
    one = vz.activations(net(), toys.images(1), layer="0")
    other = vz.activations(net(), toys.images(1, size=20), layer="0")
    with pytest.raises(ValueError, match="4 x 14 x 14 and 4 x 18 x 18"):
        one.minus(other)


def test_the_difference_of_two_pictures_or_models_is_that_of_their_answers():
    model, other, images = toys.small(), toys.small(), toys.images(2)
    nn.init.uniform_(other.second.weight, generator=torch.Generator().manual_seed(1))
    one, two = (vz.activations(model, image[None], layer="second").values for image in images)
    found = vz.activation_difference(model, images, layer="second")
    np.testing.assert_array_equal(found.values, one - two)
    found = vz.activation_difference(model, images, other, 2 * images, layer="second")
    theirs = vz.activations(other, 2 * images, layer="second").values
    np.testing.assert_array_equal(found.values, vz.activations(model, images, layer="second").values - theirs)
    assert (found.first, found.second) == ("the model", "the second model")
    said = interactive.figure(found, first="left", second="right").layout.title.text
    assert "left minus right" in said
    assert "left minus right" in static.figure(found, unit=0, first="left", second="right").axes[0].get_title(
        loc="left"
    )


def test_a_difference_needs_two_pictures_and_layers_of_one_shape():
    with pytest.raises(OptionError, match="images must be two, the second is taken off the first; got 3"):
        vz.activation_difference(toys.small(), toys.images(3), layer="second")
    narrow = nn.Sequential(OrderedDict(second=nn.Conv2d(3, 2, 3))).double()
    with pytest.raises(UnsupportedModel, match=r"differ in shape.*choose a layer that has the same in both"):
        vz.activation_difference(toys.small(), toys.images(1), narrow, layer="second")
