"""A result is frozen numbers and facts, with a digest over all of them."""

import dataclasses

import numpy as np
import pytest

from vizlib.core.results import DROP_OF_PROBABILITY, Attribution, compact


def result(**changes):
    facts = {
        "values": np.arange(16.0).reshape(1, 1, 4, 4) - 8,
        "target": np.array([3]),
        "score": np.array([1.5]),
        "technique": "occlusion",
        "unit": "drop of the logit",
        "signed": True,
    }
    return Attribution(**{**facts, **changes})


def test_equal_results_have_equal_digests():
    assert result().digest() == result().digest()


@pytest.mark.parametrize(
    "changes",
    [
        {"values": np.arange(16.0).reshape(1, 1, 4, 4)},
        {"values": np.arange(16.0).reshape(1, 1, 2, 8) - 8},
        {"values": (np.arange(16.0).reshape(1, 1, 4, 4) - 8).astype(np.float32)},
        {"target": np.array([4])},
        {"score": np.array([1.6])},
        {"technique": "saliency"},
        {"unit": "drop"},
        {"signed": False},
        {"coarse": np.zeros((1, 1, 2, 2))},
        {"layer": "conv"},
        {"notes": ("said",)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_any_changed_number_or_fact_changes_the_digest(changes):
    assert result(**changes).digest() != result().digest()


def test_memory_order_does_not_change_the_digest():
    turned = np.asfortranarray(np.arange(16.0).reshape(1, 1, 4, 4) - 8)
    assert result(values=turned).digest() == result().digest()


def test_a_heatmap_of_one_channel_is_signed_and_of_several_the_largest_magnitude():
    assert np.array_equal(result().heatmap()[0], result().values[0, 0])
    three = np.stack([np.full((4, 4), 1.0), np.full((4, 4), -5.0), np.zeros((4, 4))])[None]
    assert (result(values=three).heatmap() == 5).all()
    with pytest.raises(ValueError, match="reduce must be 'max_abs'; got 'mean'"):
        result().heatmap("mean")


def test_an_empty_map_is_said_with_a_way_out_and_others_are_not():
    assert result().banners() == ()
    assert "try another fill" in result(values=np.zeros((1, 1, 4, 4))).banners()[0]
    two = np.stack([np.zeros((1, 4, 4)), np.ones((1, 4, 4)), np.zeros((1, 4, 4))])
    assert result(values=two).banners()[0].startswith("The map of image 0, 2 is zero everywhere")


@pytest.mark.parametrize(
    ("largest", "score", "sentence"),
    [
        (0.05, 0.99, None),
        (2.1e-4, 0.9999, "The map reaches 2.1e-4 at most: the probability is saturated, and hiding a window hardly"),
        (-2.1e-4, 0.001, "The map reaches 2.1e-4 at most: the probability is saturated, and hiding a window hardly"),
        (0.02, 0.6, "The map reaches 0.02 at most: hiding a window hardly changes the probability. A larger window"),
        (1e-15, 1.0, "The map is rounding error: hiding a window does not change the probability at all. The logit"),
        (0.0, 1.0, "The map is zero everywhere"),
    ],
)
def test_a_probability_that_hardly_moves_is_said_and_what_shows_more(largest, score, sentence):
    values = np.zeros((1, 1, 4, 4))
    values[0, 0, 1, 2] = largest
    found = result(values=values, score=np.array([score]), unit=DROP_OF_PROBABILITY)
    assert [banner[: len(sentence or "")] for banner in found.banners()] == ([sentence] if sentence else [])
    assert found.is_faint() == (sentence is not None)
    assert not result(values=values).is_faint()


def test_banners_of_a_batch_name_the_images():
    values = np.full((3, 1, 4, 4), 0.01)
    values[1] = 0.9
    found = result(values=values, score=np.array([0.99, 0.99, 0.98]), unit=DROP_OF_PROBABILITY)
    assert found.banners()[0].startswith("The map of image 0, 2 reaches 0.01 at most")


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (0.25, "0.25"), (2.1e-4, "2.1e-4"), (-2e-5, "-2e-5"), (12345.0, "1.23e4"), (9.9999e-4, "1e-3")],
)
def test_a_number_is_written_without_zeros_it_does_not_need(value, words):
    assert compact(value) == words


def test_arrays_cannot_be_written():
    for field in dataclasses.fields(result()):
        value = getattr(result(coarse=np.zeros(3)), field.name)
        assert not isinstance(value, np.ndarray) or not value.flags.writeable
