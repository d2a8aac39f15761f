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
