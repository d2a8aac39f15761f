"""Confusion and calibration against scikit-learn and by hand."""

import time

import numpy as np
import pytest
from sklearn import metrics

import vizlib as vz
from vizlib.core.errors import OptionError


def test_the_matrix_and_its_table_are_scikit_learn_s():
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 5, 300)
    predicted = np.where(generator.random(300) < 0.6, labels, generator.integers(0, 5, 300))
    found = vz.confusion(predicted, labels)
    np.testing.assert_array_equal(found.matrix, metrics.confusion_matrix(labels, predicted))
    wanted = metrics.precision_recall_fscore_support(labels, predicted)
    for column, name in enumerate(("precision", "recall", "f1", "support")):
        np.testing.assert_allclose([getattr(row, name) for row in found.table], wanted[column])
    for of in ("macro", "weighted"):
        assert found.average(of, "f1") == pytest.approx(metrics.f1_score(labels, predicted, average=of))
    assert found.accuracy == pytest.approx(metrics.accuracy_score(labels, predicted))
    assert found.balanced_accuracy == pytest.approx(metrics.balanced_accuracy_score(labels, predicted))
    for by, theirs in (("true", "true"), ("predicted", "pred"), ("all", "all")):
        wanted_shares = metrics.confusion_matrix(labels, predicted, normalize=theirs)
        np.testing.assert_allclose(found.normalised(by), wanted_shares)


def test_rows_are_the_true_classes():
    assert vz.confusion([1, 1], [0, 1]).matrix.tolist() == [[0, 1], [0, 1]]


def test_a_class_without_examples_has_no_recall_and_is_named():
    found = vz.confusion([0, 1, 2], [0, 1, 1], names=["cat", "dog", "owl"])
    assert found.absent == ("owl",)
    assert np.isnan(found.table[2].recall)
    assert found.balanced_accuracy == 0.75
    assert np.isnan(found.normalised()[2]).all()


def test_the_pairs_that_are_mixed_up_most_come_first():
    found = vz.confusion([1, 1, 0, 2, 2], [0, 0, 1, 2, 1], names=["cat", "dog", "owl"])
    assert found.mistakes(2)[0] == ("cat", "dog", 2, 1.0)
    assert [mistake.examples for mistake in found.mistakes()] == [2, 1, 1]


def test_classes_that_are_mixed_up_stand_beside_each_other():
    labels = np.repeat(np.arange(4), 10)
    predicted = np.where(np.arange(40) % 10 < 4, (labels + 2) % 4, labels)  # 0 with 2, 1 with 3
    assert [sorted(pair) for pair in np.split(vz.confusion(predicted, labels).order, 2)] == [[0, 2], [1, 3]]


def test_a_thousand_classes_are_ordered_in_seconds():
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 1000, 30_000)
    predicted = np.where(generator.random(30_000) < 0.5, labels, labels // 10 * 10 + generator.integers(0, 10, 30_000))
    start = time.process_time()
    order = vz.confusion(predicted, labels, names=1000).order
    assert time.process_time() - start < 5
    assert sorted(order.tolist()) == list(range(1000))
    assert np.mean(order[1:] // 10 == order[:-1] // 10) > 0.85


@pytest.mark.parametrize(
    ("predicted", "labels", "names", "sentence"),
    [
        ([0, 1], [0], None, "equally many; got 2 and 1"),
        ([0, 3], [0, 1], 2, "classes must be from 0 to 1; got 3"),
        ([0, -1], [0, 1], None, "from 0; got -1"),
        ([[0.1, 0.9]], [1], None, "Take the class with the highest score"),
        ([0.5, 1], [0, 1], None, "whole numbers"),
        ([], [], None, "must be a list"),
        ([0, 10**6], [0, 1], None, "at most 10,000 classes"),
    ],
)
def test_what_is_no_class_is_refused(predicted, labels, names, sentence):
    with pytest.raises(OptionError, match=sentence):
        vz.confusion(predicted, labels, names=names)


def test_calibration_by_hand():
    found = vz.calibration([0.9, 0.9, 0.6, 0.6, 0.2], [1, 0, 1, 1, 0], bins=5)
    assert found.counts.tolist() == [1, 0, 2, 0, 2]  # ]0.4, 0.6] holds 0.6
    np.testing.assert_allclose(found.confidence, [0.2, np.nan, 0.6, np.nan, 0.9])
    np.testing.assert_allclose(found.accuracy, [0, np.nan, 1, np.nan, 0.5])
    assert found.ece == pytest.approx((0.2 + 2 * 0.4 + 2 * 0.4) / 5)
    assert found.mce == pytest.approx(0.4)
    assert found.brier == pytest.approx((0.01 + 0.81 + 0.16 + 0.16 + 0.04) / 5)
    assert found.nll == pytest.approx(-np.log([0.9, 0.1, 0.6, 0.6, 0.8]).mean())
    assert found.overconfidence == pytest.approx(np.mean([0.9, 0.9, 0.6, 0.6, 0.2]) - 0.6)


def test_both_conventions_of_a_border():
    right, left = (vz.calibration([0.5, 0, 1], [1, 1, 1], bins=2, closed=closed) for closed in ("right", "left"))
    assert right.counts.tolist() == [2, 1]
    assert left.counts.tolist() == [1, 2]


def test_several_classes_are_judged_by_the_one_with_the_highest_probability():
    generator = np.random.default_rng(0)
    probabilities, labels = generator.dirichlet(np.ones(4), 500), generator.integers(0, 4, 500)
    found = vz.calibration(probabilities, labels)
    top = vz.calibration(probabilities.max(1), probabilities.argmax(1) == labels)
    assert (found.ece, found.mce) == (top.ece, top.mce)
    assert found.nll == pytest.approx(metrics.log_loss(labels, probabilities))
    assert found.brier == pytest.approx(((probabilities - np.eye(4)[labels]) ** 2).sum(1).mean())
    assert top.brier == pytest.approx(metrics.brier_score_loss(probabilities.argmax(1) == labels, probabilities.max(1)))


def test_adaptive_bins_hold_equally_many_and_equal_confidences_stay_together():
    values = np.random.default_rng(0).random(1000)
    assert set(vz.calibration(values, values > 0.5, bins=10, strategy="adaptive").counts) == {100}
    found = vz.calibration([0.7] * 9, [1] * 9, bins=10, strategy="adaptive")
    assert found.counts.tolist() == [9]
    assert found.ece == pytest.approx(0.3)


def test_a_perfectly_honest_model_has_no_error():
    labels = np.tile([1, 1, 1, 0], 50)
    found = vz.calibration(np.full(200, 0.75), labels)
    assert found.ece == found.mce == 0
    assert found.low[11] < 0.75 < found.high[11]


@pytest.mark.parametrize(
    ("probabilities", "labels", "settings", "sentence"),
    [
        ([0.5, 1.5], [0, 1], {}, "from 0 to 1; got 1.5"),
        ([0.5, np.nan], [0, 1], {}, "from 0 to 1; got nan"),
        ([[0.5, 0.6]], [0], {}, "add up to 1"),
        ([[0.5, 0.5]], [2], {}, "class indices from 0 to 1"),
        ([0.5], [2], {}, "0 or 1, whether the prediction was right"),
        ([0.5], [1, 1], {}, "one for each example, 1"),
        ([], [], {}, "must be"),
        ([0.5], [1], {"bins": 0}, "bins must be a whole number"),
        ([0.5], [1], {"closed": "both"}, "closed must be"),
        ([0.5], [1], {"strategy": "magic"}, "strategy must be"),
    ],
)
def test_what_is_no_probability_is_refused(probabilities, labels, settings, sentence):
    with pytest.raises(OptionError, match=sentence):
        vz.calibration(probabilities, labels, **settings)


@pytest.mark.parametrize("closed", ["right", "left"])
def test_many_bins_agree_with_a_loop(closed):
    generator = np.random.default_rng(1)
    values, labels = np.round(generator.random(400), 2), generator.integers(0, 2, 400)
    found = vz.calibration(values, labels, bins=20, closed=closed)
    error = 0.0
    for low, high in zip(found.edges[:-1], found.edges[1:], strict=True):
        inside = (values > low) & (values <= high) if closed == "right" else (values >= low) & (values < high)
        inside |= (values == 0) & (low == 0) if closed == "right" else (values == 1) & (high == 1)
        if inside.any():
            error += abs(values[inside].mean() - labels[inside].mean()) * inside.mean()
    assert found.ece == pytest.approx(error)
