"""Download, Add to report and Pin under every figure about the inside of a network."""

import io
import json

import numpy as np
import pytest
from pypdf import PdfReader

from vizlib.figures.units import activation_sheet
from vizlib.inside.results_units import Activations

PAGES = {
    "layers": ("activations", "channel", "filters"),
    "units": ("patches",),
    "receptive_field": ("field", "effective"),
    "model": ("costs", "field", "graph"),
}


@pytest.fixture
def page(app, settled):
    def opened(name):
        return settled(app().switch_page(f"../pages/{name}.py").run())

    return opened


def keys(tab):
    return {button.key for button in tab.main.button}


def press(tab, key):
    return next(button for button in tab.main.button if button.key == key).click().run()


def choose_layer(tab, settled, name):
    next(box for box in tab.selectbox if box.label == "Layer").set_value(name).run()
    return settled(tab)


def charts(tab):
    return [json.loads(chart.proto.spec) for chart in tab.get("plotly_chart")]


def words(tab):
    return " ".join(one.value for kind in ("markdown", "caption") for one in tab.main.get(kind))


@pytest.mark.parametrize("name", PAGES)
def test_every_figure_can_be_downloaded_collected_and_pinned(page, settled, name):
    tab = page(name)
    tab = choose_layer(tab, settled, "conv2") if name != "model" else tab
    assert not tab.exception
    for place in PAGES[name]:
        assert f"add {place}" in keys(tab), place
        assert place in ("costs", "graph") or f"pin {place}" in keys(tab), place
    formats = [button.proto.label for button in tab.main.get("download_button")]
    assert formats.count("PDF") >= len(PAGES[name])


def test_results_about_the_inside_are_figures_of_the_report_with_caption_and_recipe(page, settled):
    from dashboard.report import maker

    tab = choose_layer(page("layers"), settled, "conv2")
    for place in PAGES["layers"]:
        press(tab, f"add {place}")
    tab.switch_page("../pages/units.py").run()
    press(settled(tab), "add patches")
    tab.switch_page("../pages/receptive_field.py").run()
    settled(tab)
    press(tab, "add field")
    press(tab, "add effective")
    collected = tab.session_state["report"]
    asked = [figure.answer.recipe.technique for figure in collected]
    kinds = ["activations", "activations", "filters", "top_patches", "receptive_field", "effective_receptive_field"]
    assert asked == kinds
    assert all(figure.title and figure.caption for figure in collected)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(maker("pdf", collected, "Inside")())).pages]
    assert len(pages) == len(collected)
    for figure, text in zip(collected, pages, strict=True):
        assert figure.answer.recipe.digest() in text
        assert " ".join(figure.caption.split()[:5]) in " ".join(text.split())


def test_a_pinned_channel_stands_beside_another_on_one_scale_until_it_is_let_go(page, settled):
    def ends(tab):
        found = [trace for chart in charts(tab) for trace in chart["data"] if trace["type"] == "heatmap"]
        return [trace["zmax"] for trace in found]

    tab = choose_layer(page("layers"), settled, "conv2")
    before = ends(tab)
    press(tab, "pin channel")
    box = next(box for box in tab.number_input if box.label.startswith("Channel"))
    box.set_value((box.value + 1) % 8).run()
    assert not tab.exception
    assert len(ends(tab)) == 2
    assert len(set(ends(tab))) == 1
    assert "Unit: " in words(tab)
    next(toggle for toggle in tab.main.toggle if toggle.key == "held scale/channel").set_value(False).run()
    assert ends(tab)[0] == before[0]
    assert ends(tab)[1] < before[0]
    press(tab, "unpin channel")
    assert len(ends(tab)) == 1


def test_pinned_sheets_of_two_layers_are_painted_anew_on_the_larger_range(page, settled):
    def bars(tab):
        marks = [trace["marker"] for chart in charts(tab) for trace in chart["data"] if trace["type"] == "scatter"]
        return [mark["cmax"] for mark in marks if mark.get("colorbar", {}).get("title", {}).get("text") == "weight"]

    tab = choose_layer(page("layers"), settled, "conv1")
    first = bars(tab)[0]
    press(tab, "pin filters")
    tab = choose_layer(tab, settled, "conv2")
    after = bars(tab)
    assert len(after) == 2
    assert after[0] == after[1] >= first
    assert "Layer: conv1 → conv2" in words(tab)


def test_a_range_given_to_a_sheet_dims_its_colours():
    values = np.linspace(0, 1, 32, dtype=np.float32).reshape(1, 2, 4, 4)
    facts = dict.fromkeys(("mean", "maximum", "sparsity"), np.zeros(2))
    result = Activations(values, **facts, dead=np.zeros(2, bool), special=None, layer="x", input_size=(4, 4))
    own, wide = activation_sheet(result, scale="shared"), activation_sheet(result, scale="shared", high=2.0)
    assert (own.bar.high, wide.bar.high) == (1.0, 2.0)
    assert wide.pixels.astype(int).sum() < own.pixels.astype(int).sum()
