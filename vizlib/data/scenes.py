"""A procedural image set with known objects: 96 x 96 scenes with one labelled object each, and its visible mask.

Shape, texture, colour, scale, pose, light, clutter, occlusion and background vary; colour, place and background carry
no information about the class. A scene depends on its seed, split and index alone. Held-out scenes use other seeds and
other families of backgrounds than training scenes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng
from PIL import Image, ImageDraw

from vizlib.data.backgrounds import FAMILIES, SIDE, checks, dots, noise, ramp, wave
from vizlib.data.shapes import HOLE, LIGHT, OBJECTS, Part, distractor

CLASSES: tuple[str, ...] = tuple(OBJECTS)
Split = Literal["train", "heldout"]
SEED_RANGE = {"train": 0, "heldout": 1}
FINE = 2  # polygons are painted at twice the resolution, then averaged
MOST_OCCLUDED = 0.3
CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")


@dataclass(frozen=True, eq=False)
class Scene:
    """One scene: the picture, what it shows, where, and how it was made."""

    image: np.ndarray
    """uint8 [96, 96, 3]"""
    label: int
    mask: np.ndarray
    """bool [96, 96]: the visible part of the object"""
    size: float
    """Share of the picture that the whole object covers."""
    occluded: float
    """Share of the object that is hidden."""
    angle: float
    """Rotation of the object in degrees."""
    light: float
    """Gain of the light."""
    shadow: float
    """Depth of the object's shadow, 0 (none) to 1."""
    clutter: int
    """How many distractors there are."""
    background: str
    """Family of the background."""
    texture: str
    """Texture of the object."""


@dataclass(frozen=True, eq=False)
class Scenes:
    """Many scenes as arrays."""

    images: np.ndarray
    """uint8 [scene, 96, 96, 3]"""
    labels: np.ndarray
    """int64 [scene]"""
    masks: np.ndarray
    """bool [scene, 96, 96]"""
    columns: dict[str, np.ndarray]
    """Plain facts about each scene, one array [scene] per fact."""


@dataclass(frozen=True, eq=False)
class Watermarked:
    """An image with a watermark in one corner, and where the watermark is."""

    image: np.ndarray
    mask: np.ndarray


class Layer(NamedTuple):
    """Painted shapes: colour multiplied by coverage [96, 96, 3] and coverage [96, 96, 1], both 0 to 1."""

    colour: np.ndarray
    cover: np.ndarray


def scene(index: int, *, split: Split = "train", seed: int = 0, hide: bool = False) -> Scene:
    """One labelled object among distractors on a procedural background.

    Parameters
    ----------
    index
        Which scene. The classes take turns: the label is ``index % 12``.
    split
        "train" and "heldout" differ in seeds and in background families.
    seed
        Another seed is another set of scenes.
    hide
        Leave the object and its shadow out; everything else stays the same and the mask is empty.
    """
    rng = default_rng(SeedSequence((seed, SEED_RANGE[split], index)))
    label = index % len(CLASSES)
    family = FAMILIES[split][rng.integers(len(FAMILIES[split]))]
    backdrop, mean = _backdrop(rng, family(rng))
    count = int(rng.integers(1, 6))
    in_front = int(rng.random() < 0.35)
    behind = _clutter(rng, count - in_front)
    angle = float(rng.normal(0, 11))
    parts = _place(rng, OBJECTS[CLASSES[label]](rng), area=rng.uniform(0.1, 0.21), angle=angle)
    thing = _paint([(parts, _palette(rng, mean))])
    texture, weave = _texture(rng)
    weave = weave * (1 + np.float32(rng.uniform(-0.35, 0.35)) * (ramp(rng) - np.float32(0.5)))[..., None]
    thing = Layer(np.minimum(thing.colour * weave, thing.cover), thing.cover)
    solid = thing.cover[..., 0] > 0.5
    front = _occluder(rng, solid) if in_front else None
    visible = solid if front is None else solid & (front.cover[..., 0] <= 0.5)
    shadow = float(rng.uniform(0.25, 0.6)) if rng.random() < 0.5 else 0.0
    shade = 1 - np.float32(shadow) * _shadow(rng, thing.cover)
    light, lamp = _light(rng)
    picture = _over(backdrop, behind)
    if not hide:
        picture = _over(picture * shade, thing)
    if front is not None:
        picture = _over(picture, front)
    grain = rng.standard_normal((SIDE, SIDE, 1), dtype=np.float32) * np.float32(rng.uniform(0, 0.025))
    return Scene(
        image=_develop(picture, lamp, grain),
        label=label,
        mask=np.zeros_like(visible) if hide else visible,
        size=float(solid.mean()),
        occluded=1 - float(visible.sum() / max(solid.sum(), 1)),
        angle=angle,
        light=light,
        shadow=shadow,
        clutter=count if front is not None or not in_front else count - 1,
        background=family.__name__,
        texture=texture,
    )


def scenes(indices: Sequence[int] | np.ndarray, *, split: Split = "train", seed: int = 0, hide: bool = False) -> Scenes:
    """Many scenes at once, as arrays; see :func:`scene`."""
    made = [scene(int(index), split=split, seed=seed, hide=hide) for index in indices]
    facts = ("size", "occluded", "angle", "light", "shadow", "clutter", "background", "texture")
    return Scenes(
        images=np.array([one.image for one in made], np.uint8).reshape(-1, SIDE, SIDE, 3),
        labels=np.array([one.label for one in made], np.int64),
        masks=np.array([one.mask for one in made], bool).reshape(-1, SIDE, SIDE),
        columns={fact: np.array([getattr(one, fact) for one in made]) for fact in facts},
    )


def watermark(image: np.ndarray, *, corner: str = "bottom-right") -> Watermarked:
    """The image with a small mark in a corner: white lettering on a dark plate of 22 x 11 pixels."""
    if corner not in CORNERS:
        raise ValueError(f"watermark: corner must be one of {', '.join(CORNERS)}; got {corner!r}.")
    high, wide = PLATE.shape
    vertical, horizontal = corner.split("-")
    top = 3 if vertical == "top" else image.shape[0] - high - 3
    left = 3 if horizontal == "left" else image.shape[1] - wide - 3
    marked, mask = image.copy(), np.zeros(image.shape[:2], bool)
    place = (slice(top, top + high), slice(left, left + wide))
    marked[place] = np.where(PLATE[..., None], 255, marked[place] // 4).astype(np.uint8)
    mask[place] = True
    return Watermarked(marked, mask)


LETTERS = """
.####..#...#..#####.
#......#...#.....#..
#......#...#....#...
#.###..#...#...#....
#......#...#..#.....
#.......#.#..#......
.####....#...#####..
"""
PLATE = np.pad(np.array([[letter == "#" for letter in row] for row in LETTERS.split()]), ((2, 2), (1, 1)))


def _backdrop(rng: Generator, field: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two colours mixed by a pattern field [96, 96]: [96, 96, 3] and its mean colour [3]."""
    first = rng.uniform(0.1, 0.9, 3).astype(np.float32)
    step = np.clip(first + rng.normal(0, 0.2, 3).astype(np.float32), 0.05, 0.95) - first
    return first + field[..., None] * step, first + field.mean() * step


def _palette(rng: Generator, against: np.ndarray) -> np.ndarray:
    """Colours [tone, RGB] of an object: random, the main one unlike the background."""
    tries = rng.uniform(0.08, 0.95, (6, 3))
    far = np.abs(tries - against).sum(1)
    main = tries[np.argmax(far > 0.75) if (far > 0.75).any() else far.argmax()]
    second = tries[(np.abs(tries - main).sum(1) + 0.5 * far).argmax()]
    dark, light = rng.uniform(0.0, 0.25, 3), rng.uniform(0.75, 1.0, 3)
    return np.stack([main, second, dark, light])


def _place(rng: Generator, parts: list[Part], *, area: float, angle: float) -> list[Part]:
    """Parts turned, stretched, flipped, scaled to about `area` of the image and moved inside it: now in pixels."""
    turn = np.deg2rad(angle)
    stretch, shear = rng.uniform(0.87, 1.15), rng.uniform(-0.12, 0.12)
    flip = -1.0 if rng.random() < 0.5 else 1.0
    bend = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = bend @ np.array([[stretch * flip, shear], [0, 1 / stretch]])
    moved = [Part(part.points @ matrix.T, part.tone) for part in parts]
    points = np.concatenate([part.points for part in moved])
    low, high = points.min(0), points.max(0)
    surface = sum(_surface(part) for part in moved)
    scale = min(SIDE * np.sqrt(area / surface), 0.95 * SIDE / (high - low).max())
    room = np.maximum(SIDE - 2 - scale * (high - low), 0)
    shift = 1 + rng.random(2) * room - scale * low
    return [Part(part.points * scale + shift, part.tone) for part in moved]


def _surface(part: Part) -> float:
    """Area of a polygon (shoelace), weighted by roughly how much of it lies bare of other parts."""
    x, y = part.points.T
    area = 0.5 * abs(float(x[:-1] @ y[1:] - y[:-1] @ x[1:] + x[-1] * y[0] - y[-1] * x[0]))
    return area * (-1.0 if part.tone == HOLE else 0.1 if part.tone == LIGHT else 0.75)


def _paint(things: list[tuple[list[Part], np.ndarray]]) -> Layer:
    """Shapes painted in order, antialiased. A hole clears what lies beneath it."""
    canvas = Image.new("CMYK", (SIDE * FINE, SIDE * FINE))  # four plain bands: R, G, B, coverage; none is special
    draw = ImageDraw.Draw(canvas)
    for parts, palette in things:
        fills = [(*(int(255 * value) for value in colour), 255) for colour in palette]
        for part in parts:
            fill = (0, 0, 0, 0) if part.tone == HOLE else fills[part.tone]
            draw.polygon((part.points * FINE).ravel().tolist(), fill=fill)
    painted = np.asarray(canvas.reduce(FINE), np.float32) * np.float32(1 / 255)
    return Layer(painted[..., :3], painted[..., 3:])


def _over(below: np.ndarray, layer: Layer) -> np.ndarray:
    above = below * (1 - layer.cover)
    above += layer.colour
    return above


def _develop(picture: np.ndarray, lamp: np.ndarray, grain: np.ndarray) -> np.ndarray:
    """Light and grain applied, then 8 bits."""
    picture = picture * lamp
    picture += grain
    picture *= 255
    return np.clip(picture, 0, 255, out=picture).astype(np.uint8)


def _clutter(rng: Generator, count: int) -> Layer:
    """Small shapes of no class behind the object."""
    things = [
        (
            _place(rng, distractor(rng), area=rng.uniform(0.004, 0.03), angle=rng.uniform(0, 360)),
            rng.uniform(0.05, 0.95, (4, 3)),
        )
        for _ in range(count)
    ]
    layer = _paint(things)
    weave = _texture(rng)[1]
    return Layer(np.minimum(layer.colour * weave, layer.cover), layer.cover)


def _occluder(rng: Generator, solid: np.ndarray) -> Layer | None:
    """A shape of no class in front of the object, or None where it would hide too much."""
    parts = _place(rng, distractor(rng), area=rng.uniform(0.008, 0.03), angle=rng.uniform(0, 360))
    rows, columns = np.nonzero(solid)
    pick = int(rng.integers(len(rows)))
    middle = np.concatenate([part.points for part in parts]).mean(0)
    shift = np.array([columns[pick], rows[pick]]) - middle
    layer = _paint([([Part(part.points + shift, part.tone) for part in parts], rng.uniform(0.05, 0.95, (4, 3)))])
    hidden = (layer.cover[..., 0][solid] > 0.5).mean()
    return layer if hidden <= MOST_OCCLUDED else None


def _texture(rng: Generator) -> tuple[str, np.ndarray]:
    """Name and brightness pattern [96, 96, 1] around 1."""
    strength = np.float32(rng.uniform(0.1, 0.35))
    kind = int(rng.integers(5))
    if kind == 0:
        return "plain", np.ones((SIDE, SIDE, 1), np.float32)
    if kind == 1:
        field = wave(rng, 8, 18)
    elif kind == 2:
        field = noise(rng, int(rng.integers(12, 40)))
    else:
        field = checks(rng) if kind == 3 else dots(rng)
    return ("plain", "stripes", "noise", "checks", "dots")[kind], 1 + strength * (field[..., None] - np.float32(0.5))


def _shadow(rng: Generator, cover: np.ndarray) -> np.ndarray:
    """Where the object's soft shadow falls [96, 96, 1], 0 to 1."""
    across, down = (int(shift) for shift in rng.integers((-7, 2), (8, 8)))
    small = Image.fromarray(cover[..., 0]).resize((SIDE // 4, SIDE // 4), Image.Resampling.BOX)
    soft = np.asarray(small.resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    wide = np.zeros((SIDE + 16, SIDE + 16, 1), np.float32)
    wide[8 + down : 8 + down + SIDE, 8 + across : 8 + across + SIDE, 0] = soft
    return wide[8:-8, 8:-8]


def _light(rng: Generator) -> tuple[float, np.ndarray]:
    """Gain of the light and its field [96, 96, 3]: a gain, a tint and a slope."""
    gain = float(rng.uniform(0.65, 1.2))
    tint = rng.uniform(0.92, 1.08, 3).astype(np.float32)
    slope = 1 + np.float32(rng.uniform(0, 0.4)) * (ramp(rng) - np.float32(0.5))
    return gain, (np.float32(gain) * tint) * slope[..., None]
