"""A layer's numbers are read as positions, or refused."""

import pytest
import torch
from torch import nn

from vizlib.core.errors import UnsupportedModel
from vizlib.core.positions import positions


class Named(nn.Module):
    """A model that is only looked at: its modules by name."""

    def __init__(self, **modules):
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)


CNN = Named(conv=nn.Conv2d(3, 8, 3), relu=nn.ReLU(), block=nn.Sequential(nn.Conv2d(8, 8, 3), nn.BatchNorm2d(8)))
SWIN = Named(patch=nn.Conv2d(3, 8, 4, 4), norm=nn.LayerNorm(8), mlp=nn.Linear(8, 8), drop=nn.Identity())
MIXED = Named(block=nn.Sequential(nn.Conv2d(8, 8, 7), nn.Linear(8, 8)))
VIT = Named(patch=nn.Conv2d(3, 12, 16, 16), block=nn.LayerNorm(12))
UNFOLDED = Named(embed=nn.Linear(768, 12), block=nn.LayerNorm(12))


def read(model, layer, shape, size=(224, 224)):
    found = positions(model, layer, torch.zeros(shape), size)
    return found.layout, found.height, found.width, found.special


@pytest.mark.parametrize(
    ("model", "layer", "shape", "size", "wanted"),
    [
        (CNN, "conv", (2, 512, 7, 7), (224, 224), ("nchw", 7, 7, 0)),
        (CNN, "relu", (2, 512, 7, 14), (224, 448), ("nchw", 7, 14, 0)),
        (CNN, "conv", (2, 64, 1, 9), (16, 144), ("nchw", 1, 9, 0)),
        (CNN, "relu", (2, 8, 8, 8), (64, 64), ("nchw", 8, 8, 0)),
        (CNN, "block", (2, 8, 8, 8), (64, 64), ("nchw", 8, 8, 0)),
        (CNN, "conv", (2, 1, 5, 5), (64, 64), ("nchw", 5, 5, 0)),
        (SWIN, "norm", (2, 7, 7, 768), (224, 224), ("nhwc", 7, 7, 0)),
        (SWIN, "norm", (2, 7, 14, 768), (224, 448), ("nhwc", 7, 14, 0)),
        (SWIN, "drop", (2, 2, 2, 768), (64, 64), ("nhwc", 2, 2, 0)),
        (SWIN, "norm", (2, 8, 8, 8), (64, 64), ("nhwc", 8, 8, 0)),
        (SWIN, "mlp", (2, 8, 8, 8), (64, 64), ("nhwc", 8, 8, 0)),
        (SWIN, "patch", (2, 8, 8, 8), (64, 64), ("nchw", 8, 8, 0)),
        (VIT, "block", (2, 197, 12), (224, 224), ("tokens", 14, 14, 1)),
        (VIT, "block", (2, 201, 12), (224, 224), ("tokens", 14, 14, 5)),
        (VIT, "block", (2, 196, 12), (224, 224), ("tokens", 14, 14, 0)),
        (VIT, "block", (2, 99, 12), (112, 224), ("tokens", 7, 14, 1)),
        (UNFOLDED, "block", (2, 65, 12), (128, 128), ("tokens", 8, 8, 1)),
    ],
)
def test_layouts_are_recognised(model, layer, shape, size, wanted):
    assert read(model, layer, shape, size) == wanted


@pytest.mark.parametrize(
    ("model", "layer", "shape", "words"),
    [
        (SWIN, "drop", (1, 8, 8, 8), "may be channels first or channels last"),
        (MIXED, "block", (1, 8, 8, 8), "may be channels first or channels last"),
        (VIT, "block", (1, 300, 12), "the 300 tokens of 'block' .* form no grid"),
        (UNFOLDED, "block", (1, 65, 49), "form no grid"),
        (CNN, "relu", (1, 512, 1, 1), r"must have a spatial output; got 'relu' \(\[1, 512, 1, 1\]\)\. Try 'block\.0'"),
        (CNN, "relu", (1, 10), r"must have a spatial output; got 'relu' \(\[1, 10\]\)"),
        (CNN, "relu", (1, 2, 3, 4, 5), r"must have a spatial output"),
    ],
)
def test_what_cannot_be_known_is_refused(model, layer, shape, words):
    with pytest.raises(UnsupportedModel, match=words):
        read(model, layer, shape, (64, 64))


def test_tokens_are_read_row_by_row_after_the_special_ones():
    tokens = torch.arange(2 * 5 * 3.0).reshape(2, 5, 3)
    model = Named(patch=nn.Conv2d(3, 3, 8, 8))
    grid = positions(model, "patch", tokens, (16, 16)).channels_first(tokens)
    assert grid.shape == (2, 3, 2, 2)
    assert torch.equal(grid[0, :, 0, 1], tokens[0, 2])
    assert torch.equal(grid[1, :, 1, 0], tokens[1, 3])


def test_channels_last_maps_keep_rows_and_columns():
    tensor = torch.randn(2, 3, 5, 7)
    last = tensor.permute(0, 2, 3, 1)
    model = Named(norm=nn.LayerNorm(3))
    assert torch.equal(positions(model, "norm", last, (30, 50)).channels_first(last), tensor)
