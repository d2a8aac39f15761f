"""Layers are found by name, recorded without side effects, and one is the default."""

import sys
from collections import namedtuple

import pytest
import torch
import toys
from torch import nn

from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.layers import DEFAULT_LAYERS, _probed_default, default_layer, find_layer, layer_names, record


def test_names_are_those_of_the_module_in_order_also_when_it_is_compiled():
    names = ("first", "norm", "relu", "second", "head")
    assert layer_names(toys.small()) == names
    assert layer_names(toys.compiled()) == names


def test_an_unknown_layer_is_answered_with_the_nearest_names():
    with pytest.raises(OptionError, match=r"got 'secund'\. Try 'second'"):
        find_layer(toys.small(), "secund")


def test_a_name_like_none_of_the_model_is_answered_with_its_last_layers():
    model = toys.small()
    last = " or ".join(repr(name) for name in layer_names(model)[-3:])
    with pytest.raises(OptionError, match=rf"got '\?'\. Try {last}\.$"):
        find_layer(model, "?")


def test_what_was_recorded_does_not_change_afterwards():
    model = toys.small()
    with record(model, "norm") as recording, torch.no_grad():
        model(toys.images())
    assert recording.last("norm").min() < 0
    assert not model.norm._forward_hooks


Pair = namedtuple("Pair", "map extra")


class Several(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.kind = kind

    def forward(self, x):
        return self.kind(x * 2, "extra")


class Reads(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.several = Several(kind)

    def forward(self, x):
        first, extra = self.several(x)
        assert extra == "extra"
        return first.mul_(5).mean((2, 3))


@pytest.mark.parametrize("kind", [Pair, lambda *items: tuple(items), lambda *items: list(items)])
def test_the_first_of_several_outputs_is_recorded_and_passed_on_in_the_same_container(kind):
    x = toys.images()
    model = Reads(kind)
    with record(model, "several") as recording:
        scores = model(x)
    assert torch.equal(recording.last("several"), 2 * x)
    torch.testing.assert_close(scores, (10 * x).mean((2, 3)))


def test_a_layer_that_was_not_used_is_said():
    with record(toys.small(), "head") as recording, pytest.raises(UnsupportedModel, match="'head' is not used"):
        recording.last("head")


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("alexnet", 128),
        ("googlenet", 64),
        ("mobilenet_v3_small", 64),
        ("resnet18", 64),
        ("squeezenet1_1", 64),
        ("swin_t", 64),
        ("vgg11", 64),
        ("vit_b_32", 64),
    ],
)
def test_the_probe_finds_what_the_table_of_torchvision_says(name, size):
    """A subclass in another module is not in the table, so its layer is found by probing."""
    model = toys.torchvision_model(name)
    known = default_layer(model)
    assert known is not None
    probed = _probed_default(model, toys.images(1, size=size).float())
    assert probed == LATER.get(name, known)


# Where the probe finds a later layer with positions than the one that the table shows.
LATER = {"squeezenet1_1": "classifier.2", "swin_t": "permute"}


def test_every_class_of_the_table_is_in_torchvision():
    modules = [module for name, module in sys.modules.items() if name.startswith("torchvision.models.")]
    assert set(DEFAULT_LAYERS) <= {name for module in modules for name in dir(module)}


class Tokens(nn.Module):
    """A small transformer that reads its class token."""

    def __init__(self, registers=0):
        super().__init__()
        self.patch = nn.Conv2d(3, 8, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1 + registers, 8))
        self.block = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        patches = self.patch(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(len(x), -1, -1), patches], 1)
        return self.head(self.norm(self.block(tokens))[:, 0])


def test_a_transformer_that_reads_its_class_token_is_looked_at_where_patches_still_count():
    """After the last attention only the class token reaches the score; the map is taken before it."""
    for registers in (0, 4):
        model = toys.seeded(lambda count=registers: Tokens(count))
        layer = default_layer(model, toys.images())
        assert layer == "patch"


def test_a_model_without_positions_has_no_default_layer():
    model = nn.Sequential(nn.Flatten(), nn.Linear(768, 5), nn.ReLU()).double()
    assert default_layer(model, toys.images()) is None
    assert default_layer(model) is None


def test_the_probe_works_under_no_grad_and_with_an_in_place_beginning():
    with torch.no_grad():
        assert default_layer(toys.in_place_first(), toys.images()) == "second"
