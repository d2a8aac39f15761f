"""Families of procedural backgrounds for the scenes: pattern fields [side, side] between 0 and 1.

Training and held-out scenes draw from different families, so a model cannot lean on a backdrop that it has seen.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from PIL import Image

SIDE = 96
Y, X = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / np.float32(SIDE)
TURN = 2 * np.pi


def ramp(rng: Generator) -> np.ndarray:
    """Linear ramp from 0 to 1 in a random direction."""
    angle = rng.uniform(0, TURN)
    field = (np.cos(angle) * X + np.sin(angle) * Y).astype(np.float32)
    return (field - field.min()) / (field.max() - field.min())


def noise(rng: Generator, cells: int) -> np.ndarray:
    """Smooth noise: a random grid of cells by cells, enlarged bicubically."""
    grid = Image.fromarray(rng.random((cells, cells), dtype=np.float32))
    return np.clip(np.asarray(grid.resize((SIDE, SIDE), Image.Resampling.BICUBIC)), 0, 1)


def wave(rng: Generator, low: float, high: float, bend: float = 0.0) -> np.ndarray:
    """Sine stripes with low to high periods over the image; `bend` warps them."""
    angle, periods, phase = rng.uniform(0, TURN), rng.uniform(low, high), rng.uniform(0, TURN)
    along = np.cos(angle) * X + np.sin(angle) * Y
    if bend:
        across = np.cos(angle) * Y - np.sin(angle) * X
        along = along + np.float32(bend) * np.sin(np.float32(TURN * rng.uniform(1, 2.5)) * across)
    return (0.5 + 0.5 * np.sin(np.float32(TURN * periods) * along + np.float32(phase))).astype(np.float32)


def clouds(rng: Generator) -> np.ndarray:
    return 0.65 * noise(rng, 4) + 0.35 * noise(rng, 11)


def stripes(rng: Generator) -> np.ndarray:
    field = wave(rng, 2, 8)
    return field if rng.random() < 0.5 else np.clip(6 * field - 2.5, 0, 1)


def checks(rng: Generator) -> np.ndarray:
    angle, size = rng.uniform(0, TURN), rng.uniform(4, 10)
    along, across = np.cos(angle) * X + np.sin(angle) * Y + 2, np.cos(angle) * Y - np.sin(angle) * X + 2
    return ((np.floor(along * size) + np.floor(across * size)) % 2).astype(np.float32)


def grain(rng: Generator) -> np.ndarray:
    return 0.6 * noise(rng, int(rng.integers(24, 60))) + 0.4 * ramp(rng)


def patches(rng: Generator) -> np.ndarray:
    field = np.full((SIDE, SIDE), rng.random(), np.float32)
    for _ in range(int(rng.integers(5, 12))):
        (top, left), (high, wide) = rng.integers(-10, 80, 2), rng.integers(14, 50, 2)
        field[max(top, 0) : max(top + high, 0), max(left, 0) : max(left + wide, 0)] = rng.random()
    return field


def dots(rng: Generator) -> np.ndarray:
    size, radius = rng.uniform(4, 9), rng.uniform(0.2, 0.4)
    dx, dy = (X * size + rng.random()) % 1 - 0.5, (Y * size + rng.random()) % 1 - 0.5
    return np.clip(10 * (radius - np.sqrt(dx * dx + dy * dy)), 0, 1).astype(np.float32)


def mosaic(rng: Generator) -> np.ndarray:
    centres, tones = rng.random((14, 2), dtype=np.float32), rng.random(14, dtype=np.float32)
    distance = (X[..., None] - centres[:, 0]) ** 2 + (Y[..., None] - centres[:, 1]) ** 2
    return tones[distance.argmin(-1)]


def bricks(rng: Generator) -> np.ndarray:
    rows, gap = rng.uniform(5, 9), rng.uniform(0.08, 0.16)
    y = Y * rows
    x = X * rows * 0.5 + 0.5 * (np.floor(y) % 2)
    joint = (y % 1 < gap) | (x % 1 < gap / 2)
    return np.where(joint, 1.0, 0.35 * noise(rng, 12)).astype(np.float32)


def ripples(rng: Generator) -> np.ndarray:
    return wave(rng, 3, 7, bend=rng.uniform(0.05, 0.15))


def rings(rng: Generator) -> np.ndarray:
    x, y = rng.uniform(-0.3, 1.3, 2)
    radius = np.sqrt((X - x) ** 2 + (Y - y) ** 2)
    return (0.5 + 0.5 * np.sin(np.float32(TURN * rng.uniform(4, 9)) * radius)).astype(np.float32)


def horizon(rng: Generator) -> np.ndarray:
    level, roll = rng.uniform(0.35, 0.75), rng.uniform(0.02, 0.08)
    line = level + roll * np.sin(np.float32(TURN * rng.uniform(0.5, 2)) * X + np.float32(rng.uniform(0, TURN)))
    return (0.8 * (line < Y) + 0.2 * noise(rng, 16)).astype(np.float32)


FAMILIES: dict[str, tuple[Callable[[Generator], np.ndarray], ...]] = {
    "train": (ramp, clouds, stripes, checks, grain, patches, dots),
    "heldout": (mosaic, bricks, ripples, rings, horizon),
}
