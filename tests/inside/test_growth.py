"""The growth of fields is the fields of its layers, and a stack of uniform convolutions grows as the formula says."""

import numpy as np
import pytest
import torch
import toys
from torch import nn
from toys import one_thread  # noqa: F401

import vizlib as vz
from vizlib.figures import interactive, static
from vizlib.inside.growth import thinned
from vizlib.inside.receptive_field import survey


def uniform(count: int = 6) -> nn.Module:
    """Linear 3x3 convolutions with equal weights."""
    layers = [nn.Conv2d(1, 1, 3, padding=1, bias=False) for _ in range(count)]
    for layer in layers:
        nn.init.constant_(layer.weight, 1 / 9)
    return nn.Sequential(*layers).double().eval()


def test_uniform_convolutions_grow_linearly_in_theory_and_as_a_square_root_in_effect():
    found = vz.receptive_field_growth(uniform(), toys.images(1, 33, 1))
    assert found.layers == ("0", "1", "2", "3", "4", "5")
    assert found.theoretical.tolist() == [3, 5, 7, 9, 11, 13]
    depth = np.arange(1, 7)
    np.testing.assert_allclose(found.sigma, np.sqrt(depth * 8 / 12)[:, None].repeat(2, 1), rtol=1e-12)
    assert found.ratios[-1] < found.ratios[2] < found.ratios[0] == 1


def test_each_layer_says_what_its_own_field_says():
    model, images = toys.small(), toys.images(5)
    found = vz.receptive_field_growth(model, images)
    for layer, size, sides, sigma in zip(found.layers, found.sizes, found.sides, found.sigma, strict=True):
        assert tuple(size) == vz.receptive_field(model, layer=layer, input_size=16).local_size
        alone = vz.effective_receptive_field(model, images, layer=layer)
        np.testing.assert_array_equal(sides, alone.sides)
        np.testing.assert_allclose(sigma, alone.sigma, rtol=1e-12)


def test_of_norms_and_rectifiers_the_last_one_stands_for_all_and_blocks_for_their_end():
    from torchvision.models import resnet18

    names = [field.layer for field in survey(resnet18(weights=None).eval(), (64, 64))]
    assert names[:4] == ["relu", "maxpool", "layer1.0.bn1", "layer1.0"]
    assert {"layer1", "layer2.0.downsample", "layer4"} <= set(names)
    assert names[-1] == "layer4"
    assert not {"conv1", "bn1", "avgpool", "fc", "layer1.1", "layer1.0.bn2"} & set(names)


def test_of_too_many_layers_some_at_even_distances_are_kept():
    assert thinned(range(10), 4) == (0, 3, 6, 9)
    assert thinned(range(3), 4) == (0, 1, 2)


def test_a_network_is_drawn_against_the_untrained_one_and_not_against_another():
    one, other = (vz.receptive_field_growth(uniform(4), toys.images(1, 17, 1)) for _ in range(2))
    on_screen = interactive.figure(one, against=other)
    assert [line.line.dash for line in on_screen.data].count("dot") == 3
    assert "untrained" in on_screen.layout.meta["alternative"]
    assert len(static.figure(one, against=other).axes[0].lines) == 5
    with pytest.raises(ValueError, match="same layers"):
        interactive.figure(one, against=vz.receptive_field_growth(uniform(3), toys.images(1, 17, 1)))


def test_a_network_without_positions_is_refused_in_one_sentence():
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 16 * 16, 4)).double()
    with pytest.raises(ValueError, match=r"^receptive_field_growth: no layer"):
        vz.receptive_field_growth(model, torch.ones(1, 3, 16, 16, dtype=torch.float64))
