"""The pictures of a visit: samples of the model, and uploads with their bytes copied at once."""

import base64
import functools
import io
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from PIL import Image

from dashboard.intake.arrivals import File
from dashboard.intake.drops import Drop
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


@dataclass
class Uploads:
    """The pictures a person brought, in the order they came, and what was said about the last ones.

    Attributes
    ----------
    said, refused
        One sentence about all files of the last drop, and one for each that cannot be read.
    door : str
        Where the last files came in.
    drops : dict
        Those that the worker reads, each by the slot of its job.
    """

    shots: list[Shot] = field(default_factory=list)
    said: str = ""
    refused: list[str] = field(default_factory=list)
    door: str = ""
    drops: dict[str, Drop] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def take(self, files: Iterable[File], *, folder: bool = False) -> Shot | None:
        """Add files, and the pictures of archives; the first of them is returned, and what became of them is noted."""
        drop = Drop(self, files, folder=folder)
        drop.begin()
        self.tell(drop)
        return drop.first

    def tell(self, drop: Drop) -> None:
        """Note what became of the files of a drop."""
        self.said, self.refused = drop.arrivals.sentence(MOST_PICTURES), drop.arrivals.errors()

    def remove(self, digest: str) -> None:
        with self._lock:
            self.shots = [shot for shot in self.shots if shot.digest != digest]
        self.hush()

    def hush(self) -> None:
        """What was said has been read."""
        self.said, self.refused = "", []

    def read(self, name: str, content: bytes) -> Shot | None:
        """Add the picture of a file; None where it would be a new one and the tray is full.

        Raises
        ------
        ValueError
            There is no picture in it; the message is one sentence.
        """
        present = next((shot for shot in self.shots if shot.content == content), None)
        if present is not None or self._full(content):
            return present
        picture = read_image(content, name=name)
        made = _shot(name, picture.digest, picture.image, content, picture.notes)
        made.thumbnail  # noqa: B018  (made here, where nobody waits for it)
        with self._lock:
            present = next((shot for shot in self.shots if shot.digest == picture.digest), None)
            if present is None and not self._full(content):
                self.shots.append(made)
                return made
        return present

    def _full(self, content: bytes) -> bool:
        held = sum(len(shot.content or b"") for shot in self.shots)
        return len(self.shots) >= MOST_PICTURES or held + len(content) > MOST_BYTES


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
        share = PREVIEW / max(image.size)
        size = max(1, round(image.width * share)), max(1, round(image.height * share))
        preview = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
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
