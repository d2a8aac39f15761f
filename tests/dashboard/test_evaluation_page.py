"""The page Evaluation: it opens with numbers, one threshold moves everything, and every count shows its images."""

import json

import numpy as np
import pytest


def words(tab):
    kinds = ("markdown", "caption", "error", "warning", "info", "success")
    return " ".join(one.value for kind in kinds for one in tab.get(kind)).replace("\\", "")


def charts(tab):
    return {chart.key.removeprefix("chart "): json.loads(chart.proto.spec) for chart in tab.get("plotly_chart")}


def box(tab, label):
    return next(one for one in tab.selectbox if one.label.startswith(label))


def button(tab, key):
    return next(one for one in tab.button if one.key == key)


def count(tab, cell):
    return int(button(tab, f"evaluation cell {cell}").label.split("**")[1].replace(",", ""))


@pytest.fixture
def page(app):
    tab = app()
    tab.switch_page("../pages/evaluation.py").run()
    assert not tab.exception
    return tab


def test_the_page_opens_with_both_curves_of_the_worst_class_before_the_model_is_loaded(page):
    assert {"roc", "pr", "thresholds"} <= set(charts(page))
    assert box(page, "Image set").value == "digits:360"
    assert page.metric[0].value == "360"
    assert "AUC" in words(page)
    assert not page.error


def test_one_threshold_moves_the_mark_of_both_curves_and_the_four_counts(page):
    before = charts(page)
    assert count(page, "hits") + count(page, "misses") + count(page, "alarms") + count(page, "passes") == 360
    page.slider[0].set_value(1.001).run()
    assert (count(page, "hits"), count(page, "alarms")) == (0, 0)
    after = charts(page)
    for name in ("roc", "pr"):
        assert [before[name]["data"][-1][a] for a in "xy"] != [after[name]["data"][-1][a] for a in "xy"]
        assert before[name]["data"][0] == after[name]["data"][0]
    page.slider[0].set_value(0.0).run()
    assert (count(page, "misses"), count(page, "passes")) == (0, 0)


def test_the_cheapest_threshold_follows_the_costs(page):
    next(one for one in page.number_input if one.label == "Cost of a miss").set_value(1e6).run()
    button(page, "evaluation threshold cheapest").click().run()
    assert count(page, "misses") == 0
    at = page.slider[0].value
    next(one for one in page.number_input if one.label == "Cost of a miss").set_value(0.0).run()
    button(page, "evaluation threshold cheapest").click().run()
    assert (count(page, "alarms"), page.slider[0].value > at) == (0, True)


def test_a_count_shows_its_images_and_one_of_them_opens_on_explain(page):
    from dashboard.evaluation_gallery import OPENED, open_image
    from dashboard.evaluation_scores import matched, stored_scores
    from dashboard.image_set import _of_stream
    from vizlib.data.streams import image_stream

    button(page, "evaluation cell hits").click().run()
    assert f"found: {count(page, 'hits')} images" in words(page)
    here, stream = page.session_state["visit"], image_stream("digits:360")
    scored = matched(stored_scores(here, stream), _of_stream("digits", stream), "digits-cnn", ())
    before = len(here.uploads.shots)
    open_image(here, scored, 5)
    assert len(here.uploads.shots) == before + 1
    assert here.shot().digest == here.picture
    page.session_state[OPENED] = True
    page.run()
    assert page.title[0].value == "Why did it decide that?"


def test_all_classes_stand_in_one_picture_with_three_means(page):
    box(page, "Class").set_value(-1).run()
    assert set(charts(page)) == {"rocs", "prs"}
    assert page.dataframe[0].value.shape == (3, 4)
    box(page, "Class").set_value(-2).run()
    assert {"roc", "pr"} <= set(charts(page))
    assert not page.exception


def test_examples_of_a_count_are_sorted_by_how_sure_the_decision_is():
    from dashboard.evaluation_threshold import in_cell

    values, truth = np.array([0.9, 0.1, 0.6, 0.4, 0.95, 0.2]), np.array([1, 1, 0, 0, 0, 1], bool)
    assert in_cell(values, truth, 0.5, "hits").tolist() == [0]
    assert in_cell(values, truth, 0.5, "alarms").tolist() == [4, 2]
    assert in_cell(values, truth, 0.5, "misses").tolist() == [1, 5]
    assert in_cell(values, truth, 0.5, "passes").tolist() == [3]


def test_classes_are_matched_by_name_whatever_their_capitals_marks_and_synonyms():
    from dashboard.evaluation_scores import matches

    known = ["T-shirt/top", "tiger cat", "great white shark, white shark", "cup"]
    assert matches(["cup", "White_Shark", "t shirt top", "owl"], known) == {0: 3, 1: 2, 2: 0}
