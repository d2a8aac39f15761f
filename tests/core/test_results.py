"""A result is frozen numbers and facts, with a digest over all of them."""

import dataclasses

import numpy as np
import pytest

from vizlib.core.results import Attribution


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


def test_arrays_cannot_be_written():
    for field in dataclasses.fields(result()):
        value = getattr(result(coarse=np.zeros(3)), field.name)
        assert not isinstance(value, np.ndarray) or not value.flags.writeable
