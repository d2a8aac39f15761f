"""The table of layers: shapes, parameters and costs against what is known of torchvision's models."""

import math

import pytest
import torch
import torchvision
from inside.nets import conv, untrained
from torch import Tensor, nn

import vizlib as vz
from vizlib.core.errors import UnsupportedModel
from vizlib.inside.formulas import formula
from vizlib.inside.results import ModelSummary

MODELS = [
    "alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "googlenet", "mnasnet0_5", "mobilenet_v2",
    "mobilenet_v3_small", "regnet_x_400mf", "regnet_y_400mf", "resnet18", "resnet50", "resnext50_32x4d",
    "shufflenet_v2_x1_0", "squeezenet1_0", "vgg11", "vit_b_32", "wide_resnet50_2",
]  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_parameters_and_macs_are_those_that_torchvision_states(name):
    summary = vz.model_summary(untrained(name, **({"aux_logits": False} if name == "googlenet" else {})))
    stated = torchvision.models.get_model_weights(name).DEFAULT.meta
    assert summary.total_parameters == stated["num_params"]
    assert summary.total_macs / 1e9 == pytest.approx(stated["_ops"], abs=6e-4)


def test_windowed_attention_is_counted_with_its_projections():
    summary = vz.model_summary(torchvision.models.swin_t())
    stated = torchvision.models.Swin_T_Weights.DEFAULT.meta
    assert summary.total_parameters == stated["num_params"]
    assert summary.total_macs / 1e9 == pytest.approx(stated["_ops"], abs=6e-4)
    attention = next(row for row in summary if row.name == "features.1.0.attn")
    assert attention.parameters > 96 * 288 + 96 * 96
    assert attention.macs > 56 * 56 * (96 * 288 + 96 * 96)
    strides = {row.name: row.stride for row in summary}
    assert [strides[f"features.{stage}.0.norm2"] for stage in (1, 3, 5, 7)] == [(n, n) for n in (4, 8, 16, 32)]


def small() -> nn.Module:
    return nn.Sequential(
        conv(7, 2, 3, inputs=3, outputs=8), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
        conv((3, 1), 1, (2, 0), (2, 1), inputs=8, outputs=4), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5),
    )  # fmt: skip


def test_every_layer_has_its_shape_its_numbers_and_its_formula():
    rows = {row.name: row for row in vz.model_summary(small(), input_size=(64, 32))}
    first, last = rows["0"], rows["7"]
    assert first.output_shape == (8, 32, 16)
    assert (first.parameters, first.macs) == (8 * 3 * 49 + 8, 8 * 32 * 16 * 3 * 49)
    assert (first.stride, first.field, first.covers_image) == ((2, 2), (7, 7), False)
    assert first.formula == (
        "height = floor((64 + 2·3 - 7)/2) + 1 = 32; width = floor((32 + 2·3 - 7)/2) + 1 = 16; "
        "parameters = 8·3·7·7 + 8 = 1184; MACs = 8·32·16·3·7·7 = 602112"
    )
    assert (rows["1"].parameters, rows["1"].macs, rows["1"].formula) == (16, 0, "parameters = 8 + 8 = 16")
    assert (rows["3"].field, rows["3"].stride) == ((11, 11), (4, 4))
    assert "floor((16 + 2·2 - (2·(3 - 1) + 1))/1) + 1 = 16" in rows["4"].formula
    assert (rows["5"].covers_image, rows["5"].field, rows["5"].stride) == (True, (64, 32), (0, 0))
    assert last.formula == "parameters = 4·5 + 5 = 25; MACs = 4·5 = 20"


def test_the_formula_of_the_first_layer_of_a_residual_network():
    assert vz.model_summary(untrained("resnet18")).row(0).formula == (
        "out = floor((224 + 2·3 - 7)/2) + 1 = 112; parameters = 64·3·7·7 = 9408; MACs = 64·112·112·3·7·7 = 118013952"
    )


LAYERS = [
    nn.Conv2d(4, 6, 3, 2, 1, groups=2),
    nn.Conv2d(4, 6, (2, 5), padding="same", dilation=2),
    nn.Conv2d(4, 2, 3, 1, "valid"),
    nn.ConvTranspose2d(4, 6, 3, 2, 1, 1),
    nn.ConvTranspose2d(4, 6, (2, 3), 2, 0, 0, 2),
    nn.MaxPool2d(3, 2, 1, ceil_mode=True),
    nn.AvgPool2d((2, 3)),
]


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_a_formula_is_arithmetic_that_holds(layer):
    """Each equation of the text is worked out, and its last number is the real one."""
    before = torch.zeros(1, 4, 17, 14)
    after = layer(before)
    text = formula(layer, tuple(before.shape), tuple(after.shape))
    equations = dict(part.split(" = ", 1) for part in text.split("; "))
    sizes = [equations[name] for name in ("out", "height", "width") if name in equations]
    assert {int(size.rsplit("= ", 1)[1]) for size in sizes} == set(after.shape[2:])
    for right in equations.values():
        worked_out, stated = right.rsplit(" = ", 1)
        assert eval(worked_out.replace("·", "*"), {"floor": math.floor, "ceil": math.ceil}) == int(stated)
    if "parameters" in equations:
        assert int(equations["parameters"].rsplit("= ", 1)[1]) == sum(p.numel() for p in layer.parameters())


@pytest.mark.parametrize("layer", LAYERS[:5], ids=str)
def test_the_macs_of_the_formula_are_those_that_were_counted(layer):
    summary = vz.model_summary(nn.Sequential(nn.Conv2d(3, 4, 1), layer), input_size=(17, 14))
    assert int(summary.row(1).formula.rsplit("= ", 1)[1]) == summary.row(1).macs


def test_the_attention_of_the_formula_is_what_was_counted():
    row = next(row for row in vz.model_summary(untrained("vit_b_32")) if row.kind == "MultiheadAttention")
    assert int(row.formula.rsplit("= ", 1)[1]) == row.macs
    assert row.parameters == 4 * 768 * 768 + 4 * 768


def test_shared_parameters_count_once_and_layers_that_run_twice_have_one_row():
    class Shared(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.other = conv(3, 1, 1), conv(3, 1, 1)
            self.other.weight = self.one.weight

        def forward(self, x: Tensor) -> Tensor:
            return self.other(self.one(self.one(x)))

    summary = vz.model_summary(Shared(), input_size=16)
    assert summary.names == ("one", "other")
    assert summary.parameters.tolist() == [10, 1]
    assert summary.macs.tolist() == [2 * 9 * 256, 9 * 256]
    assert (summary.total_parameters, summary.total_macs) == (11, 3 * 9 * 256)


def test_layers_that_do_not_run_are_listed_and_named():
    summary = vz.model_summary(untrained("googlenet"), input_size=64)
    idle = [row for row in summary if not row.output_shape]
    assert idle
    assert all(row.name.startswith("aux") and row.macs == 0 for row in idle)
    assert summary.notes[0].startswith("Not run in this pass: aux1.conv.conv")


def test_a_detector_lists_its_backbone_and_the_parameters_of_the_rest():
    model = torchvision.models.detection.fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=2)
    summary = vz.model_summary(model, input_size=64)
    assert summary.total_parameters == sum(p.numel() for p in model.parameters())
    assert summary.row(0).name == "backbone.body.conv1"
    assert "backbone" in summary.notes[0]


def test_a_size_that_the_model_cannot_take_is_refused_in_one_sentence():
    with pytest.raises(
        UnsupportedModel, match=r"^model_summary: the model cannot take images of shape \[1, 3, 32, 32\]"
    ):
        vz.model_summary(untrained("vit_b_32"), input_size=32)


def test_a_card_supplies_the_size():
    assert vz.model_summary(vz.load_model("digits-cnn")).input_size == (32, 32)


def test_the_columns_are_arrays_of_one_length():
    summary = vz.model_summary(small(), input_size=32)
    assert isinstance(summary, ModelSummary)
    columns = (summary.names, summary.kinds, summary.output_shapes, summary.macs, summary.strides, summary.formulas)
    assert {len(column) for column in columns} == {len(summary)} == {8}
    assert summary.parameters.sum() == summary.total_parameters
    assert summary.macs.sum() == summary.total_macs
