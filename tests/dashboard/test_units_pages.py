"""The pages Layers and Units: maps, kernels and patches of the chosen layer, and one channel shared by both."""

import numpy as np
import pytest

import vizlib as vz
from dashboard.export import python_lines
from vizlib.core.recipe import recipe_for, run
from vizlib.data.imagesets import samples


def words(tab):
    return " ".join(one.value for kind in ("markdown", "caption", "error", "warning", "info") for one in tab.get(kind))


def charts(tab):
    """The pictures on the page by their place."""
    return {chart.key.removeprefix("chart "): chart for chart in tab.get("plotly_chart")}


def box(tab, label):
    return next(one for one in tab.selectbox if one.label == label)


def channel(tab):
    return next(box for box in tab.number_input if box.label.startswith("Channel"))


@pytest.fixture
def layers_page(app, settled):
    tab = app()
    tab.switch_page("../pages/layers.py").run()
    return settled(tab)


def test_layers_shows_all_maps_one_channel_and_for_a_rectifier_the_kernels_before_it(layers_page, settled):
    assert not layers_page.exception
    next(box for box in layers_page.selectbox if box.label == "Layer").set_value("relu2").run()
    tab = settled(layers_page)
    assert {"activations", "channel", "statistics", "filters"} <= set(charts(tab))
    assert "Channel" in words(tab)
    assert "relu2 has no kernels of its own; these are those of conv2" in words(tab)
    assert not tab.error


def test_layers_shows_the_kernels_of_a_convolution_and_another_slice(layers_page, settled):
    next(box for box in layers_page.selectbox if box.label == "Layer").set_value("conv2").run()
    tab = settled(layers_page)
    before = charts(tab)["filters"].proto.spec
    next(box for box in tab.number_input if box.label.startswith("Slice")).set_value(1).run()
    assert charts(tab)["filters"].proto.spec != before


def test_the_channel_chosen_on_layers_is_the_unit_of_units(layers_page, settled):
    channel(layers_page).set_value(3).run()
    layers_page.switch_page("../pages/units.py").run()
    tab = settled(layers_page)
    assert channel(tab).value == 3
    assert tab.get("plotly_chart")
    assert not tab.exception


def test_layer_and_channel_are_in_the_address_and_a_copied_link_opens_them(layers_page, settled, app):
    next(box for box in layers_page.selectbox if box.label == "Layer").set_value("conv2").run()
    channel(settled(layers_page)).set_value(5).run()
    assert layers_page.query_params["unit"] in ("conv2:5", ["conv2:5"])
    tab = app(unit="conv2:7")
    tab.switch_page("../pages/units.py").run()
    tab = settled(tab)
    assert (box(tab, "Layer").value, channel(tab).value) == ("conv2", 7)
    assert tab.query_params["unit"] in ("conv2:7", ["conv2:7"])


def test_a_unit_gets_an_image_when_it_is_asked_for_and_not_before(layers_page, settled):
    layers_page.switch_page("../pages/units.py").run()
    tab = settled(layers_page)
    before = len(tab.get("plotly_chart"))
    next(slider for slider in tab.get("number_input") + tab.get("slider") if slider.label == "Steps").set_value(8).run()
    next(button for button in tab.button if button.label == "Make the image").click().run()
    tab = settled(tab)
    assert not tab.exception
    assert len(tab.get("plotly_chart")) == before + 2  # the image, and the card of the unit


def test_the_patches_of_a_bundled_set_are_found_in_a_stream_and_stand_in_rows(layers_page, settled):
    layers_page.switch_page("../pages/units.py").run()
    tab = settled(layers_page)
    assert box(tab, "Image set").value == "tray"
    box(tab, "Image set").set_value("digits:360").run()
    tab = settled(tab)
    assert "9 of 360 images" in words(tab)
    assert any("top_patches --model digits-cnn digits:360" in code.value for code in tab.code)
    assert any('image_stream("digits:360")' in code.value.replace("'", '"') for code in tab.code)
    next(toggle for toggle in tab.toggle if toggle.label == "Rows by quantile").set_value(True).run()
    tab = settled(tab)
    assert "the strongest, then where 90%, 75%, 50%, 25% of the images answer less" in words(tab)
    assert not tab.exception


def test_the_same_set_is_asked_on_both_pages_and_a_click_on_its_picture_is_followed(layers_page, settled):
    box(layers_page, "Image set").set_value("digits:360").run()
    tab = settled(layers_page)
    assert "over 360 images" in words(tab)
    assert "dead" in words(tab)
    tab.session_state["chart statistics"] = {"selection": {"points": [{"customdata": [2]}]}}
    tab.switch_page("../pages/units.py").run()
    tab = settled(tab)
    assert box(tab, "Image set").value == "digits:360"


def test_layers_compares_with_another_picture_and_with_random_weights(layers_page, settled):
    def compare(tab, name):
        next(one for one in tab.get("button_group") if one.label == "Compare with").set_value(name).run()
        return settled(tab)

    assert "differences" not in charts(layers_page)
    tab = compare(layers_page, "picture")
    assert {"differences", "difference"} <= set(charts(tab))
    assert " minus " in words(tab)
    assert any("activation_difference --model digits-cnn" in code.value for code in tab.code)
    tab = compare(tab, "before")
    assert "trained minus before training" in words(tab)
    assert any("--second digits-cnn --second-weights random" in code.value for code in tab.code)
    next(button for button in tab.button if button.key == "add difference").click().run()
    assert not tab.exception
    (kept,) = tab.session_state["report"]
    assert "trained minus before training" in kept.title
    assert run(kept.answer.recipe).digest() == kept.answer.result.digest()


def test_the_python_lines_of_a_difference_make_the_same_numbers():
    model, start = vz.load_model("digits-cnn"), vz.load_model("digits-cnn", weights="random")
    pictures = [(name, image.convert("RGB")) for name, image in samples("digits-cnn")[:2]]
    for shown, second in ((pictures, None), (pictures[:1], start)):
        recipe = recipe_for("activation_difference", model, shown, second=second, layer="conv2")
        made = {}
        exec(python_lines(recipe), made)
        assert made["result"].digest() == run(recipe).digest()
        half = [vz.activations(one, one.preprocess(image)[None], layer="conv2")
                for one, (_, image) in zip((model, second or model), (shown * 2)[:2], strict=True)]  # fmt: skip
        np.testing.assert_array_equal(made["result"].values, half[0].values - half[1].values)


def test_a_layer_without_kernels_shows_those_of_the_last_one_before_it():
    from types import SimpleNamespace

    from torch import nn

    from dashboard.network.units import _kernel_layer

    module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Linear(2, 2))
    models = SimpleNamespace(get=lambda name: SimpleNamespace(module=module))
    sight = SimpleNamespace(layers=("0", "1", "2", "3"))
    here = SimpleNamespace(sight=lambda: sight, model_name=lambda: "any", engine=SimpleNamespace(models=models))
    assert [_kernel_layer(here, layer) for layer in sight.layers] == ["0", "0", "0", "3"]
