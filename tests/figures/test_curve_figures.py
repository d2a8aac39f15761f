"""Curves, reliability diagrams and matrices in both backends: what is drawn is what was measured."""

import time

import numpy as np
import pytest

import vizlib as vz
from vizlib.figures import interactive, static
from vizlib.figures.curves import MOST_POINTS, matrix_plan, pr_plan, roc_plan, several_plan


def scored(n=200, seed=0):
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 2, n)
    return generator.normal(size=n) + labels, labels


def classes(n=200, count=4):
    generator = np.random.default_rng(0)
    labels = generator.integers(0, count, n)
    scores = generator.random((n, count)) + np.eye(count)[labels]
    return scores / scores.sum(1, keepdims=True), labels


def results():
    roc, several = vz.roc_curve(*scored()), classes()
    return {
        "roc": (roc, {}),
        "roc log with band": (roc, {"log": True, "band": vz.roc_curve(*scored(), samples=20).band()}),
        "pr": (vz.pr_curve(*scored()), {"iso_f1": True}),
        "rocs": (vz.roc_curves(*several, names=["a", "<b>", "$c$", "d_e"]), {}),
        "prs": (vz.pr_curves(*several), {"most": 2}),
        "calibration": (vz.calibration(*several), {}),
        "adaptive": (vz.calibration([0.7] * 5, [1] * 5, strategy="adaptive"), {}),
        "matrix": (vz.confusion(several[0].argmax(1), several[1], names=["a", "<b>", "$c$", "d_e"]), {"by": "all"}),
        "large matrix": (vz.confusion([0, 299], [1, 299]), {}),
    }


@pytest.mark.parametrize("backend", [interactive, static])
@pytest.mark.parametrize("name", list(results()))
def test_both_backends_draw_it(backend, name):
    result, display = results()[name]
    drawn = backend.figure(result, **display)
    if backend is interactive:
        assert len(drawn.layout.meta["alternative"]) > 40
        assert "<b>" not in drawn.to_json()
    else:
        drawn.canvas.draw()


def test_a_roc_curve_is_drawn_with_its_points_over_the_line_of_guessing():
    result = vz.roc_curve(*scored())
    curve, guess = interactive.figure(result).data
    np.testing.assert_array_equal(curve.x, result.fpr)
    np.testing.assert_array_equal(curve.y, result.tpr)
    assert (list(guess.x), list(guess.y)) == ([0, 1], [0, 1])
    axes = static.figure(result).axes[0]
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), result.tpr)


def test_precision_is_drawn_in_steps_that_hold_up_to_their_recall():
    result = vz.pr_curve([5, 4, 3, 2, 1], [1, 0, 0, 1, 1])
    curve, guess = interactive.figure(result).data
    assert curve.line.shape == "vh"
    assert static.figure(result).axes[0].lines[0].get_drawstyle() == "steps-pre"
    x, y = np.array(curve.x), np.array(curve.y)
    assert (np.diff(x) * y[1:]).sum() == pytest.approx(result.average_precision)  # the area under the drawn steps
    assert guess.y[0] == result.prevalence


@pytest.mark.parametrize("plan", [lambda s, y: roc_plan(vz.roc_curve(s, y)), lambda s, y: pr_plan(vz.pr_curve(s, y))])
def test_a_long_curve_is_thinned_and_keeps_its_area_and_extremes(plan):
    scores, labels = scored(200_000)
    line = plan(scores, labels).lines[0]
    assert len(line.x) <= MOST_POINTS
    assert (line.x[0], line.x[-1]) == (0, 1)
    assert (np.diff(line.x) >= 0).all()
    area = (np.diff(line.x) * line.y[1:]).sum()
    roc, pr = vz.roc_curve(scores, labels), vz.pr_curve(scores, labels)
    assert min(abs(area - roc.auc), abs(area - pr.average_precision)) < 1e-3


def test_a_million_points_are_drawn_in_a_second():
    scores, labels = scored(1_000_000)
    result = vz.roc_curve(scores, labels)
    start = time.process_time()
    page = interactive.figure(result).to_json()
    assert time.process_time() - start < 3
    assert len(page) < 400_000


def test_of_many_classes_the_worst_are_drawn():
    scores, labels = classes(count=4)
    scores[:, 2] = np.random.default_rng(1).random(len(labels))
    plan = several_plan(vz.roc_curves(scores, labels), most=1)
    assert plan.lines[0].name.startswith("2 ")
    assert "the 1 worst of 4 classes" in plan.title


def test_a_matrix_is_drawn_in_the_order_asked_for():
    result = vz.confusion([0, 1, 2, 0], [0, 1, 2, 2], names=["cat", "dog", "owl"])
    plan = matrix_plan(result, order=[2, 0, 1])
    assert plan.labels == ("owl", "cat", "dog")
    assert plan.shares[0].tolist() == [0.5, 0.5, 0]
    assert "owl is taken for cat" in plan.alternative


def test_mistakes_alone_leave_the_diagonal_blank_and_a_window_shows_some_of_the_classes():
    result = vz.confusion([0, 1, 2, 2, 1, 0], [0, 1, 2, 1, 1, 2])
    plan = matrix_plan(result, mistakes=True)
    assert np.isnan(np.diag(plan.shares)).all()
    assert plan.high == np.nanmax(plan.shares) == 0.5
    some = matrix_plan(result, order=[2, 1])
    assert (some.names, "2 of 3 classes" in some.title) == (("2", "1"), True)
    assert interactive.figure(result, mistakes=True).data[0].zmax == 0.5
    assert static.figure(result, mistakes=True).axes[0].images[0].get_clim() == (0, 0.5)
