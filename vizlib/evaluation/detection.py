"""How well a detector finds objects: average precision as COCO and PASCAL VOC define it, for every class and IoU."""

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

from vizlib.core.errors import OptionError
from vizlib.core.options import DATA
from vizlib.evaluation.detection_results import RECALLS, Detection, Protocol
from vizlib.evaluation.instances import Instances, Task, read_task
from vizlib.evaluation.matching import Matches, coco_matches, shares, voc_matches

AREAS = {"all": (0.0, 1e10), "small": (0.0, 32.0**2), "medium": (32.0**2, 96.0**2), "large": (96.0**2, 1e10)}
COCO_THRESHOLDS = tuple(np.linspace(0.5, 0.95, 10).tolist())
Edges = Literal["protocol", "continuous", "inclusive"]
TINY = np.spacing(1.0)


class Settings(NamedTuple):
    """How detections are matched."""

    protocol: Protocol
    thresholds: np.ndarray
    wider: float
    ranges: np.ndarray
    most: tuple[int, ...]


def mean_average_precision(
    truth: Any,
    detections: Any,
    *,
    protocol: Annotated[Protocol, "Which detection finds which object."] = "coco",
    thresholds: Annotated[Sequence[float] | None, DATA] = None,
    max_detections: Annotated[Sequence[int], DATA] = (1, 10, 100),
    convention: Annotated[Edges, "Whether a box is one pixel wider than its corners are apart."] = "protocol",
    names: Annotated[Sequence[str] | None, DATA] = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Detection:
    """How well a detector finds the objects of a set of images.

    Parameters
    ----------
    truth : dict, or list of dicts
        COCO's instances (``images``, ``annotations``, ``categories``), or for each image ``boxes`` [n, 4] (x1, y1, x2,
        y2) and ``labels`` [n], with ``area``, ``iscrowd`` and ``difficult`` where known.
    detections : list of dicts
        COCO's results (``image_id``, ``category_id``, ``bbox``, ``score``), or what torchvision's detectors return for
        each image: ``boxes``, ``labels``, ``scores``.
    protocol : {"coco", "voc"}
        Which detection finds which object. COCO: the object it overlaps most of those still free. VOC: the object it
        overlaps most of all, once; a second one is a false alarm; objects marked ``difficult`` do not count.
    thresholds : sequence of float, optional
        Least IoU of a match; .5, .55, ..., .95 for COCO and .5 for VOC when left out.
    max_detections : sequence of int
        Detections of a class that count in an image, rising; COCO alone.
    convention : {"protocol", "continuous", "inclusive"}
        Whether a box is x2 - x1 wide (COCO), or one pixel more (VOC).
    names : sequence of str, optional
        Of the classes, for lists of tensors.
    progress : callable
        Called with the classes done and their number; to cancel, it raises.

    Returns
    -------
    Detection
        ``mean`` and ``summary``, ``average_precisions(definition)`` and ``curve(class, iou)``.

    Raises
    ------
    OptionError
        One sentence: a missing entry, an unknown image, a box or score that is no number, no object at all.

    Notes
    -----
    A class without objects has no average precision and stays out of the mean. The values of two papers compare only
    with the same protocol, definition and thresholds.

    References
    ----------
    Everingham, Van Gool, Williams, Winn, Zisserman (2010), The PASCAL visual object classes (VOC) challenge, IJCV 88.
    Lin et al. (2014), Microsoft COCO: Common objects in context, arXiv:1405.0312.
    """
    settings = _settings(protocol, thresholds, max_detections, convention)
    task = read_task(truth, detections, names)
    if not len(task.truth.box):
        raise OptionError("mean_average_precision: the ground truth holds no object; there is nothing to find.")
    classes = []
    for number in range(len(task.names)):
        progress(number, len(task.names))
        classes.append(_matched(task, number, settings))
    progress(len(task.names), len(task.names))
    return _result(task, settings, classes)


def _settings(protocol: str, thresholds: Any, most: Sequence[int], convention: str) -> Settings:
    if protocol not in ("coco", "voc"):
        raise OptionError(f"mean_average_precision: protocol must be coco or voc; got {protocol!r}.")
    if convention not in ("protocol", "continuous", "inclusive"):
        raise OptionError(f"mean_average_precision: convention must be protocol, continuous or inclusive; got {convention!r}.")  # fmt: skip  # noqa: E501
    coco = protocol == "coco"
    limits = np.array((COCO_THRESHOLDS if coco else (0.5,)) if thresholds is None else thresholds, np.float64)
    if limits.ndim != 1 or not len(limits) or not ((limits > 0) & (limits <= 1)).all():
        raise OptionError("mean_average_precision: thresholds must be numbers above 0 and up to 1, as [0.5, 0.75].")
    if coco and (not len(most) or min(most) < 1 or list(most) != sorted(most)):
        raise OptionError("mean_average_precision: max_detections must be rising numbers from 1, as [1, 10, 100].")
    inclusive = convention == "inclusive" or (convention == "protocol" and not coco)
    ranges = np.array(list(AREAS.values()) if coco else [AREAS["all"]])
    return Settings("coco" if coco else "voc", limits, float(inclusive), ranges, tuple(most) if coco else (0,))


def _matched(task: Task, number: int, settings: Settings) -> Matches:
    """Every detection of a class over all images."""
    true, seen = _of_class(task.truth, number), _of_class(task.found, number)
    outside = _outside(true.area, settings.ranges)
    ignore = true.ignore | outside if settings.protocol == "coco" else np.broadcast_to(true.ignore, outside.shape)
    shape = len(settings.ranges), len(settings.thresholds), 0
    parts = [Matches(np.zeros(0), np.zeros(shape, bool), np.zeros(shape, bool), np.zeros(0, np.int64), np.zeros(0))]
    parts += [_in_image(true, seen, ignore, settings, *where) for where in _images(true.image, seen.image, task.images)]
    scores = np.concatenate([part.scores for part in parts])
    order = np.argsort(-scores, kind="stable")
    return Matches(
        scores[order],
        np.concatenate([part.hits for part in parts], axis=-1)[..., order],
        np.concatenate([part.ignored for part in parts], axis=-1)[..., order],
        np.concatenate([part.rank for part in parts])[order],
        (~ignore).sum(-1),
    )


def _of_class(boxes: Instances, number: int) -> Instances:
    """The boxes of a class, by image and then by falling score; equal ones as they were given."""
    found = Instances(*(column[boxes.category == number] for column in boxes))
    order = np.lexsort((-found.score, found.image))
    return Instances(*(column[order] for column in found))


def _images(true: np.ndarray, seen: np.ndarray, count: int) -> Iterator[tuple[slice, slice]]:
    """Rows of each image that has detections."""
    ends = [np.searchsorted(rows, np.arange(count + 1)) for rows in (true, seen)]
    for image in np.unique(seen):
        yield slice(ends[0][image], ends[0][image + 1]), slice(ends[1][image], ends[1][image + 1])


def _outside(area: np.ndarray, ranges: np.ndarray) -> np.ndarray:
    return (area < ranges[:, :1]) | (area > ranges[:, 1:])


def _in_image(
    true: Instances, seen: Instances, ignore: np.ndarray, settings: Settings, rows: slice, found: slice
) -> Matches:
    if settings.protocol == "coco":
        found = slice(found.start, min(found.stop, found.start + settings.most[-1]))
    crowd, hidden = true.crowd[rows], ignore[:, rows]
    overlap = shares(seen.box[found], true.box[rows], crowd, settings.wider)
    if settings.protocol == "coco":
        match = coco_matches(overlap, hidden, crowd, settings.thresholds)
        of_ignored = np.take_along_axis(hidden[:, None], np.maximum(match, 0), -1) if crowd.size else match >= 0
        passed = (match >= 0) & of_ignored
        passed |= (match < 0) & _outside(seen.area[found], settings.ranges)[:, None]
        hits = (match >= 0) & ~passed
    else:
        one, lost = voc_matches(overlap, hidden[0], settings.thresholds)
        hits, passed = (one >= 0)[None], lost[None]
    return Matches(seen.score[found], hits, passed, np.arange(found.stop - found.start), np.zeros(0))


def _result(task: Task, settings: Settings, classes: list[Matches]) -> Detection:
    shape = len(settings.thresholds), len(classes), len(settings.ranges), len(settings.most)
    precision = np.full((shape[0], len(RECALLS), *shape[1:]), np.nan)
    recall = np.full(shape, np.nan)
    for number, one in enumerate(classes):
        for area, most in np.ndindex(shape[2:]):
            kept = one.rank < settings.most[most] if settings.most[most] else np.ones(len(one.rank), bool)
            hits, ignored = one.hits[area][:, kept], one.ignored[area][:, kept]
            if positives := int(one.positives[area]):
                highest, reached = _at_recalls(hits, ignored, positives)
                precision[:, :, number, area, most], recall[:, number, area, most] = highest, reached
    return Detection(
        names=task.names,
        thresholds=settings.thresholds,
        areas=tuple(AREAS)[: len(settings.ranges)],
        max_detections=settings.most,
        precision=precision,
        recall=recall,
        scores=np.concatenate([one.scores for one in classes]),
        classes=np.repeat(np.arange(len(classes)), [len(one.scores) for one in classes]),
        hits=np.concatenate([one.hits[0] for one in classes], axis=-1),
        ignored=np.concatenate([one.ignored[0] for one in classes], axis=-1),
        positives=np.array([one.positives[0] for one in classes]),
        images=task.images,
        protocol=settings.protocol,
        notes=task.notes,
    )


def _at_recalls(hits: np.ndarray, ignored: np.ndarray, positives: int) -> tuple[np.ndarray, np.ndarray]:
    """Highest precision at each of the 101 recalls or beyond [thresholds, 101], and the recall reached [thresholds]."""
    right = np.cumsum(hits, axis=1, dtype=np.float64)
    wrong = np.cumsum(~hits & ~ignored, axis=1, dtype=np.float64)
    found = np.zeros((len(hits), len(RECALLS)))
    if not hits.shape[1]:
        return found, np.zeros(len(hits))
    recall = right / positives
    best = np.maximum.accumulate((right / (right + wrong + TINY))[:, ::-1], axis=1)[:, ::-1]
    for row in range(len(hits)):
        places = np.searchsorted(recall[row], RECALLS, "left")
        inside = places < hits.shape[1]
        found[row, inside] = best[row, places[inside]]
    return found, recall[:, -1]
