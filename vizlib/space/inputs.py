"""What comes in: features, or any array with one row an image; checked once, in words."""

import hashlib
from typing import Any

import numpy as np
import torch

from vizlib.core.arrays import array_of, floats_of
from vizlib.core.errors import OptionError
from vizlib.core.options import shown
from vizlib.space.results import Features


def features_of(given: Any, name: str = "features") -> Features:
    """Features as they are, or an array [image, feature] as features without names."""
    if isinstance(given, Features):
        _check(given.values, name)
        return given
    values = given.detach().cpu().numpy() if isinstance(given, torch.Tensor) else getattr(given, "values", given)
    try:
        array = np.array(values)
    except ValueError:  # rows of different lengths
        array = np.array(None)
    if array.dtype.kind not in "fiub" or array.ndim != 2:
        raise OptionError(
            f"{name} must be features or an array [image, feature]; got "
            f"{list(array.shape) if array.ndim and array.dtype.kind in 'fiub' else shown(given)}."
        )
    array = array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
    _check(array, name)
    return Features(array)


def _check(values: np.ndarray, name: str) -> None:
    if 0 in values.shape:
        raise OptionError(f"{name} must have at least one image and one feature; got {list(values.shape)}.")
    wrong = int((~np.isfinite(values)).any(axis=1).sum())
    if wrong:
        raise OptionError(
            f"{name} must be finite; {wrong} of {len(values)} images have NaN or infinite values. Leave them out."
        )


def at_least(features: Features, count: int) -> None:
    """Refuse too few images."""
    if len(features) < count:
        raise OptionError(f"features must be of at least {count} images; got {len(features)}.")


def same_width(features: Features, other: Features, name: str) -> None:
    """Refuse features of another layer."""
    if features.values.shape[1] != other.values.shape[1]:
        raise OptionError(
            f"{name} must have {features.values.shape[1]} numbers an image as the features have; got "
            f"{other.values.shape[1]}. Take both from one layer."
        )


def labels_of(features: Features, labels: Any) -> np.ndarray:
    """Labels as given, or those of the features; int64 [image]."""
    found = features.labels if labels is None else array_of(labels)
    if found is None:
        raise OptionError("labels must be given; these images have none. A folder with one folder a class brings them.")
    if found.shape != (len(features),) or found.dtype.kind not in "iub":
        raise OptionError(f"labels must be one whole number for each of the {len(features)} images.")
    return np.asarray(found, np.int64)


def points_of(points: Any, count: int) -> np.ndarray:
    """Positions in a map, float64 [image, dimension]."""
    array = floats_of(getattr(points, "points", points))
    if array.ndim != 2 or len(array) != count:
        raise OptionError(f"points must be [{count}, 2] or [{count}, 3]; got {list(array.shape)}.")
    if not np.isfinite(array).all():
        raise OptionError("points must be finite; some are NaN or infinite.")
    return array


def in_metric(values: np.ndarray, metric: str) -> np.ndarray:
    """Rows whose Euclidean distances order images as the metric does: of length 1 for cosine (zero rows stay zero)."""
    if metric != "cosine":
        return values
    length = np.linalg.norm(values.astype(np.float64), axis=1, keepdims=True)
    return np.asarray(values / np.where(length > 0, length, 1), values.dtype)


def all_equal(values: np.ndarray) -> bool:
    """Whether every image has the same features."""
    return bool((values == values[:1]).all())


def digest_of(values: np.ndarray) -> str:
    """SHA-256 of the numbers."""
    total = hashlib.sha256(f"{values.dtype.str}{values.shape}".encode())
    total.update(np.ascontiguousarray(values).data)
    return total.hexdigest()
