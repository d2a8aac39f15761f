"""Attention weights are those that the block itself uses, at the right places."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import toys
from torch import nn
from toys import one_thread  # noqa: F401

import vizlib as vz
from vizlib.core.blocks import attention_blocks
from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.options import options
from vizlib.inside.attention_layout import Layout, mean_distance
from vizlib.inside.attention_windows import windowed

TINY = {"image_size": 32, "patch_size": 8, "num_layers": 3, "num_heads": 2, "hidden_dim": 12, "mlp_dim": 16}


def vit(**changes):
    from torchvision.models import VisionTransformer

    return toys.seeded(lambda: VisionTransformer(**{**TINY, **changes}, num_classes=5))


def swin(version=1, window=4):
    from torchvision.models import swin_transformer as source

    block, merging = source.SwinTransformerBlock, source.PatchMerging
    if version == 2:
        block, merging = source.SwinTransformerBlockV2, source.PatchMergingV2
    make = source.SwinTransformer
    return toys.seeded(
        lambda: make([2, 2], 8, [2, 2], [2, 4], [window, window], num_classes=5, block=block, downsample_layer=merging)
    )


def seen_by(model, name, images):
    """What goes into a module and what comes out of it, when nobody looks."""
    found = []
    module = model.get_submodule(name)
    handle = module.register_forward_hook(lambda _, args, output: found.append((args, output)))
    with torch.no_grad():
        model(images)
    handle.remove()
    return found[-1]


def test_the_weights_of_a_vit_make_the_output_of_its_own_attention():
    model, images = vit(), toys.images(2, 32)
    name = "encoder.layers.encoder_layer_1.self_attention"
    found = vz.attention(model, images, block=name)
    (x, *_), (output, none) = seen_by(model, name, images)
    assert none is None
    block = model.get_submodule(name)
    value = F.linear(x, block.in_proj_weight, block.in_proj_bias).chunk(3, -1)[2]
    value = value.unflatten(-1, (2, -1)).transpose(1, 2)
    mixed = (torch.from_numpy(found.weights.copy()) @ value).transpose(1, 2).flatten(2)
    torch.testing.assert_close(block.out_proj(mixed), output, atol=1e-12, rtol=0)
    assert found.weights.shape == (2, 2, 17, 17)
    assert (found.grid, found.special, found.block) == ((4, 4), 1, name)
    np.testing.assert_allclose(found.weights.sum(-1), 1, atol=1e-12)


def test_one_head_with_known_weights_looks_where_it_must():
    """Keys are the patches' numbers on two axes, queries all ask for the first: softmax of (1, 0, 0, 0)."""

    class Known(nn.Module):
        def __init__(self):
            super().__init__()
            self.patches = nn.Conv2d(4, 4, 2, stride=2, bias=False)
            self.block = nn.MultiheadAttention(4, 1, bias=False, batch_first=True)
            with torch.no_grad():
                self.patches.weight.zero_()
                self.patches.weight[range(4), range(4), 0, 0] = 1
                self.block.in_proj_weight.copy_(torch.cat([torch.zeros(4, 4), torch.eye(4), torch.eye(4)]))
                self.block.in_proj_weight[0] = 2 * torch.ones(4)  # query 0 of every patch is 2

        def forward(self, x):
            tokens = self.patches(x).flatten(2).transpose(1, 2)
            return self.block(tokens, tokens, tokens, need_weights=False)[0].mean(1)

    image = torch.zeros(1, 4, 4, 4, dtype=torch.float64)
    for patch in range(4):
        image[0, patch, patch // 2 * 2, patch % 2 * 2] = 1  # patch n has channel n
    found = vz.attention(Known().double(), image)
    wanted = np.exp([1, 0, 0, 0]) / (np.e + 3)  # 2 · 1 / √4
    np.testing.assert_allclose(found.weights[0, 0], np.tile(wanted, (4, 1)), atol=1e-12)
    np.testing.assert_allclose(found.looks((1, 0))[0], wanted.reshape(2, 2))


@pytest.mark.parametrize("frozen", [True, False])
def test_a_block_that_would_take_the_fast_path_tells_its_weights(frozen):
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    model = nn.Sequential(nn.Conv2d(3, 8, 4, stride=4), nn.Flatten(2), Turned(), layer, Mean())
    model = model.double().eval().requires_grad_(not frozen)
    images = toys.images(2)
    found = vz.attention(model, images)
    tokens = model[:3](images)
    with torch.no_grad():
        wanted = layer.self_attn(tokens, tokens, tokens, need_weights=True, average_attn_weights=False)[1]
    assert found.block == "3.self_attn"
    np.testing.assert_allclose(found.weights, wanted.numpy(), atol=1e-12)


class Turned(nn.Module):
    def forward(self, x):
        return x.transpose(1, 2)


class Mean(nn.Module):
    def forward(self, x):
        return x.mean(1)


def test_the_caller_of_a_block_gets_the_weights_that_it_asked_for():
    """A model that uses the mean over heads gets it, while each head is told apart outside."""

    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.patches = nn.Conv2d(3, 4, 4, stride=4)
            self.block = nn.MultiheadAttention(4, 2, batch_first=True)

        def forward(self, x):
            tokens = self.patches(x).flatten(2).transpose(1, 2)
            _, weights = self.block(tokens, tokens, tokens)
            return weights.flatten(1)

    model, images = toys.seeded(Reader), toys.images(2)
    found = vz.attention_rollout(model, images, target=3)
    np.testing.assert_allclose(found.score, model(images)[:, 3].detach().numpy(), atol=1e-12)


@pytest.mark.parametrize("window", [4, 3], ids=["whole windows", "windows beyond the image"])
@pytest.mark.parametrize("version", [1, 2])
def test_the_weights_of_every_swin_block_make_the_output_of_shifted_window_attention(version, window):
    model, images = swin(version, window), toys.images(2, 16)
    for name in attention_blocks(model):
        (x,), output = seen_by(model, name, images)
        with torch.no_grad():
            weights, _, again = windowed(model.get_submodule(name), x)
        torch.testing.assert_close(again, output, atol=1e-12, rtol=0)
        found = vz.attention(model, images, block=name)
        np.testing.assert_allclose(found.weights, weights.numpy(), atol=1e-14)
        np.testing.assert_allclose(found.weights.sum(-1), 1, atol=1e-12)
        assert found.grid == tuple(x.shape[1:3])


@pytest.mark.parametrize("version", [1, 2])
def test_dense_weights_of_swin_mix_values_at_their_places_in_the_image(version):
    """Without padding, a plain [position, position] matrix times the values in reading order is the block's output."""
    model, images = swin(version), toys.images(1, 32)
    name = "features.1.1.attn"
    block = model.get_submodule(name)
    assert any(block.shift_size)
    (x,), output = seen_by(model, name, images)
    dense = torch.from_numpy(vz.attention(model, images, block=name).dense())
    value = block.qkv(x).chunk(3, -1)[2].flatten(1, 2).unflatten(-1, (block.num_heads, -1))
    mixed = torch.einsum("hqk,bkhc->bqhc", dense, value).flatten(2)
    torch.testing.assert_close(block.proj(mixed).view_as(output), output, atol=1e-10, rtol=0)


def test_a_window_sees_no_further_than_its_side_once_the_shift_is_undone():
    found = vz.attention(swin(), toys.images(1, 32), block="features.1.1.attn")
    looks = found.looks((0, 0))  # the corner: its shifted window has 2 x 2 patches of this side of the image
    assert (looks[:, :2, :2] > 0).all()
    looks[:, :2, :2] = 0
    assert not looks.any()


def timm_like(**names):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.num_heads = 2
            self.scale = 2**-0.5
            self.qkv = nn.Linear(4, 12)
            self.proj = nn.Linear(4, 4)

        def forward(self, x):
            shape = (len(x), x.shape[1], 3, self.num_heads, -1)
            q, k, v = self.qkv(x).reshape(shape).permute(2, 0, 3, 1, 4).unbind(0)
            x = F.scaled_dot_product_attention(q, k, v, **names)
            return self.proj(x.transpose(1, 2).flatten(2))

    return toys.seeded(lambda: nn.Sequential(nn.Conv2d(3, 4, 4, stride=4), nn.Flatten(2), Turned(), Block(), Mean()))


def test_a_fused_attention_as_in_timm_tells_its_weights():
    model, images = timm_like(), toys.images(2)
    found = vz.attention(model, images)
    q, k, _ = model[3].qkv(model[:3](images)).unflatten(-1, (3, 2, 2)).permute(2, 0, 3, 1, 4)
    wanted = torch.softmax(q @ k.transpose(-2, -1) / 2**0.5, -1)
    np.testing.assert_allclose(found.weights, wanted.detach().numpy(), atol=1e-12)
    assert (found.grid, found.class_token) == ((4, 4), False)


def test_a_block_that_does_something_else_with_qkv_is_refused_instead_of_guessed():
    with pytest.raises(UnsupportedModel, match=r"^attention: block '3' computes its attention in a way of its own; "):
        vz.attention(timm_like(is_causal=True), toys.images(1))


def test_a_model_without_attention_says_what_is_supported():
    with pytest.raises(UnsupportedModel, match=r"no attention that can be looked into; supported are nn\.Multihead"):
        vz.attention(toys.small(), toys.images(1))


def test_a_layer_stands_for_the_one_block_inside_and_a_wrong_name_is_refused():
    model, images = vit(), toys.images(1, 32)
    found = vz.attention(model, images, block="encoder.layers.encoder_layer_0")
    assert found.block == "encoder.layers.encoder_layer_0.self_attention"
    with pytest.raises(OptionError, match="block must be the name of an attention block"):
        vz.attention(model, images, block="encoder")


def test_the_option_knows_the_blocks_of_a_model():
    (option,) = options(vz.attention)
    assert option.kind == "block"
    assert option.choices() == ()
    assert option.choices(vit())[0] == "encoder.layers.encoder_layer_0.self_attention"
    assert len(option.choices(swin())) == 4


@pytest.mark.parametrize("make", [vit, swin])
def test_a_batch_of_attention_equals_a_loop(make):
    model, images = make(), toys.images(3, 32)
    together = vz.attention(model, images)
    for index in range(3):
        alone = vz.attention(model, images[index : index + 1])
        np.testing.assert_allclose(together.weights[index], alone.weights[0], atol=1e-12)
        np.testing.assert_allclose(together.distances[index], alone.distances[0], atol=1e-10)


# --- distance -------------------------------------------------------------------------------------------------------


def test_a_token_that_looks_at_itself_looks_no_distance_and_at_its_neighbour_one_patch():
    layout = Layout((1, 4), 1, (8, 32))
    itself = torch.eye(5).double()[None, None]
    assert mean_distance(itself, None, layout).tolist() == [[0]]
    right = torch.zeros(1, 1, 5, 5).double()
    right[..., [1, 2, 3, 4], [2, 3, 4, 3]] = 1  # the last one looks to the left
    assert mean_distance(right, None, layout).tolist() == [[8]]


def test_the_class_token_takes_no_part_in_the_distance():
    layout = Layout((2, 2), 1, (10, 10))
    weights = torch.full((1, 1, 5, 5), 0.2).double()
    even = (0 + 5 + 5 + 50**0.5) / 4
    assert mean_distance(weights, None, layout).item() == pytest.approx(even)
    weights[..., 0] = 0.6
    weights[..., 1:] = 0.1
    assert mean_distance(weights, None, layout).item() == pytest.approx(even)


def test_the_distances_of_all_blocks_are_those_of_each_block():
    model, images = swin(), toys.images(3, 32)
    found = vz.attention_distance(model, images)
    assert found.names == attention_blocks(model)
    assert np.bincount(found.blocks).tolist() == [2, 2, 4, 4]
    for number, name in enumerate(found.names):
        alone = vz.attention(model, images, block=name)
        np.testing.assert_allclose(found.of(number), alone.distances.mean(0))


def test_a_head_that_looks_everywhere_alike_is_on_the_line():
    model = vit()
    with torch.no_grad():
        for name in attention_blocks(model):
            model.get_submodule(name).in_proj_weight.zero_()
    found = vz.attention_distance(model, toys.images(1, 32))
    np.testing.assert_allclose(found.distances, np.repeat(found.uniform, 2))
    i, j = np.mgrid[:4, :4].reshape(2, -1)
    wanted = 8 * np.hypot(i[:, None] - i, j[:, None] - j).mean()
    np.testing.assert_allclose(found.uniform, wanted)


def maxvit():
    from torchvision.models.maxvit import MaxVit

    sizes = {"block_channels": [8, 16], "block_layers": [1, 1], "head_dim": 4, "stochastic_depth_prob": 0.0}
    model = toys.seeded(lambda: MaxVit((32, 32), stem_channels=8, partition_size=2, num_classes=5, **sizes))
    return model


@pytest.mark.parametrize("kind", ["window", "grid"])
def test_the_weights_of_a_maxvit_make_the_output_of_its_own_attention_at_the_right_places(kind):
    model, images = maxvit(), toys.images(2, 32)
    name = f"blocks.0.layers.0.layers.{kind}_attention"
    found = vz.attention(model, images, block=name)
    (x,), _ = seen_by(model, f"{name}.attn_layer.1", images)
    _, output = seen_by(model, f"{name}.attn_layer", images)
    layer = model.get_submodule(name)
    attention = layer.attn_layer[1]
    value = image_of(layer, attention.to_qkv(x).chunk(3, -1)[2])
    dense = torch.from_numpy(np.stack([found.dense(image) for image in range(2)]))
    mixed = (dense @ value.flatten(2).transpose(1, 2).unflatten(-1, (2, 4)).transpose(1, 2)).transpose(1, 2).flatten(2)
    torch.testing.assert_close(attention.merge(mixed), image_of(layer, output).flatten(2).transpose(1, 2))
    assert (found.grid, found.special, found.block) == ((8, 8), 0, name)
    np.testing.assert_allclose(found.weights.sum(-1), 1, atol=1e-12)


def image_of(layer, parts):
    """[batch, part, position, channel] as [batch, channel, height, width], as the layer itself puts it together."""
    height, width = (side // layer.p for side in layer.grid_size)
    return layer.departition_op(layer.departition_swap(parts), layer.p, height, width)


def test_a_window_of_maxvit_sees_neighbours_and_a_grid_sees_one_of_every_window():
    model, images = maxvit(), toys.images(1, 32)
    near, far = (
        vz.attention(model, images, block=f"blocks.0.layers.0.layers.{kind}_attention") for kind in ("window", "grid")
    )
    rows, columns = np.nonzero(near.looks((2, 5))[0])
    assert sorted(zip(rows.tolist(), columns.tolist(), strict=True)) == [(2, 4), (2, 5), (3, 4), (3, 5)]
    rows, columns = np.nonzero(far.looks((2, 5))[0])
    assert sorted(zip(rows.tolist(), columns.tolist(), strict=True)) == [(2, 1), (2, 5), (6, 1), (6, 5)]
    assert far.distances.mean() > near.distances.mean()


def test_maxvits_distances_are_told_and_its_rollout_is_refused_in_one_sentence():
    model, images = maxvit(), toys.images(1, 32)
    assert len(vz.attention_distance(model, images).names) == 4
    with pytest.raises(UnsupportedModel, match=r"looks in windows\. Try attention, block by block"):
        vz.attention_rollout(model, images)
