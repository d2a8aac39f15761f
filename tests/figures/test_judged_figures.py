"""Detections, boxes, folds, slices, residuals and compared areas in both backends: what is drawn is what was measured."""  # noqa: E501

import numpy as np
import pytest

from vizlib.evaluation.boxes import compare_boxes, nms
from vizlib.evaluation.comparison import compare_auc
from vizlib.evaluation.crossvalidation import fold_curves, metric_spread
from vizlib.evaluation.detection import mean_average_precision
from vizlib.evaluation.regression import regression
from vizlib.evaluation.segmentation import segmentation
from vizlib.evaluation.slices import slice_accuracy, slice_auc
from vizlib.figures import interactive, static
from vizlib.figures.detection import detection_plan, suppression_plan
from vizlib.figures.judged import comparison_plan
from vizlib.figures.residuals import MOST_POINTS, residual_plan
from vizlib.figures.table import rows


def scored(n=120):
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, n)
    return generator.normal(size=n) + labels, labels


def detected():
    generator = np.random.default_rng(0)
    truth, found = [], []
    for _ in range(6):
        starts = generator.random((4, 2)) * 80
        boxes = np.concatenate([starts, starts + 20], axis=1)
        truth.append({"boxes": boxes, "labels": np.arange(4) % 3})
        near = boxes + generator.normal(0, 2, boxes.shape)
        found.append({"boxes": near, "labels": np.arange(4) % 3, "scores": generator.random(4)})
    return mean_average_precision(truth, found, names=["<b>", "$c$", "d_e", "nothing"])


def results():
    scores, labels = scored()
    boxes = [[0, 0, 10, 10], [1, 0, 11, 10], [30, 30, 40, 50]]
    return {
        "classes": (detected(), {}),
        "ious of a class": (detected(), {"name": "<b>"}),
        "one curve": (detected().curve("$c$", 0.75), {}),
        "pair": (compare_boxes(*boxes[:2]), {}),
        "pair apart": (compare_boxes(boxes[0], boxes[2], convention="inclusive"), {}),
        "suppression": (nms(boxes, [0.9, 0.8, 0.3]), {}),
        "nothing to suppress": (nms([], []), {}),
        "roc folds": (fold_curves(scores, labels, np.arange(120) % 4), {}),
        "pr folds": (fold_curves(scores, labels, np.arange(120) % 4, kind="pr"), {}),
        "spread": (metric_spread(scores, labels, samples=50), {}),
        "areas": (compare_auc(scores, -(scores**2), labels), {"names": ("<b>", "$c$")}),
        "accuracy of slices": (slice_accuracy(scores > 0, labels), {}),
        "areas of slices": (slice_auc(scores, labels, np.where(labels & (scores > 1), "<b>", "$c$")), {}),
        "pixels": (segmentation([[0, 1, 1]], [[0, 1, 0]], names=["<b>", "$c$", "nowhere"]), {}),
        "regression": (regression(scores, scores + labels), {}),
        "regression without MAPE": (regression(scores, labels), {}),
    }


@pytest.mark.parametrize("backend", [interactive, static])
@pytest.mark.parametrize("name", list(results()))
def test_both_backends_draw_what_was_judged(backend, name):
    result, display = results()[name]
    drawn = backend.figure(result, **display)
    if backend is interactive:
        assert len(drawn.layout.meta["alternative"]) > 30
        assert "<b>" not in drawn.to_json()
    else:
        drawn.canvas.draw()


def test_the_curve_of_a_class_is_its_envelope_down_to_zero_behind_the_highest_recall():
    result = detected()
    line = detection_plan(result, name="d_e").lines[0]
    curve = result.curve("d_e", 0.5)
    np.testing.assert_array_equal(line.y[1:-1], curve.envelope)
    assert (line.x[0], line.x[-1], line.y[-1]) == (0, curve.recall[-1], 0)
    assert detection_plan(result).alternative.endswith("Without objects: nothing.")


def test_a_suppressed_box_is_dashed_in_the_colour_of_the_box_that_hid_it():
    plan = suppression_plan(nms([[0, 0, 10, 10], [1, 0, 11, 10]], [0.9, 0.8]))
    hidden, kept = plan.frames
    assert (hidden.faint, kept.faint, hidden.colour) == (True, False, kept.colour)
    assert "0.80, IoU 0.82 with 0.90" in hidden.words


def test_the_scores_of_two_boxes_around_one_middle_stand_apart():
    plan = suppression_plan(nms([[0, 0, 10, 10], [4, 4, 6, 6]], [0.9, 0.8]))
    assert [frame.place for frame in plan.frames] == [(0, 0), (6, 6)]


def test_the_interval_of_an_area_is_not_drawn_beyond_one():
    labels = np.arange(40) < 20
    nearly = np.where(labels, 1.0, 0.0)
    nearly[[0, 20]] = 0.5, 0.6
    best, worst = comparison_plan(compare_auc(nearly, -nearly, labels)).rows
    assert best.low < best.value < best.high == 1
    assert 0 == worst.low < worst.value < worst.high


def test_the_title_of_two_areas_is_their_paired_difference():
    scores, labels = scored()
    result = compare_auc(scores, np.random.default_rng(1).normal(size=120), labels)
    plan = comparison_plan(result, ("first", "second"))
    assert f"{result.difference:+.4f}" in plan.title
    assert f"p {result.p:.4f}" in plan.title or "p < 0.0001" in plan.title
    assert [row.value for row in plan.rows] == [result.auc_a, result.auc_b]
    assert plan.rows[0].high - plan.rows[0].value == pytest.approx(1.959964 * result.variance_a**0.5)


def test_folds_are_drawn_below_their_mean_with_its_band():
    scores, labels = scored()
    result = fold_curves(scores, labels, np.arange(120) % 4)
    drawn = interactive.figure(result)
    np.testing.assert_array_equal(drawn.data[0].y, result.low)
    np.testing.assert_array_equal(drawn.data[1].y, result.high)
    np.testing.assert_array_equal(drawn.data[-1].y, result.mean)


def test_many_residuals_are_thinned_and_the_largest_stay():
    generator = np.random.default_rng(0)
    truth = generator.normal(size=50_000)
    predicted = truth + generator.normal(size=50_000)
    predicted[77] += 100
    plan = residual_plan(regression(predicted, truth))
    assert len(plan.truth) <= MOST_POINTS
    assert plan.residuals.max() > 90


def test_a_slice_without_an_area_says_why_on_the_figure():
    result = slice_auc([0.1, 0.9, 0.3, 0.4], [0, 1, 1, 1], ["a", "a", "b", "b"])
    assert "no AUC: all 2 examples are positive" in interactive.figure(result).to_json()


def test_tables_have_one_row_for_each_thing_that_was_judged():
    found = {name: [list(row) for row in rows(result)] for name, (result, _) in results().items()}
    assert found["classes"][0] == ["name", "average_precision", "at_first", "recall", "objects", "detections"]
    assert [row[0] for row in found["classes"][1:]] == ["<b>", "$c$", "d_e", "nothing"]
    assert [row[:2] for row in found["pair"]][1] == ["iou", pytest.approx(90 / 110)]
    assert len(found["suppression"]) == 1 + 3
    assert found["roc folds"][0] == ["x", "mean", "low", "high", "fold_0", "fold_1", "fold_2", "fold_3"]
    assert len(found["regression"]) == 1 + 120
    assert [row[0] for row in found["spread"]] == ["name", "hold-outs of 20%", "5 folds", "bootstrap"]
    assert {"auc_a", "p"} <= {row[0] for row in found["areas"]}
