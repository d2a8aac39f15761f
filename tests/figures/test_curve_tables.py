"""What the page draws, as tables and files: a row for each point, and every format."""

import csv
import io

import numpy as np
import pytest

import vizlib as vz
from vizlib.evaluation.thresholds import Balance, thresholds
from vizlib.figures import interactive, static
from vizlib.figures.curves import Mark, Other
from vizlib.figures.export import to_bytes

SCORES, LABELS = [0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]
ROC, PR = vz.roc_curve(SCORES, LABELS), vz.pr_curve(SCORES, LABELS)
DOES = thresholds(SCORES, LABELS)
BALANCE = Balance(DOES, thresholds(SCORES, LABELS, prevalence=0.1))


def table(result):
    lines = to_bytes(result, "csv", recipe=None).decode().splitlines()
    assert lines[0].startswith("#")
    return list(csv.reader(io.StringIO("\n".join(lines[1:]))))


def test_a_curve_is_a_row_for_each_point():
    heads, *points = table(ROC)
    assert heads == ["false_positive_rate", "true_positive_rate", "threshold"]
    np.testing.assert_array_equal(np.array(points, float).T, [ROC.fpr, ROC.tpr, ROC.thresholds])
    assert table(PR)[-1] == ["0.0", "1.0", ""]
    assert table(DOES)[1][:3] == ["inf", "0", "0"]


def test_a_matrix_keeps_the_names_of_its_classes():
    assert table(vz.confusion([0, 1, 1], [0, 0, 1], names=["a", "b"])) == [["true", "a", "b"], ["a", "1", "1"], ["b", "0", "1"]]  # fmt: skip  # noqa: E501
    assert len(table(vz.calibration([0.2, 0.9], [0, 1], bins=4))) == 5


DRAWN = {
    "thresholds": (DOES, {"at": 0.3}),
    "never": (thresholds(SCORES, LABELS, false_alarm=9, miss=0), {}),
    "balance": (BALANCE, {"at": 0.3}),
    "two rocs": (ROC, {"mark": Mark(0.5, 1.0, "here"), "other": Other(ROC, ("one", "<b>"))}),
    "two prs": (PR, {"mark": Mark(0.5, 1.0, "here"), "other": Other(PR, ("one", "<b>"))}),
}


@pytest.mark.parametrize("name", list(DRAWN))
def test_both_backends_draw_marks_a_second_model_thresholds_and_balances(name):
    result, display = DRAWN[name]
    drawn = interactive.figure(result, **display)
    assert "<b>" not in drawn.to_json()
    assert len(drawn.layout.meta["alternative"]) > 40
    static.figure(result, **display).canvas.draw()
    assert len(to_bytes(result, "npz", recipe=None)) > 100


def test_a_balance_is_drawn_over_its_own_line_of_guessing():
    lines = {line.name: line for line in interactive.figure(BALANCE).data}
    assert list(lines["guessing, 0.1"].y) == [0.1, 0.1]
    assert list(lines["guessing, 0.5"].y) == [0.5, 0.5]


def test_many_points_are_drawn_as_few_of_the_same_shape():
    from vizlib.figures.curves import MOST_POINTS, _thinned

    generator = np.random.default_rng(0)
    x, y = np.sort(generator.random(100_000)), generator.random(100_000)
    kept = _thinned(x, y)
    assert len(kept[0]) <= MOST_POINTS
    for start in range(0, 1000, 50):  # of each narrow column the highest and the lowest
        inside, drawn = (np.minimum((one * 1000).astype(int), 999) == start for one in (x, kept[0]))
        assert (y[inside].max(), y[inside].min()) == (kept[1][drawn].max(), kept[1][drawn].min())
