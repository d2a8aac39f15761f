"""The pictures of a visit: samples of the model, and uploads with their bytes copied at once."""

import base64
import functools
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Protocol

from PIL import Image

from dashboard.text import _
from vizlib.data.imagesets import samples
from vizlib.data.intake import pixel_digest, read_image

PREVIEW = 640  # pixels, longest side of what the page shows before the model has spoken
THUMBNAIL, PICTURE = 96, 320
MOST_PICTURES = 60
MOST_BYTES = 256 << 20  # of all uploads of one visit together


@dataclass(frozen=True, eq=False)
class Shot:
    """One picture that can be explained.

    Attributes
    ----------
    content : bytes or None
        The uploaded file; None for a sample.
    preview : Image
        At most ``PREVIEW`` pixels long; of a sample the picture itself.
    """

    name: str
    digest: str
    preview: Image.Image
    content: bytes | None = None
    notes: tuple[str, ...] = ()

    @property
    def uploaded(self) -> bool:
        return self.content is not None

    @property
    def address(self) -> str:
        """How a link names it: a sample by its name, an upload by its digest."""
        return self.digest[:16] if self.uploaded else self.name

    @functools.cached_property
    def thumbnail(self) -> str:
        """A small square for the tray."""
        return data_uri(square(self.preview), THUMBNAIL)

    @functools.cached_property
    def picture(self) -> str:
        """A square for the page, before the model has spoken."""
        return data_uri(square(self.preview), PICTURE)

    def open(self) -> Image.Image:
        """The full picture in RGB."""
        return self.preview if self.content is None else read_image(self.content, name=self.name).image


class File(Protocol):
    """What the uploader gives."""

    name: str

    def getvalue(self) -> bytes: ...


@dataclass
class Uploads:
    """The pictures a person brought, in the order they came, and what was said about them."""

    shots: list[Shot] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def take(self, files: Iterable[File]) -> Shot | None:
        """Add files; the first new picture is returned, what cannot be read is said in one sentence each."""
        self.refused = []
        first = None
        for file in files:
            try:
                shot = self._read(PurePath(file.name).name, bytes(file.getvalue()))
            except ValueError as error:
                self.refused.append(f"{PurePath(file.name).name}: {error}")
            else:
                first = first or shot
        return first

    def remove(self, digest: str) -> None:
        self.shots = [shot for shot in self.shots if shot.digest != digest]

    def _read(self, name: str, content: bytes) -> Shot:
        picture = read_image(content, name=name)
        present = next((shot for shot in self.shots if shot.digest == picture.digest), None)
        if present is not None:
            return present
        if (
            len(self.shots) >= MOST_PICTURES
            or sum(len(s.content or b"") for s in self.shots) + len(content) > MOST_BYTES
        ):
            raise ValueError(_("the tray is full; remove some pictures first."))
        shot = _shot(name, picture.digest, picture.image, content, picture.notes)
        self.shots.append(shot)
        return shot


@functools.lru_cache(maxsize=8)
def sample_shots(model: str) -> tuple[Shot, ...]:
    """Samples to try a model on; made once."""
    found = ((name, image.convert("RGB")) for name, image in samples(model))
    return tuple(_shot(name, pixel_digest(image), image) for name, image in found)


def _shot(
    name: str, digest: str, image: Image.Image, content: bytes | None = None, notes: tuple[str, ...] = ()
) -> Shot:
    preview = image
    if content is not None and max(image.size) > PREVIEW:
        preview = image.copy()
        preview.thumbnail((PREVIEW, PREVIEW), reducing_gap=2.0)
    return Shot(name, digest, preview, content, notes)


def square(image: Image.Image) -> Image.Image:
    """The middle of a picture, until a model says what part of it it sees."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


def data_uri(image: Image.Image, side: int) -> str:
    """A picture inside its own address, so that no other tab can ask for it; tiny ones keep their pixels visible."""
    content = io.BytesIO()
    if max(image.size) * 2 <= side:
        factor = side // max(image.size)
        image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST).save(content, "PNG")
        return "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
    small = image.copy()
    small.thumbnail((side, side), reducing_gap=2.0)
    small.save(content, "JPEG", quality=88)
    return "data:image/jpeg;base64," + base64.b64encode(content.getvalue()).decode()
