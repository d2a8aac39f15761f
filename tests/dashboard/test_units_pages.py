"""The pages Layers and Units: maps, kernels and patches of the chosen layer, and one channel shared by both."""

import pytest


def words(tab):
    return " ".join(one.value for kind in ("markdown", "caption", "error", "warning", "info") for one in tab.get(kind))


def channel(tab):
    return next(box for box in tab.number_input if box.label.startswith("Channel"))


@pytest.fixture
def layers_page(app, settled):
    tab = app()
    tab.switch_page("../pages/layers.py").run()
    return settled(tab)


def test_layers_shows_all_maps_one_channel_and_says_that_a_rectifier_has_no_kernels(layers_page, settled):
    assert not layers_page.exception
    next(box for box in layers_page.selectbox if box.label == "Layer").set_value("relu2").run()
    tab = settled(layers_page)
    assert len(tab.get("plotly_chart")) == 2
    assert "Channel" in words(tab)
    assert any("relu2" in error.value or "kernels" in error.value for error in tab.error)


def test_layers_shows_the_kernels_of_a_convolution_and_another_slice(layers_page, settled):
    next(box for box in layers_page.selectbox if box.label == "Layer").set_value("conv2").run()
    tab = settled(layers_page)
    assert len(tab.get("plotly_chart")) == 3
    before = tab.get("plotly_chart")[-1].proto.spec
    next(box for box in tab.number_input if box.label.startswith("Slice")).set_value(1).run()
    assert tab.get("plotly_chart")[-1].proto.spec != before


def test_the_channel_chosen_on_layers_is_the_unit_of_units(layers_page, settled):
    channel(layers_page).set_value(3).run()
    layers_page.switch_page("../pages/units.py").run()
    tab = settled(layers_page)
    assert channel(tab).value == 3
    assert tab.get("plotly_chart")
    assert not tab.exception


def test_a_unit_gets_an_image_when_it_is_asked_for_and_not_before(layers_page, settled):
    layers_page.switch_page("../pages/units.py").run()
    tab = settled(layers_page)
    before = len(tab.get("plotly_chart"))
    next(slider for slider in tab.get("number_input") + tab.get("slider") if slider.label == "Steps").set_value(8).run()
    next(button for button in tab.button if button.label == "Make the image").click().run()
    tab = settled(tab)
    assert not tab.exception
    assert len(tab.get("plotly_chart")) == before + 1
