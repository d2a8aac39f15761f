"""Agreement of pixel labels, by hand and against scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics

from vizlib.core.errors import OptionError
from vizlib.evaluation.segmentation import segmentation


def test_the_numbers_are_scikit_learn_s_on_the_pixels_that_count():
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 4, (5, 8, 9))
    predicted = np.where(generator.random(labels.shape) < 0.6, labels, generator.integers(0, 4, labels.shape))
    labels[generator.random(labels.shape) < 0.1] = 255
    counted = labels != 255
    found, truth, guess = segmentation(predicted, labels), labels[counted], predicted[counted]
    np.testing.assert_array_equal(found.matrix, metrics.confusion_matrix(truth, guess))
    np.testing.assert_allclose(found.iou, metrics.jaccard_score(truth, guess, average=None))
    np.testing.assert_allclose(found.dice, metrics.f1_score(truth, guess, average=None))
    assert found.mean_iou == pytest.approx(metrics.jaccard_score(truth, guess, average="macro"))
    assert found.weighted_iou == pytest.approx(metrics.jaccard_score(truth, guess, average="weighted"))
    assert found.mean_dice == pytest.approx(metrics.f1_score(truth, guess, average="macro"))
    assert found.accuracy == pytest.approx(metrics.accuracy_score(truth, guess))
    assert found.mean_accuracy == pytest.approx(metrics.balanced_accuracy_score(truth, guess))
    assert (found.images, found.ignored_pixels) == (5, (~counted).sum())


def test_dice_follows_from_iou():
    generator = np.random.default_rng(1)
    found = segmentation(*generator.integers(0, 3, (2, 20, 20)))
    np.testing.assert_allclose(found.dice, 2 * found.iou / (1 + found.iou))


def test_pixels_of_all_images_are_pooled():
    labels = [np.ones((1, 9), int), np.ones((3, 1), int)]
    predicted = [np.ones((1, 9), int), np.zeros((3, 1), int)]
    found = segmentation(predicted, labels)
    assert found.iou.tolist() == [0, 9 / 12]  # and not the mean of 1 and 0


def test_a_class_that_is_nowhere_has_no_iou_and_does_not_move_the_mean():
    found = segmentation([[0, 0, 1, 1]], [[0, 0, 1, 0]], names=["road", "car", "boat"])
    assert np.isnan(found.iou[2])
    assert found.undefined == ("boat",)
    assert found.mean_iou == pytest.approx((2 / 3 + 1 / 2) / 2)


def test_a_class_that_is_predicted_but_does_not_occur_has_iou_zero_and_no_accuracy():
    found = segmentation([[0, 2]], [[0, 0]], names=3)
    assert found.iou[2] == 0
    assert np.isnan(found.accuracies[2])
    assert found.mean_iou == pytest.approx((1 / 2 + 0) / 2)
    assert found.mean_accuracy == 0.5


def test_what_is_no_segmentation_is_refused_in_one_sentence():
    for predicted, labels, more, words in [
        ([[0, 1]], [[0]], {}, "each pair of the same size"),
        ([[0, 1]], [[255, 255]], {}, "no pixel counts"),
        ([[0, 1]], [[0, -1]], {}, "got -1"),
        ([[0, 3]], [[0, 1]], {"names": 2}, "from 0 to 1, or the one to ignore; got 3"),
        ([[0.5, 1.0]], [[0, 1]], {}, "whole numbers"),
        (np.zeros((1, 2, 3, 4), int), [[0]], {}, r"got shape \[1, 2, 3, 4\]"),
        ([], [], {}, "must be"),
    ]:
        with pytest.raises(OptionError, match=words):
            segmentation(predicted, labels, **more)
