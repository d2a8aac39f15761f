"""Occlusion is the mean signed drop over the windows that cover a pixel."""

import math

import numpy as np
import pytest
import torch
import toys
from captum.attr import Occlusion
from torch import nn

import vizlib as vz
from vizlib.attribution.occlusion import _spread, hidden_at, window_at, window_grid
from vizlib.core.errors import UnsupportedModel
from vizlib.core.passes import HALVED


def test_hiding_one_pixel_at_a_time_of_a_model_that_sums_gives_the_pixels_themselves():
    images = toys.images(2, size=5)
    found = vz.occlusion(toys.Sum(), images, 0, window=1, stride=1)
    np.testing.assert_allclose(found.values[:, 0], images.sum(1).numpy(), rtol=1e-12, atol=1e-13)


def test_windows_side_by_side_give_the_sum_under_each():
    image = torch.arange(36.0, dtype=torch.float64).reshape(1, 1, 6, 6)
    found = vz.occlusion(toys.Sum(), image, 0, window=3, stride=3).values[0, 0]
    for rows in (slice(0, 3), slice(3, 6)):
        for columns in (slice(0, 3), slice(3, 6)):
            assert (found[rows, columns] == image[0, 0, rows, columns].sum().item()).all()


def test_overlapping_windows_are_averaged_not_summed():
    image = torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64).reshape(1, 1, 1, 3).repeat(1, 1, 3, 1) / 3
    found = vz.occlusion(toys.Sum(), image, 0, window=2, stride=1).values[0, 0]
    left, right = 2 / 3 * (1 + 2), 2 / 3 * (2 + 4)
    np.testing.assert_allclose(found, np.tile([left, (left + right) / 2, right], (3, 1)))


def test_a_window_as_large_as_the_image_is_the_difference_of_two_scores():
    model, images = toys.small(), toys.images(2)
    with torch.no_grad():
        drop = (model(images) - model(torch.zeros_like(images)))[:, 3]
    for window in (16, 1000):
        found = vz.occlusion(model, images, 3, window=window).values
        for values, wanted in zip(found, drop, strict=True):
            np.testing.assert_allclose(values, np.full((1, 16, 16), wanted.item()), rtol=1e-9)


@pytest.mark.parametrize(
    ("length", "side", "stride", "spans"),
    [
        (10, 4, 3, [(0, 4), (3, 7), (6, 10)]),
        (10, 4, 4, [(0, 4), (4, 8), (8, 10)]),
        (10, 3, 5, [(0, 3), (5, 8)]),
        (11, 3, 5, [(0, 3), (5, 8), (10, 11)]),
        (10, 2, 9, [(0, 2), (9, 10)]),
        (10, 2, 100, [(0, 2)]),
        (5, 8, 2, [(0, 5)]),
        (5, 5, 5, [(0, 5)]),
    ],
)
def test_windows_start_at_multiples_of_the_stride_and_the_last_is_clipped(length, side, stride, spans):
    boxes = window_grid((length, 1), side, stride)
    assert [(top, bottom) for top, bottom, _, _ in boxes] == spans
    assert all(start < length for start, _ in spans)
    count = max(math.ceil((length - side) / stride), 0) + 1
    assert len(spans) == sum(index * stride < length for index in range(count))


@pytest.mark.parametrize(("window", "stride"), [(4, 2), (5, 3), (3, 1), (7, 7), (16, 1)])
@pytest.mark.parametrize("size", [16, 13])
def test_it_equals_captums_with_the_same_windows(window, stride, size):
    if window > size:
        pytest.skip("captum takes no window larger than the image")
    images = toys.images(2, size=size)
    wanted = Occlusion(toys.small()).attribute(
        images, (3, window, window), strides=(3, stride, stride), target=[1, 4], perturbations_per_eval=8
    )
    found = vz.occlusion(toys.small(), images, [1, 4], window=window, stride=stride)
    np.testing.assert_allclose(found.values, wanted.numpy()[:, :1], rtol=1e-5, atol=1e-12)


def test_an_empty_window_is_a_seventh_of_the_shorter_side_and_an_empty_stride_half_of_it():
    image = torch.cat([toys.images(1, size=28)] * 2, 3)
    found, spelled = vz.occlusion(toys.small(), image, 0), vz.occlusion(toys.small(), image, 0, window=4, stride=2)
    assert found.digest() == spelled.digest()
    tiny = vz.occlusion(toys.Sum(), toys.images(1, size=3), 0)
    assert tiny.digest() == vz.occlusion(toys.Sum(), toys.images(1, size=3), 0, window=1, stride=1).digest()


@pytest.mark.parametrize("batch_size", [1, 7, 1024])
def test_the_batch_size_changes_the_speed_only(batch_size):
    wanted = vz.occlusion(toys.small(), toys.images(2), 1, window=5, stride=3)
    found = vz.occlusion(toys.small(), toys.images(2), 1, window=5, stride=3, batch_size=batch_size)
    np.testing.assert_allclose(found.values, wanted.values, rtol=1e-9, atol=1e-14)


def test_filling_with_what_is_there_already_changes_nothing_exactly():
    flat = torch.full((1, 3, 16, 16), 0.7).float()
    for fill in ("mean", "blur"):
        assert np.abs(vz.occlusion(toys.small().float(), flat, 0, fill=fill).values).max() < 1e-6
    image = toys.images(1).float()
    image[..., :8, :] = 0
    found = vz.occlusion(toys.small().float(), image, 0, window=4, stride=4).values[0, 0]
    assert not found[:8].any()
    assert found[8:].all()


def test_the_fill_is_the_images_own_mean_and_a_blur_keeps_the_mean_of_a_window():
    image = toys.images(1, size=8)
    drop = vz.occlusion(toys.Sum(), image, 0, window=8, fill="mean").values
    np.testing.assert_allclose(drop, 0, atol=1e-12)
    ramp = torch.arange(16.0, dtype=torch.float64).reshape(1, 1, 16, 1).expand(1, 1, 16, 16).contiguous()
    middle = vz.occlusion(toys.Sum(), ramp, 0, window=2, stride=2, fill="blur").values[0, 0, 6:10, 6:10]
    np.testing.assert_allclose(middle, 0, atol=1e-9)


def test_probabilities_are_the_softmax_of_the_scores():
    model, image = toys.small(), toys.images(1)
    found = vz.occlusion(model, image, 2, window=16, score="probability")
    with torch.no_grad():
        drop = (model(image).softmax(1) - model(torch.zeros_like(image)).softmax(1))[0, 2]
    np.testing.assert_allclose(found.values, drop.item(), rtol=1e-9)
    assert found.unit == "drop of the probability"


def test_a_saturated_probability_keeps_its_tiny_drops_in_float32():
    """The closed form of two classes: a sigmoid of 30 and of what is left of it when half the image is hidden."""

    class Sure(nn.Module):
        def forward(self, x):
            margin = x.sum((1, 2, 3))
            return torch.stack([margin, torch.zeros_like(margin)], 1)

    image = torch.full((1, 1, 2, 2), 7.5)
    found = vz.occlusion(Sure(), image, 0, window=1, stride=1, score="probability")
    drop = 1 / (1 + math.exp(22.5)) - 1 / (1 + math.exp(30))
    np.testing.assert_allclose(found.values, drop, rtol=1e-5)
    assert (found.values.dtype, found.score.dtype) == (np.float32, np.float32)
    assert found.is_faint()


def test_gaps_between_windows_are_zero_and_said():
    found = vz.occlusion(toys.Sum(), toys.images(1, size=6), 0, window=1, stride=2)
    assert not found.values[0, 0, 1::2].any()
    assert "no window covers" in found.notes[0]
    assert vz.occlusion(toys.Sum(), toys.images(1, size=6), 0, window=2, stride=2).notes == ()


def test_a_batch_that_does_not_fit_is_halved_with_the_same_numbers_and_a_note():
    wanted = vz.occlusion(toys.small(), toys.images(1), 1, batch_size=4)
    found = vz.occlusion(toys.Cramped(toys.small(), 4), toys.images(1), 1, batch_size=30)
    np.testing.assert_allclose(found.values, wanted.values, rtol=1e-9, atol=1e-14)
    assert found.notes == (HALVED,)


def test_an_image_that_does_not_fit_alone_is_one_sentence():
    with pytest.raises(UnsupportedModel, match=r"^occlusion: the memory is too small; try fewer or smaller images\.$"):
        vz.occlusion(toys.Cramped(toys.small(), 0), toys.images(1), 1)


class Watcher:
    """A progress that keeps every preview."""

    def __init__(self):
        self.seen = []
        self.done = []

    def __call__(self, done, total):
        self.done.append(done)

    def show(self, make):
        self.seen.append(make())


@pytest.fixture
def watcher(monkeypatch):
    monkeypatch.setattr("vizlib.core.heartbeat.PREVIEWS", 0)
    return Watcher()


def test_a_preview_has_the_final_numbers_where_all_windows_were_tried_and_none_where_there_was_none(watcher):
    images = toys.images(2)
    final = vz.occlusion(toys.small(), images, [1, 4], window=4, stride=4, batch_size=1, progress=watcher)
    assert final.digest() == vz.occlusion(toys.small(), images, [1, 4], window=4, stride=4, batch_size=1).digest()
    assert len(watcher.seen) == 2 * 15
    for tried, seen in enumerate(watcher.seen[:15], start=1):
        known = np.isfinite(seen.values)
        assert known.sum() == tried * 16
        assert (seen.values[known] == final.values[:1][known]).all()
        assert seen.notes == (f"Unfinished: {tried} of 32 windows tried.",)
        assert (seen.target, seen.score, seen.unit) == (final.target[:1], final.score[:1], final.unit)
    assert (watcher.seen[-1].values[0] == final.values[0]).all()


def test_an_eighth_of_the_windows_already_covers_most_of_the_image(watcher):
    vz.occlusion(toys.small(), toys.images(1), 0, window=5, stride=1, batch_size=2, progress=watcher)
    early = next(seen for seen, done in zip(watcher.seen, watcher.done[2:], strict=False) if done >= 144 / 8)
    assert np.isfinite(early.values).mean() > 0.7  # 0.4 when they are tried row by row
    assert watcher.done == sorted(watcher.done)
    assert watcher.done[-1] == 144


@pytest.mark.parametrize("count", [0, 1, 2, 5, 64])
def test_spreading_leaves_no_batch_out(count):
    batches = [[number] for number in range(count)]
    assert sorted(_spread(batches)) == batches


def test_windows_that_change_nothing_are_known_from_the_start(watcher):
    image = toys.images(1)
    image[..., :8, :] = 0
    vz.occlusion(toys.small(), image, 0, window=4, stride=4, progress=watcher)
    first = watcher.seen[0].values[0, 0]
    assert (first[:8] == 0).all()
    assert np.isnan(first[8:]).all()


@pytest.mark.parametrize(
    ("pixel", "box"), [((8, 8), (6, 11, 6, 11)), ((0, 15), (0, 3, 13, 16)), ((15, 1), (13, 16, 0, 4))]
)
def test_a_window_at_a_pixel_has_it_in_its_middle_and_ends_at_the_border(pixel, box):
    assert window_at((16, 16), 5, *pixel) == box
    image = toys.images(1)
    hidden = hidden_at(image, box, 5)
    assert not hidden[..., box[0] : box[1], box[2] : box[3]].any()
    assert ((hidden == image) | (hidden == 0)).all()
    assert (hidden != image).sum() == 3 * (box[1] - box[0]) * (box[3] - box[2])
