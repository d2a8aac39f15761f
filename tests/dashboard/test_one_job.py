"""However often a person changes their mind, one job is left; two visits never share theirs."""

from types import SimpleNamespace

import numpy as np


def shown(tab, technique):
    return tab.session_state["visit"].shown[technique][1]


def test_twenty_moves_leave_one_job_and_the_last_one_wins(app, engine, settled):
    tab = settled(app(method="occlusion"))
    engine.worker._turns.take()  # the processor is busy: nothing begins while the person goes on
    try:
        for window in range(2, 22):
            next(box for box in tab.number_input if "indow" in box.label).set_value(window)
            tab.run()
            assert [job.slot for job in tab.session_state["visit"].jobs()] == ["explain/occlusion"]
    finally:
        engine.worker._turns.pass_on()
    settled(tab)
    assert shown(tab, "occlusion").recipe.options["window"] == 21


def test_two_visits_at_once_get_the_maps_that_one_gets(app, engine, settled):
    alone = shown(settled(app(method="grad_cam")), "grad_cam").result.values
    engine.results._values.clear()
    engine.worker._turns.take()
    try:
        tabs = [app(method="grad_cam"), app(method="grad_cam")]  # both wait for the processor
    finally:
        engine.worker._turns.pass_on()
    assert all(np.array_equal(alone, shown(settled(tab), "grad_cam").result.values) for tab in tabs)


def test_what_ended_while_the_page_was_drawn_is_drawn_anew(monkeypatch):
    from dashboard import sidebar

    drawn = []
    fragment = lambda draw, run_every: lambda here, busy: drawn.append((busy, run_every))  # noqa: E731
    monkeypatch.setattr(sidebar.st, "fragment", fragment)
    monkeypatch.setattr(sidebar, "_place", lambda here: None)
    nothing_runs = SimpleNamespace(jobs=tuple)
    sidebar.status(nothing_runs, frozenset({7}))
    sidebar.status(nothing_runs)
    assert drawn == [(frozenset({7}), sidebar.POLL), (frozenset(), None)]
