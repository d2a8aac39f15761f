"""The app measures the probability unless somebody wants the logit; the library's own default stays the logit."""

from streamlit.testing.v1 import AppTest

import vizlib as vz
from vizlib.core.options import options

SATURATED = "digit 0, number 386"  # its probability differs from 1 by less than float32 can tell


def pressed(tab, label):
    next(button for button in tab.main.button if button.label == label).click().run()
    return tab


def score(tab):
    _question, answer = tab.session_state["visit"].shown["occlusion"]
    return answer.recipe.options["score"]


def shell_line(tab):
    return next(code.value for code in tab.main.code if code.language == "bash")


def test_a_new_visitor_sees_probabilities_and_the_lines_say_so(app, settled):
    tab = settled(app(method="occlusion"))
    assert not tab.exception
    assert score(tab) == "probability"
    assert "--score probability" in shell_line(tab)
    assert any("score='probability'" in code.value for code in tab.main.code if code.language == "python")
    assert next(option.default for option in options(vz.occlusion) if option.name == "score") == "logit"


def test_the_first_question_is_the_same_before_and_after_the_settings_are_known(app, engine, settled):
    engine.worker._turns.take()  # the worker cannot begin, so no technique is imported
    tab = app(method="occlusion")
    before = tab.session_state["visit"].question("occlusion")
    engine.worker._turns.pass_on()
    tab = settled(tab)
    assert engine.ready.is_set()
    assert tab.session_state["visit"].question("occlusion") == before


def test_where_the_probability_hardly_moves_one_click_measures_the_logit_and_reset_goes_back(app, settled):
    tab = settled(app(method="occlusion", image=SATURATED))
    assert any("saturated" in info.value for info in tab.main.info)
    tab = settled(pressed(tab, "Measure the logit instead"))
    assert not tab.exception
    assert score(tab) == "logit"
    assert "--score" not in shell_line(tab)
    assert not [button for button in tab.main.button if button.label == "Measure the logit instead"]
    tab = settled(pressed(tab, "Back to defaults"))
    assert score(tab) == "probability"


def page():
    import streamlit as st

    from dashboard.controls import changes, choose, controls, reset, values

    st.session_state["said"] = values("occlusion", "here"), changes("occlusion", "here")
    controls("occlusion", "here")
    st.button("Logit", on_click=choose, args=("occlusion", "here", "score", "logit"))
    st.button("Reset", on_click=reset, args=("occlusion", "here"))


def test_the_widget_the_values_and_the_changes_agree_on_the_apps_default():
    tab = AppTest.from_function(page, default_timeout=60).run()
    buttons = {button.label: button for button in tab.button}

    def said():
        values, changes = tab.session_state["said"]
        chosen = next(group for group in tab.get("button_group") if group.proto.label == "Score").value
        return values["score"], changes, chosen

    assert said() == ("probability", {"score": "probability"}, "probability")
    buttons["Logit"].click().run()
    assert said() == ("logit", {}, "logit")
    buttons["Reset"].click().run()
    assert said() == ("probability", {"score": "probability"}, "probability")
