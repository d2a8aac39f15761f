"""Outlines of the twelve object classes of the scenes, as parametric polygons.

An outline is a list of parts, painted in order. Coordinates run from about -1 to 1, x to the right, y down.
A part's tone says which of the object's colours it gets; colours are drawn elsewhere, so they cannot tell the class.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

MAIN, SECOND, DARK, LIGHT, HOLE = range(5)
TURN = 2 * np.pi
CIRCLE = np.stack(
    [np.cos(np.linspace(0, TURN, 24, endpoint=False)), np.sin(np.linspace(0, TURN, 24, endpoint=False))], 1
)


class Part(NamedTuple):
    """One filled polygon [point, (x, y)] and the colour role it is filled with."""

    points: np.ndarray
    tone: int


def polygon(*points: tuple[float, float], tone: int = MAIN) -> Part:
    """Filled polygon through the points."""
    return Part(np.array(points), tone)


def box(left: float, top: float, right: float, bottom: float, tone: int = MAIN) -> Part:
    """Upright rectangle."""
    return polygon((left, top), (right, top), (right, bottom), (left, bottom), tone=tone)


def ellipse(x: float, y: float, rx: float, ry: float, tone: int = MAIN, angle: float = 0.0) -> Part:
    """Ellipse about (x, y), turned by `angle` radians."""
    c, s = np.cos(angle), np.sin(angle)
    return Part(CIRCLE * (rx, ry) @ np.array([[c, s], [-s, c]]) + (x, y), tone)


def stroke(start: tuple[float, float], end: tuple[float, float], width: float, tone: int = MAIN) -> Part:
    """Straight bar from start to end."""
    (x0, y0), (x1, y1) = start, end
    length = max(float(np.hypot(x1 - x0, y1 - y0)), 1e-6)
    nx, ny = -(y1 - y0) / length * width / 2, (x1 - x0) / length * width / 2
    return polygon((x0 + nx, y0 + ny), (x1 + nx, y1 + ny), (x1 - nx, y1 - ny), (x0 - nx, y0 - ny), tone=tone)


def arc(x: float, y: float, radius: float, start: float, stop: float, width: float, tone: int = MAIN) -> Part:
    """Part of a ring between two angles (radians, clockwise from the right)."""
    angles = np.linspace(start, stop, 14)
    ray = np.stack([np.cos(angles), np.sin(angles)], 1)
    return Part(np.concatenate([ray * (radius + width / 2), ray[::-1] * (radius - width / 2)]) + (x, y), tone)


def boat(rng: Generator) -> list[Part]:
    deck, keel, mast = rng.uniform(0.75, 1.0), rng.uniform(0.4, 0.65), rng.uniform(-0.1, 0.15)
    top, hull = rng.uniform(-1.0, -0.8), rng.uniform(0.35, 0.5)
    parts = [
        stroke((mast, top), (mast, 0.45), 0.09, DARK),
        polygon((mast + 0.04, top + 0.05), (mast + 0.04, 0.37), (deck * rng.uniform(0.8, 1.0), 0.37), tone=SECOND),
        polygon((-deck, 0.4), (deck, 0.4), (keel, 0.4 + hull), (-keel * rng.uniform(0.9, 1.2), 0.4 + hull)),
    ]
    if rng.random() < 0.7:
        parts.insert(1, polygon((mast - 0.04, top + 0.25), (mast - 0.04, 0.37), (-deck * 0.85, 0.37)))
    if rng.random() < 0.4:
        parts.append(
            polygon((-deck * 0.97, 0.47), (deck * 0.97, 0.47), (deck * 0.9, 0.56), (-deck * 0.9, 0.56), tone=LIGHT)
        )
    return parts


def bottle(rng: Generator) -> list[Part]:
    wide, neck = rng.uniform(0.34, 0.46), rng.uniform(0.11, 0.17)
    shoulder, collar = rng.uniform(-0.35, -0.1), rng.uniform(-0.6, -0.5)
    right = [(neck, -0.95), (neck, collar), (wide * 0.8, shoulder - 0.08), (wide, shoulder + 0.1), (wide, 0.92)]
    side = np.array([*right, (wide - 0.08, 1.0)])
    low = rng.uniform(0.5, 0.75)
    parts = [
        Part(np.concatenate([side, side[::-1] * (-1, 1)]), MAIN),
        box(-neck - 0.05, -1.05, neck + 0.05, -0.85, DARK),
        box(-wide, low - 0.45, wide, low, SECOND),
    ]
    return parts if rng.random() < 0.5 else [*parts, ellipse(0, low - 0.22, wide * 0.5, 0.14, LIGHT)]


def butterfly(rng: Generator) -> list[Part]:
    rise, drop, spread = rng.uniform(0.4, 0.6), rng.uniform(0.35, 0.5), rng.uniform(0.5, 0.6)
    big, small, spot = rng.uniform(0.36, 0.46), rng.uniform(0.26, 0.34), rng.uniform(0.35, 0.6)
    parts: list[Part] = []
    for side in (-1, 1):
        parts += [
            ellipse(side * spread * 0.85, drop, small * 1.2, small, SECOND, side * 0.6),
            ellipse(side * spread, -rise * 0.75, big * 1.3, big, MAIN, -side * 0.6),
            ellipse(side * spread * 1.1, -rise * 0.8, big * spot, big * spot * 0.8, LIGHT),
            stroke((0, -0.5), (side * 0.25, -0.98), 0.07, DARK),
        ]
    return [*parts, ellipse(0, 0, 0.11, 0.65, DARK)]


def car(rng: Generator) -> list[Part]:
    roof, low = rng.uniform(-0.6, -0.42), rng.uniform(0.2, 0.3)
    back, front, wheel = rng.uniform(-0.7, -0.5), rng.uniform(0.3, 0.5), rng.uniform(0.2, 0.26)
    cabin_back, cabin_front = back + rng.uniform(0.05, 0.2), front - rng.uniform(0.1, 0.25)
    parts = [
        polygon((back, -0.08), (cabin_back, roof), (cabin_front, roof), (front, -0.08)),
        polygon((-1, -0.02), (-0.9, -0.12), (0.85, -0.1), (1, 0.05), (1, low), (-1, low)),
        polygon((back + 0.12, -0.12), (cabin_back + 0.06, roof + 0.1), (-0.12, roof + 0.1), (-0.12, -0.12), tone=LIGHT),
        polygon(
            (-0.02, -0.12), (-0.02, roof + 0.1), (cabin_front - 0.04, roof + 0.1), (front - 0.12, -0.12), tone=LIGHT
        ),
    ]
    if rng.random() < 0.5:
        parts.append(box(-1, low - 0.16, 1, low - 0.06, SECOND))
    for x in (-0.55, 0.55):
        parts += [
            ellipse(x, low + 0.02, wheel, wheel, DARK),
            ellipse(x, low + 0.02, wheel * 0.45, wheel * 0.45, SECOND),
        ]
    return parts


def chair(rng: Generator) -> list[Part]:
    wide, seat, lean = rng.uniform(0.45, 0.58), rng.uniform(0.0, 0.15), rng.uniform(0.0, 0.15)
    thick, leg = rng.uniform(0.24, 0.32), rng.uniform(0.19, 0.26)
    parts = [
        stroke((-wide, seat), (-wide - lean, -1.0), thick),
        stroke((-wide + leg / 2, seat), (-wide + leg / 2 - lean * 0.5, 1.0), leg, SECOND),
        stroke((wide - leg / 2, seat), (wide - leg / 2 + lean * 0.5, 1.0), leg, SECOND),
        box(-wide, seat, wide, seat + rng.uniform(0.28, 0.4), SECOND),
        box(-wide - thick / 2, seat - thick / 2, wide + 0.05, seat + thick / 2),
    ]
    if rng.random() < 0.5:
        parts.insert(0, box(-wide, 0.5, wide, 0.66, SECOND))
    if rng.random() < 0.6:
        parts.append(box(-wide + 0.05, seat - thick / 2 - 0.12, wide, seat - thick / 2, LIGHT))
    return parts


def cup(rng: Generator) -> list[Part]:
    top, bottom, high = rng.uniform(0.52, 0.66), rng.uniform(0.34, 0.58), rng.uniform(0.5, 0.75)
    ring, rim = rng.uniform(0.26, 0.36), rng.uniform(0.1, 0.16)
    parts = [
        ellipse(top - 0.02, -0.05, ring * 1.05, ring * 1.15),
        ellipse(top - 0.02, -0.05, ring * 0.6, ring * 0.7, HOLE),
        polygon((-top, -high), (top, -high), (bottom, high), (-bottom, high)),
        ellipse(0, high, bottom, rim * 0.7),
    ]
    if rng.random() < 0.6:
        y = rng.uniform(-0.2, 0.15)
        parts.append(box(-min(top, bottom) * 1.0, y, min(top, bottom) * 1.0, y + rng.uniform(0.15, 0.3), SECOND))
    return [*parts, ellipse(0, -high, top, rim, LIGHT), ellipse(0, -high, top * 0.82, rim * 0.65, DARK)]


def fish(rng: Generator) -> list[Part]:
    high, tail, fork = rng.uniform(0.36, 0.52), rng.uniform(0.3, 0.45), rng.uniform(0.05, 0.2)
    parts = [
        polygon((-0.5, 0), (-1.0, -tail), (-1.0 + fork, 0), (-1.0, tail), tone=SECOND),
        polygon((-0.25, -high * 0.7), (0.05, -high - rng.uniform(0.15, 0.3)), (0.4, -high * 0.7), tone=SECOND),
        polygon((-0.1, high * 0.8), (-0.15, high + rng.uniform(0.1, 0.25)), (0.2, high * 0.8), tone=SECOND),
        ellipse(0.15, 0, 0.8, high),
    ]
    if rng.random() < 0.6:
        parts += [stroke((x, -high * 0.85), (x, high * 0.85), 0.1, LIGHT) for x in (-0.15, 0.15)]
    return [*parts, ellipse(0.62, -high * 0.25, 0.13, 0.13, LIGHT), ellipse(0.64, -high * 0.25, 0.07, 0.07, DARK)]


def flower(rng: Generator) -> list[Part]:
    petals, start = int(rng.integers(5, 9)), rng.uniform(0, TURN)
    long, core = rng.uniform(0.3, 0.36), rng.uniform(0.16, 0.22)
    wide = min(0.24, 1.25 * 0.38 * np.pi / petals)
    parts = [stroke((0, -0.3), (rng.uniform(-0.15, 0.15), 1.0), 0.2, SECOND)]
    for side in (-1, 1):
        if side < 0 or rng.random() < 0.6:
            parts.append(ellipse(side * 0.28, rng.uniform(0.4, 0.65), 0.32, 0.17, SECOND, -side * 0.5))
    for angle in start + np.arange(petals) * TURN / petals:
        parts.append(ellipse(0.36 * np.cos(angle), 0.36 * np.sin(angle) - 0.4, long, wide, MAIN, angle))
    return [*parts, ellipse(0, -0.4, core, core, DARK if rng.random() < 0.5 else LIGHT)]


def house(rng: Generator) -> list[Part]:
    wide, eave, roof = rng.uniform(0.55, 0.75), rng.uniform(-0.2, 0.0), rng.uniform(-0.95, -0.7)
    base, over = rng.uniform(0.65, 0.85), rng.uniform(0.1, 0.22)
    door = rng.uniform(-0.4, 0.4) * wide
    parts = [
        box(-wide, eave, wide, base),
        polygon((-wide - over, eave), (rng.uniform(-0.1, 0.1), roof), (wide + over, eave), tone=SECOND),
        box(door - 0.13, base - 0.5, door + 0.13, base, DARK),
    ]
    if rng.random() < 0.6:
        x = rng.uniform(0.3, 0.5) * wide
        parts.insert(0, box(x, roof, x + 0.2, eave, DARK))
    for x in (door - 0.42, door + 0.42):
        if abs(x) < wide - 0.15:
            parts.append(box(x - 0.14, eave + 0.14, x + 0.14, eave + 0.4, LIGHT))
    return parts


def mushroom(rng: Generator) -> list[Part]:
    wide, high, stem = rng.uniform(0.75, 0.95), rng.uniform(0.6, 0.85), rng.uniform(0.18, 0.28)
    angles = np.linspace(np.pi, TURN, 16)
    cap = Part(np.stack([wide * np.cos(angles), high * np.sin(angles)], 1), MAIN)
    parts = [
        polygon((-stem, -0.1), (stem, -0.1), (stem * rng.uniform(1.1, 1.5), 0.85), (-stem * 1.3, 0.85), tone=LIGHT),
        ellipse(0, 0, wide, rng.uniform(0.08, 0.16), SECOND),
        cap,
    ]
    for x, y in ((-0.45, -0.3), (0.05, -0.55), (0.42, -0.25)):
        parts.append(ellipse(x * wide, y * high, rng.uniform(0.09, 0.15), rng.uniform(0.08, 0.13), LIGHT))
    return parts


def tree(rng: Generator) -> list[Part]:
    trunk = rng.uniform(0.15, 0.22)
    parts = [box(-trunk, 0.2, trunk, 1.0, SECOND)]
    if rng.random() < 0.5:
        tiers, wide = int(rng.integers(2, 5)), rng.uniform(0.55, 0.75)
        for tier in range(tiers):
            low = 0.55 - tier * 1.1 / tiers
            half = wide * (1 - 0.55 * tier / tiers)
            parts.append(polygon((-half, low), (0, low - 1.5 / tiers - 0.15), (half, low)))
        return parts
    for x, y in ((-0.38, 0.05), (0.38, 0.05), (-0.25, -0.45), (0.28, -0.42), (0, -0.1), (0, -0.68)):
        radius = rng.uniform(0.3, 0.42)
        parts.append(ellipse(x + rng.uniform(-0.06, 0.06), y + rng.uniform(-0.06, 0.06), radius, radius))
    return parts


def umbrella(rng: Generator) -> list[Part]:
    wide, high, ribs = rng.uniform(0.85, 1.0), rng.uniform(0.75, 0.95), int(rng.integers(3, 6))
    angles = np.linspace(np.pi, TURN, 21)
    edge = np.linspace(1, -1, 6 * ribs + 1)[1:-1]
    scallop = np.stack([wide * edge, 0.02 - 0.1 * np.abs(np.sin((edge + 1) / 2 * np.pi * ribs))], 1)
    dome = np.stack([wide * np.cos(angles), high * np.sin(angles)], 1)
    ridge = np.linspace(-1, 1, ribs + 1)
    parts = [
        stroke((0, -high - 0.15), (0, 0.8), 0.16, DARK),
        arc(0.2, 0.75, 0.2, 0.2, np.pi, 0.16, DARK),
        ellipse(0, 0, wide * 0.97, rng.uniform(0.16, 0.24), LIGHT),
        Part(np.concatenate([dome, scallop]), MAIN),
    ]
    for left, right in list(pairwise(ridge))[:: 2 if rng.random() < 0.7 else ribs + 1]:
        parts.append(polygon((left * wide * 0.97, -0.02), (0, -high * 0.98), (right * wide * 0.97, -0.02), tone=SECOND))
    return parts


OBJECTS: dict[str, Callable[[Generator], list[Part]]] = {
    f.__name__: f for f in (boat, bottle, butterfly, car, chair, cup, fish, flower, house, mushroom, tree, umbrella)
}


def distractor(rng: Generator) -> list[Part]:
    """A shape of no class: blob, polygon, star, bar, ring, wheel, triangle or crescent."""
    kind = int(rng.integers(8))
    if kind == 0:
        angles, radii = np.linspace(0, TURN, 9)[:-1], rng.uniform(0.55, 1.0, 8)
        return [Part(np.stack([radii * np.cos(angles), radii * np.sin(angles)], 1), MAIN)]
    if kind in (1, 2):
        corners = int(rng.integers(4, 7)) * kind
        angles = np.arange(corners) * TURN / corners
        radii = np.where(np.arange(corners) % 2 == 0, 1.0, 1.0 if kind == 1 else 0.45)
        return [Part(np.stack([radii * np.cos(angles), radii * np.sin(angles)], 1), MAIN)]
    if kind == 3:
        return [stroke((-1, 0), (1, rng.uniform(-0.3, 0.3)), rng.uniform(0.2, 0.4))]
    if kind == 4:
        return [ellipse(0, 0, 0.8, 0.8), ellipse(0, 0, 0.45, 0.45, HOLE)]
    if kind == 5:
        return [ellipse(0, 0, 0.8, 0.8, DARK), ellipse(0, 0, 0.35, 0.35, SECOND)]
    if kind == 6:
        return [polygon((-0.9, 0.7), (rng.uniform(-0.5, 0.5), -0.9), (0.9, 0.7))]
    return [arc(0, 0, 0.65, 0, rng.uniform(2.5, 4.5), rng.uniform(0.25, 0.4))]
