"""Attention rollout: closed forms, and a direct reading of the paper's equation."""

import numpy as np
import pytest
import torch
import toys
from inside.test_attention import swin, timm_like, vit
from toys import one_thread  # noqa: F401

import vizlib as vz
from vizlib.attribution.rollout import fused, mixed
from vizlib.core.blocks import attention_blocks
from vizlib.core.errors import UnsupportedModel


def evenly(model):
    with torch.no_grad():
        for name in attention_blocks(model):
            model.get_submodule(name).in_proj_weight.zero_()
            model.get_submodule(name).in_proj_bias.zero_()
    return model


@pytest.mark.parametrize("heads", ["mean", "max", "min"])
def test_rollout_of_uniform_attention_has_the_closed_form(heads):
    """(.5/n 1 + .5 I)^L has (1 - .5^L) / n off its diagonal."""
    found = vz.attention_rollout(evenly(vit()), toys.images(2, 32), heads=heads)
    np.testing.assert_allclose(found.coarse, (1 - 0.5**3) / 17, rtol=1e-12)
    np.testing.assert_allclose(found.values, (1 - 0.5**3) / 17, rtol=1e-12)


def test_twelve_blocks_of_197_tokens_of_uniform_attention_give_the_known_number():
    even, rolled = torch.full((1, 197, 197), 1 / 197, dtype=torch.float64), torch.eye(197, dtype=torch.float64)[None]
    for _ in range(12):
        rolled = mixed(even, 0.0) @ rolled
    assert rolled[0, 0, 1].item() == pytest.approx(0.005074903, abs=5e-10)


def test_rollout_is_the_product_of_the_equation():
    model, images = vit(), toys.images(2, 32)
    found = vz.attention_rollout(model, images)
    product = np.eye(17)
    for name in attention_blocks(model):
        step = 0.5 * vz.attention(model, images, block=name).weights.mean(1) + 0.5 * np.eye(17)
        product = step @ product
    np.testing.assert_allclose(found.coarse.reshape(2, 16), product[:, 0, 1:], atol=1e-12)
    assert "the same for every class" in found.notes[0]


@pytest.mark.parametrize("discard", [0.0, 0.3, 0.99])
@pytest.mark.parametrize("heads", ["mean", "max", "min"])
def test_rows_sum_to_one_also_after_discarding(heads, discard):
    weights = torch.softmax(torch.randn(2, 3, 10, 10, generator=torch.Generator().manual_seed(0)).double(), -1)
    step = mixed(fused(weights, heads), discard)
    torch.testing.assert_close(step.sum(-1), torch.ones(2, 10).double(), atol=1e-12, rtol=0)


def test_discarding_takes_the_smallest_weights_of_each_image():
    weights = torch.arange(1.0, 19).double().reshape(2, 3, 3)
    kept = mixed(weights, 0.5) != 0
    kept[:, range(3), range(3)] = False  # the identity stays
    assert kept[0].nonzero().tolist() == kept[1].nonzero().tolist() == [[1, 2], [2, 0], [2, 1]]


def test_the_map_does_not_depend_on_the_class_but_the_score_does():
    model, images = toys.tiny_vit().double(), toys.images(1, 28)
    one, two = (vz.attention_rollout(model, images, target=target) for target in (0, 1))
    np.testing.assert_array_equal(one.values, two.values)
    assert one.score != two.score


def test_without_a_class_token_the_map_is_the_mean_over_patches():
    model, images = timm_like(), toys.images(1)
    found = vz.attention_rollout(model, images)
    wanted = 0.5 * vz.attention(model, images).weights[0].mean(0) + 0.5 * np.eye(16)
    np.testing.assert_allclose(found.coarse.ravel(), wanted.mean(0), atol=1e-12)
    assert "mean over all patches" in found.notes[1]


def test_windows_are_refused_with_what_to_try():
    with pytest.raises(UnsupportedModel, match=r"^attention_rollout: rollout needs blocks .* Try attention"):
        vz.attention_rollout(swin(), toys.images(1, 32))
