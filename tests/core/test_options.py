"""A signature is the only declaration: options, checks and messages come from it."""

import math
from typing import Annotated, Literal

import numpy as np
import pytest

import vizlib as vz
from vizlib.core.errors import OptionError
from vizlib.core.options import Layer, Range, Technique, checked_options, options


def asked(
    model,
    *,
    count: Annotated[int, Range(1, 9), "How many."] = 3,
    width: Annotated[float | None, Range(0.5, 2), "How wide."] = None,
    kind: Annotated[Literal["one", "two"], "Which."] = "one",
    sides: Annotated[Literal[3, 4], "Corners."] = 3,
    flag: Annotated[bool, "Whether."] = False,
    layer: Layer = None,
    base: Technique = "saliency",
    k: Annotated[int, Range(1, 5), "How many neighbours."],
    progress=None,
):
    """Nothing is computed."""


BY_NAME = {option.name: option for option in options(asked)}


def test_every_keyword_but_progress_is_an_option_in_order():
    assert list(BY_NAME) == ["count", "width", "kind", "sides", "flag", "layer", "base", "k"]
    assert [option.kind for option in BY_NAME.values()] == [
        "int", "float", "choice", "choice", "bool", "layer", "technique", "int",
    ]  # fmt: skip


def test_a_range_a_default_help_and_none_are_read_from_the_signature():
    width = BY_NAME["width"]
    assert (width.low, width.high, width.default, width.optional, width.help) == (0.5, 2, None, True, "How wide.")
    assert not BY_NAME["count"].optional
    assert BY_NAME["layer"].optional
    assert BY_NAME["k"].required


def test_extremes_are_both_ends_or_every_choice():
    assert BY_NAME["count"].extremes() == (1, 9)
    assert BY_NAME["kind"].extremes() == ("one", "two")
    assert set(BY_NAME["flag"].extremes()) == {True, False}
    assert "grad_cam" in BY_NAME["base"].extremes()


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("count", np.int64(4), 4),
        ("width", 1, 1.0),
        ("width", np.float32(0.5), 0.5),
        ("width", None, None),
        ("flag", np.bool_(True), True),
        ("kind", "two", "two"),
        ("sides", 4, 4),
        ("layer", "conv", "conv"),
    ],
)
def test_a_value_is_kept_in_plain_python(name, value, kept):
    found = BY_NAME[name].check(value, "asked")
    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("count", 0, "asked: count must be an integer from 1 to 9; got 0. Try 3."),
        ("count", 2.0, "asked: count must be an integer from 1 to 9; got 2.0. Try 3."),
        ("count", None, "asked: count must be an integer from 1 to 9; got None. Try 3."),
        ("width", math.nan, "asked: width must be a number from 0.5 to 2 or None; got nan. Try 0.5."),
        ("kind", "three", "asked: kind must be one of 'one', 'two'; got 'three'. Try 'one'."),
        ("sides", True, "asked: sides must be one of 3, 4; got True. Try 3."),
        ("flag", 1, "asked: flag must be True or False; got 1. Try False."),
        ("layer", 3, "asked: layer must be the name of a layer; got 3."),
        ("kind", np.zeros((9, 9)), "asked: kind must be one of 'one', 'two'; got array("),
    ],
)
def test_a_wrong_value_is_one_line_that_names_option_rule_and_value(name, value, message):
    with pytest.raises(OptionError) as refused:
        BY_NAME[name].check(value, "asked")
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("count", "7", 7),
        ("width", "1.5", 1.5),
        ("width", "none", None),
        ("kind", "two", "two"),
        ("sides", "4", 4),
        ("flag", "yes", True),
        ("flag", "False", False),
        ("layer", "default", None),
        ("layer", "layer4.1", "layer4.1"),
    ],
)
def test_text_of_a_command_line_becomes_the_value(name, text, value):
    assert BY_NAME[name].parse(text, "asked") == value


@pytest.mark.parametrize(("name", "text"), [("count", "1.5"), ("count", "many"), ("kind", "One"), ("flag", "maybe")])
def test_wrong_text_is_refused(name, text):
    with pytest.raises(OptionError, match=f"^asked: {name} must be"):
        BY_NAME[name].parse(text, "asked")


def test_defaults_are_filled_in_and_a_missing_required_option_is_named():
    assert checked_options(asked, {"k": 2})["count"] == 3
    with pytest.raises(OptionError, match=r"^asked: k must be given; it is an integer from 1 to 5\.$"):
        checked_options(asked, {})


@pytest.mark.parametrize(("key", "hint"), [("cuont", "Did you mean count?"), ("zzz", "It has: count, width, kind")])
def test_an_unknown_option_is_answered_with_the_nearest_or_all(key, hint):
    with pytest.raises(OptionError) as refused:
        checked_options(asked, {"k": 1, key: 1})
    assert f"there is no option '{key}'. {hint}" in str(refused.value)


def test_a_signature_that_says_too_little_is_an_error_of_the_programmer():
    def vague(model, *, what: list = ()):  # type: ignore[assignment]
        """Nothing."""

    with pytest.raises(TypeError, match="what: an option is a number"):
        options(vague)


def test_a_number_too_long_for_a_float_is_refused_as_any_other_out_of_range():
    with pytest.raises(OptionError, match=r"^attention_rollout: discard must be a number from 0 to 0\.99; got 1000"):
        checked_options(vz.attention_rollout, {"discard": 10**400})
    with pytest.raises(OptionError, match=r"^maximize_activation: direction must be weights of channels"):
        checked_options(vz.maximize_activation, {"layer": "fc", "direction": {0: 10**400}})
