"""Guided backpropagation reaches every rectifier, however it is written."""

import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import toys
from captum.attr import GuidedBackprop
from torch import nn
from torch.utils.checkpoint import checkpoint

import vizlib as vz
from vizlib.core.errors import UnsupportedModel

GUIDED_N1 = [[0, 1, 1, 1], [1, 3, 3, 2], [1, 3, 3, 2], [1, 2, 2, 1]]


class Spelled(nn.Module):
    """Two convolutions with a rectifier in between and after, spelled as given."""

    def __init__(self, rectify):
        super().__init__()
        self.one = nn.Conv2d(3, 4, 3, padding=1)
        self.two = nn.Conv2d(4, 4, 3, padding=1)
        self.head = nn.Linear(4, 5)
        self.rectify = rectify

    def forward(self, x):
        x = self.rectify(self.one(x))
        return self.head(self.rectify(self.two(x)).mean((2, 3)))


def spelled(rectify):
    return toys.seeded(lambda: Spelled(rectify))


def guided(rectify):
    return vz.guided_backprop(spelled(rectify), toys.images(), 1)


@torch.jit.script
def scripted(x: torch.Tensor) -> torch.Tensor:
    return x.mul(1.0).relu()


class Custom(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.relu()

    @staticmethod
    def backward(ctx, gradient):
        return gradient * (ctx.saved_tensors[0] > 0)


class CustomReLU(Custom):
    pass


def on_a_view(x):
    return F.relu(x.flatten(1), inplace=True).view_as(x)


def half_of_it(x):
    x[:, :2].relu_()
    x[:, 2:].clamp_(min=0)
    return x


RELU = {
    "module": nn.ReLU(),
    "module in place": nn.ReLU(inplace=True),
    "function": F.relu,
    "torch function": torch.relu,
    "method": torch.Tensor.relu,
    "method in place": torch.Tensor.relu_,
    "aten": torch.ops.aten.relu,
    "clamp": lambda x: x.clamp(min=0),
    "clamp_min": lambda x: torch.clamp_min(x, 0.0),
    "clamp in place": lambda x: x.clamp_(0),
    "clip": lambda x: torch.clip(x, min=0),
    "clamp by a tensor": lambda x: x.clamp(min=torch.zeros((), dtype=x.dtype)),
    "maximum": lambda x: torch.maximum(x, torch.zeros_like(x)),
    "threshold": lambda x: F.threshold(x, 0.0, 0.0),
    "leaky without a leak": nn.LeakyReLU(0.0),
    "in place on a view": on_a_view,
    "in place on slices": half_of_it,
    "scripted function": scripted,
    "custom function": CustomReLU.apply,
    "checkpoint": lambda x: checkpoint(torch.relu, x, use_reentrant=False),
}


@pytest.mark.parametrize("spelling", RELU)
def test_every_spelling_of_relu_gives_the_map_of_the_module(spelling):
    found, wanted = guided(RELU[spelling]), guided(nn.ReLU())
    np.testing.assert_allclose(found.values, wanted.values, atol=1e-15)
    assert re.match(r"(\d+) of \1 rectifiers handled", found.notes[0])
    assert not np.allclose(found.values, vz.saliency(spelled(nn.ReLU()), toys.images(), 1).values)


@pytest.mark.parametrize("relu", [nn.ReLU(), nn.ReLU(inplace=True), toys.torch.relu])
def test_guided_backprop_of_n1_is_the_worked_example(relu):
    model, image = toys.n1(relu if isinstance(relu, nn.Module) else None)
    found = vz.guided_backprop(model, image, 0)
    assert found.values[0, 0].tolist() == GUIDED_N1
    assert found.notes[0].startswith("2 of 2 rectifiers handled (2 ReLU).")


SMOOTH = {
    "ReLU6": (F.relu6, nn.ReLU6(inplace=True)),
    "Hardswish": (F.hardswish, nn.Hardswish(inplace=True)),
    "SiLU": (F.silu, nn.SiLU(inplace=True)),
    "GELU": (F.gelu, nn.GELU()),
    "LeakyReLU": (F.leaky_relu, nn.LeakyReLU(inplace=True)),
    "ELU": (F.elu, nn.ELU(inplace=True)),
    "CELU": (F.celu, nn.CELU()),
    "Mish": (F.mish, nn.Mish()),
    "Softplus": (F.softplus, nn.Softplus()),
    "Hardtanh": (F.hardtanh, nn.Hardtanh()),
    "RReLU": (F.rrelu, nn.RReLU()),
    "PReLU": (lambda x: F.prelu(x, torch.full((1,), 0.25, dtype=x.dtype)), nn.PReLU()),
}


@pytest.mark.parametrize("kind", SMOOTH)
def test_a_smooth_rectifier_passes_the_positive_part_after_its_own_derivative(kind):
    function, module = SMOOTH[kind]
    images = toys.images()
    found = vz.guided_backprop(spelled(module), images, 1)
    assert found.notes[0].startswith(f"2 of 2 rectifiers handled (2 {kind}).")
    assert np.allclose(found.values, by_hand(function, images, 1).numpy(), rtol=1e-9, atol=1e-15)


def by_hand(function, images, target):
    """The rule for two rectifiers, written out."""
    model = spelled(function)
    first = model.one(images.requires_grad_())
    middle = function(first)
    second = model.two(middle)
    score = model.head(function(second).mean((2, 3)))[:, target].sum()
    (at_second,) = torch.autograd.grad(score, second, retain_graph=True)
    (at_middle,) = torch.autograd.grad(second, middle, at_second.clamp(min=0), retain_graph=True)
    (at_first,) = torch.autograd.grad(middle, first, at_middle, retain_graph=True)
    return torch.autograd.grad(first, images, at_first.clamp(min=0))[0]


def test_without_negative_gradients_guided_backprop_is_the_gradient():
    model = spelled(nn.ReLU())
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.abs_()
    images = toys.images()
    wanted = vz.saliency(model, images, 1).values
    np.testing.assert_allclose(vz.guided_backprop(model, images, 1).values, wanted, rtol=1e-12)


def test_it_equals_captums_where_every_rectifier_is_a_module():
    model = spelled(None)
    model.rectify = nn.Identity()
    model = nn.Sequential(model.one, nn.ReLU(), model.two, nn.ReLU(), nn.Flatten(), nn.Linear(4 * 256, 5).double())
    images = toys.images()
    wanted = GuidedBackprop(model).attribute(images.clone().requires_grad_(), target=2).detach().numpy()
    found = vz.guided_backprop(model, images, 2).values
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize("name", ["squeezenet1_0", "squeezenet1_1"])
def test_it_equals_captums_on_torchvision_models_of_relu_modules(name):
    model = toys.torchvision_model(name).double()
    images = toys.images(1, size=64)
    wanted = GuidedBackprop(toys.without_in_place(model)).attribute(images.clone().requires_grad_(), target=3)
    found = vz.guided_backprop(model, images, 3).values
    assert np.abs(found - wanted.detach().numpy()).max() <= 1e-5 * np.abs(found).max()


BLIND_SPOTS = {
    "convnext_tiny": (18, 64),
    "efficientnet_b0": (49, 64),
    "swin_t": (12, 64),
    "vit_b_32": (12, 64),
    "googlenet": (57, 64),
    "inception_v3": (94, 128),
    "mobilenet_v2": (35, 64),
}


@pytest.mark.parametrize("name", BLIND_SPOTS)
def test_it_differs_from_the_plain_gradient_where_other_tools_are_blind(name):
    count, size = BLIND_SPOTS[name]
    model = toys.torchvision_model(name)
    images = toys.images(1, size=size).float()
    found, plain = vz.guided_backprop(model, images, 3), vz.saliency(model, images, 3)
    assert found.notes[0].startswith(f"{count} of {count} rectifiers handled")
    assert np.corrcoef(found.values.ravel(), plain.values.ravel())[0, 1] < 0.9


def test_a_model_without_rectifiers_is_refused():
    with pytest.raises(UnsupportedModel, match=r"^guided_backprop: the model has no rectifier, .* Try saliency\.$"):
        vz.guided_backprop(toys.linear(16), toys.images())


def test_a_rectifier_in_the_target_function_is_the_callers_own():
    images = toys.images()
    wanted = guided(nn.ReLU())
    found = vz.guided_backprop(spelled(nn.ReLU()), images, lambda scores: (scores[:, 1] + 100).relu())
    np.testing.assert_allclose(found.values, wanted.values, atol=1e-15)
    assert found.notes == wanted.notes


class Biased(nn.Module):
    """A rectifier that works on a parameter, not on the image."""

    def __init__(self):
        super().__init__()
        self.inner = Spelled(nn.ReLU())
        self.bias = nn.Parameter(torch.randn(5))

    def forward(self, x):
        return self.inner(x) + F.relu(self.bias)


@pytest.mark.parametrize("wanted", [True, False])
def test_only_rectifiers_on_the_way_from_the_image_count(wanted):
    model = toys.seeded(Biased).requires_grad_(wanted)
    assert vz.guided_backprop(model, toys.images(), 1).notes[0].startswith("2 of 2 rectifiers")


class Checkpointed(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return checkpoint(self.inner, x, use_reentrant=True)


def test_a_reentrant_checkpoint_is_refused_with_the_way_out():
    model = spelled(nn.ReLU())
    model.two = Checkpointed(model.two)
    with pytest.raises(UnsupportedModel, match=r"^guided_backprop: the model's gradient .*use_reentrant=False"):
        vz.guided_backprop(model, toys.images(), 1)


def test_a_compiled_function_in_the_middle_is_counted_as_not_handled():
    model = spelled(nn.ReLU())
    model.two = Around(model.two, torch.compile(torch.relu, backend="aot_eager"))
    found = vz.guided_backprop(model, toys.images(), 1)
    assert found.notes[0].startswith("2 of 3 rectifiers handled (2 ReLU); 1 compiled")


class Around(nn.Module):
    def __init__(self, inner, function):
        super().__init__()
        self.inner = inner
        self.function = function

    def forward(self, x):
        return self.function(self.inner(x))


def test_scripted_layers_are_handled_again_and_again():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        plain = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU()).double()
    model = nn.Sequential(torch.jit.script(plain), nn.Flatten(), nn.Linear(4 * 144, 5).double())
    wanted = vz.guided_backprop(nn.Sequential(plain, *model[1:]), toys.images(), 1)
    for _ in range(4):
        found = vz.guided_backprop(model, toys.images(), 1)
        np.testing.assert_allclose(found.values, wanted.values, atol=1e-15)
        assert found.notes == wanted.notes


def test_a_scripted_function_stays_visible_however_often_it_has_run():
    """TorchScript fuses what ran twice; a fused rectifier could not be handled."""

    def gated(x: torch.Tensor) -> torch.Tensor:
        return x.mul(x.sigmoid()).relu()

    model, image = spelled(torch.jit.script(gated)), toys.images(1)
    wanted = vz.guided_backprop(spelled(gated), image, 1)
    for _ in range(5):
        np.testing.assert_allclose(vz.guided_backprop(model, image, 1).values, wanted.values, atol=1e-15)


def test_notes_do_not_depend_on_how_many_images_there_are():
    model = toys.small()
    few, many = (vz.guided_backprop(model, toys.images(count), 0).notes for count in (1, 20))
    assert few == many
    assert few[0].startswith("2 of 2 rectifiers handled (2 ReLU).")
