"""Curves of folds and the spread of a metric: scikit-learn's example, closed forms and identities."""

import numpy as np
import pytest
from sklearn import metrics
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from vizlib.core.errors import OptionError
from vizlib.evaluation.crossvalidation import fold_curves, metric_spread, stratified_folds


@pytest.fixture(scope="module")
def held_out() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores of models trained without the example's fold."""
    data, labels = load_breast_cancer(return_X_y=True)
    data, labels = data[:, :3] / data[:, :3].max(0), labels
    scores, folds = np.empty(len(labels)), np.empty(len(labels), int)
    for fold, (train, test) in enumerate(StratifiedKFold(5).split(data, labels)):
        scores[test] = LogisticRegression().fit(data[train], labels[train]).predict_proba(data[test])[:, 1]
        folds[test] = fold
    return scores, labels, folds


def test_mean_and_band_of_roc_curves_are_those_of_scikit_learn_s_example(held_out):
    scores, labels, folds = held_out
    grid, heights, areas = np.linspace(0, 1, 100), [], []
    for fold in range(5):
        fpr, tpr, _ = metrics.roc_curve(labels[folds == fold], scores[folds == fold])
        heights.append(np.interp(grid, fpr, tpr))
        heights[-1][0] = 0.0
        areas.append(metrics.auc(fpr, tpr))
    found = fold_curves(scores, labels, folds, points=100)
    np.testing.assert_allclose(found.mean, np.mean(heights, axis=0))
    np.testing.assert_allclose(found.high, np.minimum(np.mean(heights, axis=0) + np.std(heights, axis=0), 1))
    np.testing.assert_allclose(found.low, np.maximum(np.mean(heights, axis=0) - np.std(heights, axis=0), 0))
    np.testing.assert_allclose(found.areas, areas)
    assert found.area_deviation == pytest.approx(np.std(areas))
    assert found.names == ("0", "1", "2", "3", "4")


def test_precision_is_averaged_at_equal_recall_in_steps():
    scores, labels = [0.9, 0.8, 0.7, 0.9, 0.8, 0.7], [1, 0, 1, 0, 1, 1]
    found = fold_curves(scores, labels, list("aaabbb"), kind="pr", points=5)  # recalls 0, .25, .5, .75, 1
    np.testing.assert_allclose(found.heights, [[1, 1, 1, 2 / 3, 2 / 3], [0, 0.5, 0.5, 2 / 3, 2 / 3]])
    np.testing.assert_allclose(found.areas, [metrics.average_precision_score(labels[:3], scores[:3]),
                                             metrics.average_precision_score(labels[3:], scores[3:])])  # fmt: skip


def test_equal_folds_have_no_band():
    found = fold_curves([0.1, 0.6, 0.4, 0.9] * 3, [0, 1, 1, 0] * 3, np.repeat([1, 2, 3], 4))
    assert found.deviation.max() == 0
    np.testing.assert_array_equal(found.low, found.high)


def test_a_fold_of_one_class_is_named():
    with pytest.raises(OptionError, match="fold two holds no positives"):
        fold_curves([0.1, 0.2, 0.3, 0.4], [0, 1, 0, 0], ["one", "one", "two", "two"])
    with pytest.raises(OptionError, match="2 to 100 folds; got 1"):
        fold_curves([0.1, 0.2], [0, 1], [1, 1])
    with pytest.raises(OptionError, match="one for each score"):
        fold_curves([0.1, 0.2], [0, 1], [1])


@pytest.mark.parametrize(
    ("metric", "theirs"),
    [
        ("auc", metrics.roc_auc_score),
        ("average_precision", metrics.average_precision_score),
        ("accuracy", lambda labels, scores: metrics.accuracy_score(labels, scores >= 0.5)),
    ],
)
def test_the_value_on_all_examples_is_scikit_learn_s_and_every_way_spreads_around_it(held_out, metric, theirs):
    scores, labels, _ = held_out
    found = metric_spread(scores, labels, metric=metric, samples=300)
    assert found.value == pytest.approx(theirs(labels, scores), abs=1e-12)
    for row in found.table:
        assert row.low < found.value < row.high
        assert row.mean == pytest.approx(found.value, abs=0.01)


def test_the_mean_accuracy_of_equal_folds_is_the_accuracy_of_all():
    generator = np.random.default_rng(0)
    labels = np.repeat([0, 1], 50)
    found = metric_spread(generator.random(100), labels, metric="accuracy", k=5, samples=2)
    assert found.folds.mean() == pytest.approx(found.value)


def test_smaller_hold_outs_spread_more_as_the_root_of_their_size(held_out):
    scores, labels, _ = held_out
    small, large = (
        metric_spread(scores, labels, metric="accuracy", share=s, samples=2000).holdouts for s in (0.1, 0.4)
    )
    # Without replacement the variance is that of a mean of share * n, times what is left over, 1 - share.
    assert small.var() / large.var() == pytest.approx((0.9 / 0.1) / (0.6 / 0.4), rel=0.15)


def test_the_same_seed_gives_the_same_spread(held_out):
    scores, labels, _ = held_out
    assert metric_spread(scores, labels, samples=20, seed=3).digest() == metric_spread(scores, labels, samples=20, seed=3).digest()  # fmt: skip  # noqa: E501


def test_a_spread_that_cannot_be_is_refused_in_one_sentence():
    for more, words in [
        ({"k": 3}, "k must be from 2 to 2"),
        ({"k": 2, "share": 1.0}, "share must be"),
        ({"k": 2, "samples": 1}, "samples must be"),
        ({"k": 2, "metric": "f1"}, "metric must be"),
    ]:
        with pytest.raises(OptionError, match=words):
            metric_spread([0.1, 0.2, 0.3, 0.4], [0, 1, 0, 1], **more)


def test_stratified_folds_share_every_label_evenly():
    labels = np.repeat([0, 1, 2], [40, 33, 7])
    folds = stratified_folds(labels, 5)
    for label, low in ((0, 8), (1, 6), (2, 1)):
        assert set(np.bincount(folds[labels == label])[1:]) <= {low, low + 1}
    assert (stratified_folds(labels, 5, seed=1) != folds).any()
    with pytest.raises(OptionError, match="k must be from 2 to 80"):
        stratified_folds(labels, 81)
