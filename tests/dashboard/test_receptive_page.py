"""The page Receptive field: the layer that was chosen, its two fields, and a stack typed by hand."""

import json

import pytest
import torch

import vizlib as vz


@pytest.fixture
def page(app, settled):
    tab = app()
    tab.switch_page("../pages/receptive_field.py").run()
    return settled(tab)


def words(tab):
    return " ".join(one.value for kind in ("markdown", "caption", "error", "warning") for one in tab.get(kind))


def test_the_page_shows_both_fields_of_the_default_layer_and_a_stack(page):
    assert not page.exception
    assert len(page.get("plotly_chart")) == 3
    assert "A unit sees **7 × 7 pixels**" in words(page)


def test_another_layer_is_another_field(page, settled):
    choice = next(box for box in page.selectbox if box.label == "Layer")
    choice.set_value("conv1").run()
    settled(page)
    assert "**3 × 3 pixels**" in words(page) or "**5 × 5 pixels**" in words(page)
    assert page.session_state["visit"].shown is not None


def test_a_preset_and_a_mistake_in_a_stack(page):
    next(button for button in page.button if button.label == "one 5×5").click().run()
    assert "A unit sees **5 × 5 pixels**" in words(page)
    page.text_input[0].set_value("3, cat").run()
    assert "Layer 2" in page.error[0].value
    assert len(page.get("plotly_chart")) == 2


def test_the_growth_of_all_layers_comes_when_it_is_asked_for_beside_the_untrained_network(page, settled):
    before = len(page.get("plotly_chart"))
    next(button for button in page.button if button.label == "Measure all layers").click().run()
    tab = settled(page)
    assert not tab.exception
    assert len(tab.get("plotly_chart")) == before + 1
    assert any("untrained" in one.proto.spec for one in tab.get("plotly_chart"))
    assert "RepLKNet" in words(tab)


def test_a_detectors_anchors_are_drawn_over_the_fields_of_every_level_once_one_is_chosen(page, settled):
    assert "Which sizes a detector looks for at each level" in words(page)
    before = len(page.get("plotly_chart"))
    next(box for box in page.selectbox if box.label == "Detector").set_value("ssdlite320_mobilenet_v3_large").run()
    tab = settled(page)
    assert not tab.exception
    assert not tab.error
    drawn = next(one for one in tab.get("plotly_chart") if one.key == "chart anchors")
    kinds = [trace["type"] for trace in json.loads(drawn.proto.spec)["data"]]
    assert kinds.count("heatmap") == 6
    assert len(tab.get("plotly_chart")) == before + 1
    assert "Green: anchors of one unit" in words(tab)
    assert "The weights are random" in words(tab)


def test_the_fields_of_a_network_that_segments_are_told_layer_by_layer_and_probed(page, settled):
    next(box for box in page.selectbox if box.label == "Network").set_value("lraspp_mobilenet_v3_large").run()
    tab = settled(page)
    layers = next(box for box in tab.selectbox if box.label == "Layer of the network")
    layers.set_value(next(one for one in layers.options if one.startswith("backbone.3"))).run()
    tab = settled(tab)
    assert not tab.exception
    assert not tab.error
    assert any(chart.key == "chart locating" for chart in tab.get("plotly_chart"))
    assert "A numeric probe" in words(tab)


def test_a_field_that_the_numeric_probe_does_not_confirm_is_said_loudly(app, settled, monkeypatch):
    everything = lambda model, layer, size, *rest: torch.ones(size, dtype=torch.bool)  # noqa: E731
    monkeypatch.setattr("vizlib.inside.receptive_field.seen_by", everything)
    tab = app(unit="conv1")
    tab.switch_page("../pages/receptive_field.py").run()
    tab = settled(tab)
    assert any("The numeric probe disagrees" in one.value for one in tab.warning)
    assert "A numeric probe of the network" not in words(tab)


def test_a_click_on_the_picture_chooses_the_unit_whose_box_is_there(monkeypatch):
    from types import SimpleNamespace

    from dashboard.model import layer_card

    field = vz.receptive_field(torch.nn.Sequential(torch.nn.Conv2d(3, 4, 5, 4)), layer="0", input_size=(33, 21))
    places = layer_card._units_to_click(field)
    assert len(places.x) == field.units[0] * field.units[1]
    for x, y, unit in zip(places.x, places.y, places.customdata, strict=True):
        box = field.box(tuple(unit))
        assert (box.top + box.bottom - 1) / 2 == y
        assert (box.left + box.right - 1) / 2 == x
    state = {layer_card.FIELD: {"selection": {"points": [{"x": places.x[-2], "y": places.y[-2]}]}}}
    monkeypatch.setattr(layer_card, "st", SimpleNamespace(session_state=state))
    layer_card._unit_clicked(field)
    assert [state[key] for key in layer_card._unit_keys(field)] == list(places.customdata[-2])
