"""Inverted features come near those of the image, and the picture near the image where the layer keeps it."""

import numpy as np
import pytest
import torch
import toys
from torch import nn
from toys import one_thread  # noqa: F401

import vizlib as vz
from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.data.imagesets import samples
from vizlib.figures import interactive, static


def picture(size: int = 20) -> torch.Tensor:
    """A smooth image in the range that the display has."""
    at = torch.linspace(-1.5, 1.5, size, dtype=torch.float64)
    return torch.stack([at[:, None] + 0 * at, at[None] + 0 * at[:, None], at[:, None] * at[None] / 2])[None]


def inverted(model=None, images=None, **given):
    settings = {"layer": "second", "steps": 60, **given}
    return vz.invert_features(model or toys.small(), picture() if images is None else images, **settings)


def test_a_layer_that_keeps_everything_gives_the_image_back():
    model = nn.Sequential(nn.Conv2d(3, 3, 1, bias=False), nn.Identity()).double()
    nn.init.dirac_(model[0].weight)
    found = inverted(model, layer="0", steps=300, variation=0.0, norm=0.0, parametrisation="pixel")
    assert found.end < 0.03
    assert np.abs(found.input - picture()[0].numpy()).mean() < 0.15


@pytest.mark.parametrize("parametrisation", ["fourier", "pixel"])
def test_the_distance_falls_and_is_that_of_the_features(parametrisation):
    model = toys.small()
    found = inverted(model, parametrisation=parametrisation)
    features = []
    model.second.register_forward_hook(lambda *call: features.append(call[2].clone()))
    for image in (picture(), torch.tensor(found.input)[None]):
        model(image)
    wanted, got = features
    assert found.end == pytest.approx(((got - wanted).square().sum() / wanted.square().sum()).item())
    assert found.end < 0.3 * found.start
    assert found.trace[0] == pytest.approx(found.start)
    assert found.unit == -1


def test_more_variation_makes_smoother_images():
    rough, smooth = (inverted(variation=weight).total_variation for weight in (0.0, 5.0))
    assert smooth < 0.7 * rough


def test_the_norm_keeps_the_input_small():
    free, bounded = (np.abs(inverted(norm=weight).input).max() for weight in (0.0, 1.0))
    assert bounded < free


def test_only_the_first_image_is_inverted_and_it_is_told():
    both = torch.cat([picture(), -picture()])
    found = inverted(images=both)
    assert "Only the first of 2 images" in found.notes[0]
    np.testing.assert_array_equal(found.image, inverted().image)


def test_features_that_are_all_zero_are_refused():
    model = nn.Sequential(nn.Conv2d(3, 1, 3), nn.ReLU()).double()
    nn.init.constant_(model[0].bias, -1e6)
    with pytest.raises(UnsupportedModel, match="all zero"):
        inverted(model, layer="1")
    with pytest.raises(OptionError, match="layer must be given"):
        inverted(layer=None)


def test_a_trained_network_is_inverted_better_at_a_lower_layer():
    model = vz.load_model("scenes-resnet")
    images = model.preprocess(samples("scenes-resnet")[0][1])[None]
    low, high = (vz.invert_features(model, images, layer=layer, steps=40) for layer in ("layer1", "layer3"))
    errors = [np.abs(found.input - images[0].numpy()).mean() for found in (low, high)]
    assert errors[0] < errors[1]
    assert low.end < 0.3


def test_both_drawings_stand_beside_the_image():
    found, pixels = inverted(steps=3), [np.zeros((20, 20, 3), np.uint8)]
    assert [trace.type for trace in interactive.figure(found, images=pixels).data] == ["image", "image", "scatter"]
    assert [len(axes.images) for axes in static.figure(found, images=pixels).axes] == [1, 1, 0]
