"""What a threshold does, its costs and another class balance, against counting and against repeated examples."""

import numpy as np
import pytest
from sklearn import metrics

import vizlib as vz
from vizlib.core.errors import OptionError
from vizlib.evaluation.thresholds import thresholds


@pytest.fixture
def examples():
    generator = np.random.default_rng(3)
    labels = generator.random(200) < 0.3
    return np.round(generator.normal(labels, 1), 1), labels  # with ties


def test_decisions_are_what_counting_gives_at_any_threshold(examples):
    scores, labels = examples
    found = thresholds(scores, labels)
    for threshold in (-99.0, -0.55, 0.0, 0.3, 99.0, np.inf):
        through = scores >= threshold
        wanted = [(through & labels).sum(), (through & ~labels).sum(), (~through & labels).sum(), (~through & ~labels).sum()]  # fmt: skip  # noqa: E501
        assert list(found.decisions(threshold)) == wanted


def test_precision_recall_f_and_accuracy_are_scikit_learn_s(examples):
    scores, labels = examples
    found = thresholds(scores, labels, beta=2)
    at = found.place(0.4)
    through = scores >= 0.4
    assert found.precision[at] == pytest.approx(metrics.precision_score(labels, through))
    assert found.recall[at] == pytest.approx(metrics.recall_score(labels, through))
    assert found.f_measure[at] == pytest.approx(metrics.fbeta_score(labels, through, beta=2))
    assert found.accuracy[at] == pytest.approx(metrics.accuracy_score(labels, through))
    assert found.average_precision == pytest.approx(metrics.average_precision_score(labels, scores))


def test_the_cheapest_threshold_costs_least_of_all(examples):
    scores, labels = examples
    found = thresholds(scores, labels, false_alarm=1, miss=5)
    costs = [((scores >= t) & ~labels).mean() + 5 * ((scores < t) & labels).mean() for t in found.thresholds]
    np.testing.assert_allclose(found.cost, costs)
    assert found.cost[found.place(found.cheapest)] == min(found.cost)
    assert found.f_measure[found.place(found.best_f)] == max(found.f_measure)


def test_calibrated_scores_are_cheapest_at_the_share_of_the_costs():
    generator = np.random.default_rng(0)
    scores = generator.random(400_000)
    labels = generator.random(400_000) < scores
    assert thresholds(scores, labels, false_alarm=1, miss=4).cheapest == pytest.approx(1 / 5, abs=0.02)


def test_another_balance_is_what_repeated_examples_give(examples):
    scores, labels = examples
    often = np.where(labels, 1, 10)
    rare = labels.sum() / often.sum()
    found = thresholds(scores, labels, prevalence=rare)
    repeated = thresholds(np.repeat(scores, often), np.repeat(labels, often))
    for name in ("precision", "recall", "fall_out", "f_measure", "accuracy", "cost"):
        np.testing.assert_allclose(getattr(found, name), getattr(repeated, name))
    wanted = vz.pr_curve(np.repeat(scores, often), np.repeat(labels, often)).average_precision
    assert found.average_precision == pytest.approx(wanted)


def test_the_rates_stay_whatever_the_balance_and_accuracy_flatters(examples):
    scores, labels = examples
    usual, rare = (thresholds(scores, labels, prevalence=share) for share in (0.5, 0.001))
    np.testing.assert_array_equal(usual.recall, rare.recall)
    np.testing.assert_array_equal(usual.fall_out, rare.fall_out)
    assert rare.accuracy[0] == pytest.approx(0.999)  # nothing is ever let through
    assert rare.f_measure.max() < usual.f_measure.max()


@pytest.mark.parametrize("given", [{"prevalence": 0}, {"prevalence": 1.0}, {"beta": 0}, {"miss": -1}, {"false_alarm": np.inf}])  # fmt: skip  # noqa: E501
def test_what_makes_no_sense_is_refused_in_one_sentence(examples, given):
    with pytest.raises(OptionError, match=next(iter(given))) as refused:
        thresholds(*examples, **given)
    assert str(refused.value).count("\n") == 0
