"""Temperature scaling against its closed form for two classes, and what it must leave as it was."""

import math

import numpy as np
import pytest

from vizlib.core.errors import OptionError
from vizlib.evaluation.temperature import fit_temperature, softened, temperature_scaling


@pytest.mark.parametrize(("right", "gap"), [(8, 5.0), (9, 1.0), (6, 3.0)])
def test_of_equal_gaps_the_temperature_is_the_gap_by_the_logit_of_the_accuracy(right, gap):
    """With one gap g between two scores, a share p of right answers is most likely at g / T = log(p / (1 - p))."""
    logits = np.tile([gap, 0.0], (10, 1))
    labels = (np.arange(10) >= right).astype(int)
    share = right / 10
    assert fit_temperature(logits, labels) == pytest.approx(gap / math.log(share / (1 - share)), rel=1e-8)


def test_scores_that_were_multiplied_get_the_factor_back():
    generator = np.random.default_rng(0)
    logits = generator.normal(size=(2000, 5)) * 2
    labels = (np.cumsum(softened(logits, 1.0), axis=1) < generator.random((2000, 1))).sum(axis=1)
    usual, hot = fit_temperature(logits, labels), fit_temperature(3 * logits, labels)
    assert usual == pytest.approx(1, abs=0.1)
    assert hot == pytest.approx(3 * usual, rel=1e-8)
    assert fit_temperature(np.log(softened(3 * logits, 1.0)), labels) == pytest.approx(hot, rel=1e-8)


def test_scaling_leaves_the_accuracy_and_lowers_error_and_likelihood_on_other_examples():
    generator = np.random.default_rng(1)
    logits = generator.normal(size=(3000, 4)) * 2
    labels = (np.cumsum(softened(logits, 1.0), axis=1) < generator.random((3000, 1))).sum(axis=1)
    found = temperature_scaling(4 * logits, labels, share=0.4, bins=10)
    assert found.fitted_on == 1200
    assert found.before.examples == found.after.examples == 1800
    assert found.after.nll < found.before.nll
    assert found.after.ece < found.before.ece / 3
    right = [np.nansum(one.accuracy * one.counts) for one in (found.before, found.after)]
    assert right[0] == pytest.approx(right[1])


def test_too_few_examples_and_an_impossible_share_are_refused():
    with pytest.raises(OptionError, match="too few"):
        temperature_scaling([[1.0, 0.0]], [0])
    with pytest.raises(OptionError, match="share"):
        temperature_scaling([[1.0, 0.0]] * 4, [0] * 4, share=1.0)
