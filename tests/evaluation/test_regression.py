"""Errors of predicted numbers against scikit-learn, and where they are not defined."""

import numpy as np
import pytest
from sklearn import metrics

from vizlib.core.errors import OptionError
from vizlib.evaluation.regression import regression


def test_the_numbers_are_scikit_learn_s():
    generator = np.random.default_rng(0)
    truth = generator.normal(5, 2, 200)
    predicted = truth + generator.normal(0.3, 1, 200)
    found = regression(predicted, truth)
    assert found.mae == pytest.approx(metrics.mean_absolute_error(truth, predicted), rel=1e-12)
    assert found.rmse == pytest.approx(metrics.root_mean_squared_error(truth, predicted), rel=1e-12)
    assert found.mape == pytest.approx(metrics.mean_absolute_percentage_error(truth, predicted), rel=1e-12)
    assert found.r2 == pytest.approx(metrics.r2_score(truth, predicted), rel=1e-12)
    assert found.bias == pytest.approx(predicted.mean() - truth.mean())
    assert found.banners() == ()


def test_predicting_the_mean_has_r2_zero_and_worse_is_negative():
    assert regression([2, 2, 2], [1, 2, 3]).r2 == 0
    assert regression([3, 2, 1], [1, 2, 3]).r2 == -3


def test_an_error_in_per_cent_of_zero_is_none_and_says_so():
    found = regression([1, 2], [0, 2])
    assert np.isnan(found.mape)
    assert found.mae == 0.5
    assert found.banners()[0].startswith("MAPE is not defined: 1 of 2 true values are 0")


def test_a_constant_truth_has_no_r2_and_says_so():
    found = regression([0.1, 0.2, 0.3], [0.1, 0.1, 0.1])
    assert np.isnan(found.r2)
    assert "R² is not defined" in found.banners()[0]


def test_what_is_no_list_of_numbers_is_refused_in_one_sentence():
    for predicted, truth, words in [
        ([1, 2], [1], "equally many; got 2 and 1"),
        ([np.nan], [1], "1 of 1 values of predicted are NaN or infinite"),
        (["a"], [1], "must be a list of numbers"),
        ([], [], "must be a list of numbers"),
    ]:
        with pytest.raises(OptionError, match=words):
            regression(predicted, truth)
