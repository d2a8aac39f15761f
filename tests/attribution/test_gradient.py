"""Saliency is the signed gradient of a score."""

import numpy as np
import pytest
import torch
import toys
from captum.attr import Saliency
from torch import nn

import vizlib as vz
from vizlib.core.errors import OptionError, UnsupportedModel


def test_saliency_of_a_linear_model_is_its_weights():
    model = toys.linear()
    found = vz.saliency(model, toys.images(3, size=6), [0, 1, 2])
    assert np.array_equal(found.values, model.weight.detach().numpy())


def test_saliency_of_n1_is_the_worked_example():
    model, image = toys.n1()
    found = vz.saliency(model, image, 0)
    assert found.values[0, 0].tolist() == [[0, 1, 1, 1], [0, 1, 1, 1], [0, 1, 1, 1], [0, 0, 0, 0]]
    assert found.score.tolist() == [54.0]


def test_saliency_equals_captums_with_its_sign():
    model, images = toys.small(), toys.images()
    wanted = Saliency(toys.small()).attribute(images.clone().requires_grad_(), target=[0, 1, 2, 3], abs=False)
    np.testing.assert_allclose(vz.saliency(model, images, [0, 1, 2, 3]).values, wanted.numpy(), rtol=1e-9)


def test_saliency_equals_the_difference_quotient():
    model, image = toys.small(), toys.images(1)
    step = toys.images(1, seed=7) * 1e-6
    with torch.no_grad():
        change = (model(image + step) - model(image - step))[0, 2] / 2
    assert (vz.saliency(model, image, 2).values * step.numpy()).sum() == pytest.approx(change.item(), rel=1e-6)


def test_more_images_than_fit_at_once_give_what_each_gives_alone():
    images = toys.images(37)
    together = vz.saliency(toys.small(), images, 1)
    last = vz.saliency(toys.small(), images[36:], 1)
    np.testing.assert_allclose(together.values[36], last.values[0], rtol=1e-9)


def test_images_see_only_their_own_score_in_a_batch_with_one_target():
    found = vz.saliency(toys.small(), toys.images(3), 2)
    assert all(values.any() for values in found.values)


def test_a_function_of_the_scores_can_be_explained():
    model, images = toys.small(), toys.images(2)
    contrast = vz.saliency(model, images, lambda scores: scores[:, 3] - scores[:, 1])
    three, one = (vz.saliency(model, images, target) for target in (3, 1))
    np.testing.assert_allclose(contrast.values, three.values - one.values, atol=1e-15)
    assert contrast.target.tolist() == [-1, -1]


def test_dense_scores_need_a_function_and_get_it():
    model = nn.Sequential(nn.Conv2d(3, 5, 3, padding=1)).double()
    with pytest.raises(UnsupportedModel, match=r"^saliency: the model returns scores of shape \[1, 5, 16, 16\]"):
        vz.saliency(model, toys.images(), 0)
    assert vz.saliency(model, toys.images(), lambda scores: scores[:, 2, 8, 8]).values.any()


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (
            nn.Sequential(nn.Flatten(), nn.Linear(4, 2)).double(),
            r"cannot take images of shape \[., 3, 16, 16\]: .*mat1",
        ),
        (nn.Conv2d(1, 2, 3).double(), r"cannot take images of shape \[., 3, 16, 16\]: .*3 channels"),
    ],
)
def test_images_that_do_not_fit_the_model_are_one_sentence(model, words):
    with pytest.raises(UnsupportedModel, match=f"^saliency: the model {words}") as refused:
        vz.saliency(model, toys.images())
    assert "\n" not in str(refused.value)


class Rounded(nn.Module):
    def forward(self, x):
        return x.detach().mean((2, 3))


class Root(nn.Module):
    def forward(self, x):
        return (x * 0).sqrt().mean((2, 3))


def test_a_score_without_a_gradient_is_said_and_occlusion_still_works():
    for name in ("saliency", "guided_backprop"):
        with pytest.raises(UnsupportedModel, match=f"^{name}: the score has no gradient .* Try occlusion"):
            vz.TECHNIQUES[name](Rounded(), toys.images(), 0)
    assert vz.occlusion(Rounded(), toys.images(), 0).values.any()


def test_a_gradient_that_is_not_a_number_is_no_result():
    with pytest.raises(UnsupportedModel, match=r"^saliency: the map has NaN"):
        vz.saliency(Root(), toys.images(), 0)


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (toys.images()[0], r"images must be \[batch, channel, height, width\]; got \[3, 16, 16\]. Add a batch axis"),
        (toys.images().float(), "images are torch.float32 and the model's weights torch.float64"),
        (torch.zeros(1, 3, 8, 8, dtype=torch.uint8), "images must be float32 or float64"),
        (toys.images() / 0, "images contain NaN or infinite values"),
        (torch.zeros(0, 3, 8, 8, dtype=torch.float64), r"got \[0, 3, 8, 8\]"),
        ("samoyed.jpg", "images must be a tensor or an array; got 'samoyed.jpg'"),
    ],
)
def test_wrong_images_are_refused_in_one_sentence(images, words):
    with pytest.raises(OptionError, match=f"^saliency: .*{words}"):
        vz.saliency(toys.small(), images, 0)


def test_what_is_not_a_model_is_refused():
    with pytest.raises(OptionError, match=r"^saliency: model must be a torch module or a loaded model; got 'resnet18'"):
        vz.saliency("resnet18", toys.images())
