"""Two models side by side on Embeddings: the same images, one selection, and how alike both see them."""

import os

import numpy as np
import pytest

from dashboard import image_set
from dashboard.space.alike import neighbours_asked, shared
from dashboard.space.beside import KEY
from dashboard.space.canvas import KEY as FIRST
from dashboard.space.map import CHOSEN, SELECTED

CHOICE = "Beside: another model"


@pytest.fixture
def twin(twin, models, monkeypatch):
    """A model that reads the same images, and one that does not."""
    from dashboard import visit

    folders = (os.environ["VIZLIB_MODELS"], str(models.parent / "scenes-resnet"))
    monkeypatch.setenv("VIZLIB_MODELS", os.pathsep.join(folders))
    visit._models.cache_clear()
    return twin


@pytest.fixture
def canvases(monkeypatch):
    """What each canvas got last, by its key; and what a browser would say about one in the next run."""
    drawn, saying = {}, {}

    def draw(drawing, take, key):
        drawn[key] = drawing
        if key in saying:
            take(saying.pop(key))

    monkeypatch.setattr("dashboard.space.map.draw", draw)
    draw.drawn, draw.saying = drawn, saying
    return draw


@pytest.fixture
def opened(twin, app, settled, monkeypatch, tmp_path, canvases):
    """The page on 60 digits, at an address."""
    monkeypatch.setenv("VIZLIB_CACHE", str(tmp_path))
    monkeypatch.setattr(image_set, "DIGITS", "digits:60")

    def open_page(**address):
        tab = app(model="digits-cnn", set="digits:60", **address)
        return settled(tab.switch_page("../pages/embeddings.py").run())

    return open_page


def pick(tab, label, kind="selectbox"):
    return next(one for one in tab.get(kind) if one.label == label)


def words(tab):
    told = (one.value for kind in ("markdown", "caption", "error", "info") for one in tab.get(kind))
    return " ".join(told).replace("\\", "")


def test_without_the_choice_there_is_one_map_and_nothing_of_a_second_model(opened, canvases):
    tab = opened()
    assert not tab.exception
    assert set(canvases.drawn) == {FIRST}
    assert pick(tab, CHOICE).value == ""
    assert "beside" not in tab.query_params
    assert "Its layer" not in [one.label for one in tab.selectbox]
    assert "also among the" not in words(tab)
    assert not [job for job in tab.session_state["visit"].jobs() if "beside" in job.slot]


def test_only_models_that_read_the_same_images_are_offered(opened, twin):
    tab = opened()
    assert pick(tab, CHOICE).options == ["none", twin]
    tab = opened(beside="scenes-resnet")
    assert pick(tab, CHOICE).value == ""
    assert "scenes-resnet beside" in words(tab)


def test_both_maps_show_the_same_images_and_a_model_that_is_the_same_sees_them_just_so(opened, settled, twin, canvases):
    tab = opened()
    pick(tab, CHOICE).set_value(twin).run()
    tab = settled(tab)
    assert not tab.exception
    assert set(canvases.drawn) == {FIRST, KEY}
    first, second = canvases.drawn[FIRST], canvases.drawn[KEY]
    assert second.of == first.of
    assert np.allclose(second.points, first.points, atol=1e-6)
    assert second.alternative.startswith(f"{twin}: Map of 60 images")
    text = words(tab)
    assert "**10.0** are also among the 10 nearest" in text
    assert "by chance it would be 1.7" in text  # 10 · 10 / 59
    assert "alike by 1.00" in text
    assert text.count("Trustworthiness\u00a0**") == 2


def test_a_selection_or_a_click_in_either_map_is_marked_in_both_and_fills_the_gallery(opened, twin, canvases):
    tab = opened(beside=twin)
    for key, said, name in (
        (KEY, {"selected": [3, 5, 8]}, "selected"),
        (FIRST, {"selected": [1, 2]}, "selected"),
        (KEY, {"clicked": 7}, "chosen"),
    ):
        canvases.saying[key] = said
        tab.run()  # the browser speaks
        tab.run()
        assert {getattr(drawing, name) == next(iter(said.values())) for drawing in canvases.drawn.values()} == {True}
        assert len(canvases.drawn) == 2
    assert tab.session_state[SELECTED][1] == [1, 2]
    assert tab.session_state[CHOSEN][1] == 7
    assert "2 images selected" in words(tab)
    assert "For the 2 selected images it is 10.0 of 10" in words(tab)


def test_another_layer_turns_the_second_map_onto_the_first_and_is_in_the_address(opened, settled, twin, canvases):
    tab = opened(beside=twin)
    assert tab.query_params["beside"] == twin
    pick(tab, "Its layer").set_value("fc").run()
    tab = settled(tab)
    assert not tab.exception
    assert tab.query_params["beside"] == f"{twin}:fc"
    first, second = (canvases.drawn[key].points for key in (FIRST, KEY))
    left, _strengths, right = np.linalg.svd((second - second.mean(0)).T @ (first - first.mean(0)))
    assert np.allclose(left @ right, np.eye(2), atol=1e-6)  # nothing is left to turn
    assert not np.allclose(first, second, atol=0.1)
    assert "**10.0**" not in words(tab)


def test_a_link_opens_both_maps_with_the_layer_of_the_second(opened, twin, canvases):
    tab = opened(beside=f"{twin}:conv2", dimensions="3")
    assert not tab.exception
    assert pick(tab, "Its layer").value == "conv2"
    assert canvases.drawn[KEY].points.shape == (60, 3)
    assert tab.query_params["beside"] == f"{twin}:conv2"
    assert "Map of 60 images" in canvases.drawn[KEY].alternative


def test_the_second_map_is_cancelled_alone_and_can_be_tried_again(opened, settled, twin, canvases):
    tab = opened()
    tab.session_state["space/tsne/iterations"] = 500
    pick(tab, "Map", "button_group").set_value("tsne").run()
    tab = settled(tab)
    canvases.drawn.clear()
    held = tab.session_state["visit"].engine.worker._turns
    held.take()  # nobody computes until the second map is cancelled
    try:
        pick(tab, CHOICE).set_value(twin).run()
        assert set(canvases.drawn) == {FIRST}
        assert "Cancel" in [one.label for one in tab.button]
        next(one for one in tab.button if one.label == "Cancel").click().run()
    finally:
        held.pass_on()
    tab = settled(tab)
    assert set(canvases.drawn) == {FIRST}
    assert "Cancelled." in words(tab)
    next(one for one in tab.button if one.label == "Try again").click().run()
    tab = settled(tab)
    assert set(canvases.drawn) == {FIRST, KEY}
    assert not tab.exception


def test_groups_are_those_of_the_first_map_so_that_one_sees_what_becomes_of_them(opened, settled, twin, canvases):
    tab = opened(beside=f"{twin}:fc")
    pick(tab, "Colour by").set_value("cluster").run()
    tab = settled(tab)
    first, second = (canvases.drawn[key].painted for key in (FIRST, KEY))
    assert (first.index == second.index).all()
    assert len(set(first.index.tolist())) == 10
    pick(tab, CHOICE).set_value("").run()
    canvases.drawn.clear()
    tab = settled(tab)
    assert set(canvases.drawn) == {FIRST}
    assert "beside" not in tab.query_params
    assert not tab.exception


def test_shared_neighbours_count_what_is_in_both_rows_in_any_order():
    first = np.array([[1, 2], [0, 2], [0, 1]])
    assert shared(first, first[:, ::-1]).tolist() == [1, 1, 1]
    assert shared(first, np.array([[2, 3], [3, 4], [1, 0]])).tolist() == [0.5, 0, 1]
    assert [neighbours_asked(count) for count in (4, 9, 21, 400)] == [1, 4, 10, 10]
