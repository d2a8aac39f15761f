"""Boxes of a data set, true and found, read from COCO's JSON or from the lists that torchvision's detectors return."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from vizlib.core.arrays import array_of
from vizlib.core.errors import OptionError

NAME = "mean_average_precision"


class Instances(NamedTuple):
    """Boxes, one a row: left, top, width, height, as COCO writes them."""

    image: np.ndarray
    category: np.ndarray
    box: np.ndarray
    score: np.ndarray
    area: np.ndarray
    crowd: np.ndarray
    ignore: np.ndarray


class Task(NamedTuple):
    """What is compared: indices of images and of classes, and what a reader must know."""

    truth: Instances
    found: Instances
    images: int
    names: tuple[str, ...]
    notes: tuple[str, ...]


def read_task(truth: Any, found: Any, names: Sequence[str] | None = None) -> Task:
    """Ground truth and detections of either form; OptionError in one sentence when they are none."""
    if isinstance(truth, Mapping):
        return _of_coco(truth, found)
    if _is_list(truth) and _is_list(found):
        return _of_lists(truth, found, names)
    raise OptionError(f"{NAME}: the ground truth must be COCO's (images, annotations, categories) or one dictionary of boxes and labels for each image.")  # fmt: skip  # noqa: E501


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and all(isinstance(entry, Mapping) for entry in value)


def _of_coco(truth: Mapping[str, Any], found: Any) -> Task:
    missing = [key for key in ("images", "annotations", "categories") if not _is_list(truth.get(key))]
    if missing:
        raise OptionError(f"{NAME}: the ground truth has no list of {' and '.join(missing)}; give COCO's instances file.")  # fmt: skip  # noqa: E501
    found = found.get("annotations") if isinstance(found, Mapping) else found
    if not isinstance(found, list) or not _is_list(found):
        raise OptionError(f"{NAME}: the detections must be a list with image_id, category_id, bbox and score of each.")
    images = _places("images", truth["images"])
    classes = _places("categories", truth["categories"])
    known = [entry for entry in found if "category_id" not in entry or _within(entry["category_id"], classes)]
    lost = len(found) - len(known)
    notes = [f"Left out: {lost} detections of a category that the ground truth does not know."] * (lost > 0)
    words = {entry["id"]: str(entry.get("name", entry["id"])) for entry in truth["categories"]}
    return Task(
        _coco_rows("annotation", truth["annotations"], images, classes),
        _coco_rows("detection", known, images, classes),
        len(images),
        tuple(words[key] for key in classes),
        tuple(notes),
    )


def _places(name: str, entries: Sequence[Any]) -> dict[Any, int]:
    """Place of each identity, sorted as the reference sorts them."""
    if not all(isinstance(entry, Mapping) and isinstance(entry.get("id"), int) for entry in entries):
        raise OptionError(f"{NAME}: every one of the {name} must have a whole number as its id.")
    return {key: place for place, key in enumerate(sorted({entry["id"] for entry in entries}))}


def _within(key: Any, places: dict[Any, int]) -> bool:
    return isinstance(key, (int, float)) and key in places


def _coco_rows(kind: str, entries: Sequence[Any], images: dict[Any, int], classes: dict[Any, int]) -> Instances:
    need = ("image_id", "category_id", "bbox") + (("score",) if kind == "detection" else ())
    for entry in entries:
        missing = [key for key in need if key not in entry]
        if missing:
            raise OptionError(f"{NAME}: {_a(kind)} has no {missing[0]}; each takes {', '.join(need)}.")
        if not _within(entry["image_id"], images) or not _within(entry["category_id"], classes):
            what = "category" if _within(entry["image_id"], images) else "image"
            raise OptionError(f"{NAME}: {_a(kind)} is of the {what} {entry[what + '_id']!r}, which the ground truth does not list.")  # fmt: skip  # noqa: E501
    boxes = _numbers(kind, [entry["bbox"] for entry in entries], 4)
    truth = kind == "annotation"
    areas = [entry.get("area", box[2] * box[3]) if truth else box[2] * box[3] for entry, box in zip(entries, boxes, strict=True)]  # fmt: skip  # noqa: E501
    crowd = np.array([bool(entry.get("iscrowd", 0)) and truth for entry in entries], bool)
    return _instances(
        kind,
        [images[entry["image_id"]] for entry in entries],
        [classes[entry["category_id"]] for entry in entries],
        boxes,
        [entry.get("score", 1.0) if not truth else 1.0 for entry in entries],
        areas,
        crowd,
        crowd | np.array([bool(entry.get("difficult", 0)) and truth for entry in entries], bool),
    )


def _of_lists(truth: Sequence[Any], found: Sequence[Any], names: Sequence[str] | None) -> Task:
    if len(truth) != len(found):
        raise OptionError(f"{NAME}: ground truth and detections must be one entry for each image; got {len(truth)} and {len(found)}.")  # fmt: skip  # noqa: E501
    true, seen = _list_rows("annotation", truth), _list_rows("detection", found)
    if names is None:
        kinds = np.unique(true.category)
        known = np.isin(seen.category, kinds)
        words = tuple(map(str, kinds.tolist()))
    else:
        kinds, words = np.arange(len(names)), tuple(names)
        known = np.isin(seen.category, kinds)
        if not np.isin(true.category, kinds).all():
            raise OptionError(f"{NAME}: labels must be from 0 to {len(names) - 1}, one for each of the names.")
    lost = int((~known).sum())
    notes = (f"Left out: {lost} detections of a class that the ground truth does not know.",) * (lost > 0)
    seen = Instances(*(column[known] for column in seen))
    true = true._replace(category=np.searchsorted(kinds, true.category))
    seen = seen._replace(category=np.searchsorted(kinds, seen.category))
    return Task(true, seen, len(truth), words, notes)


def _list_rows(kind: str, entries: Sequence[Any]) -> Instances:
    need = ("boxes", "labels") + (("scores",) if kind == "detection" else ())
    columns: dict[str, list[Any]] = {key: [] for key in (*need, "area", "iscrowd", "difficult", "image")}
    for number, entry in enumerate(entries):
        missing = [key for key in need if key not in entry]
        if missing:
            raise OptionError(f"{NAME}: image {number} has no {missing[0]}; each takes {', '.join(need)}.")
        boxes = _numbers(kind, array_of(entry["boxes"]), 4)
        boxes[:, 2:] -= boxes[:, :2]
        columns["boxes"].append(boxes)
        columns["image"].append(np.full(len(boxes), number))
        defaults = {"area": boxes[:, 2] * boxes[:, 3], "iscrowd": np.zeros(len(boxes)), "difficult": np.zeros(len(boxes))}  # fmt: skip  # noqa: E501
        for key in (*need[1:], *defaults):
            column = array_of(entry[key]) if key in entry else defaults[key]
            if column.shape != (len(boxes),):
                raise OptionError(f"{NAME}: image {number} has {len(boxes)} boxes, but {key} of shape {list(column.shape)}.")  # fmt: skip  # noqa: E501
            columns[key].append(column)
    joined = {key: np.concatenate(parts) if parts else np.zeros(0) for key, parts in columns.items()}
    boxes = joined["boxes"].reshape(-1, 4)
    scores = joined["scores"] if kind == "detection" else np.ones(len(boxes))
    crowd = joined["iscrowd"] > 0
    ignore = crowd | (joined["difficult"] > 0)
    return _instances(kind, joined["image"], joined["labels"], boxes, scores, joined["area"], crowd, ignore)


def _numbers(kind: str, values: Any, columns: int) -> np.ndarray:
    try:
        found = np.array(values, np.float64)
    except (TypeError, ValueError):
        raise OptionError(f"{NAME}: the box of {_a(kind)} is no list of four numbers.") from None
    found = found.reshape(0, columns) if not found.size else found
    if found.ndim != 2 or found.shape[1] != columns:
        raise OptionError(f"{NAME}: the box of {_a(kind)} is no list of four numbers; got shape {list(found.shape)}.")
    return found


def _instances(
    kind: str, image: Any, category: Any, box: np.ndarray, score: Any, area: Any, crowd: Any, ignore: Any
) -> Instances:
    try:
        score, area = np.array(score, np.float64), np.array(area, np.float64)
    except (TypeError, ValueError):
        raise OptionError(f"{NAME}: the score or area of {_a(kind)} is no number.") from None
    if score.ndim != 1 or area.ndim != 1:
        raise OptionError(f"{NAME}: the score or area of {_a(kind)} is no number.")
    if not (np.isfinite(box).all() and np.isfinite(score).all() and np.isfinite(area).all()):
        raise OptionError(f"{NAME}: a box, score or area of {_a(kind)} is NaN or infinite; remove it.")
    if (box[:, 2:] < 0).any():
        raise OptionError(f"{NAME}: the box of {_a(kind)} has a negative width or height; COCO's boxes are left, top, width, height.")  # fmt: skip  # noqa: E501
    places = np.array(image, np.int64), np.array(category, np.int64)
    return Instances(*places, box, score, area, np.array(crowd, bool), np.array(ignore, bool))


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
