"""The graph of layers on the page Model, and the stored layers that it opens on."""

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from torch import nn

from dashboard.gallery import FOLDER
from dashboard.model import stored_layers
from dashboard.model.layer_graph import _choose, graph_html, graph_of_layers
from vizlib.inside.flow import layer_graph
from vizlib.inside.graph import LayerGraph, folded, graph_of
from vizlib.inside.plain import from_plain

ENTRY = Path(__file__).resolve().parents[2] / "dashboard" / "streamlit_app.py"
STORED = sorted((FOLDER / "layers").glob("*.json"))


@pytest.fixture
def page(models, engine):
    """Open the page as a new visitor."""
    return lambda: AppTest.from_file(str(ENTRY), default_timeout=60).switch_page("../pages/model.py").run()


def test_the_graph_shows_every_layer_beside_the_table(page, settled):
    tab = settled(page())
    assert not tab.exception
    (shown,) = [c for c in tab.main.get("bidi_component") if "vizlib_layer_graph" in c.proto.component_name]
    assert re.search(r'data-name=\\+"conv1', str(shown.proto))


def test_a_click_on_a_node_chooses_the_row_of_the_table():
    _choose("relu1", "net", "the table", ("conv1", "relu1"))
    assert st.session_state["the table"]["selection"]["rows"] == [1]
    _choose("layer3", "net", "the table", ("conv1", "relu1"))
    assert st.session_state["block net"] == "layer3"
    assert st.session_state["the table"]["selection"]["rows"] == [1]


def test_layers_of_the_table_and_blocks_can_be_clicked_and_nothing_else():
    found = layer_graph(nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU()), input_size=8)
    assert re.findall(r'<button[^>]*data-name="(\w+)"', graph_html(found, ("0",))) == ["0"]
    net = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Sequential(nn.ReLU(), nn.ReLU()))
    found = folded(layer_graph(net, input_size=8), least=3)
    assert re.findall(r'<button[^>]*data-name="(\w+)"', graph_html(found)) == ["1"]


def test_every_node_has_a_line_and_every_edge_a_way():
    found = from_plain(LayerGraph, json.loads((FOLDER / "layers" / "scenes-resnet.json").read_text())["graph"])
    drawn = graph_html(found, found.names)
    assert len(re.findall('class="row"', drawn)) == len(found)
    assert len(re.findall('<path class="(?:skip|way)"', drawn)) == len(found.edges)
    assert len(re.findall('<circle class="join"', drawn)) == 4
    assert f"{len(found.edges)} connections" in drawn


def test_names_of_others_are_text_in_the_graph():
    name = '<img src=x onerror="x">'
    found = graph_of(["", name], ["Input", name], [(1,), (1,)], [(0, 1)], [0, 0], [0, 0], [1, 1], (8, 8))
    assert "<img" not in graph_html(found, (name,))
    assert 'onerror="' not in graph_html(found, (name,))


def test_a_model_that_cannot_be_followed_gets_one_sentence(monkeypatch):
    from dashboard.model import layer_graph as module
    from dashboard.worker import Job

    said = []
    monkeypatch.setattr(module.st, "caption", said.append)
    failed = Job.__new__(Job)
    monkeypatch.setattr(Job, "state", "failed", raising=False)
    monkeypatch.setattr(Job, "error", "it reads two images", raising=False)
    graph_of_layers(None, failed, "", (), "")
    assert said == ["There is no graph of this model: it reads two images"]


# --- stored layers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", STORED, ids=lambda file: file.stem)
def test_stored_layers_are_what_the_model_gives_now(file):
    facts = json.loads(file.read_text(encoding="utf-8"))
    made = runpy.run_path(str(FOLDER / "make.py"))["layers"](file.stem)
    assert json.loads(json.dumps(made)) == facts


def test_every_bundled_model_has_stored_layers_and_they_are_small():
    assert {file.stem for file in STORED} == {card.parent.name for card in FOLDER.parent.glob("*/card.toml")}
    assert sum(file.stat().st_size for file in STORED) < 60_000


def test_other_weights_have_no_stored_layers(page, monkeypatch):
    here = page().session_state["visit"]
    assert stored_layers.stored_layers(here) is not None
    found = stored_layers._read(here.listed().name)
    monkeypatch.setattr(stored_layers, "_read", lambda model: stored_layers.StoredLayers(
        model, "0" * 64, found.summary, found.graph))  # fmt: skip
    assert stored_layers.stored_layers(here) is None
    here.random = True
    assert stored_layers.stored_layers(here) is None


def test_the_page_shows_layers_and_graph_before_torch_is_imported():
    script = """
import os, sys
from streamlit.testing.v1 import AppTest
tab = AppTest.from_file(sys.argv[1], default_timeout=60).switch_page("../pages/model.py").run()
assert not tab.exception, tab.exception
assert len(tab.dataframe[0].value) > 20
assert any("layer_graph" in part.proto.component_name for part in tab.main.get("bidi_component"))
print([name for name in ("torch", "torchvision", "matplotlib", "captum", "sklearn") if name in sys.modules])
os._exit(0)
"""
    command = [sys.executable, "-c", script, str(ENTRY)]
    found = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert found.stdout.strip().splitlines()[-1:] == ["[]"], found.stderr


# --- what is undefined ----------------------------------------------------------------------------------------------


def test_undefined_numbers_are_a_dash_with_a_reason(page, settled):
    tab = settled(page())
    assert tab.dataframe[0].proto.placeholder == "–"
    assert any("under Stride: the output has no positions" in caption.value for caption in tab.caption)


def test_a_table_without_gaps_gives_no_reasons():
    import vizlib as vz
    from dashboard.model.layer_table import why_empty

    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    assert why_empty(vz.model_summary(net, input_size=16)) == []
    pooled = nn.Sequential(net, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    assert len(why_empty(vz.model_summary(pooled, input_size=16))) == 2


def test_grad_cam_is_offered_where_there_are_positions():
    import vizlib as vz
    from dashboard.model.layer_card import why_no_grad_cam

    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    reasons = [why_no_grad_cam(row) for row in vz.model_summary(net, input_size=16)]
    assert not reasons[0]
    assert "single position" in reasons[1]
    assert all("without positions" in reason for reason in reasons[2:])
