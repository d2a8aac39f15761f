"""Image sets of any length that are not held in memory: each picture is made, or read, when its turn comes.

A set is known by its digest: of files, by their names and bytes; of generated pictures, by what generates them and by
the pixels of the first ones.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from vizlib.data.archives import read_archive
from vizlib.data.images import SUFFIXES, pixel_digest, read_image
from vizlib.data.imagesets import DIGITS, SETS, image_set
from vizlib.data.scenes import CLASSES, CORNERS, Split, scene, watermark

if TYPE_CHECKING:
    from torch import Tensor

MARK = "set:"
"""What the digest of a whole set begins with."""
GENERATED = re.compile(rf"({'|'.join(SETS)}):(\d{{1,6}})(@train)?")
KEPT = 2048  # generated scenes that stay in memory, 27 kB each
Read = Callable[[int], Image.Image]


@dataclass(frozen=True, eq=False)
class ImageStream:
    """Images with names and, where known, labels, opened one at a time.

    Attributes
    ----------
    name : str
        Of the set: ``scenes:2000``, or a folder.
    names : tuple of str
    read : callable
        Number -> the picture in RGB; the same one each time.
    identity : callable
        What makes this set this set; asked once, when the digest is needed.
    labels : int array [image] or None
        Index into ``classes``.
    classes : tuple of str
    """

    name: str
    names: tuple[str, ...]
    read: Read
    identity: Callable[[], str]
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def digest(self) -> str:
        """What a recipe knows the set by."""
        return MARK + hashlib.sha256(self.identity().encode()).hexdigest()

    def seen_by(self, model: Any) -> "Seen":
        """The images as the input of a loaded model."""
        return Seen(self, model.preprocess)


@dataclass(frozen=True, eq=False)
class Seen:
    """An image set as tensors [channel, height, width], one at a time."""

    images: ImageStream
    preprocess: Callable[[Image.Image], "Tensor"]

    def __len__(self) -> int:
        return len(self.images)

    def tensor(self, index: int) -> "Tensor":
        """One image, prepared."""
        return self.preprocess(self.images.read(index))


def stream_of(images: Sequence[Image.Image]) -> ImageStream:
    """Single images as a set, so that each of two models gets them as it expects them."""
    names = tuple(str(number) for number in range(len(images)))
    return ImageStream("images", names, images.__getitem__, lambda: "\n".join(map(pixel_digest, images)))


def names_set(name: str | Path) -> bool:
    """Whether a word of a command names a set of images: a bundled one with its length, a folder, a ZIP archive."""
    path = Path(name)
    return bool(GENERATED.fullmatch(str(name))) or path.is_dir() or (path.suffix.lower() == ".zip" and path.is_file())


def image_stream(name: str | Path, *, split: Split = "heldout") -> ImageStream:
    """An image set by name, opened one image at a time.

    Parameters
    ----------
    name
        ``scenes:2000``, ``scenes-watermark:400`` or ``digits:360``, held-out images unless ``@train`` follows; or a
        folder or ZIP archive of pictures, in which folders, where there are any, are the classes.
    split
        Of a bundled set, where its name does not tell.

    Raises
    ------
    ValueError
        There is no such set, or it has no pictures.
    """
    found = GENERATED.fullmatch(str(name))
    if found:
        return _generated(found[1], int(found[2]), "train" if found[3] else split)
    path = Path(name)
    if path.is_dir():
        return _folder(path)
    if path.is_file():
        return archive_stream(str(name), path.read_bytes())
    raise ValueError(
        f"There is no image set {path.name[:40]!r}; give a folder, a ZIP archive, or scenes:2000 for bundled ones."
    )


# --- bundled --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def _generated(name: str, count: int, split: Split) -> ImageStream:
    if not count:
        raise ValueError(f"The set {name} needs at least one image; write {name}:400.")
    full = f"{name}:{count}"
    said = full if split == "heldout" else f"{full}@{split}"
    if name == "digits":
        held = image_set("digits", n=count, split=split)
        pictures = [picture.convert("RGB") for picture in held.pictures()]
        described = _described(full, split, pictures.__getitem__, min(12, len(pictures)))
        return ImageStream(said, held.names, pictures.__getitem__, described, held.labels, DIGITS)
    labels = np.arange(count) % len(CLASSES)
    marked = name == "scenes-watermark"
    after = ", watermarked" * marked
    names = tuple(f"{CLASSES[label]} {index // len(CLASSES) + 1}{after}" for index, label in enumerate(labels))
    read = _marked(split) if marked else _plain(split)
    return ImageStream(said, names, read, _described(full, split, read, min(12, count)), labels, CLASSES)


def _described(full: str, split: str, read: Read, first: int) -> Callable[[], str]:
    """A generator is known by the first pictures it makes."""
    return lambda: "\n".join([full, split, *(pixel_digest(read(index)) for index in range(first))])


def _plain(split: Split) -> Read:
    return lambda index: Image.fromarray(_scene(split, index))


def _marked(split: Split) -> Read:
    def read(index: int) -> Image.Image:
        corner = CORNERS[index // len(CLASSES) % len(CORNERS)]
        return Image.fromarray(watermark(_scene(split, index), corner=corner).image)

    return read


def _scene(split: Split, index: int) -> np.ndarray:
    return _kept_scene(split, index) if index < KEPT else scene(index, split=split).image


@lru_cache(maxsize=KEPT)
def _kept_scene(split: Split, index: int) -> np.ndarray:
    """The first scenes of a set are asked for again and again."""
    return scene(index, split=split).image


# --- yours ----------------------------------------------------------------------------------------------------------


def _folder(path: Path) -> ImageStream:
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
    inside = [file.relative_to(path).as_posix() for file in files if not file.name.startswith(".")]
    return _of_files(str(path), inside, lambda index: (path / inside[index]).read_bytes())


def archive_stream(name: str, data: bytes) -> ImageStream:
    """The pictures of a ZIP archive as an image set; the archive stays packed."""
    packed = sorted(read_archive(data).pictures, key=lambda picture: picture.entry.filename)
    inside = [picture.entry.filename.replace("\\", "/") for picture in packed]
    return _of_files(name, inside, lambda index: packed[index].getvalue())


def _of_files(name: str, inside: Sequence[str], content: Callable[[int], bytes]) -> ImageStream:
    if not inside:
        raise ValueError("The image set holds no pictures that can be read here.")

    def read(index: int) -> Image.Image:
        try:
            return read_image(content(index), name=inside[index]).image
        except ValueError as error:
            raise ValueError(f"{PurePosixPath(inside[index]).name}: {error}") from None

    def identity() -> str:
        digests = (hashlib.sha256(content(index)).hexdigest() for index in range(len(inside)))
        return "\n".join(f"{digest} {path}" for digest, path in zip(digests, inside, strict=True))

    classes = _classes(inside)
    labels = np.array([classes.index(_class_of(path)) for path in inside]) if classes else None
    return ImageStream(name, tuple(inside), read, identity, labels, classes)


def _classes(inside: Sequence[str]) -> tuple[str, ...]:
    """Class names: the folders that the pictures lie in, where each lies in one and there are several."""
    found = sorted({_class_of(path) for path in inside})
    return tuple(found) if len(found) > 1 and "" not in found else ()


def _class_of(path: str) -> str:
    """The innermost folder; an archive often has one more around all of them."""
    return PurePosixPath(path).parent.name
