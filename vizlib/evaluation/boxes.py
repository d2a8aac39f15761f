"""How well two boxes overlap, by each of the measures in use, and which boxes non-maximum suppression keeps."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np

from vizlib.core.arrays import array_of, floats_of
from vizlib.core.errors import OptionError
from vizlib.core.options import DATA, Range
from vizlib.core.results import Result

Overlap = Literal["iou", "giou", "diou", "ciou", "eiou"]
Convention = Literal["continuous", "inclusive"]
Wide = Annotated[Convention, "Whether a box is one pixel wider than its corners are apart."]
OVERLAPS: dict[str, str] = {
    "iou": "intersection / union",
    "giou": "IoU - share of the enclosing box that neither covers",
    "diou": "IoU - squared distance of the centres / squared diagonal of the enclosing box",
    "ciou": "DIoU - a term for unlike proportions",
    "eiou": "DIoU - squared differences of width and height / those of the enclosing box",
}


@dataclass(frozen=True, eq=False)
class BoxPair(Result):
    """Two boxes, and what they share.

    Attributes
    ----------
    boxes : array [2, 4]
        x1, y1, x2, y2, as given.
    convention : {"continuous", "inclusive"}
    iou, giou, diou, ciou, eiou : float
    intersection, union, enclosing : float
        Areas.
    """

    boxes: np.ndarray
    convention: Convention
    iou: float
    giou: float
    diou: float
    ciou: float
    eiou: float
    intersection: float
    union: float
    enclosing: float


@dataclass(frozen=True, eq=False)
class Suppression(Result):
    """Which boxes non-maximum suppression keeps, and which box hid each of the others.

    Attributes
    ----------
    kept : int array [kept]
        Indices, by falling score.
    hidden_by : int array [n]
        Index of the kept box that suppressed each; -1 for one that is kept.
    overlap : array [n]
        IoU with that box; NaN for one that is kept.
    boxes : array [n, 4]
    scores : array [n]
    threshold : float
    """

    kept: np.ndarray
    hidden_by: np.ndarray
    overlap: np.ndarray
    boxes: np.ndarray
    scores: np.ndarray
    threshold: float


def box_overlap(
    boxes: Any, others: Any, *, measure: Overlap = "iou", convention: Convention = "continuous"
) -> np.ndarray:
    """How well each box overlaps each other one; float64 [n, m].

    Parameters
    ----------
    boxes, others : array [n, 4] and [m, 4]
        x1, y1, x2, y2.
    measure : {"iou", "giou", "diou", "ciou", "eiou"}
    convention : {"continuous", "inclusive"}
        Continuous: a box is x2 - x1 wide, as in COCO and torchvision. Inclusive: the corners are pixels of the box,
        which is x2 - x1 + 1 wide, as in PASCAL VOC.

    Raises
    ------
    OptionError
        One sentence: no boxes, or a right edge left of the left one.

    Notes
    -----
    All but IoU are made to be trained on and fall below 0 for boxes far apart; detections are matched by IoU. Two
    boxes without area have IoU 0.

    References
    ----------
    Rezatofighi et al. (2019), Generalized intersection over union, arXiv:1902.09630.
    Zheng et al. (2020), Distance-IoU loss, arXiv:1911.08287.
    Zhang et al. (2022), Focal and efficient IOU loss for accurate bounding box regression, arXiv:2101.08158.
    """
    if measure not in OVERLAPS:
        raise OptionError(f"box_overlap: measure must be one of {', '.join(OVERLAPS)}; got {measure!r}.")
    return _overlaps(corners("box_overlap", boxes, convention), corners("box_overlap", others, convention))[measure]


def compare_boxes(box: Any, other: Any, *, convention: Wide = "continuous") -> BoxPair:
    """Every measure of overlap of two boxes, with the areas that they are made of.

    Parameters
    ----------
    box, other : array [4]
        x1, y1, x2, y2.
    convention : {"continuous", "inclusive"}
        As in ``box_overlap``.
    """
    given = np.stack([floats_of(box), floats_of(other)])
    ready = corners("compare_boxes", given, convention)
    found = _overlaps(ready[:1], ready[1:])
    return BoxPair(boxes=given, convention=convention, **{name: float(found[name][0, 0]) for name in found})


def nms(
    boxes: Any,
    scores: Any,
    *,
    threshold: Annotated[float, Range(0, 1), "A box goes when its IoU with a better one is above."] = 0.5,
    groups: Annotated[Any, DATA] = None,
    convention: Wide = "continuous",
) -> Suppression:
    """Non-maximum suppression: of boxes that overlap by more than the threshold, the one with the highest score.

    Parameters
    ----------
    boxes : array [n, 4]
        x1, y1, x2, y2.
    scores : array [n]
    threshold : float
        0 to 1. A box is suppressed when its IoU with a kept one is strictly above.
    groups : array [n], optional
        Classes; boxes of different ones never suppress each other.
    convention : {"continuous", "inclusive"}
        As in ``box_overlap``.

    Notes
    -----
    Two things that really overlap are one afterwards. A box that is suppressed suppresses none, so a chain of boxes
    may keep its ends.
    """
    ready, order, kinds = _checked("nms", boxes, scores, threshold, groups, convention)
    hidden_by, overlap, kept = np.full(len(ready), -1), np.full(len(ready), np.nan), []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(int(best))
        shares = _overlaps(ready[[best]], ready[rest], only_iou=True)["iou"][0]
        gone = (shares > threshold) & (kinds[rest] == kinds[best])
        hidden_by[rest[gone]], overlap[rest[gone]] = best, shares[gone]
        order = rest[~gone]
    given, values = floats_of(boxes), floats_of(scores)
    return Suppression(np.array(kept, np.int64), hidden_by, overlap, given.reshape(-1, 4), values, float(threshold))


def corners(name: str, boxes: Any, convention: Convention = "continuous") -> np.ndarray:
    """Boxes [n, 4] as float64 in continuous coordinates; OptionError in one sentence when they are none."""
    if convention not in ("continuous", "inclusive"):
        raise OptionError(f"{name}: convention must be continuous or inclusive; got {convention!r}.")
    found = floats_of(boxes)
    found = found.reshape(0, 4) if not found.size else found
    if found.ndim != 2 or found.shape[1] != 4:
        raise OptionError(f"{name}: boxes must be [n, 4], x1 y1 x2 y2; got shape {list(found.shape)}.")
    if not np.isfinite(found).all():
        raise OptionError(f"{name}: some boxes have a corner that is NaN or infinite; remove them.")
    if (found[:, 2:] < found[:, :2]).any():
        wrong = found[(found[:, 2:] < found[:, :2]).any(1)][0]
        raise OptionError(f"{name}: a box must be x1 y1 x2 y2 with x1 <= x2 and y1 <= y2; got {wrong.tolist()}.")
    if convention == "inclusive":
        found[:, 2:] += 1
    return found


def _overlaps(boxes: np.ndarray, others: np.ndarray, only_iou: bool = False) -> dict[str, np.ndarray]:
    """Every measure and area of each pair, by name."""
    a, b = boxes[:, None], others[None]
    sides, other_sides = a[..., 2:] - a[..., :2], b[..., 2:] - b[..., :2]
    common = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    intersection = np.maximum(common, 0).prod(-1)
    union = sides.prod(-1) + other_sides.prod(-1) - intersection
    iou = _share(intersection, union)
    if only_iou:
        return {"iou": iou}
    around = np.maximum(a[..., 2:], b[..., 2:]) - np.minimum(a[..., :2], b[..., :2])
    apart = ((a[..., :2] + a[..., 2:] - b[..., :2] - b[..., 2:]) / 2) ** 2
    diou = iou - _share(apart.sum(-1), (around**2).sum(-1))
    unlike = 4 / np.pi**2 * (np.arctan2(*_split(sides)) - np.arctan2(*_split(other_sides))) ** 2
    return {
        "iou": iou,
        "giou": iou - _share(around.prod(-1) - union, around.prod(-1)),
        "diou": diou,
        "ciou": diou - _share(unlike**2, 1 - iou + unlike),
        "eiou": diou - _share((sides - other_sides) ** 2, around**2).sum(-1),
        "intersection": intersection,
        "union": union,
        "enclosing": around.prod(-1),
    }


def _split(sides: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return sides[..., 0], sides[..., 1]


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Part by whole; 0 of nothing."""
    return np.divide(part, whole, out=np.zeros(np.broadcast_shapes(part.shape, whole.shape)), where=whole > 0)


def _checked(
    name: str, boxes: Any, scores: Any, threshold: float, groups: Any, convention: Convention
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Boxes, their order by falling score, and their groups."""
    ready, values = corners(name, boxes, convention), floats_of(scores)
    kinds = np.zeros(len(ready), np.int64) if groups is None else array_of(groups)
    if values.shape != (len(ready),) or kinds.shape != (len(ready),):
        raise OptionError(f"{name}: scores and groups must be one for each box, {len(ready)}; got {len(values)} scores.")  # fmt: skip  # noqa: E501
    if not np.isfinite(values).all():
        raise OptionError(f"{name}: some scores are NaN or infinite; remove or replace them.")
    if not 0 <= threshold <= 1:
        raise OptionError(f"{name}: threshold must be from 0 to 1; got {threshold:g}.")
    return ready, np.argsort(-values, kind="stable"), kinds
