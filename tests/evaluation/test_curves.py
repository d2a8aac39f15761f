"""ROC and precision-recall curves: scikit-learn's points, exact areas, refusals in one sentence."""

import numpy as np
import pytest
from sklearn import metrics

import vizlib as vz
from vizlib.core.errors import OptionError
from vizlib.evaluation.areas import DEFINITIONS
from vizlib.evaluation.ranking import ranking


def example(seed, n, kind="smooth"):
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 2, n)
    labels[:2] = 0, 1
    scores = generator.normal(size=n) + labels
    shaped = {
        "smooth": scores,
        "ties": np.round(scores * 2) / 2,
        "probabilities": 1 / (1 + np.exp(-scores)),
        "large": scores * 1e5,
        "any size": scores * 10.0 ** generator.integers(-300, 300, n),
        "float32": scores.astype(np.float32),
        "whole": np.round(scores * 3).astype(np.int64),
        "constant": np.full(n, 0.3),
    }
    return shaped[kind], labels


KINDS = ("smooth", "ties", "probabilities", "large", "any size", "float32", "whole", "constant")


@pytest.mark.parametrize("drop", [True, False])
@pytest.mark.parametrize("n", [2, 3, 7, 50, 1000])
@pytest.mark.parametrize("kind", KINDS)
def test_every_point_is_bit_for_bit_scikit_learn_s(kind, n, drop):
    for seed in range(5):
        scores, labels = example(seed, n, kind)
        roc = vz.roc_curve(scores, labels, drop_intermediate=drop)
        for ours, theirs in zip(
            (roc.fpr, roc.tpr, roc.thresholds),
            metrics.roc_curve(labels, scores, drop_intermediate=drop),
            strict=True,
        ):
            np.testing.assert_array_equal(ours, theirs)
        pr = vz.pr_curve(scores, labels, drop_intermediate=drop)
        for ours, theirs in zip(
            (pr.precision, pr.recall, pr.thresholds),
            metrics.precision_recall_curve(labels, scores, drop_intermediate=drop),
            strict=True,
        ):
            np.testing.assert_array_equal(ours, theirs)
        assert roc.auc == pytest.approx(metrics.roc_auc_score(labels, scores), abs=1e-14)
        assert pr.average_precision == pytest.approx(metrics.average_precision_score(labels, scores), abs=1e-14)


def test_the_example_of_scikit_learn_s_documentation():
    found = vz.roc_curve([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
    assert found.fpr.tolist() == [0, 0, 0.5, 0.5, 1]
    assert found.tpr.tolist() == [0, 0.5, 0.5, 1, 1]
    assert found.thresholds.tolist() == [np.inf, 0.8, 0.4, 0.35, 0.1]
    assert found.auc == 0.75


def test_one_ranking_has_five_average_precisions():
    found = vz.pr_curve([5, 4, 3, 2, 1], [1, 0, 0, 1, 1])
    wanted = {"step": 0.7, "trapezoid": 0.655556, "voc_all": 0.733333, "voc_11": 0.745455, "coco_101": 0.734653}
    assert dict(found.definitions) == pytest.approx(wanted, abs=5e-7)
    assert found.average_precision == found.definitions["step"]
    assert set(found.definitions) == set(DEFINITIONS)


def test_definitions_by_their_words():
    scores, labels = example(3, 300, "ties")
    found = vz.pr_curve(scores, labels)
    best = [found.precision[found.recall >= t - 1e-12].max() for t in np.arange(11) / 10]
    assert found.definitions["voc_11"] == pytest.approx(np.mean(best))
    best = [found.precision[found.recall >= t - 1e-12].max() for t in np.arange(101) / 100]
    assert found.definitions["coco_101"] == pytest.approx(np.mean(best))
    assert found.definitions["trapezoid"] == pytest.approx(metrics.auc(found.recall, found.precision))


def test_constant_scores_guess():
    labels = np.arange(10) % 5 == 0
    assert vz.roc_curve(np.ones(10), labels).auc == 0.5
    found = vz.pr_curve(np.ones(10), labels)
    assert found.average_precision == found.prevalence == 0.2


def test_the_area_is_the_share_of_pairs_in_order_with_ties_half():
    scores, labels = example(1, 60, "ties")
    pairs = np.sign(scores[labels == 1][:, None] - scores[labels == 0])
    assert vz.roc_curve(scores, labels).auc == pytest.approx((pairs.mean() + 1) / 2, abs=1e-15)


def test_zero_and_minus_zero_are_one_score():
    assert len(vz.roc_curve([0.0, -0.0], [0, 1]).thresholds) == 2


@pytest.mark.parametrize("labels", [[0, 1, 1], [False, True, True], [-1, 1, 1], [0.0, 1.0, 1.0]])
def test_labels_may_be_numbers_or_bools(labels):
    assert vz.roc_curve([1, 2, 3], labels).auc == 1


def test_arrays_that_change_in_place_are_ranked_anew():
    scores, labels = np.array([1.0, 2.0, 3.0]), np.array([0, 1, 1])
    assert vz.roc_curve(scores, labels).auc == 1
    scores[0] = 9
    assert vz.roc_curve(scores, labels).auc == 0
    labels[:] = 1, 0, 0
    assert vz.roc_curve(scores, labels).auc == 1


def test_both_curves_of_the_same_examples_share_one_sort():
    scores, labels = example(0, 100)
    assert ranking("a", scores, labels) is ranking("b", scores.copy(), labels.tolist())


def test_what_came_in_is_left_as_it_was():
    scores, labels = example(0, 100)
    before = scores.copy(), labels.copy()
    vz.roc_curve(scores, labels)
    vz.pr_curve(scores, labels)
    np.testing.assert_array_equal(scores, before[0])
    np.testing.assert_array_equal(labels, before[1])
    scores[0] = 1  # still writeable


@pytest.mark.parametrize(
    ("scores", "labels", "sentence"),
    [
        ([0.1, 0.2], [1, 1], "roc_curve: the labels hold no negatives"),
        ([0.1, 0.2], [0, 0], "roc_curve: the labels hold no positives"),
        ([np.nan, 0.2], [0, 1], "1 of 2 scores are NaN or infinite"),
        ([np.inf, 0.2], [0, 1], "1 of 2 scores are NaN or infinite"),
        ([np.inf, -np.inf], [0, 1], "2 of 2 scores are NaN or infinite"),
        ([0.1, 0.2], [0, 2], "labels must be 0 or 1; got 2"),
        ([0.1, 0.2, 0.3], [0, -1, 1], "labels must be 0 or 1; got -1"),
        ([0.1, 0.2], [0, np.nan], "labels must be 0 or 1; got nan"),
        ([0.1, 0.2], ["a", "b"], "labels must be 0 or 1; got values of type"),
        ([0.1, 0.2], [0, 1, 1], "labels must be one for each score, 2"),
        ([], [], "scores are empty"),
        ([[0.1, 0.2]], [0], "use roc_curves"),
        (["a"], [1], "scores must be a list of numbers"),
    ],
)
def test_what_has_no_curve_is_refused_in_one_sentence(scores, labels, sentence):
    with pytest.raises(OptionError, match=sentence) as refused:
        vz.roc_curve(scores, labels)
    assert "\n" not in str(refused.value)


def test_precision_needs_positives_only():
    assert vz.pr_curve([0.1, 0.2], [1, 1]).average_precision == 1
    with pytest.raises(OptionError, match="pr_curve: the labels hold no positives"):
        vz.pr_curve([0.1, 0.2], [0, 0])


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [({"level": 1}, "level must be"), ({"method": "magic"}, "method must be"), ({"samples": 0}, "samples must be")],
)
def test_settings_out_of_range_are_refused(settings, sentence):
    with pytest.raises(OptionError, match=sentence):
        vz.roc_curve([1, 2], [0, 1], **settings)


def test_per_class_and_averages_are_scikit_learn_s():
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 4, 200)
    scores = generator.random((200, 4)) + np.eye(4)[labels]
    scores /= scores.sum(1, keepdims=True)
    roc, pr, marks = vz.roc_curves(scores, labels), vz.pr_curves(scores, labels), np.eye(4, dtype=int)[labels]
    for average in ("macro", "weighted"):
        wanted = metrics.roc_auc_score(marks, scores, average=average)
        assert getattr(roc, average) == pytest.approx(wanted, abs=1e-14)
        assert getattr(pr, average) == pytest.approx(metrics.average_precision_score(marks, scores, average=average))
    assert roc.micro.auc == pytest.approx(metrics.roc_auc_score(marks, scores, average="micro"), abs=1e-14)
    assert pr.micro.average_precision == pytest.approx(metrics.average_precision_score(marks, scores, average="micro"))
    assert roc.curve(2).auc == roc.areas[2]
    assert vz.roc_curves(scores, marks).digest() == roc.digest()
    grid, mean = roc.macro_curve()
    assert np.trapezoid(mean, grid) == pytest.approx(roc.macro, abs=2e-3)


def test_a_class_that_is_absent_is_named_and_left_out():
    scores = np.random.default_rng(0).random((6, 3))
    found = vz.roc_curves(scores, [0, 1, 0, 1, 0, 1], names=["cat", "dog", "owl"])
    assert found.absent == ("owl",)
    assert found.macro == pytest.approx(np.mean(found.areas[:2]))
    with pytest.raises(OptionError, match="class owl has no curve"):
        found.curve(2)
    with pytest.raises(OptionError, match="no class has both"):
        vz.roc_curves(scores, np.zeros((6, 3)))
    with pytest.raises(OptionError, match="class indices from 0 to 2"):
        vz.roc_curves(scores, [0, 1, 2, 3, 0, 1])
    with pytest.raises(OptionError, match="names must be one for each class"):
        vz.roc_curves(scores, [0, 1, 0, 1, 0, 1], names=["cat"])


def test_precision_at_k_counts_ties_by_their_chance():
    assert vz.precision_at_k([4, 3, 2, 1], [1, 0, 1, 0], k=3) == pytest.approx(2 / 3)
    assert vz.precision_at_k([4, 3, 3, 3], [1, 1, 0, 0], k=2) == pytest.approx((1 + 1 / 3) / 2)
    with pytest.raises(OptionError, match="k must be a whole number from 1 to 2"):
        vz.precision_at_k([1, 2], [0, 1], k=3)


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_top_k_accuracy_is_scikit_learn_s(k):
    generator = np.random.default_rng(k)
    scores, labels = generator.random((100, 5)), generator.integers(0, 5, 100)
    wanted = 1.0 if k == 5 else metrics.top_k_accuracy_score(labels, scores, k=k, labels=range(5))
    assert vz.top_k_accuracy(scores, labels, k=k) == pytest.approx(wanted)
    assert vz.top_k_accuracy(np.zeros((3, 4)), [0, 1, 2], k=1) == 0.25
