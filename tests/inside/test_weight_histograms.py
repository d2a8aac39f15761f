"""Weights are counted once, as the layer computes with them, and drawn in both backends."""

import numpy as np
import pytest
import torch
import toys
from torch import nn

import vizlib as vz
from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.figures import interactive, static
from vizlib.figures.weights import compared_plan, weight_plan
from vizlib.inside.weight_histograms import compared_weights


def linear(values):
    layer = nn.Linear(len(values), 1, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([values]))
    return nn.Sequential(layer)


def test_numbers_of_weights_that_are_known():
    found = vz.weights(linear([3.0, -4.0, 0.0, 0.002]), bins=9)
    assert (found.layers, found.kinds, found.sizes.tolist()) == (("0",), ("Linear",), [4])
    assert found.mean[0] == pytest.approx(-0.998 / 4)
    assert found.std[0] == pytest.approx(np.std([3, -4, 0, 0.002]))
    assert (found.near_zero[0], found.below[0], found.zeros[0]) == (0.5, 0.25, 0.25)  # 0.002 < 0.001 σ = 0.0025
    assert (found.l1[0], found.l2[0]) == (pytest.approx(7.002), pytest.approx(5.0, abs=1e-6))
    assert found.counts[0].tolist() == [1, 0, 0, 0, 2, 0, 0, 1, 0]
    assert found.edges[0, [0, -1]].tolist() == [-4, 4]
    assert found.total() == 0.5


def test_counts_are_numpy_s_and_add_up():
    model = toys.small()
    found = vz.weights(model, bins=21)
    for row, name in enumerate(found.layers):
        values = model.get_submodule(name).weight.detach().numpy().ravel()
        assert np.abs(found.counts[row] - np.histogram(values, found.edges[row])[0]).sum() <= 2  # ties with an edge
        assert found.counts[row].sum() == found.sizes[row] == values.size


def test_an_even_number_of_bins_is_raised_so_that_one_is_around_zero():
    assert vz.weights(toys.small(), bins=20).counts.shape[1] == 21


def test_limits_are_options():
    model = linear([1.0, -1.0, 0.1, -0.1])
    assert vz.weights(model, relative=0.2).near_zero[0] == 0.5
    assert vz.weights(model, threshold=0.5).below[0] == 0.5
    assert vz.weights(model, relative=0, threshold=0).below[0] == 0


def test_a_weight_that_two_layers_share_is_counted_once():
    first, second = nn.Linear(4, 4), nn.Linear(4, 4)
    second.weight = first.weight
    assert vz.weights(nn.Sequential(first, second)).layers == ("0",)


def test_biases_and_scales_of_normalisations_are_left_out_and_attention_is_counted():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.MultiheadAttention(4, 2))
    assert vz.weights(net).layers == ("0", "2.in_proj_weight", "2.out_proj")


@pytest.mark.parametrize(
    "make", [toys.pruned, toys.with_parametrized_weight_norm, toys.with_old_weight_norm, toys.with_spectral_norm]
)
def test_what_is_counted_is_what_the_layer_computes_with(make):
    model, used = make(), []
    found = vz.weights(model)
    model.second.register_forward_hook(lambda layer, *_: used.append(layer.weight.detach().clone()))
    model(toys.images(1))
    assert found.layers.count("second") == 1
    assert found.l2[found.layers.index("second")] == pytest.approx(float(used[0].norm()))


def test_a_layer_of_zeros_is_said():
    found = vz.weights(linear([0.0, 0.0]))
    assert found.banners() == ("Every weight of 0 is exactly zero.",)
    assert found.near_zero[0] == found.zeros[0] == 1


def test_what_cannot_be_counted_is_refused_in_one_sentence():
    with pytest.raises(UnsupportedModel, match="weights: layer '0' has weights that are not finite"):
        vz.weights(linear([1.0, float("nan")]))
    with pytest.raises(UnsupportedModel, match="no layer with weights"):
        vz.weights(nn.Sequential(nn.ReLU()))
    with pytest.raises(OptionError, match="meta device"):
        vz.weights(nn.Sequential(nn.Linear(2, 2, device="meta")))


def test_half_precision_is_counted():
    assert vz.weights(linear([1.0, -2.0]).to(torch.bfloat16)).l1[0] == 3


def test_compared_networks_are_counted_in_the_same_bins():
    found = compared_weights({"one": linear([1.0, 0.0]), "ten": linear([10.0, 5.0])}, bins=3)
    assert found.edges[0, [0, -1]].tolist() == [-10, 10]
    assert found.counts[:, 0].tolist() == [[0, 2, 0], [0, 0, 2]]
    assert found.total(0, "zeros") == 0.5
    plan = compared_plan(found)
    assert plan.highest[0] == plan.highest[1]
    assert "one 50.0%, ten 0.0%" in plan.title


def test_networks_with_other_layers_are_not_compared():
    with pytest.raises(ValueError, match="must have the same layers"):
        compared_weights({"one": linear([1.0]), "two": linear([1.0, 2.0])})
    with pytest.raises(ValueError, match="at least one"):
        compared_weights({})


def test_of_a_deep_network_the_largest_layers_are_drawn_in_order():
    found = vz.weights(nn.Sequential(nn.Linear(9, 9), nn.Linear(9, 1), nn.Linear(1, 9), nn.Linear(9, 8)))
    plan = weight_plan(found, most=2)
    assert [bars.title for row in plan.panels for bars in row] == ["0", "3"]
    assert "the 2 largest are drawn" in plan.title


@pytest.mark.parametrize("backend", [interactive, static])
def test_both_backends_draw_one_network_and_several(backend):
    model = nn.Sequential(*[nn.Linear(2, 2) for _ in range(5)])
    assert backend.figure(vz.weights(model)) is not None
    assert backend.figure(compared_weights({"a": model, "b": model})) is not None


def test_the_screen_draws_the_counts_and_marks_the_bar_around_zero():
    found = vz.weights(linear([3.0, -4.0, 0.0, 0.002]), bins=9)
    (trace,) = interactive.figure(found).data
    assert list(trace.y) == found.counts[0].tolist()
    assert [n for n, colour in enumerate(trace.marker.color) if colour == "#d55e00"] == [4]
