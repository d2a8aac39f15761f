"""Settings in the address: what a word says is what was set, and nonsense changes nothing."""

import pytest
import streamlit as st

from dashboard.controls import TYPED, put, reset, settings, values
from dashboard.option_link import follow_word, to_word
from vizlib.index import NAMES

EXPLAINING = [name for name, entry in NAMES.items() if entry.family == "attribution"]
PLACE = "there"


@pytest.fixture
def state(monkeypatch):
    """A visit's state without a page."""
    made = {}
    monkeypatch.setattr(st, "session_state", made)
    return made


def test_occlusion_is_among_them():
    assert "occlusion" in EXPLAINING


@pytest.mark.parametrize("technique", [*EXPLAINING, "tsne", "umap"])
def test_every_setting_comes_back_from_its_word(technique, state):
    assert to_word(technique, PLACE) == ""
    for option in settings(technique):
        if option.kind in ("layer", *TYPED):
            continue
        for value in option.extremes():
            put(technique, PLACE, {option.name: value})
            before, word = values(technique, PLACE), to_word(technique, PLACE)
            assert (word != "") == (value != option.default)
            reset(technique, PLACE)
            follow_word(technique, PLACE, word)
            assert values(technique, PLACE) == before
            reset(technique, PLACE)


def test_several_settings_are_one_word_and_one_that_is_missing_goes_back(state):
    put("occlusion", PLACE, {"window": 24, "stride": 8})
    assert to_word("occlusion", PLACE) == "window:24~stride:8"
    follow_word("occlusion", PLACE, "window:12")
    assert to_word("occlusion", PLACE) == "window:12"
    assert values("occlusion", PLACE)["stride"] is None


def test_a_size_of_two_sides_comes_back(state):
    put("receptive_field", PLACE, {"input_size": (64, 32)})
    assert to_word("receptive_field", PLACE) == "input_size:64x32"
    follow_word("receptive_field", PLACE, "input_size:32x64")
    assert values("receptive_field", PLACE)["input_size"] == (32, 64)


@pytest.mark.parametrize("word", ["window:-3", "window:24x", "junk:3", ":", "~~", "window", "fill:<b>", "x" * 10_000])
def test_nonsense_changes_nothing(word, state):
    follow_word("occlusion", PLACE, word)
    assert to_word("occlusion", PLACE) == ""


def test_the_layer_stays_since_it_has_its_own_place(state):
    put("grad_cam", PLACE, {"layer": "conv2"})
    follow_word("grad_cam", PLACE, "")
    assert values("grad_cam", PLACE)["layer"] == "conv2"
