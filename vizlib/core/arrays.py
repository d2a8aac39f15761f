"""Numbers as people have them: lists, NumPy arrays, and torch tensors wherever they lie. Needs no torch."""

from typing import Any

import numpy as np


def array_of(values: Any) -> np.ndarray:
    """What is like an array as one, [any shape]; a tensor of any device, with or without a gradient.

    Nothing is copied that NumPy can read in place. Rows of different lengths give an array of shape () that holds
    no number, so that the caller's own check refuses it in its own words.
    """
    if hasattr(values, "detach"):
        return _read(values)
    if isinstance(values, (list, tuple)) and any(hasattr(value, "detach") for value in values):
        values = [_read(value) if hasattr(value, "detach") else value for value in values]
    try:
        return np.asarray(values)
    except ValueError:
        return np.asarray(None)


def floats_of(values: Any) -> np.ndarray:
    """The same as float64; what holds other things than numbers gives NaN of shape ()."""
    array = array_of(values)
    return np.array(array, np.float64) if array.dtype.kind in "fiub" or not array.size else np.asarray(np.nan)


def probabilities(scores: Any) -> np.ndarray:
    """Softmax of raw scores over the last axis, in float64."""
    values = floats_of(scores)
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    shares: np.ndarray = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def _read(tensor: Any) -> np.ndarray:
    tensor = tensor.detach().cpu()
    return np.asarray(tensor.float() if str(tensor.dtype) == "torch.bfloat16" else tensor)
