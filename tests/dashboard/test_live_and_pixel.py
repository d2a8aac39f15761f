"""Explain's map fills in while it is computed, and a click on it tells what one pixel is worth."""

import threading
import time

import numpy as np
import pytest

from vizlib.figures.style import panels


@pytest.fixture
def held(monkeypatch):
    """Occlusion, held after its first preview until it is let go."""
    from vizlib.core.heartbeat import Heartbeat

    go = threading.Event()
    show = Heartbeat.show

    def held_show(self, make):
        show(self, make)
        while self.last[0] and not go.wait(0.02):
            self(*self.last)

    monkeypatch.setattr(Heartbeat, "show", held_show)
    monkeypatch.setattr("vizlib.core.heartbeat.PREVIEWS", 0)
    yield go
    go.set()


def unfinished(tab):
    """Run the page once a preview can be shown."""
    here = tab.session_state["visit"]
    end = time.monotonic() + 60
    while not all(job.partial is not None or job.finished for job in here.engine.worker.jobs(here.owner)):
        assert time.monotonic() < end
        time.sleep(0.02)
    return tab.run()


def chart(tab):
    (found,) = tab.get("plotly_chart")
    return found.proto


def test_the_map_shows_while_it_is_computed_stays_after_cancel_and_gives_way_to_the_answer(app, settled, held):
    tab = unfinished(app(method="occlusion"))
    assert not tab.exception
    assert chart(tab).alt.startswith("Unfinished. Occlusion map for")
    next(button for button in tab.main.button if button.label == "Cancel").click().run()
    assert [info.value for info in tab.info] == ["Cancelled."]
    assert any("unfinished" in caption.value for caption in tab.main.caption)
    assert chart(tab).alt.startswith("Unfinished.")
    held.set()
    next(button for button in tab.main.button if button.label == "Try again").click().run()
    assert chart(settled(tab)).alt.startswith("Occlusion map for")


def test_what_is_not_known_yet_has_no_say_in_the_colours_and_the_words():
    from vizlib.core.results import Attribution

    values = np.full((1, 1, 9, 9), np.nan, np.float32)
    values[0, 0, 8, 8] = -2
    seen = Attribution(values, np.array([0]), np.array([1.0]), "occlusion", "drop", True)
    (panel,) = panels(seen)
    assert (panel.low, panel.high, panel.clipped) == (-2, 2, False)
    assert "strongest in the lower right" in panel.alternative


def words(tab):
    return "\n".join(element.value for element in tab.main.markdown)


def choose(tab, row, column):
    for label, value in (("Row", row), ("Column", column)):
        next(field for field in tab.main.number_input if field.label == label).set_value(value)
    return tab.run()


def test_a_pixel_tells_its_value_and_the_probability_with_its_window_hidden(app, settled, models):
    import torch

    from vizlib.figures.style import tick_label
    from vizlib.zoo.load import load_model

    tab = settled(app(method="occlusion"))
    assert "instead of" not in words(tab)
    choose(tab, 16, 14)
    tab = settled(tab)
    assert not tab.exception
    here, model = tab.session_state["visit"], load_model(models)
    answer = here.ask("occlusion")
    value = answer.result.values[0, 0, 16, 14]
    assert f"Row 16, column 14**: {tick_label(value)}".replace(".", "\\.").replace("-", "\\-") in words(tab)
    image = model.preprocess(here.shot().open())[None]
    side = 32 // 7
    image[..., 16 - side // 2 : 16 - side // 2 + side, 14 - side // 2 : 14 - side // 2 + side] = 0
    with torch.no_grad():
        logit = model.module(image)[0, answer.recipe.target[0]].item()
    assert f"logit {tick_label(logit)} instead of".replace(".", "\\.").replace("-", "\\-") in words(tab)


def test_a_pixel_asks_for_no_new_map_and_is_asked_once(app, settled, engine, monkeypatch):
    from dashboard.explain import pixel
    from vizlib.core import recipe

    tab = settled(app(method="grad_cam"))
    asked, measure = [], pixel.hide_window
    monkeypatch.setattr(pixel, "hide_window", lambda *a, **k: asked.append(k["box"]) or measure(*a, **k))
    monkeypatch.setattr(recipe, "perform", lambda *arguments: pytest.fail("a map was computed"))
    for row, column in ((3, 4), (9, 9), (3, 4)):
        tab = settled(choose(tab, row, column))
        assert f"Row {row}, column {column}" in words(tab)
        assert "instead of" in words(tab)
    assert len(asked) == 2


def test_every_pixel_of_a_small_map_and_a_grid_of_a_large_one_can_be_clicked():
    import plotly.graph_objects as go

    from dashboard.explain.pixel import PLACES, add_places
    from vizlib.core.results import Attribution

    for height, width in ((32, 28), (224, 96)):
        values = np.random.default_rng(0).normal(size=(1, 1, height, width))
        drawn = go.Figure()
        add_places(drawn, Attribution(values, np.array([0]), np.array([1.0]), "occlusion", "drop", True))
        (places,) = drawn.data
        assert (places.customdata == values[0, 0, places.y, places.x]).all()
        assert len(np.unique(places.x)) <= PLACES
        assert len(places.x) == min(height, 56) * min(width, 48)
        assert places.marker.opacity == 0


def test_a_click_fills_the_fields_and_a_second_one_empties_them(monkeypatch):
    from dashboard.explain import pixel

    state = {"chart": {"selection": {"points": [{"x": 7, "y": 3}]}}}
    monkeypatch.setattr(pixel.st, "session_state", state)
    pixel.take_click("occlusion", "chart")
    assert (state["pixel/occlusion/row"], state["pixel/occlusion/column"]) == (3, 7)
    state["chart"]["selection"]["points"] = []
    pixel.take_click("occlusion", "chart")
    assert (state["pixel/occlusion/row"], state["pixel/occlusion/column"]) == (None, None)
