"""Metrics of parts of the examples: values, intervals, order and reasons."""

import numpy as np
import pytest
from sklearn import metrics

from vizlib.core.errors import OptionError
from vizlib.evaluation.curves import roc_curve
from vizlib.evaluation.slices import slice_accuracy, slice_auc


def test_accuracy_of_slices_has_wilson_s_interval_and_the_worst_is_first():
    found = slice_accuracy([1, 1, 1, 0, 0, 1, 0, 0, 0, 0], list("aaaabbcccc"), name="light")
    assert found.names == ("c", "b", "a")
    assert found.values.tolist() == [0, 0.5, 0.75]
    assert found.examples.tolist() == [4, 2, 4]
    assert (found.overall, found.column) == (0.4, "light")
    z = 1.959963984540054
    assert found.low[0] == 0
    assert found.high[0] == pytest.approx(z**2 / (4 + z**2))  # Wilson's upper end of none of four
    assert found.low[1] == pytest.approx(0.5 - found.high[1] + 0.5)


def test_areas_of_slices_are_those_of_their_examples():
    generator = np.random.default_rng(0)
    labels, places = generator.integers(0, 2, 300), generator.integers(0, 3, 300)
    scores = labels * places + generator.normal(size=300)
    found = slice_auc(scores, labels, places)
    assert found.names == ("0", "1", "2")
    for row in found.table:
        chosen = places == int(row.name)
        assert row.value == pytest.approx(metrics.roc_auc_score(labels[chosen], scores[chosen]))
        assert (row.low, row.high) == roc_curve(scores[chosen], labels[chosen]).interval
    assert found.overall == pytest.approx(metrics.roc_auc_score(labels, scores))


def test_a_slice_of_one_class_says_why_it_has_no_area_and_stands_last():
    found = slice_auc([0.1, 0.9, 0.4, 0.3, 0.2, 0.8], [0, 1, 0, 1, 1, 1], ["a", "a", "b", "b", "c", "c"])
    rows = {row.name: row for row in found.table}
    assert found.names[-1] == "c"
    assert np.isnan(rows["c"].value)
    assert rows["c"].why == "no AUC: all 2 examples are positive"
    assert rows["a"].value == 1
    assert rows["a"].why == "no interval: there is only one positive example"


def test_many_numbers_are_cut_into_ranges_of_equally_many():
    found = slice_accuracy(np.arange(100) >= 50, np.arange(100) / 7, bins=4)
    assert found.examples.tolist() == [25] * 4
    assert found.values.tolist() == [0, 0, 1, 1]
    assert found.names[0] == "0 to 3.536"


def test_missing_values_are_a_slice_of_their_own():
    size = np.append(np.arange(20.0), [np.nan, np.nan])
    assert "missing" in slice_accuracy(np.ones(22), size).names
    assert slice_accuracy([1, 0, 1], np.array(["day", None, float("nan")], object)).names == ("missing", "day")


def test_what_cannot_be_sliced_is_refused_in_one_sentence():
    with pytest.raises(OptionError, match="one value for each example, 3"):
        slice_accuracy([1, 0, 1], ["a", "b"])
    with pytest.raises(OptionError, match="different values"):
        slice_accuracy(np.ones(2000), [f"file {number}" for number in range(2000)])
    with pytest.raises(OptionError, match="labels must be 0 or 1"):
        slice_auc([0.1, 0.2], [1, 5], ["a", "b"])
    with pytest.raises(OptionError, match="bins must be"):
        slice_accuracy(np.ones(50), np.arange(50), bins=0)
