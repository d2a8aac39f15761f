"""The page Model, without a browser: facts, layers, curves and speed, and what it never does."""

import csv
import dataclasses
import io
import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

ENTRY = Path(__file__).resolve().parents[2] / "dashboard" / "streamlit_app.py"
OWN = b"epoch,train_loss,train_accuracy,heldout_loss,heldout_accuracy\n1,2.3,0.1,2.4,0.1\n2,1.0,0.7,1.3,0.6\n"


@pytest.fixture
def page(models, engine):
    """Open the page at an address, as a new visitor."""

    def open_page(**address):
        tab = AppTest.from_file(str(ENTRY), default_timeout=60)
        for key, value in address.items():
            tab.query_params[key] = value
        return tab.switch_page("../pages/model.py").run()

    return open_page


@pytest.fixture
def summary(models):
    import vizlib as vz

    return vz.model_summary(vz.load_model(models))


@pytest.fixture
def settled(settled):
    """Also when a job began and ended within the last run, as the page's timers would."""
    return lambda tab: settled(settled(tab).run())


def markup(tab):
    return "\n".join(element.proto.body for element in tab.get("html"))


def alternatives(tab):
    return [chart.proto.alt for chart in tab.get("plotly_chart")]


def test_everything_about_the_model_is_on_the_page(page, settled, summary):
    tab = settled(page())
    assert not tab.exception
    assert not tab.error
    assert f"{summary.total_parameters:,}".replace(",", " ") in markup(tab)
    assert "digits-cnn" in markup(tab)
    assert len(tab.dataframe[0].value) == len(summary)
    field, costs, loss, accuracy = alternatives(tab)
    assert field.startswith("Receptive field of unit")
    assert f"{summary.total_macs:,} MACs" in costs
    assert "Dashed: ln 10 = 2.3" in loss
    assert "accuracy" in accuracy


def test_the_page_shows_stored_layers_before_anything_is_computed(page, engine, summary):
    engine.worker._turns.take()  # the worker cannot begin
    tab = page()
    assert not tab.exception
    assert tab.title[0].value == "What is inside this model?"
    assert "Licence" in markup(tab)
    assert f"{summary.total_parameters:,}".replace(",", " ") in markup(tab)
    assert len(tab.dataframe[0].value) == len(summary)
    assert alternatives(tab) == []
    engine.worker._turns.pass_on()


def test_a_cancelled_table_can_be_asked_for_again(page, engine, settled):
    engine.worker._turns.take()
    tab = page()
    tab.main.button(key="cancel inside/layers").click().run()
    assert any(info.value == "Cancelled." for info in tab.info)
    engine.worker._turns.pass_on()
    tab.main.button(key="again inside/layers").click().run()
    assert len(alternatives(settled(tab))) == 4


def test_numbers_of_the_table_sort_as_numbers_and_agree_with_the_library(summary):
    from dashboard.model.layer_table import columns_of

    columns = columns_of(summary)
    assert columns["parameters"] == summary.parameters.tolist()
    assert sum(columns["macs"]) == pytest.approx(summary.total_macs / 1e6)
    whole = [field is None for field in columns["field"]]
    assert whole == [bool(row.covers_image) or row.field[0] == 0 for row in summary]
    assert all(isinstance(value, int | float) for value in columns["stride"] if value is not None)


def test_the_csv_holds_every_layer_with_plain_numbers(summary):
    from dashboard.model.layer_table import table_csv

    rows = list(csv.DictReader(io.StringIO(table_csv(summary).decode())))
    assert [row["layer"] for row in rows] == list(summary.names)
    assert [int(row["macs"]) for row in rows] == summary.macs.tolist()
    assert [row["formula"] for row in rows] == list(summary.formulas)
    assert rows[0]["output"] == "x".join(map(str, summary.row(0).output_shape))


def test_a_block_of_layers_opens_at_its_last_layer_that_multiplies(summary):
    from dashboard.model.layer_table import start_row

    assert summary.names[start_row(summary, "conv2")] == "conv2"
    chosen = summary.row(start_row(summary, "no such layer"))
    assert chosen.macs
    assert len(chosen.output_shape) == 3


def test_a_chosen_row_opens_its_layer_and_leads_to_its_grad_cam(page, settled, summary):
    tab = settled(page())
    row = summary.names.index("conv1")
    tab.session_state[f"layers digits-cnn {len(summary)}"] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    tab = settled(tab.run())
    assert "### conv1" in [element.value for element in tab.markdown]
    assert any(code.value.startswith(summary.formulas[row].split("; ")[0]) for code in tab.code)
    tab.button(key="to grad_cam").click().run()
    assert not tab.exception
    assert tab.query_params["method"] == ["grad_cam"] or tab.query_params["method"] == "grad_cam"
    assert tab.query_params["layer"] in ("conv1", ["conv1"])


def test_a_link_with_a_layer_explains_at_that_layer(app, settled):
    tab = settled(app(method="grad_cam", layer="conv1"))
    assert not tab.exception
    assert any('"layer": "conv1"' in code.value for code in tab.main.code)
    assert not settled(app(method="grad_cam", layer="<b>no such layer</b>")).exception


def test_two_models_stand_side_by_side(page, settled, models, monkeypatch):
    from dashboard import visit

    monkeypatch.setenv("VIZLIB_MODELS", str(models.parent))
    visit._models.cache_clear()
    tab = settled(page(model="digits-cnn"))
    tab.selectbox(key="compare digits-cnn").select("scenes-resnet").run()
    tab = settled(tab)
    assert 'class="facts two"' in markup(tab)
    assert "605 420" in markup(tab)
    assert tab.session_state["visit"].listed().name == "digits-cnn"


def test_names_of_others_are_text():
    from dashboard.model.page import facts_html

    assert "<img" not in facts_html([{"Model": '<img src=x onerror="x">', "<b>": "x"}])
    assert "<b>" not in facts_html([{"<b>": "x"}])


def test_a_card_in_words_says_what_the_code_does(models):
    from dashboard.model.page import card_facts
    from vizlib.zoo.cards import read_card

    card = dataclasses.replace(
        read_card(models), resize=256, crop=(224, 224), mean=(0.5,), std=(0.25,), labels=("a",) * 15
    )
    words = card_facts(card)
    assert "shorter side resized to 256 pixels" in words["Preprocessing"]
    assert "minus 0.5, divided by 0.25" in words["Preprocessing"]
    assert words["Classes"].endswith("and 3 more")


# --- learning curves ------------------------------------------------------------------------------------------------


def test_a_history_is_read_as_it_was_written():
    from dashboard.model.history import history_csv, read_history

    history = read_history(OWN)
    assert history.values["train_loss"].tolist() == [2.3, 1.0]
    assert history.first_loss == 2.3
    again = read_history(history_csv(history)).values
    assert all(np.array_equal(values, again[name]) for name, values in history.values.items())


@pytest.mark.parametrize(
    ("head", "column"),
    [
        ("val_loss", "heldout_loss"), ("loss", "train_loss"), ("Train Accuracy", "train_accuracy"),
        ("valid/acc", "heldout_accuracy"), ("acc", "train_accuracy"), ("test loss", "heldout_loss"),
        ("Epoch", "epoch"), ("lr", ""), ("loss_scale", ""), ("time", ""),
    ],
)  # fmt: skip
def test_other_names_of_columns_are_understood_by_their_words(head, column):
    from dashboard.model.history import column_of

    assert column_of(head) == column


def test_per_cent_semicolons_and_gaps_are_understood():
    from dashboard.model.history import read_history

    values = read_history(b"\xef\xbb\xbfstep;acc;val_loss\n10;55 %;nan\n20;90;1.5\n").values
    assert values["epoch"].tolist() == [10, 20]
    assert values["train_accuracy"].tolist() == [0.55, 0.9]
    assert np.isnan(values["heldout_loss"][0])


@pytest.mark.parametrize(
    "content",
    [
        b"", b"epoch,loss\n", b"\xff\xfe\x00\x01", b"a,b\n1,2\n", b"epoch,loss\n1,abc\n", b"epoch,loss\n1\n",
        b"loss\n\n,\n", b"epoch,loss\n1,nan\n", b"epoch,loss\n1," + b"9" * (5 << 20), b'loss,acc\n"1,2\n3,4',
        bytes(range(128)),
    ],
)  # fmt: skip
def test_a_bad_table_is_refused_in_one_sentence(content):
    from dashboard.model.history import read_history

    with pytest.raises(ValueError) as refusal:  # noqa: PT011
        read_history(content)
    assert len(str(refusal.value)) < 200
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(("factor", "word"), [(1.0, "about what"), (1.5, "worse"), (0.5, "already better")])
def test_the_first_loss_is_judged_against_guessing(factor, word):
    from dashboard.model.history import first_loss_sentence

    sentence = first_loss_sentence(factor * math.log(12), 12)
    assert "ln 12 = 2.48" in sentence
    assert word in sentence


# --- speed ----------------------------------------------------------------------------------------------------------


class Slow(torch.nn.Module):
    """Takes ten milliseconds a pass, whatever it is given."""

    def forward(self, images):
        import time

        time.sleep(0.01)
        return images.mean((1, 2, 3))[:, None]


def test_the_measured_pace_is_that_of_the_network(models):
    import vizlib as vz
    from dashboard.model.speed import measure

    reports = []
    model = dataclasses.replace(vz.load_model(models), module=Slow().eval())
    found = measure(model, lambda done, total: reports.append((done, total)), seconds=0.05, warm_up=0.0)
    single, many = found.paces
    assert 10 <= single.milliseconds < 40
    assert many.batch == 32
    assert many.images_per_second == pytest.approx(32 * 1000 / many.milliseconds)
    assert reports[-1] == (200, 200)


def test_a_batch_that_would_take_long_is_halved():
    from dashboard.model.speed import _fitting

    assert [_fitting(32, milliseconds) for milliseconds in (1, 100, 500, 5000)] == [32, 16, 4, 1]


def test_the_button_measures_in_the_worker_and_the_numbers_stay(page, settled, monkeypatch):
    from dashboard.model import speed

    monkeypatch.setattr(
        speed, "measure", lambda model, tick: speed.Speed((speed.Pace(1, 5.0, (4.0, 6.0), 9),), "cpu", 2, (8, 8))
    )
    tab = settled(page())
    tab.button(key="measure speed").click().run()
    tab = settled(tab)
    assert [metric.value for metric in tab.metric] == ["200 images/s"]
    assert [metric.value for metric in tab.run().metric] == ["200 images/s"]


def test_the_explained_layer_is_said_where_the_card_leaves_it_to_the_network(
    page, settled, models, tmp_path, monkeypatch
):
    import vizlib as vz
    from dashboard import visit

    folder = tmp_path / "plain"
    folder.mkdir()
    lines = (models / "card.toml").read_text().splitlines()
    (folder / "card.toml").write_text("\n".join(line for line in lines if not line.startswith("default_layer")))
    for name in ("weights.safetensors", "labels.txt"):
        (folder / name).write_bytes((models / name).read_bytes())
    monkeypatch.setenv("VIZLIB_MODELS", str(folder))
    visit._models.cache_clear()
    tab = settled(page())
    shown = "".join(element.proto.body for element in tab.get("html"))
    said = re.search("<dt>Explained layer</dt><dd>([^<]*)</dd>", shown)
    assert said is not None
    assert said[1] == vz.load_model(folder).default_layer != ""
