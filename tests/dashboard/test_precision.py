"""The precision is part of the question: chosen in the sidebar, honoured by maps and lines, never mixed up."""

import numpy as np

from dashboard import gallery
from dashboard.controls import APP_DEFAULTS
from dashboard.engine import ModelName, Question


def answer(tab, technique):
    return tab.session_state["visit"].shown[technique][1]


def precision(tab):
    return next(group for group in tab.sidebar.get("button_group") if group.proto.label == "Precision")


def line(tab):
    return next(code.value for code in tab.main.code if code.language == "bash")


def test_choosing_float64_asks_anew_and_going_back_finds_the_first_answer(app, settled, engine, monkeypatch):
    from vizlib.core import recipe

    asked, perform = [], recipe.perform
    monkeypatch.setattr(recipe, "perform", lambda *args: asked.append(args[0].precision) or perform(*args))
    tab = settled(app(method="saliency"))
    assert answer(tab, "saliency").result.values.dtype == np.float32
    assert "--precision" not in line(tab)
    assert "precision" not in tab.query_params
    tab = settled(precision(tab).set_value("float64").run())
    assert not tab.exception
    assert answer(tab, "saliency").result.values.dtype == np.float64
    assert "--precision float64" in line(tab)
    assert any("precision='float64'" in code.value for code in tab.main.code if code.language == "python")
    assert any("float64" in caption.value for caption in tab.sidebar.caption)
    assert tab.query_params["precision"] in ("float64", ["float64"])
    tab = settled(precision(tab).set_value("float32").run())
    assert answer(tab, "saliency").recipe.precision == "float32"
    assert asked == ["float32", "float64"]


def test_a_link_brings_its_precision(app, settled):
    tab = settled(app(method="grad_cam", precision="float64"))
    assert answer(tab, "grad_cam").recipe.precision == "float64"
    assert precision(tab).value == "float64"


def test_an_answer_in_float64_has_no_stored_picture():
    one = gallery.cards()[0]
    options = tuple(APP_DEFAULTS.get(one.technique, {}).items())
    asked = [
        Question(ModelName(one.model, precision=kind), one.image, one.digest, one.technique, None, options)
        for kind in ("float32", "float64")
    ]
    assert [gallery.stored(question) for question in asked] == [one, None]
