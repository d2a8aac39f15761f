"""The plane through three images: colours, words and the places of names; screen and paper take them from here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vizlib.space.decision import UNKNOWN, DecisionPlane

Colour = tuple[int, int, int]
OKABE_ITO: tuple[Colour, ...] = (
    (0, 114, 178), (230, 159, 0), (0, 158, 115), (204, 121, 167), (213, 94, 0), (86, 180, 233), (240, 228, 66),
)  # fmt: skip
OTHERS: Colour = (150, 150, 150)
MARKS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "hexagon", "x")  # plotly's names
PAPER_MARKS = dict(zip(MARKS, "osD^P*hX", strict=True))
IMAGES = ("A", "B", "C")
FAINTEST = 0.25  # of a class's colour, where the model is least sure
NAMED = 0.02  # share of the plane from which a region bears its name
LONG = 26  # letters of a class
LIGHTNESS = "lighter: less sure"


@dataclass(frozen=True, eq=False)
class Region:
    """One class of the plane, or all rare ones: where it is said, how it looks, and where its name stands."""

    name: str
    classes: tuple[int, ...]
    colour: Colour
    mark: str
    share: float
    where: np.ndarray
    place: tuple[float, float] | None

    @property
    def percent(self) -> str:
        """Its share of the plane; a class that is there is never 0 %."""
        return f"{self.share:.0%}" if self.share >= 0.005 else "< 1%"


@dataclass(frozen=True, eq=False)
class DecisionPlan:
    """A plane ready to draw; ``points`` are (letter, x, y, region number, what hovering tells)."""

    regions: tuple[Region, ...]
    points: tuple[tuple[str, float, float, int, str], ...]
    least: float
    title: str
    alternative: str
    pictures: tuple[np.ndarray, ...]
    captions: tuple[str, ...]
    unfinished: bool

    def lit(self, region: Region, confidence: np.ndarray) -> np.ndarray:
        """Colours [..., 3], 0 to 1: white towards the least sure."""
        share = np.clip((confidence - self.least) / (1 - self.least), 0, 1)[..., None]
        strength = FAINTEST + (1 - FAINTEST) * share
        lit: np.ndarray = 1 - strength * (1 - np.array(region.colour) / 255)
        return lit


def decision_plan(
    result: DecisionPlane,
    *,
    images: Any = None,
    labels: Sequence[str] | None = None,
    names: Sequence[str] = (),
) -> DecisionPlan:
    """What is drawn.

    Parameters
    ----------
    result : DecisionPlane
    images : sequence of uint8 arrays, optional
        The three images, drawn beside the plane.
    labels : sequence of str, optional
        The model's class names.
    names : sequence of str
        Of the three images.
    """
    regions = _regions(result, labels)
    number = {one: place for place, region in enumerate(regions) for one in region.classes}
    told = []
    for letter, (x, y), node, said in zip(IMAGES, result.positions, result.nodes, result.predicted, strict=True):
        sure = float(result.confidence[tuple(node)])
        words = f"{letter}: {_name(int(said), labels)} {sure:.0%}" if said != UNKNOWN else letter
        told.append((letter, float(x), float(y), number.get(int(said), 0), words))
    known = result.classes != UNKNOWN
    title = _title(regions)
    given = [np.asarray(image) for image in list(images)[:3]] if images is not None else []
    return DecisionPlan(
        regions=regions,
        points=tuple(told),
        least=float(result.confidence[known].min(initial=1)) * 0.999,
        title=title,
        alternative=f"{title}. The images: {', '.join(words for *_, words in told)}.",
        pictures=tuple(given),
        captions=tuple(_caption(words, place, names) for place, (*_, words) in enumerate(told)),
        unfinished=not known.all(),
    )


def _caption(words: str, place: int, names: Sequence[str]) -> str:
    return f"{words}\n{names[place]}" if place < len(names) else words


def _name(one: int, labels: Sequence[str] | None) -> str:
    return labels[one] if labels is not None and one < len(labels) else f"class {one}"


def _regions(result: DecisionPlane, labels: Sequence[str] | None) -> tuple[Region, ...]:
    """The classes of the images and the largest others, each with a colour; what is left is grey."""
    shares = result.shares
    own = [one for one in dict.fromkeys(result.predicted.tolist()) if one in shares]
    shown = [*own, *(one for one in shares if one not in own)][: len(OKABE_ITO)]
    rest = tuple(one for one in shares if one not in shown)
    found = [
        _region(result, _name(one, labels), (one,), colour, mark)
        for one, colour, mark in zip(shown, OKABE_ITO, MARKS, strict=False)
    ]
    others = f"{len(rest)} other class{'es' if len(rest) > 1 else ''}"
    return (*found, *([_region(result, others, rest, OTHERS, MARKS[-1])] if rest else []))


def _region(result: DecisionPlane, name: str, classes: tuple[int, ...], colour: Colour, mark: str) -> Region:
    where, share = np.isin(result.classes, classes), sum(result.shares[one] for one in classes)
    place = _deepest(where, result) if share >= NAMED and len(classes) == 1 else None
    return Region(name, classes, colour, mark, share, where, place)


def _deepest(where: np.ndarray, result: DecisionPlane) -> tuple[float, float] | None:
    """The node farthest from the region's border and from the images; where its name fits best."""
    inside, depth = where.copy(), 0
    layers = np.zeros(where.shape)
    while inside.any():
        layers += inside
        depth += 1
        padded = np.pad(inside, 1, constant_values=False)
        inside = inside & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    x, y = np.meshgrid(result.axis, result.rows)
    away = np.min([np.hypot(x - px, y - py) for px, py in result.positions], axis=0)
    reach = np.ptp(result.axis)
    best = np.where(where, np.minimum(layers / max(where.shape), 0.12) + np.minimum(away / reach, 0.1), -1)
    row, column = np.unravel_index(int(best.argmax()), best.shape)
    return float(result.axis[column]), float(result.rows[row])


def _title(regions: Sequence[Region]) -> str:
    if len(regions) == 1:
        return f"The whole plane through three images is {regions[0].name}"
    largest = sorted(regions, key=lambda region: -region.share)[:3]
    told = ", ".join(f"{region.share:.0%} {region.name}" for region in largest)
    return f"The plane through three images: {told}{' …' if len(regions) > 3 else ''}"


def short(name: str) -> str:
    """A class name that fits into a picture."""
    return name if len(name) <= LONG else name[: LONG - 1] + "…"
