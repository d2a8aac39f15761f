"""The images of a set as small pictures, kept on the way while a model reads them."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from PIL import Image

from dashboard.intake.pictures import Shot, square
from dashboard.space.canvas import Sheet
from dashboard.worker import Progress
from vizlib.data.streams import ImageStream

SIDES = ((600, 64), (3000, 48), (12_000, 32))  # up to so many images, pixels of a small picture
LEAST = 24


@dataclass(frozen=True, eq=False)
class Faces:
    """Small pictures of all images of a set: uint8 [image, side, side, 3]."""

    values: np.ndarray

    @cached_property
    def sheet(self) -> Sheet:
        """All of them in one picture, for the canvas."""
        return sheet_of(self.values)

    def with_others(self, others: Sequence[Image.Image]) -> "Faces":
        """These and some more, at the same size."""
        side = self.values.shape[1]
        return Faces(np.concatenate([self.values, [face(image, side) for image in others]])) if others else self


class Watcher:
    """Keeps a small picture of every image of a set that somebody reads.

    Parameters
    ----------
    images : ImageStream
    """

    def __init__(self, images: ImageStream) -> None:
        self.images, side = images, side_for(len(images))
        self.values = np.zeros((len(images), side, side, 3), np.uint8)
        self.seen = np.zeros(len(images), bool)

    def watched(self) -> ImageStream:
        """The same set; what is read of it is kept small."""
        return replace(self.images, read=self._read)

    def _read(self, index: int) -> Image.Image:
        image = self.images.read(index)
        if not self.seen[index]:
            self.values[index], self.seen[index] = face(image, self.values.shape[1]), True
        return image

    def rest(self, tick: Progress) -> Faces:
        """Read what nobody has read yet."""
        for index in range(len(self.images)):
            tick(index, len(self.images))
            if not self.seen[index]:
                self._read(index)
        return Faces(self.values)


def side_for(count: int) -> int:
    """Pixels of a small picture, so that a sheet of them stays light."""
    return next((side for most, side in SIDES if count <= most), LEAST)


def as_stream(pictures: Sequence[Shot] | ImageStream, name: str) -> ImageStream:
    """The pictures of a tray as an image set; an image set as it is."""
    if isinstance(pictures, ImageStream):
        return pictures
    shots = list(pictures)
    names = tuple(shot.name for shot in shots)
    return ImageStream(name, names, lambda at: shots[at].open(), lambda: "\n".join(shot.digest for shot in shots))


def part_of(images: ImageStream, chosen: Sequence[int], name: str) -> ImageStream:
    """Some images of a set as a set of their own."""
    rows = [int(row) for row in chosen]
    return replace(
        images,
        name=name,
        names=tuple(images.names[row] for row in rows),
        read=lambda at: images.read(rows[at]),
        identity=lambda: f"{images.identity()}\n{rows}",
        labels=None if images.labels is None else images.labels[rows],
    )


def face(image: Image.Image, side: int) -> np.ndarray:
    """The middle square of an image, so many pixels wide."""
    kept = Image.Resampling.NEAREST if max(image.size) * 2 <= side else Image.Resampling.BICUBIC
    return np.asarray(square(image.convert("RGB")).resize((side, side), kept))


def sheet_of(faces: np.ndarray) -> Sheet:
    """Small pictures in rows and columns, as one JPEG in its own address."""
    count, side = len(faces), faces.shape[1]
    columns = int(np.ceil(np.sqrt(count)))
    rows = -(-count // columns)
    page = np.zeros((rows * columns, side, side, 3), np.uint8)
    page[:count] = faces
    whole = page.reshape(rows, columns, side, side, 3).swapaxes(1, 2).reshape(rows * side, columns * side, 3)
    content = io.BytesIO()
    Image.fromarray(whole).save(content, "JPEG", quality=80)
    return Sheet("data:image/jpeg;base64," + base64.b64encode(content.getvalue()).decode(), side, columns, count)


def png(image: Image.Image) -> bytes:
    """An image as a file."""
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()
