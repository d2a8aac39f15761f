"""Previews of an unfinished result: made only for somebody who watches, and not more often than they can be seen."""

import pytest

from vizlib.core import heartbeat
from vizlib.core.heartbeat import Heartbeat


class Watcher:
    """A progress that keeps the previews it is shown."""

    def __init__(self):
        self.seen = []

    def __call__(self, done, total):
        pass

    def show(self, make):
        self.seen.append(make())


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(heartbeat.time, "monotonic", lambda: now[0])
    return now


def test_nothing_is_made_for_a_progress_that_cannot_show_it():
    made = []
    Heartbeat(lambda done, total: None).show(lambda: made.append(1))
    assert made == []


def test_a_watcher_gets_what_is_made_at_most_every_so_often(clock):
    watcher = Watcher()
    beat = Heartbeat(watcher)
    for quarter in range(7):
        clock[0] = 100 + quarter / 4
        beat.show(lambda quarter=quarter: quarter)
    assert watcher.seen == [0, 2, 4, 6]
    assert heartbeat.PREVIEWS == 0.4


def test_previews_pass_through_a_technique_inside_a_technique(clock):
    watcher = Watcher()
    Heartbeat(Heartbeat(watcher)).show(lambda: "preview")
    assert watcher.seen == ["preview"]
    made = []
    Heartbeat(Heartbeat(lambda done, total: None)).show(lambda: made.append(1))
    assert made == []
