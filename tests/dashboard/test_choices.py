"""Choices of a page in its address: what a word says is what was chosen, and nonsense changes nothing."""

from types import SimpleNamespace

import pytest
import streamlit as st

from dashboard.choices import follow_choices, number, one_of, say_choices, switch

CHOICES = (
    one_of("view", "page view", ("curves", "classes"), "curves"),
    one_of("span", "page span", (0.5, 1.0, 2.0), 1.0),
    switch("log", "page log"),
    number("class", "page class", -2, 9999, None),
    number("at", "page at", -1e9, 1e9, None, float),
    number("seed", "page seed", 0, 2**31 - 1, 0),
)


@pytest.fixture
def state(monkeypatch):
    made = {}
    monkeypatch.setattr(st, "session_state", made)
    return made


def visit(word=None):
    return SimpleNamespace(asked={} if word is None else {"choices": word}, parts={})


def said():
    here = visit()
    say_choices(here, CHOICES)
    return here.parts["choices"]


def test_a_page_begins_with_its_first_choices_and_an_empty_word(state):
    follow_choices(visit(), CHOICES)
    assert state == {"page view": "curves", "page span": 1.0, "page log": False, "page seed": 0}
    assert said() == ""


def test_every_choice_comes_back_from_its_word(state):
    chosen = {"view": "classes", "span": 0.5, "log": True, "class": -1, "at": 0.1 + 0.2, "seed": 7}
    state.update({f"page {name}": value for name, value in chosen.items()})
    word, before = said(), dict(state)
    assert word == "view:classes~span:0.5~log:on~class:-1~at:0.30000000000000004~seed:7"
    state.clear()
    follow_choices(visit(word), CHOICES)
    assert state == before
    assert type(state["page class"]) is int


def test_without_a_link_nothing_that_was_chosen_changes(state):
    state.update({"page view": "classes", "page seed": 3})
    follow_choices(visit(), CHOICES)
    assert (state["page view"], state["page seed"]) == ("classes", 3)


def test_a_link_puts_back_what_it_does_not_name_but_what_the_page_finds_out(state):
    state.update({"page view": "classes", "page seed": 3, "page class": 4})
    follow_choices(visit("seed:5"), CHOICES)
    assert (state["page view"], state["page seed"], state["page class"]) == ("curves", 5, 4)


@pytest.mark.parametrize(
    "word", ["view:junk", "seed:-1", "seed:1.5", "at:nan", "at:inf", "class:1e3", "~:~", "x" * 9999]
)
def test_nonsense_is_left_out(word, state):
    follow_choices(visit(word), CHOICES)
    assert said() == ""
