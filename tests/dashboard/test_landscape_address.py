"""The address of Loss landscape: what is chosen, and what was computed, opens again from a copied link."""

import json
from types import SimpleNamespace

import pytest
import streamlit as st

from dashboard.landscape import between, weights
from dashboard.landscape.order import follow_orders, order, ordered, orders_said, shows
from dashboard.visit import Visit
from dashboard.worker import Job

SMALL = "steps:7~span:0.5"


@pytest.fixture
def link(app, settled, monkeypatch):
    monkeypatch.setattr(between, "STEPS", 5)

    def open_link(word="", **more):
        tab = app(**({"choices": word} if word else {}), **more)
        return settled(tab.switch_page("../pages/loss_landscape.py").run())

    return open_link


def said(tab):
    found = tab.query_params.get("choices", "")
    return found if isinstance(found, str) else found[0]


def press(tab, label):
    return next(button for button in tab.button if button.label == label).click().run()


def code(tab):
    return " ".join(one.value for one in tab.get("code"))


def words(tab):
    return " ".join(one.value for one in tab.caption)


def charts(tab):
    return [json.loads(chart.proto.spec)["data"] for chart in tab.get("plotly_chart")]


def buttons(tab):
    return {button.label for button in tab.button}


def go_back(tab, word):
    here: Visit = tab.session_state["visit"]
    here.move({"model": "digits-cnn", "method": "saliency", **({"choices": word} if word else {})})
    tab.query_params["choices"] = word
    return tab.run()


def test_it_opens_with_nothing_to_say_but_its_images(link):
    tab = link()
    assert "choices" not in tab.query_params
    assert tab.query_params["set"] in ("digits:360", ["digits:360"])
    assert not tab.exception


def test_what_was_computed_opens_from_its_link_and_is_computed_by_itself(link, settled):
    tab = link()
    for name, value in {"steps": 7, "span": 0.5, "seed": 3, "view": "surface", "azimuth": 20}.items():
        tab.session_state[f"landscape/{name}"] = value
    tab.session_state["landscape/line seeds"] = 2
    tab.session_state["landscape seeds/show"] = "accuracy"
    tab = settled(tab.run())
    assert said(tab) == "span:0.5~steps:7~seed:3~view:surface~azimuth:20~lines:2~lines-height:accuracy"
    tab = settled(press(tab, "Compute"))
    tab = settled(press(tab, "Compute the lines"))
    word, before = said(tab), charts(tab)
    assert word.startswith("computed:surface.lines~")
    fresh = link(word)
    assert not fresh.exception
    assert charts(fresh) == before
    assert not {"Compute", "Compute the lines"} & buttons(fresh)
    assert "Compute the path" in buttons(fresh)
    assert said(fresh) == word


def test_a_picture_of_earlier_settings_is_not_called_computed(link, settled):
    tab = link(f"computed:surface~{SMALL}")
    assert said(tab).startswith("computed:surface")
    tab.session_state["landscape/seed"] = 5
    tab = settled(tab.run())
    assert "earlier settings" in words(tab)
    assert said(tab) == "span:0.5~steps:7~seed:5"
    tab.session_state["landscape/seed"] = 0
    assert said(settled(tab.run())) == "computed:surface~span:0.5~steps:7"


def test_a_step_back_takes_the_order_back_and_a_step_on_gives_it_again(link, settled):
    tab = settled(press(link(SMALL), "Compute"))
    tab.session_state["landscape/view"] = "surface"
    tab = settled(tab.run())
    tab = settled(go_back(tab, SMALL))
    assert "Compute" in buttons(tab)
    assert (said(tab), tab.session_state["landscape/view"]) == (SMALL, "contour")
    tab = settled(go_back(tab, f"computed:surface~{SMALL}~view:surface"))
    assert "Compute" not in buttons(tab)
    tab = settled(go_back(tab, ""))
    assert tab.session_state["landscape/steps"] == 21
    assert not tab.exception


@pytest.mark.parametrize(("state", "repeated"), [("running", "path"), ("stopping", ""), ("failed", "")])
def test_only_an_order_that_goes_on_is_said(monkeypatch, state, repeated):
    monkeypatch.setattr(st, "session_state", {})
    here = SimpleNamespace(listed=lambda: SimpleNamespace(name="this"), model_name=lambda: "this")
    job = Job("owner", "slot", "key", "label", None)
    monkeypatch.setattr(Job, "state", state)
    order("landscape path", ("this",))
    shows("landscape path", ("this",), job)
    assert orders_said(here) == repeated


def test_a_cancelled_order_is_not_repeated_by_a_link(link, monkeypatch):
    from dashboard.landscape import surface

    monkeypatch.setattr(surface, "await_first_picture", lambda job: job.cancel())
    tab = link("computed:surface~steps:51~span:0.1")
    assert "Cancelled." in [one.value for one in tab.info]
    assert said(tab) == "span:0.1~steps:51"


def test_further_solutions_are_named_and_chosen_by_their_names(link, settled):
    word = f"computed:surface.path~directions:checkpoints~{SMALL}~second:digits-cnn:sgd~other:digits-cnn:l2"
    tab = link(word)
    assert not tab.exception
    assert "--other digits-cnn:l2" in code(tab)
    assert "--checkpoints digits-cnn:sgd digits-cnn:adam" in code(tab)
    assert dict(part.partition(":")[::2] for part in said(tab).split("~")) == dict(
        part.partition(":")[::2] for part in word.split("~")
    )
    tab.session_state["landscape own ways/which/digits-cnn"] = ["digits-cnn:l2", "digits-cnn:sgd"]
    tab = settled(tab.run())
    assert said(tab).endswith("trainings:digits-cnn:l2,digits-cnn:sgd")
    key = "landscape own ways/which/digits-cnn"
    assert link(said(tab)).session_state[key] == ["digits-cnn:l2", "digits-cnn:sgd"]


def test_weights_of_ones_own_have_no_name_in_the_address(link, settled):
    from safetensors.torch import save

    from vizlib.zoo.runs import training_run

    tab = link()
    content = save(dict(training_run("digits-cnn", "l2").checkpoints[-1]))
    tab.session_state["landscape path/other/digits-cnn"] = weights.YOURS
    tab.session_state["landscape path/other/brought"] = (("mine.safetensors", content),)
    tab = settled(press(settled(tab.run()), "Compute the path"))
    assert "--other mine.safetensors" in code(tab)
    assert said(tab) == ""


@pytest.mark.parametrize(
    "word",
    [
        "directions:junk~span:3~steps:8~seed:-1~view:x~row:99~column:a~step:1000~follow:maybe",
        "computed:junk~second:~other:nobody~trainings:nobody,~plane:../x",
        "x" * 9999,
    ],
)
def test_nonsense_changes_nothing(link, word):
    tab = link(word)
    assert not tab.exception
    assert said(tab) == ""
    assert not {"Compute"} & buttons(tab)


def test_the_cut_is_in_the_address_where_a_person_put_it_and_not_where_the_pointer_led_it(link, settled):
    from dashboard.landscape.controls import LED

    tab = link("column:3~row:4~step:2~pointer:off")
    assert said(tab) == "pointer:off~row:4~column:3~step:2"
    assert any("direction 1, at -0.6 along 2" in one.proto.spec for one in tab.get("plotly_chart"))
    tab.session_state["landscape/row"], tab.session_state["landscape/column"] = tab.session_state[LED] = (5, 6)
    assert said(settled(tab.run())) == "pointer:off~step:2"


def test_an_order_outlives_the_loading_of_the_model(app, monkeypatch):
    from dashboard.landscape import surface

    monkeypatch.setattr(surface, "_loaded", lambda here: False)
    tab = app(choices=f"{SMALL}~computed:surface").switch_page("../pages/loss_landscape.py").run()
    assert said(tab.run()) == "computed:surface~span:0.5~steps:7"


@pytest.mark.parametrize(("absent", "then", "said_then"), [("", "this", "path"), ("", "other", ""), ("x", "this", "")])
def test_an_order_is_of_the_model_of_its_link(monkeypatch, absent, then, said_then):
    monkeypatch.setattr(st, "session_state", {})
    names = ["this"]
    here = SimpleNamespace(absent=absent, listed=lambda: SimpleNamespace(name=names[-1]), model_name=lambda: names[-1])
    follow_orders(here, "path")
    names.append(then)
    assert orders_said(here) == said_then
    assert ordered(here, "landscape path", "question") is bool(said_then)


def test_a_cut_through_the_middle_stays_there_when_there_are_other_points(link, settled):
    tab = link()
    tab.session_state["landscape/steps"] = 7
    tab = settled(press(settled(tab.run()), "Compute"))
    assert (tab.session_state["landscape/row"], tab.session_state["landscape/column"]) == (3, 3)
    assert said(tab) == "computed:surface~steps:7"
    tab.session_state["landscape/row"] = 2
    assert said(settled(tab.run())) == "computed:surface~steps:7~row:2"
    assert settled(go_back(tab, "steps:21")).session_state["landscape/row"] == 10
