"""Receptive fields: closed forms, brute force, published values, and what the probe finds."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import torchvision
from inside.nets import Branches, Stack, brute_force, closed_form, conv, positive, untrained
from torch import Tensor, nn

import vizlib as vz
from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.options import options
from vizlib.inside import receptive_field as module

STACKS = {
    "three 3x3": [(3, 1, 1, 1)] * 3,
    "one 7x7": [(7, 1, 3, 1)],
    "two 3x3": [(3, 1, 1, 1)] * 2,
    "dilations 1 2 4": [(3, 1, 1, 1), (3, 1, 2, 2), (3, 1, 4, 4)],
    "strides": [(7, 2, 3, 1), (3, 2, 1, 1), (3, 2, 1, 1), (3, 1, 1, 1)],
    "even kernels": [(2, 2, 0, 1), (4, 2, 1, 1), (2, 1, 0, 1)],
    "stride beyond kernel": [(1, 2, 0, 1), (3, 3, 0, 1)],
    "no padding": [(5, 1, 0, 1), (3, 2, 0, 1), (3, 1, 0, 2)],
    "much padding": [(3, 1, 4, 1), (3, 2, 3, 1)],
}


def last(model: nn.Module) -> str:
    return [name for name, _ in model.named_modules() if name][-1]


@pytest.mark.parametrize("name", STACKS)
def test_a_stack_of_convolutions_has_the_closed_form(name):
    model = Stack(*STACKS[name])
    size, stride, start = closed_form(STACKS[name])
    field = vz.receptive_field(model, layer=last(model), input_size=64)
    assert (field.size, field.stride, field.start) == ((size, size), (stride, stride), (start, start))
    assert field.exact
    assert not field.covers_image
    assert field.verified


def test_three_dilated_convolutions_span_13_pixels_and_use_7():
    model = Stack(*[(3, 1, 2, 2)] * 3)
    field = vz.receptive_field(model, layer="2", input_size=40)
    assert field.size == (13, 13)
    assert field.notes == ("The field has holes: the central unit uses 7 of 13 rows and 7 of 13 columns.",)


def test_padding_moves_the_field_and_never_changes_its_size():
    fields = [vz.receptive_field(Stack((5, 2, p, 1)), layer="0", input_size=32) for p in (0, 1, 2)]
    assert {field.size for field in fields} == {(5, 5)}
    assert [field.start for field in fields] == [(0, 0), (-1, -1), (-2, -2)]


def test_asymmetric_kernels_strides_paddings_and_dilations_are_told_apart():
    model = nn.Sequential(conv((1, 7), (2, 1), (0, 3)), conv((5, 3), (1, 2), (2, 1), (1, 2)))
    field = vz.receptive_field(model, layer="1", input_size=(48, 40))
    assert (field.size, field.stride, field.start) == ((9, 11), (2, 2), (-4, -4))
    assert field.exact
    assert field.verified


def test_the_box_of_a_unit_is_clipped_at_the_border_and_the_whole_box_is_not():
    field = vz.receptive_field(Stack((7, 2, 3, 1)), layer="0", input_size=(32, 48))
    assert field.units == (16, 24)
    assert field.box((0, 0)) == (0, 0, 4, 4)
    assert field.whole_box((0, 0)) == (-3, -3, 4, 4)
    assert field.box((5, 7)) == field.whole_box((5, 7)) == (7, 11, 14, 18)
    assert field.box((15, 23)) == (27, 43, 32, 48)
    assert field.box() == field.box((8, 12))


def test_a_unit_that_does_not_exist_is_refused():
    field = vz.receptive_field(Stack((3, 1, 1, 1)), layer="0", input_size=16)
    with pytest.raises(ValueError, match=r"16 x 16 units; got unit \(16, 0\)"):
        field.box((16, 0))


TINY = {
    "pool that cuts": lambda: nn.Sequential(conv(3, 2, 0), conv(3, 1, 1), nn.AvgPool2d(3, 2)),
    "ceil mode": lambda: nn.Sequential(conv(3, 2, 0), nn.AvgPool2d(3, 2, ceil_mode=True), conv(3, 1, 1)),
    "transposed": lambda: nn.Sequential(conv(3, 2, 1), nn.ConvTranspose2d(1, 1, 4, 2, 1), conv(3, 1, 1)),
    "nearest": lambda: nn.Sequential(conv(3, 2, 1), nn.Upsample(scale_factor=2), conv(3, 1, 1)),
    "bilinear": lambda: nn.Sequential(conv(2, 2), nn.Upsample(scale_factor=2, mode="bilinear"), conv(3, 1, 1)),
    "corners": lambda: nn.Sequential(conv(2, 2), nn.Upsample((9, 7), mode="bilinear", align_corners=True)),
    "adaptive": lambda: nn.Sequential(conv(3, 1, 1), nn.AdaptiveAvgPool2d((5, 3)), conv(2)),
    "reflected": lambda: nn.Sequential(nn.ReflectionPad2d(3), conv(3), conv(3)),
    "zero pad": lambda: nn.Sequential(nn.ZeroPad2d((3, 0, 1, 2)), conv(3, 2)),
    "crop": lambda: nn.Sequential(nn.ZeroPad2d((-2, -1, -3, 0)), conv(3, 2, 1)),
    "shuffled": lambda: nn.Sequential(conv(1, outputs=4), nn.PixelShuffle(2), conv(3, 2, 1)),
    "unshuffled": lambda: nn.Sequential(conv(1), nn.PixelUnshuffle(2), conv(3, 1, 1, inputs=4)),
    "shifted branch": lambda: Branches(conv(3, 2, 1), nn.Sequential(nn.ZeroPad2d((0, 3, 0, 3)), conv(5, 2))),
    "strided branch": lambda: Branches(conv(1, 2), nn.Sequential(conv(3, 1, 1), nn.AvgPool2d(2)), "cat"),
}  # fmt: skip


EVEN = ("shuffled", "unshuffled", "shifted branch", "strided branch")


@pytest.mark.parametrize("name", TINY)
def test_every_unit_of_a_tiny_network_sees_what_changes_it(name):
    torch.manual_seed(0)
    model = positive(TINY[name]())
    layer, size = last(model), (12, 12) if name in EVEN else (13, 12)
    field = vz.receptive_field(model, layer=layer, input_size=size)
    for unit in itertools.product(*(sorted({0, 1, n // 2, n - 1}) for n in field.units)):
        box, found = field.box(unit), brute_force(model, layer, size, unit)
        assert box == found or (found is None and (box.top == box.bottom or box.left == box.right)), unit
    assert field.verified


@pytest.mark.parametrize("join", ["add", "cat"])
def test_branches_that_agree_are_exact_and_have_the_hull(join):
    model = Branches(conv(3, 1, 1), nn.Sequential(conv(3, 1, 1), conv((1, 5), 1, (0, 2))), join)
    field = vz.receptive_field(model, layer="end", input_size=32)
    assert (field.size, field.start) == ((3, 7), (-1, -3))
    assert field.exact
    assert field.verified


@pytest.mark.parametrize("join", ["add", "cat"])
def test_paths_that_disagree_in_centre_are_reported(join):
    field = vz.receptive_field(Branches(conv(3, 2, 1), nn.AvgPool2d(2), join), layer="end", input_size=32)
    assert not field.exact
    assert field.size == (3, 3)
    assert "different centres" in field.notes[0]


def test_paths_that_disagree_in_stride_are_reported():
    low = nn.Sequential(conv(3, 2, 1), nn.Upsample(scale_factor=2))
    field = vz.receptive_field(Branches(conv(1), low), layer="end", input_size=32)
    assert not field.exact
    assert "depends on the position" in field.notes[0]
    assert field.verified


class Excited(nn.Module):
    """Squeeze-excite around a convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.gate = conv(3, 2, 1, outputs=4), conv(1, inputs=4, outputs=4)
        self.end = conv(3, 1, 1, inputs=4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        return self.end(x * torch.sigmoid(self.gate(x.mean((2, 3), keepdim=True))))


GLOBAL = {
    "squeeze-excite": Excited,
    "global pooling": lambda: nn.Sequential(conv(3, 2, 1), nn.AdaptiveAvgPool2d(1)),
    "global maximum": lambda: nn.Sequential(conv(3, 2, 1), nn.AdaptiveMaxPool2d(1)),
    "pooling of the size of the map": lambda: nn.Sequential(conv(3, 2, 1), nn.AvgPool2d(16)),
    "group norm": lambda: nn.Sequential(conv(3, 2, 1, outputs=4), nn.GroupNorm(2, 4)),
    "instance norm": lambda: nn.Sequential(conv(3, 2, 1, outputs=4), nn.InstanceNorm2d(4)),
    "batch norm without statistics": lambda: nn.Sequential(conv(3, 2, 1), nn.BatchNorm2d(1, track_running_stats=False)),
    "spatial layer norm": lambda: nn.Sequential(conv(3, 2, 1), nn.LayerNorm([1, 16, 16])),
    "linear on all pixels": lambda: nn.Sequential(conv(3, 2, 1), nn.Flatten(), nn.Linear(256, 3)),
}


@pytest.mark.parametrize("name", GLOBAL)
def test_a_global_operation_covers_the_image(name):
    model = GLOBAL[name]()
    field = vz.receptive_field(model, layer=last(model), input_size=32)
    assert field.covers_image
    assert field.exact
    assert field.size == (32, 32)
    assert field.box((0, 0)) == (0, 0, 32, 32)
    assert field.verified


def test_beside_a_global_operation_the_local_field_is_kept():
    field = vz.receptive_field(Excited(), layer="end", input_size=32)
    assert (field.local_size, field.local_start, field.stride) == ((7, 7), (-3, -3), (2, 2))


class ChannelNorm(nn.Module):
    """Layer norm over channels only, channels last, as ConvNeXt has it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = conv(4, 4, outputs=8), nn.LayerNorm(8)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x).permute(0, 2, 3, 1))


@pytest.mark.parametrize("make", [ChannelNorm, lambda: nn.Sequential(conv(4, 4, outputs=8), nn.BatchNorm2d(8))])
def test_normalisation_over_channels_or_with_stored_statistics_is_pointwise(make):
    model = make()
    field = vz.receptive_field(model, layer=last(model), input_size=32)
    assert (field.size, field.covers_image, field.exact, field.units) == ((4, 4), False, True, (8, 8))


def test_a_slice_assignment_that_is_not_followed_sees_everything_and_says_so():
    class Written(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.end = conv(3, 1, 1), nn.Identity()

        def forward(self, x: Tensor) -> Tensor:
            out = torch.zeros_like(x)
            out[:, :, ::2] = self.conv(x)[:, :, ::2]
            return self.end(out)

    field = vz.receptive_field(Written(), layer="end", input_size=16)
    assert field.covers_image
    assert not field.exact
    assert field.verified is None
    assert field.notes == (
        "Operations that are not followed are taken as seeing everything: values written into parts of a tensor.",
    )


def test_an_operation_without_a_rule_sees_everything_and_is_named():
    class Spectrum(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.end = nn.Identity()

        def forward(self, x: Tensor) -> Tensor:
            return self.end(torch.fft.fft2(x).real)

    field = vz.receptive_field(Spectrum(), layer="end", input_size=16)
    assert field.covers_image
    assert any("_fft_c2c" in note for note in field.notes)


def test_a_probe_that_disagrees_is_reported(monkeypatch):
    monkeypatch.setattr(module, "seen_by", lambda *_: torch.ones(96, 96, dtype=torch.bool))
    field = vz.receptive_field(Stack((3, 1, 1, 1)), layer="0", input_size=96)
    assert field.verified is False
    assert "The numeric probe disagrees" in field.notes[-1]
    assert vz.receptive_field(Stack((3, 1, 1, 1)), layer="0", input_size=96, probe=False).verified is None


def test_saturated_gates_and_dead_rectifiers_do_not_mislead_the_probe():
    model = nn.Sequential(conv(3, 1, 1), nn.ReLU(), nn.MaxPool2d(2), conv(3, 1, 1), nn.Sigmoid())
    with torch.no_grad():
        model[0].bias.fill_(-1e6)
        model[3].bias.fill_(1e6)
    field = vz.receptive_field(model, layer="4", input_size=32)
    assert field.size == (8, 8)
    assert field.verified


def test_a_layer_is_reached_even_when_a_later_one_refuses_the_size():
    model = nn.Sequential(conv(3, 1, 1), nn.Flatten(), nn.Linear(64, 2))
    assert vz.receptive_field(model, layer="0", input_size=16).size == (3, 3)
    with pytest.raises(UnsupportedModel, match="cannot take images of shape"):
        vz.receptive_field(model, layer="2", input_size=16)


def test_a_layer_that_runs_several_times_counts_with_its_last_run():
    class Again(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = conv(3, 1, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.conv(self.conv(self.conv(x)))

    field = vz.receptive_field(Again(), layer="conv", input_size=32)
    assert field.size == (7, 7)
    assert field.verified
    assert "runs 3 times" in field.notes[0]


def test_layers_that_no_image_passes_are_refused():
    model = torchvision.models.get_model("googlenet", weights=None, init_weights=False)
    with pytest.raises(UnsupportedModel, match=r"'aux1.conv' is not a layer that an image passes"):
        vz.receptive_field(model, layer="aux1.conv", input_size=64)
    with pytest.raises(OptionError, match="layer must be the name of a layer"):
        vz.receptive_field(model, layer="nothing")
    with pytest.raises(OptionError, match="layer must be given"):
        vz.receptive_field(model, layer=None)


@pytest.mark.parametrize(("given", "wanted"), [(32, (32, 32)), ((24, 40), (24, 40)), ([24, 40], (24, 40))])
def test_a_size_is_one_number_or_two(given, wanted):
    assert vz.receptive_field(Stack((3, 1, 1, 1)), layer="0", input_size=given).input_size == wanted


@pytest.mark.parametrize("wrong", [(32,), (32, 32, 32), "large", 32.0, (32, 7), True])
def test_a_size_that_is_none_is_refused_by_name(wrong):
    with pytest.raises(OptionError, match="receptive_field: input_size must be an integer from 8 to 4096, or two"):
        vz.receptive_field(Stack((3, 1, 1, 1)), layer="0", input_size=wrong)


def test_a_size_is_read_from_a_command_line():
    option = next(o for o in options(vz.receptive_field) if o.name == "input_size")
    assert option.parse("64", "x") == 64
    assert option.parse("64x32", "x") == option.parse("64,32", "x") == (64, 32)


# Publicly known: Araujo et al. (2019), and r = 1 + Σ d (k - 1) Π s for plain stacks. The numbers of residual networks
# are those of torchvision, which has the stride on the 3 x 3 convolution.
PUBLISHED = [
    ("alexnet", "features", 195, 32), ("vgg11", "features", 150, 32), ("vgg13", "features", 156, 32),
    ("vgg16", "features", 212, 32), ("vgg19", "features", 268, 32), ("resnet18", "layer1", 43, 4),
    ("resnet18", "layer2", 99, 8), ("resnet18", "layer3", 211, 16), ("resnet18", "layer4", 435, 32),
    ("resnet34", "layer4", 899, 32), ("resnet50", "layer4", 427, 32), ("resnet101", "layer4", 971, 32),
    ("resnet152", "layer4", 1451, 32), ("mobilenet_v2", "features", 491, 32), ("googlenet", "conv1", 7, 2),
]  # fmt: skip


@pytest.mark.parametrize(("name", "layer", "size", "stride"), PUBLISHED, ids=lambda value: str(value))
def test_torchvision_models_have_the_published_fields(name, layer, size, stride):
    field = vz.receptive_field(untrained(name), layer=layer, probe=False)
    assert (field.size, field.stride, field.exact) == ((size, size), (stride, stride), True)


def test_a_field_larger_than_the_image_is_confirmed_by_the_probe():
    field = vz.receptive_field(untrained("resnet18"), layer="layer4", input_size=64)
    assert (field.size, field.start, field.verified) == ((435, 435), (-217, -217), True)
    assert field.box() == (0, 0, 64, 64)


def test_tokens_of_a_vision_transformer_see_their_patch_then_the_image():
    model = torchvision.models.VisionTransformer(64, 16, 2, 2, 8, 16)
    first = vz.receptive_field(model, layer="encoder.layers.encoder_layer_0.ln_1", input_size=64)
    assert (first.size, first.stride, first.start, first.units) == ((16, 16), (16, 16), (0, 0), (4, 4))
    assert first.box((1, 2)) == (16, 32, 32, 48)
    assert first.verified
    later = vz.receptive_field(model, layer="encoder.layers.encoder_layer_0", input_size=64)
    assert (later.covers_image, later.local_size, later.verified) == (True, (16, 16), True)


def test_units_that_all_see_the_same_keep_their_places():
    model = torchvision.models.VisionTransformer(64, 16, 2, 2, 8, 16)
    attention = vz.receptive_field(model, layer="encoder.layers.encoder_layer_0.self_attention", input_size=64)
    assert attention.units == (4, 4)
    assert attention.box((3, 3)) == (0, 0, 64, 64)
    gate = Excited()
    gate.end = nn.Conv2d(4, 4, 1)
    gate.conv = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Upsample((6, 5)), conv(1, outputs=4))
    assert vz.receptive_field(gate, layer="end", input_size=(60, 50)).units == (6, 5)


def test_windows_of_a_swin_transformer_grow_and_do_not_wrap_around():
    model = torchvision.models.SwinTransformer([4, 4], 8, [2], [2], [7, 7], num_classes=3)
    fields = [vz.receptive_field(model, layer=f"features.1.{n}", input_size=112) for n in (0, 1)]
    assert [field.size for field in fields] == [(28, 28), (56, 56)]
    assert fields[0].box((0, 0)) == (0, 0, 28, 28)
    assert fields[0].box((7, 6)) == (28, 0, 56, 28)
    assert fields[1].box((0, 0)) == (0, 0, 28, 28)
    assert fields[1].box((5, 5)) == (0, 0, 56, 56)
    assert not any(field.covers_image or field.exact for field in fields)
    assert all(field.verified for field in fields)


def test_a_detector_is_looked_at_through_its_backbone():
    model = torchvision.models.detection.fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=2)
    field = vz.receptive_field(model, layer="backbone.body.layer4", input_size=128, probe=False)
    assert field.size == (427, 427)
    with pytest.raises(UnsupportedModel, match="not a layer of the backbone"):
        vz.receptive_field(model, layer="rpn.head", input_size=128)


def test_the_backbone_of_a_segmentation_model_has_dilations_in_place_of_strides():
    model = torchvision.models.segmentation.fcn_resnet50(weights=None, weights_backbone=None, num_classes=2)
    found = vz.receptive_field(model, layer="backbone.layer4", input_size=224, probe=False)
    # 91 after layer2 at stride 8; then (1 + 5 * 2 + 2 + 2 * 4) dilated 3x3 steps of 2 * 8 pixels
    assert (found.size, found.stride) == ((91 + 21 * 16,) * 2, (8, 8))
    assert found.size == (427, 427)


def test_a_segmentation_model_sees_the_whole_image_after_its_pooling_branch():
    model = torchvision.models.segmentation.deeplabv3_resnet50(weights=None, weights_backbone=None, num_classes=2)
    before = vz.receptive_field(model, layer="backbone.layer4", input_size=128, probe=False)
    after = vz.receptive_field(model, layer="classifier.0", input_size=128, probe=False)
    assert (before.stride, before.exact, before.covers_image) == ((8, 8), True, False)
    assert after.covers_image


def test_the_digest_covers_the_boxes():
    one, other = (vz.receptive_field(Stack((3, 1, 1, 1)), layer="0", input_size=n) for n in (16, 17))
    assert one.digest() != other.digest()
    assert one.rows.dtype == np.int32
    with pytest.raises(ValueError, match="read-only"):
        one.rows[0, 0] = 1


def test_an_interpolation_in_code_is_followed_like_a_layer():
    class Pyramid(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.high, self.low, self.end = conv(3, 1, 1), conv(3, 4, 1), conv(3, 1, 1)

        def forward(self, x: Tensor) -> Tensor:
            high, low = self.high(x), self.low(x)
            return self.end(high + F.interpolate(low, size=high.shape[-2:], mode="nearest"))

    torch.manual_seed(0)
    model = positive(Pyramid())
    field = vz.receptive_field(model, layer="end", input_size=(16, 12))
    for unit in ((0, 0), (7, 5), (8, 6), (15, 11)):
        assert field.box(unit) == brute_force(model, "end", (16, 12), unit)


def test_a_network_without_numbers_has_a_field_that_no_probe_confirms():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 5, 2))
    field = vz.receptive_field(net.to("meta"), layer="1")
    assert (field.size, field.stride, field.input_size, field.verified) == ((7, 7), (2, 2), (224, 224), None)
