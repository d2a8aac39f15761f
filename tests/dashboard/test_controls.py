"""Widgets follow from a signature: a technique declared here, at test time, gets its own."""

from typing import Annotated, Literal

import pytest
from streamlit.testing.v1 import AppTest

from vizlib.core import technique as seam
from vizlib.core.technique import Layer, Progress, Range, silent
from vizlib.index import NAMES, TECHNIQUE_FAMILIES, TECHNIQUES, Entry


@seam.technique
def invented(
    model,
    images,
    target=None,
    *,
    steps: Annotated[int, Range(1, 50), "How many steps to take."] = 7,
    window: Annotated[int | None, Range(1, 1024), "Side of the square."] = None,
    many: Annotated[int, Range(1, 100_000), "A large number."] = 300,
    noise: Annotated[float, Range(0, 2), "Standard deviation of the noise."] = 0.25,
    fill: Annotated[Literal["mean", "zero"], "What stands in the square."] = "mean",
    norm: Annotated[Literal["l1", "l2"] | None, "Norm, or none."] = None,
    kind: Annotated[Literal["a long choice", "another long choice", "a third one"], "Long names."] = "a long choice",
    signed: Annotated[bool, "Keep the sign."] = False,
    layer: Layer = None,
    area: Annotated[int | tuple[int, int] | None, Range(8, 4096), "Height and width."] = None,
    base: seam.Technique = "saliency",
    progress: Progress = silent,
):
    """Show nothing; it only has every kind of option."""


@pytest.fixture(autouse=True)
def declared(monkeypatch):
    """The invented technique is in the table, as one line of index.py would put it there."""
    entry = Entry(__name__, TECHNIQUE_FAMILIES[0], "Nothing.")
    monkeypatch.setattr("vizlib.index.NAMES", {**NAMES, "invented": entry})
    found = dict(TECHNIQUES) | {"invented": invented}
    monkeypatch.setattr("dashboard.controls.TECHNIQUES", found)


def page():
    import streamlit as st

    from dashboard.controls import controls, reset, values

    layers = st.session_state.get("layers", ("conv1", "conv2"))
    st.session_state["said"] = values("invented", "here", layers)
    if not st.session_state.get("hidden"):
        controls("invented", "here", layers, "conv2")
    st.button("Reset", on_click=reset, args=("invented", "here"))


DEFAULTS = {
    "steps": 7, "window": None, "many": 300, "noise": 0.25, "fill": "mean", "norm": None, "kind": "a long choice",
    "signed": False, "layer": None, "area": None, "base": "saliency",
}  # fmt: skip


@pytest.fixture
def app():
    return AppTest.from_function(page, default_timeout=60).run()


def test_every_option_has_a_widget_with_its_help_range_and_default(app):
    assert not app.exception
    steps, noise = app.slider
    assert (steps.label, steps.help, steps.min, steps.max, steps.value) == (
        "Steps",
        "How many steps to take\\.",
        1,
        50,
        7,
    )
    assert (noise.min, noise.max, noise.value) == (0.0, 2.0, 0.25)
    window, many, height, width = app.number_input
    assert (height.label, width.label, height.max) == ("Area, height", "Area, width", 4096)
    assert (window.min, window.max, window.value, many.value) == (1, 1024, None, 300)
    assert app.toggle[0].value is False
    assert {box.label for box in app.selectbox} == {"Norm", "Kind", "Layer", "Base"}
    assert app.get("button_group")[0].proto.label == "Fill"


def test_untouched_widgets_say_the_defaults(app):
    assert app.session_state["said"] == DEFAULTS


def test_layers_are_those_of_the_model_and_an_empty_choice_is_the_default_layer(app):
    layer = next(box for box in app.selectbox if box.label == "Layer")
    assert layer.options == ["conv1", "conv2"]
    assert layer.value is None
    assert layer.proto.placeholder == "automatic (conv2)"


def test_what_is_set_is_said_at_the_start_of_the_next_run(app):
    app.slider[0].set_value(12)
    app.number_input[0].set_value(9)
    app.toggle[0].set_value(True)
    next(box for box in app.selectbox if box.label == "Layer").set_value("conv1")
    app.run()
    assert app.session_state["said"] == DEFAULTS | {"steps": 12, "window": 9, "signed": True, "layer": "conv1"}


def test_an_emptied_field_that_cannot_be_empty_goes_back_to_its_default(app):
    window, many, *_sides = app.number_input
    many.set_value(None)
    window.set_value(9)
    app.run()
    assert not app.exception
    assert app.session_state["said"] == DEFAULTS | {"window": 9}
    assert app.number_input[1].value == 300


def test_values_outlive_their_widgets(app):
    app.slider[0].set_value(12).run()
    app.session_state["hidden"] = True
    app.run().run()
    assert app.session_state["said"]["steps"] == 12


def test_a_layer_that_another_model_does_not_have_falls_back_to_its_default(app):
    next(box for box in app.selectbox if box.label == "Layer").set_value("conv1").run()
    app.session_state["layers"] = ("block1", "block2")
    app.run()
    assert not app.exception
    assert app.session_state["said"]["layer"] is None


def test_reset_brings_every_default_back(app):
    app.slider[0].set_value(12)
    app.toggle[0].set_value(True)
    app.run()
    app.button[0].click().run()
    assert app.session_state["said"] == DEFAULTS
    assert app.slider[0].value == 7


@pytest.mark.parametrize(
    ("height", "width", "size"), [(64, None, 64), (None, 32, 32), (64, 64, 64), (64, 32, (64, 32)), (None, None, None)]
)
def test_a_size_is_a_square_unless_both_sides_are_given(app, height, width, size):
    app.number_input[2].set_value(height)
    app.number_input[3].set_value(width)
    app.run()
    assert app.session_state["said"]["area"] == size
