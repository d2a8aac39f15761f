"""Results of a detector: average precision by every definition, and the curve of each class and IoU."""

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np

from vizlib.core.errors import OptionError
from vizlib.core.results import Result
from vizlib.evaluation.areas import DEFINITIONS

Protocol = Literal["coco", "voc"]
Definition = Literal["step", "trapezoid", "voc_all", "voc_11", "coco_101"]
RECALLS = np.linspace(0, 1, 101)
ROUNDING = 1e-12  # 3 of 10 reach the recall 0.3


class DetectionRow(NamedTuple):
    """One class: average precision over all IoUs and at the first, recall reached, and numbers."""

    name: str
    average_precision: float
    at_first: float
    recall: float
    objects: int
    detections: int


@dataclass(frozen=True, eq=False)
class DetectionCurve(Result):
    """Precision against recall of one class, or of several, at one IoU.

    Attributes
    ----------
    name : str
    iou : float
    scores : array [n]
        Falling.
    precision, recall : array [n]
        Of all detections up to each.
    envelope : array [n]
        Highest precision at that recall or beyond.
    objects : int
    average_precision : float
        By ``definition``.
    definition : str
    """

    name: str
    iou: float
    scores: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    envelope: np.ndarray
    objects: int
    average_precision: float
    definition: Definition


@dataclass(frozen=True, eq=False)
class Detection(Result):
    """How well a detector finds the objects of a set of images.

    Attributes
    ----------
    names : tuple of str
    thresholds : array [thresholds]
        Least IoU of a match.
    areas : tuple of str
    max_detections : tuple of int
        Of a class in an image; 0 is no limit.
    precision : array [thresholds, 101, classes, areas, max_detections]
        Highest precision at each recall of 0, 0.01, ..., 1 or beyond; NaN for a class without objects.
    recall : array [thresholds, classes, areas, max_detections]
        Highest recall reached.
    scores, classes : array [detections]
        Of every detection that counts, by class and falling score.
    hits, ignored : bool array [thresholds, detections]
        Whether it found an object, and whether it counts neither as right nor as wrong; any size of object.
    positives : int array [classes]
        Objects to be found.
    images : int
    protocol : {"coco", "voc"}
    notes : tuple of str
    """

    names: tuple[str, ...]
    thresholds: np.ndarray
    areas: tuple[str, ...]
    max_detections: tuple[int, ...]
    precision: np.ndarray
    recall: np.ndarray
    scores: np.ndarray
    classes: np.ndarray
    hits: np.ndarray
    ignored: np.ndarray
    positives: np.ndarray
    images: int
    protocol: Protocol
    notes: tuple[str, ...] = ()

    @property
    def definition(self) -> Definition:
        """The protocol's own: COCO's 101 points, or the area of VOC from 2010."""
        return "coco_101" if self.protocol == "coco" else "voc_all"

    @cached_property
    def mean(self) -> float:
        """Mean over the thresholds and over the classes that have objects, by the protocol's own definition."""
        return _mean(self.average_precisions(self.definition))

    @property
    def absent(self) -> tuple[str, ...]:
        """Classes without an object; they stay out of every mean."""
        return tuple(name for name, count in zip(self.names, self.positives, strict=True) if not count)

    def average_precisions(self, definition: Definition = "coco_101") -> np.ndarray:
        """Average precision [thresholds, classes] by any definition; NaN for a class without objects.

        ``vizlib.evaluation.areas.DEFINITIONS`` tells who uses which.
        """
        if definition not in DEFINITIONS:
            raise OptionError(f"mean_average_precision: definition must be one of {', '.join(DEFINITIONS)}; got {definition!r}.")  # fmt: skip  # noqa: E501
        found = np.full((len(self.thresholds), len(self.names)), np.nan)
        for place, number in np.ndindex(found.shape):
            if objects := int(self.positives[number]):
                recall, precision, _ = self._points(place, self.classes == number, objects)
                found[place, number] = area_of(recall, precision, definition)
        return found

    @cached_property
    def summary(self) -> MappingProxyType[str, float]:
        """COCO's twelve numbers by its names, as far as sizes, IoUs and limits are there; NaN of nothing."""
        found: dict[str, float] = {"AP": self._average()}
        found |= {f"AP{round(100 * at)}": self._average(iou=at) for at in (0.5, 0.75) if self._place(at) is not None}
        found |= {f"AP {size}": self._average(size=size) for size in self.areas[1:]}
        limits = dict(enumerate(self.max_detections))
        found |= {f"AR{most or ''}": _mean(self.recall[:, :, 0, place]) for place, most in limits.items()}
        found |= {f"AR {size}": _mean(self.recall[:, :, 1 + place, -1]) for place, size in enumerate(self.areas[1:])}
        return MappingProxyType(found)

    @cached_property
    def table(self) -> tuple[DetectionRow, ...]:
        """One row a class; NaN for one without objects."""
        values = self.average_precisions(self.definition)
        counts = np.bincount(self.classes, minlength=len(self.names)).tolist()
        with np.errstate(invalid="ignore"):
            means, reached = values.mean(0), self.recall[:, :, 0, -1].mean(0)
        rows = zip(self.names, means.tolist(), values[0].tolist(), reached.tolist(), self.positives.tolist(), counts, strict=True)  # fmt: skip  # noqa: E501
        return tuple(DetectionRow(*row) for row in rows)

    def curve(self, name: str | None = None, iou: float = 0.5, definition: Definition | None = None) -> DetectionCurve:
        """Precision against recall of a class, or of all detections together when none is named."""
        place, definition = self._place(iou), definition or self.definition
        if place is None:
            known = ", ".join(f"{at:g}" for at in self.thresholds)
            raise OptionError(f"mean_average_precision: iou must be one of {known}; got {iou:g}.")
        if name is not None and name not in self.names:
            raise OptionError(f"mean_average_precision: there is no class {name!r}.")
        number = None if name is None else self.names.index(name)
        chosen = np.ones(len(self.classes), bool) if number is None else self.classes == number
        objects = int(self.positives.sum() if number is None else self.positives[number])
        if not objects:
            raise OptionError(f"mean_average_precision: {name} has no object in the ground truth, so it has no curve.")
        recall, precision, scores = self._points(place, chosen, objects)
        return DetectionCurve(
            name="all classes" if name is None else name,
            iou=float(self.thresholds[place]),
            scores=scores,
            precision=precision,
            recall=recall,
            envelope=_envelope(precision),
            objects=objects,
            average_precision=area_of(recall, precision, definition),
            definition=definition,
        )

    def _points(self, place: int, chosen: np.ndarray, objects: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Recall, precision and score of every detection that is right or wrong, by falling score."""
        kept = np.flatnonzero(chosen & ~self.ignored[place])
        kept = kept[np.argsort(-self.scores[kept], kind="stable")]
        hits = np.cumsum(self.hits[place, kept])
        return hits / objects, hits / np.arange(1, len(kept) + 1), self.scores[kept]

    def _place(self, iou: float) -> int | None:
        near = np.flatnonzero(np.isclose(self.thresholds, iou))
        return int(near[0]) if len(near) else None

    def _average(self, iou: float | None = None, size: str = "all") -> float:
        area = self.areas.index(size)
        if self.protocol == "voc":
            values = self.average_precisions(self.definition)
        else:
            values = self.precision[:, :, :, area, -1].mean(axis=1)
        return _mean(values if iou is None else values[self._place(iou)])


def area_of(recall: np.ndarray, precision: np.ndarray, definition: Definition) -> float:
    """Average precision of detections by falling score; what is never found has precision 0."""
    if not len(recall):
        return 0.0
    best, steps = _envelope(precision), np.diff(recall, prepend=0)
    if definition == "step":
        return float((steps * precision).sum())
    if definition == "trapezoid":
        return float((steps * (precision + np.concatenate([[1.0], precision[:-1]])) / 2).sum())
    if definition == "voc_all":
        return float((steps * best).sum())
    grid = RECALLS if definition == "coco_101" else np.linspace(0, 1, 11) - ROUNDING
    places = np.searchsorted(recall, grid, "left")
    return float(np.append(best, 0.0)[np.minimum(places, len(best))].mean())


def _envelope(precision: np.ndarray) -> np.ndarray:
    return np.maximum.accumulate(precision[::-1])[::-1]


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
