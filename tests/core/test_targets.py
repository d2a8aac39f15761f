"""A target is a class, one class per image, a function of the scores, or the prediction."""

import numpy as np
import pytest
import torch
import toys
from torch import nn

import vizlib as vz
from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.targets import portions


@pytest.mark.parametrize(
    "target",
    [[1, 0, 2], (1, 0, 2), np.array([1, 0, 2]), torch.tensor([1, 0, 2]), np.array([1, 0, 2], np.uint8)],
    ids=["list", "tuple", "array", "tensor", "bytes"],
)
def test_one_index_per_image_in_any_form_is_the_same(target):
    found = vz.saliency(toys.small(), toys.images(3), target)
    assert found.target.tolist() == [1, 0, 2]
    assert found.digest() == vz.saliency(toys.small(), toys.images(3), [1, 0, 2]).digest()


@pytest.mark.parametrize("target", [2, np.int64(2), torch.tensor(2), np.array(2)], ids=str)
def test_one_index_means_every_image(target):
    found = vz.saliency(toys.small(), toys.images(3), target)
    assert found.target.tolist() == [2, 2, 2]
    assert all(values.any() for values in found.values)


def test_no_target_is_the_predicted_class_of_each_image():
    model, images = toys.small(), toys.images(3)
    with torch.no_grad():
        scores = model(images)
    found = vz.saliency(model, images)
    assert found.target.tolist() == scores.argmax(1).tolist()
    np.testing.assert_allclose(found.score, scores.amax(1).numpy())


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (5, "target must be from 0 to 4; got 5."),
        (-1, "target must be from 0 to 4; got -1."),
        ([0, 9, 1], "target must be from 0 to 4; got 9."),
        ([0, 1], "target must have one index for each of the 3 images; got 2."),
        ([[0], [1], [2]], "target must have one index for each of the 3 images"),
        (1.0, "target must be a class index"),
        (True, "target must be a class index"),
        ("cat", "target must be a class index, one per image, a function or None; got 'cat'."),
        ([], "target must be a class index"),
        ([[0], [1, 2]], "target must be a class index"),
        ({0}, "target must be a class index"),
        (torch.rand(3, requires_grad=True), "target must be a class index"),
        (np.zeros((40, 40)), "target must be a class index"),
        (10**30, "target must be a class index"),
        (lambda scores: scores, "target, as a function, must turn scores"),
        (lambda scores: 3, "target, as a function, must turn scores"),
        (lambda scores: scores[:, 0].detach(), "target, as a function, must be differentiable"),
    ],
)
@pytest.mark.parametrize("name", ["saliency", "occlusion", "grad_cam"])
def test_a_wrong_target_is_one_sentence(name, target, words):
    if name == "occlusion" and "differentiable" in words:
        pytest.skip("occlusion needs no gradient")
    with pytest.raises(OptionError) as refused:
        vz.TECHNIQUES[name](toys.small(), toys.images(3), target)
    message = str(refused.value)
    assert message.startswith(f"{name}: {words}")
    assert "\n" not in message
    assert len(message) < 200


class Returns(nn.Module):
    def __init__(self, make):
        super().__init__()
        self.make = make

    def forward(self, x):
        return self.make(x)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda x: {"logits": x.mean((2, 3))}, "the model must return a tensor of scores"),
        (lambda x: x.mean(), r"one row of scores per image; got shape \[\] for"),
        (lambda x: x.mean((0, 2, 3)), r"one row of scores per image; got shape \[3\]"),
        (lambda x: x.mean((2, 3)) / 0, "NaN or infinite scores"),
    ],
)
def test_a_model_that_returns_no_scores_is_one_sentence(make, words):
    with pytest.raises(UnsupportedModel, match=f"^saliency: .*{words}"):
        vz.saliency(Returns(make), toys.images(), 0)


def test_one_score_per_image_is_one_class():
    found = vz.saliency(Returns(lambda x: x.sum((1, 2, 3))), toys.images())
    assert found.target.tolist() == [0] * 4
    assert (found.values == 1).all()


def test_the_first_of_several_outputs_is_the_scores():
    found = vz.saliency(Returns(lambda x: (x.mean((2, 3)), None)), toys.images(), 1)
    assert found.values[:, 1].all()
    assert not found.values[:, 0].any()


def test_a_batch_is_cut_with_its_targets_and_the_first_part_is_one_image():
    images = torch.zeros(6, 1, 1, 1)
    cut = [(len(part), list(target), done) for part, target, done in portions(images, [5, 4, 3, 2, 1, 0], lambda: 2)]
    assert cut == [(1, [5], 1), (2, [4, 3], 3), (2, [2, 1], 5), (1, [0], 6)]
    assert [target for _, target, _ in portions(images, 7, lambda: 4)] == [7, 7, 7]
    assert [len(part) for part, _, _ in portions(images, None, lambda: 100)] == [1, 5]
