"""Numbers may be lists, arrays or tensors of any device, with or without a gradient."""

import numpy as np
import pytest
import torch

import vizlib as vz
from vizlib.core.arrays import array_of, floats_of, probabilities

SCORES = [0.9, 0.8, 0.4, 0.3, 0.2, 0.1]
LABELS = [1, 0, 1, 1, 0, 0]
CLASSES = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0.1, 0.4, 0.5]]
BOXES = [[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 2.0, 1.9]]
JUDGED = {
    "roc_curve": (SCORES, LABELS),
    "pr_curve": (SCORES, LABELS),
    "roc_curves": (CLASSES, [0, 1, 2] * 2),
    "pr_curves": (CLASSES, [0, 1, 2] * 2),
    "compare_auc": (SCORES, SCORES[::-1], LABELS),
    "thresholds": (SCORES, LABELS),
    "confusion": (LABELS, LABELS[::-1]),
    "calibration": (CLASSES, [0, 1, 2] * 2),
    "regression": (SCORES, SCORES[::-1]),
    "slice_accuracy": (LABELS, LABELS[::-1]),
    "nms": (BOXES, [0.5, 0.4]),
    "compare_boxes": (BOXES[0], BOXES[1]),
}


def tensors(values):
    """As a network in training returns them."""
    tensor = torch.tensor(values, dtype=torch.float64 if np.asarray(values).dtype.kind == "f" else torch.int64)
    return tensor.requires_grad_() if tensor.is_floating_point() else tensor


@pytest.mark.parametrize("name", JUDGED)
def test_tensors_with_a_gradient_give_what_lists_give(name):
    function = getattr(vz, name)
    assert function(*map(tensors, JUDGED[name])).digest() == function(*JUDGED[name]).digest()


@pytest.mark.parametrize("name", JUDGED)
def test_the_callers_arrays_stay_theirs(name):
    given = [np.array(values) for values in JUDGED[name]]
    before = [array.copy() for array in given]
    getattr(vz, name)(*given)
    for array, same in zip(given, before, strict=True):
        assert array.flags.writeable
        assert np.array_equal(array, same)


def test_an_array_is_read_in_place_and_what_is_ragged_holds_no_number():
    array = np.arange(3.0)
    assert array_of(array) is array
    assert array_of([torch.tensor(1.0), torch.tensor(2.0, requires_grad=True)]).tolist() == [1, 2]
    assert array_of(torch.tensor([1.5], dtype=torch.bfloat16)).tolist() == [1.5]
    assert array_of([[1], [1, 2]]).shape == ()
    assert floats_of([1, 2]).dtype == np.float64
    assert np.isnan(floats_of(["one"]))


def test_probabilities_are_those_of_torch_also_where_an_exponential_would_overflow():
    scores = np.array([[1e4, 1e4 - 1, 0], [-3, 0.5, 2]], np.float32)
    assert np.allclose(probabilities(scores), torch.from_numpy(scores).double().softmax(-1), rtol=1e-14)
    assert probabilities([0.0, 0.0]).tolist() == [0.5, 0.5]
