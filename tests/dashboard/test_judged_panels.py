"""Boxes, slices, folds and numbers on pages: what is drawn follows what a person chooses."""

import io
import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard.evaluation.detection_panel import Given, compared, made_up
from dashboard.evaluation.pixels_panel import paired
from vizlib.core.judged import parsed
from vizlib.evaluation.boxes import compare_boxes
from vizlib.evaluation.detection import mean_average_precision

PATIENCE = 60


def words(tab):
    kinds = ("markdown", "caption", "error", "warning", "info", "subheader")
    return " ".join(one.value for kind in kinds for one in tab.get(kind)).replace("\\", "")


def charts(tab):
    return {chart.key.removeprefix("chart "): json.loads(chart.proto.spec) for chart in tab.get("plotly_chart")}


def metrics(tab):
    return {one.label: one.value for one in tab.metric}


def slider(tab, label):
    return next(one for one in tab.slider if one.label.startswith(label))


def box(tab, label):
    return next(one for one in tab.selectbox if one.label.startswith(label))


def drawn(page, *more):
    tab = AppTest.from_function(page, default_timeout=PATIENCE, args=more).run()
    assert not tab.exception
    return tab


def overlap_page():
    from dashboard.evaluation.boxes_playground import boxes_playground

    boxes_playground()


def suppression_page():
    from dashboard.evaluation.boxes_playground import suppression_playground

    suppression_playground()


def numbers_page():
    from dashboard.evaluation.regression_panel import regression_panel

    regression_panel()


def test_five_measures_follow_the_sliders_of_two_boxes():
    tab = drawn(overlap_page)
    slider(tab, "Box A, left").set_value((0, 50)).run()
    slider(tab, "Box A, top").set_value((0, 50)).run()
    slider(tab, "Box B, left").set_value((25, 75)).run()
    slider(tab, "Box B, top").set_value((0, 50)).run()
    found = compare_boxes([0, 0, 50, 50], [25, 0, 75, 50])
    assert metrics(tab) == {name: f"{getattr(found, name.lower()):.3f}" for name in ("IoU", "GIoU", "DIoU", "CIoU", "EIoU")}  # fmt: skip  # noqa: E501
    assert metrics(tab)["IoU"] == "0.333"
    tab.toggle[0].set_value(True).run()
    assert metrics(tab)["IoU"] == f"{26 / 76:.3f}"  # a pixel more on every side
    assert "IoU 0.342" in words(tab)


def test_a_higher_threshold_keeps_more_boxes_and_other_boxes_come_on_a_click():
    tab = drawn(suppression_page)
    counts = []
    for threshold in (0.1, 0.5, 1.0):
        slider(tab, "Threshold").set_value(threshold).run()
        counts.append(int(metrics(tab)["Kept"]))
    assert counts[0] < counts[1] < counts[2] == int(metrics(tab)["Boxes found"])
    before = charts(tab)["suppression"]
    tab.button[0].click().run()
    assert charts(tab)["suppression"] != before


def test_numbers_open_on_made_up_ones_and_a_table_of_yours_replaces_them():
    tab = drawn(numbers_page)
    assert "Made-up numbers" in words(tab)
    assert metrics(tab)["Examples"] == "400"
    tab.file_uploader[0].upload("mine.csv", b"truth,predicted\n0,1\n2,2\n4,3\n", "text/csv").run()
    assert metrics(tab)["Examples"] == "3"
    assert metrics(tab)["MAE"] == f"{2 / 3:.4g}"
    assert metrics(tab)["MAPE"] == "not defined"
    assert "MAPE is not defined: 1 of 3" in words(tab)


def test_a_table_with_one_column_of_numbers_gets_a_sentence():
    tab = drawn(numbers_page)
    tab.file_uploader[0].upload("mine.csv", b"name,predicted\na,1\nb,2\n", "text/csv").run()
    assert "needs two columns of numbers" in tab.error[0].value


def test_files_of_coco_are_compared_as_the_library_does():
    truth, found = made_up(images=5)
    files = [Given(name, json.dumps(content).encode(), name) for name, content in (("t", truth), ("f", found))]
    wanted = mean_average_precision(truth, found)
    assert compared(files, "coco", lambda done, total: None).digest() == wanted.digest()
    for broken in (b"{", b"[" * 100_000, b"\xff\xfe\x00"):
        with pytest.raises(ValueError, match="is no JSON file"):
            parsed(broken, "mine.json")


@pytest.fixture
def page(app):
    tab = app()
    tab.switch_page("../pages/evaluation.py").run()
    assert not tab.exception
    return tab


def choose(tab, key, value):
    tab.session_state[key] = value
    return tab.run()


def test_boxes_are_judged_on_the_page_and_a_file_without_sense_gets_a_sentence(page, settled):
    tab = settled(choose(page, "evaluation task", "boxes"))
    assert "Made-up boxes" in words(tab)
    before = charts(tab)["detection"]
    assert {"AP", "AP50", "AR100"} <= set(metrics(tab))
    box(tab, "Class").set_value("boat").run()
    assert charts(tab)["detection"] != before
    assert len(charts(tab)["detection"]["data"]) == 8  # one class at several IoUs
    tab.file_uploader[0].upload("truth.json", b'{"images": []}', "application/json").run()
    tab.file_uploader[1].upload("found.json", b"[]", "application/json").run()
    tab = settled(tab)
    assert not tab.exception
    assert "no list of annotations and categories" in words(tab)


def test_numbers_are_judged_on_the_page(page):
    tab = choose(page, "evaluation task", "numbers")
    assert "regression" in charts(tab)
    assert "roc" not in charts(tab)


def png(labels):
    content = io.BytesIO()
    Image.fromarray(np.asarray(labels, np.uint8)).save(content, "PNG")
    return content.getvalue()


def test_pixels_are_judged_on_the_page_and_label_maps_of_yours_replace_the_made_up_ones(page):
    tab = choose(page, "evaluation task", "pixels")
    assert "Made-up predictions on 24 bundled scenes" in words(tab)
    for place, labels in enumerate(([[0, 1, 255]], [[0, 0, 1]])):
        tab.file_uploader[place].upload("a.png", png(labels), "image/png").run()
    assert metrics(tab)["Mean IoU"] == "0.2500"  # 1 of 2, and 0 of 1
    assert metrics(tab)["Pixel accuracy"] == "0.5000"
    assert "1 pixels left out" in words(tab)
    tab.toggle[-1].set_value(False).run()
    assert not tab.exception


def test_files_that_are_no_label_maps_get_a_sentence():
    good = png([[0, 1]])
    for truth, said, sentence in [
        ([("a.png", good)], [("b.png", good)], "must have the same names"),
        ([("a.png", good[:40])], [("a.png", good)], "is broken or no PNG"),
        ([("a.png", b"GIF89a")], [("a.png", good)], "is broken or no PNG"),
        ([("a.png", png(np.zeros((2, 2, 3))))], [("a.png", good)], "is a picture in colour"),
    ]:
        with pytest.raises(ValueError, match=sentence):
            paired(truth, said)


def test_slices_of_the_page_stand_worst_first_and_follow_the_metric(page, settled):
    tab = settled(choose(page, "evaluation view", "slices"))
    rows = tab.dataframe[0].value
    values = rows["Accuracy"].to_numpy()
    assert (np.diff(values) >= 0).all()
    assert rows["Examples"].sum() == 360
    metric = box(tab, "Metric")
    metric.set_value(metric.options.index("AUC of 8") - 1).run()
    assert tab.dataframe[0].value["Why there is none"].str.startswith("No AUC: all").all()  # each slice is one class


def test_folds_of_the_page_have_a_mean_and_a_band_and_follow_their_number(page, settled):
    tab = settled(choose(page, "evaluation view", "folds"))
    assert {"folds", "spread"} <= set(charts(tab))
    assert len(charts(tab)["folds"]["data"]) == 2 + 5 + 1
    slider(tab, "Parts").set_value(3).run()
    assert len(charts(tab)["folds"]["data"]) == 2 + 3 + 1
    assert "over 3 folds" in words(tab)


def test_a_bundled_scene_tells_how_it_was_made():
    from vizlib.data.scene_facts import FACTS, scene_facts
    from vizlib.data.scenes import scene
    from vizlib.data.streams import image_stream

    facts = scene_facts([5, 2])
    made = scene(2, split="heldout")
    assert set(facts) == set(FACTS)
    assert (facts["size"][1], facts["background"][1]) == (made.size, made.background)
    scored = np.asarray(image_stream("scenes:12").read(2))
    np.testing.assert_array_equal(scored, made.image)


def test_columns_of_a_table_that_are_no_scores_can_be_sliced(monkeypatch):
    import streamlit as st

    from dashboard.evaluation import slices_panel
    from vizlib.evaluation.tables import read_table

    table = read_table("t.csv", b"score,label,light\n0.1,0,day\n0.9,1,night\n")
    monkeypatch.setattr(st, "session_state", {slices_panel.TABLE: table})
    scored = SimpleNamespace(images=None, key=("table", table.digest, ("score", "label")), called=str)
    columns = slices_panel.columns_of(SimpleNamespace(), scored)
    assert list(columns)[:1] == ["light"]
    assert columns["light"]().tolist() == ["day", "night"]


def versus_page(shift):
    import numpy as np

    from dashboard.evaluation.scores import Scored
    from dashboard.evaluation.versus import versus

    generator = np.random.default_rng(0)
    truth, rows = np.arange(80) % 2, np.arange(80)
    first = generator.normal(size=(80, 1)) + truth[:, None]
    both = [
        Scored("", "binary", scores, truth, ("sick",), rows, key=(n,))
        for n, scores in enumerate((first, first * shift))
    ]
    versus(*both, 0)


def test_two_models_are_drawn_with_their_areas():
    tab = drawn(versus_page, -1.0)
    areas = [one["x"][0] for one in charts(tab)["versus"]["data"]]
    assert areas[0] == pytest.approx(1 - areas[1])
