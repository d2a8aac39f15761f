"""A copied address opens what is pinned too: computed again from its question, never taken from the link."""

import base64
import json
import zlib

import numpy as np
import pytest

from dashboard.pin_link import LONGEST, from_word, to_word


def press(tab, key):
    return next(button for button in tab.main.button if button.key == key).click().run()


def address(tab):
    return {name: value if isinstance(value, str) else value[0] for name, value in tab.query_params.items()}


def charts(tab):
    return [json.loads(chart.proto.spec)["data"] for chart in tab.get("plotly_chart")]


def other_layer(tab, settled):
    next(box for box in tab.main.selectbox if box.label == "Layer").set_value("conv1").run()
    return settled(tab)


def packed(facts):
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(facts).encode())).decode().rstrip("=")


def test_a_link_opens_the_pinned_map_beside_the_live_one_on_a_fresh_server(app, settled):
    tab = settled(app(method="grad_cam"))
    assert "pin" not in address(tab)
    tab.session_state["look/grad_cam/colours"] = "cividis"
    tab.run()
    press(tab, "pin grad_cam")
    tab.session_state["look/grad_cam/colours"] = "automatic"
    tab = other_layer(tab, settled)
    said, before = address(tab), charts(tab)
    assert len(before) == 2
    fresh = settled(app(**said))
    assert not fresh.exception
    assert charts(fresh) == before
    kept = fresh.session_state["held/explain"]
    assert kept.recipe.digest() == tab.session_state["held/explain"].recipe.digest()
    assert kept.look == {"colours": "cividis"}
    assert address(fresh) == said


def test_unpin_takes_it_out_of_the_address_and_a_step_back_pins_it_again(app, settled):
    tab = settled(app(method="grad_cam"))
    press(tab, "pin grad_cam")
    with_pin = address(tab)
    assert "pin" in with_pin
    press(tab, "pin grad_cam")
    without = address(tab)
    assert "pin" not in without
    tab.session_state["visit"].move(with_pin)
    tab = settled(tab.run())
    assert tab.session_state["held/explain"].recipe.technique == "grad_cam"
    tab.session_state["visit"].move(without)
    tab.run()
    assert "held/explain" not in tab.session_state


def test_a_pinned_picture_that_is_not_here_is_said_and_stays_in_the_address(app, settled):
    tab = settled(app(method="grad_cam"))
    press(tab, "pin grad_cam")
    place, word = address(tab)["pin"].split(".")
    facts = json.loads(zlib.decompress(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))))
    other = f"{place}.{packed({**facts, 'images': ['0' * 16]})}"
    fresh = settled(app(method="grad_cam", pin=other))
    assert not fresh.exception
    assert any("not here" in caption.value for caption in fresh.main.caption)
    assert address(fresh)["pin"] == other


@pytest.mark.parametrize(
    "wrong",
    ["", "explain", "explain.", "explain.AAAA", "~~..~", "explain." + packed([1]),
     "explain." + packed({"technique": 1}),
     "explain." + packed({"technique": "rm", "model": "x", "images": [], "target": []}),
     "explain." + packed({"technique": "grad_cam", "model": "digits-cnn", "images": [], "target": [0]}),
     "explain." + packed({"technique": "grad_cam", "model": "digits-cnn", "images": [], "target": [0],
                          "options": {"nonsense": 1}})],
)  # fmt: skip
def test_a_pin_that_makes_no_sense_leaves_the_page_as_it_is(wrong, app, settled):
    tab = settled(app(method="grad_cam", pin=wrong))
    assert not tab.exception
    assert len(charts(tab)) == 1


def test_inside_a_network_too_the_pinned_picture_comes_with_the_link(app, settled):
    def opened(**said):
        return settled(app(**said).switch_page("../pages/layers.py").run())

    tab = opened()
    press(tab, "pin activations")
    next(box for box in tab.selectbox if box.label == "Layer").set_value("conv2").run()
    tab = settled(tab)
    before = tab.session_state["held/activations"]
    said = address(tab)
    assert said["pin"].startswith("activations.")
    fresh = app()
    visit = fresh.session_state["visit"]
    fresh.switch_page("../pages/layers.py").run()
    visit.move({**said, "method": ""})
    kept = settled(fresh.run()).session_state["held/activations"]
    assert not fresh.exception
    assert kept.answer.recipe.digest() == before.answer.recipe.digest()
    np.testing.assert_array_equal(kept.answer.result.values, before.answer.result.values)
    assert set(kept.display) == set(before.display)
    assert kept.title == before.title


def test_a_word_says_the_question_and_the_look_and_what_is_too_long_is_not_said(app, settled):
    tab = settled(app(method="grad_cam"))
    press(tab, "pin grad_cam")
    here, kept = tab.session_state["visit"], tab.session_state["held/explain"]
    word = to_word(here, kept.recipe, {"opacity": 0.5, "images": [object()]})
    wanted = from_word(word)
    assert len(word) < LONGEST / 2
    assert (wanted.technique, wanted.model, wanted.look) == ("grad_cam", "digits-cnn", {"opacity": 0.5})
    assert wanted.target == list(kept.recipe.target)
    assert to_word(here, kept.recipe, {"colours": "x" * 3000}) is not None  # it packs well
    assert to_word(here, kept.recipe, {"colours": np.random.default_rng(0).bytes(900).hex()}) is None
    assert to_word(here, kept.recipe, {"second": object()}) is None
