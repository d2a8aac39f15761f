"""Figures of landscapes: the camera, the scale, the slices, the trainings."""

from dataclasses import replace

import numpy as np
import pytest
import toys
from toys import one_thread  # noqa: F401

import vizlib as vz
from vizlib.figures import interactive, static
from vizlib.figures.landscape import surface_plan
from vizlib.landscapes.results import LossLandscape, Trajectory
from vizlib.landscapes.sharpness import compared, rank_correlation


@pytest.fixture(scope="module")
def found():
    return vz.loss_landscape(toys.small(), toys.images(), [0, 1, 2, 3], steps=5)


def test_the_camera_is_where_the_angles_say(found):
    eye = interactive.figure(found, view="surface", azimuth=90, elevation=0).layout.scene.camera.eye
    assert (eye.x, eye.z) == pytest.approx((0, 0), abs=1e-12)
    assert eye.y > 1
    axes = static.figure(found, view="surface", azimuth=20, elevation=70).axes[0]
    assert (axes.azim, axes.elev) == (20, 70)


def test_a_logarithmic_scale_changes_heights_and_not_the_values_that_are_told(found):
    plan, plain = surface_plan(found, log=True), surface_plan(found)
    np.testing.assert_allclose(10**plan.heights, plain.heights)
    assert (plan.values == found.losses).all()
    assert surface_plan(found, show="accuracy", log=True).log is False
    assert plan.ticks[-1][1] == plain.ticks[-1][1]


def test_slices_go_through_the_chosen_node(found):
    across, up = surface_plan(found, row=1, column=3).slices
    assert (across.y == found.losses[1]).all()
    assert (up.y == found.losses[:, 3]).all()


def test_two_landscapes_share_a_scale(found):
    contour = interactive.figure(found, low=0.0, high=9.0).data[0]
    assert (contour.zmin, contour.zmax) == (0, 9)


def test_unknown_and_overflowing_points_are_drawn_around(found):
    holes = found.losses.copy()
    holes[0, 0], holes[4, 4] = np.nan, np.inf
    partly = replace(found, losses=holes)
    for backend in (interactive, static):
        for view in ("contour", "surface", "slices"):
            assert backend.figure(partly, view=view, log=True) is not None
    assert interactive.figure(partly).data[0].connectgaps
    assert not interactive.figure(found).data[0].connectgaps


class Watching:
    def __init__(self) -> None:
        self.seen = []

    def __call__(self, done: int, total: int) -> None:
        pass

    def show(self, make) -> None:
        self.seen.append(make())


def test_trainings_fill_in_and_run_checkpoint_by_checkpoint(monkeypatch):
    monkeypatch.setattr("vizlib.core.heartbeat.PREVIEWS", 0)
    models = [toys.seeded(toys.Small, seed) for seed in range(3)]
    watching = Watching()
    runs = {"one": models, "two": [models[0], models[2]]}
    found = vz.trajectory(runs, models[0], toys.images(), [0, 1, 2, 3], steps=3, progress=watching)
    assert all(isinstance(part, Trajectory) and isinstance(part.surface, LossLandscape) for part in watching.seen)
    assert [part.surface.known for part in watching.seen] == list(range(1, 10))
    drawn = interactive.figure(found, animate=True)
    assert len(drawn.frames) == 3
    assert drawn.layout.updatemenus[0].buttons[0].args[1]["frame"]["redraw"]  # else contours vanish when it runs
    assert [len(trace.x) for trace in drawn.frames[1].data] == [2, 2]
    assert [trace.name for trace in drawn.data[1:]] == ["one", "two"]


def test_ranks_and_the_verdict_say_whether_sharp_is_worse():
    assert rank_correlation(np.array([1, 2, 3]), np.array([10, 40, 90])) == pytest.approx(1)
    assert rank_correlation(np.array([1, 1, 2]), np.array([3, 3, 1])) == pytest.approx(-1)
    spectra = [vz.hessian(toys.seeded(toys.Small, seed), toys.images(), [0, 1, 2, 3], k=1) for seed in range(3)]
    order = np.argsort([spectrum.values[0] for spectrum in spectra])
    losses = np.empty(3)
    losses[order] = [1.0, 2.0, 3.0]
    worse = compared("abc", spectra, [0, 0, 0], losses)
    assert "do generalise worse" in worse.verdict
    assert "does not hold" in compared("abc", spectra, [0, 0, 0], -losses).verdict
    low, high = interactive.figure(worse).layout.xaxis.range
    ends = np.log10([worse.top.min(), worse.top.max()])
    assert (ends - low) / (high - low) == pytest.approx([0.15 / 1.3, 1.15 / 1.3])  # room for half a name
    assert static.figure(worse) is not None


def test_names_of_trainings_stand_away_from_the_nearest_mark():
    low, high, alone = (replace_spectrum(top) for top in (10.0, 11.0, 1.0))
    found = compared(["low", "high", "alone"], [low, high, alone], [0, 0, 0], [0.10, 0.11, 0.5])
    positions = interactive.figure(found).data[0].textposition
    assert positions[:2] == ("bottom center", "top center")


def replace_spectrum(top):
    one = vz.hessian(toys.small(), toys.images(), [0, 1, 2, 3], k=1, iterations=2, probes=2)
    return replace(one, values=np.array([top]))
