"""Two models beside each other on the page Model."""

import dataclasses
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import vizlib as vz
from dashboard.model.side_by_side import Known, measures, ratio, with_ratios
from dashboard.model.speed import Pace, Speed
from vizlib.inside.flow import layer_graph

REPOSITORY = Path(__file__).resolve().parents[2]
ENTRY = REPOSITORY / "dashboard" / "streamlit_app.py"


@pytest.fixture
def tab(models, engine, settled, monkeypatch):
    """The page with two models chosen."""
    from dashboard import visit

    monkeypatch.setenv("VIZLIB_MODELS", str(models.parent))
    visit._models.cache_clear()
    made = AppTest.from_file(str(ENTRY), default_timeout=60)
    made.query_params["model"] = "digits-cnn"
    made = settled(made.switch_page("../pages/model.py").run())
    made.selectbox(key="compare digits-cnn").select("scenes-resnet").run()
    return settled(settled(made).run())


def markup(tab):
    return "\n".join(element.proto.body for element in tab.get("html"))


def test_facts_and_layers_of_both_stand_beside_each_other(tab):
    assert not tab.exception
    first, second = (vz.model_summary(vz.load_model(name)) for name in ("digits-cnn", "scenes-resnet"))
    times = second.total_parameters / first.total_parameters
    assert f"{second.total_parameters:,}".replace(",", " ") + f"), {times:.3g} times" in markup(tab)
    assert [len(table.value) for table in tab.dataframe] == [len(first), len(first), len(second)]


def test_the_measured_speed_of_a_model_is_among_its_facts(tab):
    here = tab.session_state["visit"]
    other = dataclasses.replace(here, model="scenes-resnet")
    for one, milliseconds in ((here, 1.0), (other, 4.0)):
        paces = (Pace(1, milliseconds, (1.0, 1.0), 3),)
        one.answers.put(("speed", one.model_name()), Speed(paces, "cpu", 2, (8, 8)))
    assert "250 images/s here on CPU, 0.25 times" in markup(tab.run())


def test_each_of_two_models_has_its_own_button_for_its_speed(tab, settled, monkeypatch):
    from dashboard.model import speed

    asked = []
    monkeypatch.setattr(
        speed, "measure", lambda model, tick: asked.append(model) or Speed((Pace(1, 5.0, (4, 6), 9),), "cpu", 2, (8, 8))
    )
    assert "digits" in tab.button(key="measure speed").label
    settled(tab.button(key="measure other speed").click().run())
    assert [len(model.labels) for model in asked] == [12]
    assert "200 images/s here on CPU" in markup(tab)


def test_what_was_measured_is_among_the_facts_as_soon_as_the_page_is_drawn_again(tab, monkeypatch):
    from dashboard.model import speed

    monkeypatch.setattr(speed, "measure", lambda model, tick: Speed((Pace(1, 5.0, (4, 6), 9),), "cpu", 2, (8, 8)))
    here = dataclasses.replace(tab.session_state["visit"], model="scenes-resnet")
    speed._ask(here, "inside/other speed", ("speed", here.model_name()))
    for job in here.engine.worker.jobs(here.owner):
        assert job.wait(60)
    assert "200 images/s here on CPU" in markup(tab.run())


def test_ratios_are_of_the_second_to_the_first_and_only_where_both_are_known():
    first = {"a": ("4", 4), "b": ("", None), "c": ("0", 0)}
    second = {"a": ("8", 8), "b": ("5", 5), "c": ("5", 5), "d": ("1", 1)}
    assert with_ratios(first, second) == {"a": "8, 2 times", "b": "5", "c": "5", "d": "1"}


@pytest.mark.parametrize(("times", "words"), [(18.456, "18.5"), (0.02478, "0.025"), (1.0, "1"), (12345.6, "12 346")])
def test_a_ratio_has_sensible_digits(times, words):
    assert ratio(times) == words


def test_the_numbers_are_those_of_table_and_graph(tab):
    model = vz.load_model("digits-cnn")
    summary, graph = vz.model_summary(model), layer_graph(model)
    found = measures(Known(tab.session_state["visit"], None, summary, graph), model.default_layer)
    assert found["Parameters"][1] == summary.total_parameters
    assert found["MACs"][1] == summary.total_macs
    assert found["Depth"][1] == 4  # three convolutions and the classifier
    field = vz.receptive_field(model, layer=model.default_layer)
    assert found["Receptive field"][1] == field.size[0]
