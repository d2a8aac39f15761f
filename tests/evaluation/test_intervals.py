"""How sure an area is: DeLong against its double sum, resampling against the plain loop, Wilson against its formula."""

import math

import numpy as np
import pytest
from sklearn import metrics

import vizlib as vz
from vizlib.core.errors import OptionError
from vizlib.evaluation.intervals import bootstrap, wilson
from vizlib.evaluation.results import runs


def example(seed=0, n=80, ties=True):
    generator = np.random.default_rng(seed)
    labels = np.arange(n) % 3 == 0
    scores = generator.normal(size=(2, n)) + labels
    return (np.round(scores * 2) / 2 if ties else scores), labels


def placements(scores, labels):
    """The double sum of DeLong, pair by pair."""
    pairs = (np.sign(scores[labels][:, None] - scores[~labels]) + 1) / 2
    return pairs.mean(axis=1), pairs.mean(axis=0)


@pytest.mark.parametrize("ties", [True, False])
def test_the_variance_is_that_of_the_double_sum(ties):
    scores, labels = example(ties=ties)
    ten, one = placements(scores[0], labels)
    wanted = ten.var(ddof=1) / len(ten) + one.var(ddof=1) / len(one)
    assert vz.roc_curve(scores[0], labels).variance == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("ties", [True, False])
def test_two_models_are_compared_as_the_double_sum_says(ties):
    scores, labels = example(ties=ties)
    found = vz.compare_auc(scores[0], scores[1], labels)
    (ten_a, one_a), (ten_b, one_b) = (placements(one, labels) for one in scores)
    wanted = np.cov(ten_a, ten_b) / len(ten_a) + np.cov(one_a, one_b) / len(one_a)
    got = [[found.variance_a, found.covariance], [found.covariance, found.variance_b]]
    np.testing.assert_allclose(got, wanted, rtol=1e-12)
    assert found.auc_a == pytest.approx(metrics.roc_auc_score(labels, scores[0]), abs=1e-15)
    assert found.z == pytest.approx(
        (found.auc_a - found.auc_b) / math.sqrt(wanted[0, 0] + wanted[1, 1] - 2 * wanted[0, 1])
    )
    assert found.p == pytest.approx(math.erfc(abs(found.z) / math.sqrt(2)))
    assert found.variance_a == pytest.approx(vz.roc_curve(scores[0], labels).variance)
    low, high = found.interval()
    assert low < found.difference < high


def test_swapping_the_models_turns_the_sign_alone():
    scores, labels = example()
    one, other = vz.compare_auc(*scores, labels), vz.compare_auc(*scores[::-1], labels)
    assert (one.z, one.p) == (pytest.approx(-other.z), pytest.approx(other.p))


def test_a_model_does_not_differ_from_itself_on_another_scale():
    scores, labels = example()
    found = vz.compare_auc(scores[0], np.exp(scores[0]), labels)
    assert (found.z, found.p) == (0, 1)
    assert vz.compare_auc([1, 2, 3, 4], [4, 3, 2, 1], [0, 0, 1, 1]).p == 0


def test_a_hundred_thousand_examples_are_compared():
    generator = np.random.default_rng(0)
    labels = generator.random(100_000) < 0.5
    scores = generator.normal(size=(2, 100_000)) + labels
    found = vz.compare_auc(*scores, labels)
    assert found.auc_a == pytest.approx(vz.roc_curve(scores[0], labels).auc, abs=1e-12)
    assert found.variance_a == pytest.approx(vz.roc_curve(scores[0], labels).variance, rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (([1, 2], [1, 2, 3], [0, 1]), "must score the same examples"),
        (([1, 2, 3], [1, 2, 3], [0, 1, 1]), "at least two positives and two negatives"),
        (([1, np.nan], [1, 2], [0, 1]), "NaN or infinite"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments, sentence):
    with pytest.raises(OptionError, match=sentence):
        vz.compare_auc(*arguments)


def test_the_interval_stays_inside_and_the_plain_one_may_not():
    scores, labels = [1, 2, 3, 4, 5, 6, 3.5], [0, 0, 0, 1, 1, 1, 1]
    scores[2] = 4.5
    plain, logit = (vz.roc_curve(scores, labels, method=method).interval for method in ("delong", "logit"))
    assert plain.high > 1 > logit.high
    curve = vz.roc_curve(scores, labels)
    reach = 1.959963984540054 * math.sqrt(curve.variance)
    assert plain == (pytest.approx(curve.auc - reach), pytest.approx(curve.auc + reach))
    scale = math.log(curve.auc / (1 - curve.auc)), reach / (curve.auc * (1 - curve.auc))
    assert logit == tuple(pytest.approx(1 / (1 + math.exp(-(scale[0] + sign * scale[1])))) for sign in (-1, 1))


def test_a_perfect_ranking_has_no_spread_and_one_positive_no_interval():
    assert vz.roc_curve([1, 2, 3, 4], [0, 0, 1, 1]).interval == (1, 1)
    with pytest.raises(OptionError, match="at least two positives"):
        vz.roc_curve([1, 2, 3], [0, 0, 1]).interval


def test_a_higher_level_is_wider_and_the_seed_decides_the_bootstrap():
    scores, labels = example()
    curve = vz.roc_curve(scores[0], labels, method="bootstrap")
    narrow, wide = curve.interval_by("delong", 0.8), curve.interval_by("delong", 0.99)
    assert wide.low < narrow.low < curve.auc < narrow.high < wide.high
    again = vz.roc_curve(scores[0], labels, method="bootstrap")
    other = vz.roc_curve(scores[0], labels, method="bootstrap", seed=1)
    assert curve.interval == again.interval != other.interval


@pytest.mark.parametrize("ties", [True, False])
def test_resampled_areas_are_distributed_like_those_of_the_plain_loop(ties):
    (scores, _), labels = example(n=60, ties=ties)
    generator = np.random.default_rng(5)
    loop = []
    for _ in range(150):
        draws = [generator.choice(np.flatnonzero(labels == which), (labels == which).sum()) for which in (0, 1)]
        taken = np.concatenate(draws)
        loop.append((metrics.roc_auc_score(labels[taken], scores[taken]), metrics.average_precision_score(labels[taken], scores[taken])))  # fmt: skip  # noqa: E501
    for column, curve in enumerate((vz.roc_curve(scores, labels), vz.pr_curve(scores, labels))):
        ours, theirs = curve.resampled(), np.array(loop)[:, column]
        assert ours.mean() == pytest.approx(theirs.mean(), abs=5 * theirs.std() / 12)
        assert ours.std() == pytest.approx(theirs.std(), rel=0.25)


def test_resampled_counts_add_up_whatever_way_they_are_drawn():
    for positives in ([3, 0, 2], [1] * 50, [100_000, 50_000]):
        drawn = bootstrap(np.array(positives), np.array([1, 4]), lambda p, n: p, samples=7, seed=0)
        assert drawn.shape == (7, len(positives))
        assert (drawn.sum(1) == sum(positives)).all()
        assert not drawn[:, np.array(positives) == 0].any()


def test_neighbours_of_one_class_can_be_joined_without_changing_the_area():
    positives, negatives = runs(np.array([1, 1, 0, 0, 2, 1]), np.array([0, 0, 1, 1, 1, 0]))
    assert positives.tolist() == [2, 0, 2, 1]
    assert negatives.tolist() == [0, 2, 1, 0]


def test_the_band_holds_the_curve():
    scores, labels = example(n=200)
    curve = vz.roc_curve(scores[0], labels, samples=200)
    band = curve.band(21)
    inside = (band.low <= np.interp(band.x, curve.fpr, curve.tpr) + 1e-9) & (
        np.interp(band.x, curve.fpr, curve.tpr) <= band.high + 1e-9
    )
    assert inside[1:].all()


def test_wilson_s_interval():
    low, high = wilson(np.array([0, 5, 10, 0]), np.array([10, 10, 10, 0]))
    np.testing.assert_allclose(low[:3], [0, 0.2366, 0.7225], atol=5e-5)  # Newcombe (1998)
    np.testing.assert_allclose(high[:3], [0.2775, 0.7634, 1], atol=5e-5)
    assert np.isnan([low[3], high[3]]).all()
