"""From an image to what the network sees: resize, centre crop, normalise, with Pillow and NumPy.

On PIL images the numbers equal those of torchvision's presets bit for bit.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from vizlib.zoo.cards import Card

FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
# Above this many pixels a very long image is not resized as a whole: only the part that is seen.
LARGEST_RESIZED = 40_000_000


@dataclass(frozen=True)
class Geometry:
    """Where the network looks: the size after resizing, and the crop's corner in it. All in pixels."""

    image: tuple[int, int]
    resized: tuple[int, int]
    corner: tuple[int, int]
    crop: tuple[int, int]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) of the crop in the coordinates of the original image."""
        sides = zip(self.image, self.resized, self.corner, self.crop, strict=True)
        ends = [(start * full / new, (start + length) * full / new) for full, new, start, length in sides]
        (left, right), (top, bottom) = ends
        return (left, top, right, bottom)


def geometry(card: Card, size: tuple[int, int]) -> Geometry:
    """Geometry for an image of ``size`` (width, height); every pair in the answer is (horizontal, vertical)."""
    resized = _resized(card.resize, size)
    crop = (card.crop[1], card.crop[0])
    corner = (round((resized[0] - crop[0]) / 2), round((resized[1] - crop[1]) / 2))
    return Geometry(size, resized, corner, crop)


def _resized(resize: int | tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    if not isinstance(resize, int):
        return (resize[1], resize[0])
    width, height = size
    long = int(resize * max(size) / min(size))
    return (resize, long) if width <= height else (long, resize)


def cropped(card: Card, image: Image.Image) -> Image.Image:
    """The image resized and cropped, in the mode the network takes ("RGB", or "L" for one channel)."""
    image = image.convert("RGB" if card.channels == 3 else "L")
    where = geometry(card, image.size)
    if where.resized[0] * where.resized[1] > LARGEST_RESIZED:
        return image.resize(where.crop, FILTERS[card.interpolation], box=where.box)
    left, top = where.corner
    resized = image.resize(where.resized, FILTERS[card.interpolation])
    return resized.crop((left, top, left + where.crop[0], top + where.crop[1]))


def normalised(card: Card, image: Image.Image) -> np.ndarray:
    """The network's input as float32 [channel, height, width]."""
    pixels = np.asarray(cropped(card, image), dtype=np.float32).reshape(*card.crop, card.channels)
    mean, std = np.asarray(card.mean, dtype=np.float32), np.asarray(card.std, dtype=np.float32)
    return np.ascontiguousarray(((pixels / np.float32(255) - mean) / std).transpose(2, 0, 1))
