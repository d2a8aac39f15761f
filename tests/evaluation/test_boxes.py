"""Overlap of boxes and non-maximum suppression, by hand and against torchvision."""

import numpy as np
import pytest
import torch
from torchvision import ops

from vizlib.core.errors import OptionError
from vizlib.evaluation.boxes import OVERLAPS, box_overlap, compare_boxes, nms


def made_up(count: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    starts = generator.random((count, 2)) * 60
    return np.concatenate([starts, starts + 1 + generator.random((count, 2)) * 40], axis=1)


@pytest.mark.parametrize(
    ("measure", "theirs"),
    [
        ("iou", ops.box_iou),
        ("giou", ops.generalized_box_iou),
        ("diou", ops.distance_box_iou),
        ("ciou", ops.complete_box_iou),
    ],
)
def test_measures_are_torchvision_s(measure, theirs):
    boxes, others = made_up(30, 0), made_up(20, 1)
    wanted = theirs(torch.from_numpy(boxes), torch.from_numpy(others)).numpy()
    np.testing.assert_allclose(box_overlap(boxes, others, measure=measure), wanted, atol=2e-7)


def test_measures_of_two_squares_are_those_worked_out_by_hand():
    found = compare_boxes([0, 0, 2, 2], [1, 1, 3, 3])
    assert (found.intersection, found.union, found.enclosing) == (1, 7, 9)
    assert found.iou == pytest.approx(1 / 7)
    assert found.giou == pytest.approx(1 / 7 - 2 / 9)
    assert found.diou == found.ciou == found.eiou == pytest.approx(1 / 7 - 2 / 18)


def test_eiou_takes_off_the_squared_differences_of_the_sides():
    found = compare_boxes([0, 0, 4, 2], [1, 0, 3, 2])  # the same centre and height, half the width
    assert found.eiou == pytest.approx(0.5 - (2 / 4) ** 2)
    angles = np.arctan(2) - np.arctan(1)
    unlike = 4 / np.pi**2 * angles**2
    assert found.ciou == pytest.approx(0.5 - unlike**2 / (0.5 + unlike))


@pytest.mark.parametrize("measure", list(OVERLAPS))
def test_every_measure_of_a_box_with_itself_is_one(measure):
    boxes = made_up(5, 2)
    np.testing.assert_allclose(box_overlap(boxes, boxes, measure=measure).diagonal(), 1)


def test_inclusive_boxes_are_a_pixel_wider():
    assert compare_boxes([0, 0, 1, 1], [1, 1, 2, 2]).iou == 0
    found = compare_boxes([0, 0, 1, 1], [1, 1, 2, 2], convention="inclusive")
    assert (found.intersection, found.union, found.iou) == (1, 7, pytest.approx(1 / 7))
    np.testing.assert_array_equal(found.boxes, [[0, 0, 1, 1], [1, 1, 2, 2]])


def test_boxes_apart_have_no_overlap_and_a_negative_giou():
    found = compare_boxes([0, 0, 1, 1], [3, 0, 4, 1])
    assert (found.iou, found.giou) == (0, pytest.approx(-2 / 4))


def test_boxes_without_area_have_overlap_zero_and_no_nan():
    found = compare_boxes([1, 1, 1, 1], [1, 1, 1, 1])
    assert [found.iou, found.giou, found.diou, found.ciou, found.eiou] == [0] * 5


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 0.9, 1.0])
def test_suppression_keeps_what_torchvision_keeps(threshold):
    boxes, scores = made_up(200, 3), np.random.default_rng(4).random(200).round(1)
    wanted = ops.nms(torch.from_numpy(boxes), torch.from_numpy(scores), threshold).tolist()
    assert nms(boxes, scores, threshold=threshold).kept.tolist() == wanted


def test_suppression_by_class_keeps_what_torchvision_keeps():
    boxes, generator = made_up(200, 5), np.random.default_rng(6)
    scores, groups = generator.random(200), generator.integers(0, 3, 200)
    wanted = ops.batched_nms(*map(torch.from_numpy, (boxes, scores, groups)), 0.3).tolist()
    assert nms(boxes, scores, threshold=0.3, groups=groups).kept.tolist() == wanted


def test_suppression_is_strictly_above_the_threshold():
    boxes = [[0, 0, 2, 1], [0, 0, 1, 1]]  # IoU one half
    assert nms(boxes, [0.9, 0.8], threshold=0.5).kept.tolist() == [0, 1]
    assert nms(boxes, [0.9, 0.8], threshold=0.49).kept.tolist() == [0]


def test_who_suppressed_whom_is_told():
    found = nms([[0, 0, 10, 10], [50, 50, 60, 60], [1, 0, 10, 10]], [0.5, 0.9, 0.4])
    assert found.kept.tolist() == [1, 0]
    assert found.hidden_by.tolist() == [-1, -1, 0]
    assert found.overlap[2] == pytest.approx(0.9)


def test_no_boxes_keep_none():
    assert nms([], []).kept.tolist() == []


def test_what_is_no_box_is_refused_in_one_sentence():
    with pytest.raises(OptionError, match="x1 <= x2"):
        compare_boxes([2, 0, 1, 1], [0, 0, 1, 1])
    with pytest.raises(OptionError, match=r"must be \[n, 4\]"):
        box_overlap([[1, 2, 3]], [[1, 2, 3]])
    with pytest.raises(OptionError, match="NaN or infinite"):
        box_overlap([[0, 0, np.nan, 1]], [[0, 0, 1, 1]])
    with pytest.raises(OptionError, match="measure must be one of"):
        box_overlap([[0, 0, 1, 1]], [[0, 0, 1, 1]], measure="union")
    with pytest.raises(OptionError, match="one for each box"):
        nms([[0, 0, 1, 1]], [0.1, 0.2])
    with pytest.raises(OptionError, match="threshold must be"):
        nms([[0, 0, 1, 1]], [0.1], threshold=1.1)
    with pytest.raises(OptionError, match="convention must be"):
        nms([[0, 0, 1, 1]], [0.1], convention="voc")
