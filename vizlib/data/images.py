"""Pictures that users give: what is accepted, and how each becomes 8-bit RGB."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from dataclasses import dataclass
from os import PathLike
from pathlib import PurePath

from PIL import Image

from vizlib.data.colours import Notes, to_rgb
from vizlib.data.contents import Refusal, Source, contents
from vizlib.data.image_headers import FORMATS, check_size, size_in_header
from vizlib.data.orientation import orientation, upright
from vizlib.data.sniff import described

LARGEST_FILE = 64 << 20
ACCEPTED = "JPEG, PNG, WebP, GIF, BMP and TIFF"
SUFFIXES = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".gif": "GIF",
    ".bmp": "BMP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
DECODER_ERRORS = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError, struct.error,
                  zlib.error, RuntimeError, AttributeError, MemoryError, Image.DecompressionBombError)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Picture:
    """An image as the models see it, with what was done to it.

    Attributes
    ----------
    image
        8-bit RGB, upright, without metadata.
    notes
        One sentence for each thing that was changed or left out.
    digest
        SHA-256 of size and pixels, in hexadecimal.
    """

    image: Image.Image
    notes: tuple[str, ...]
    digest: str


def read_image(source: Source, *, name: str | None = None) -> Picture:
    """Read one picture, whatever its colour space, depth and orientation, or say in one sentence why not.

    Parameters
    ----------
    source
        A path, or the bytes of the file.
    name
        Name under which bytes were given; it only serves to notice a wrong ending and is never shown.

    Raises
    ------
    ValueError
        The file is missing, of no accepted format, too large, incomplete or damaged. The message is one sentence for
        the user, without a path.

    Notes
    -----
    Sizes are checked in the header before anything is decoded. No setting of the process is touched.
    """
    data = contents(source, largest=LARGEST_FILE, what="image")
    kind = _format(data)
    check_size(size_in_header(kind, data))
    notes: Notes = []
    claimed = SUFFIXES.get(PurePath(name or (source if isinstance(source, (str, PathLike)) else "")).suffix.lower())
    if claimed not in (None, kind):
        notes.append(f"The name says {claimed}, but the file is a {kind} image; it was read as {kind}.")
    image = _decoded(kind, data, notes)
    if min(image.size) < 16:
        notes.append(f"The image has only {image.width} x {image.height} pixels: maps over it show little.")
    return Picture(image, tuple(notes), pixel_digest(image))


def pixel_digest(image: Image.Image) -> str:
    """SHA-256 of an image's size and RGB pixels, the identity of an image in recipes and caches."""
    image = image if image.mode == "RGB" else image.convert("RGB")
    width, height = image.size
    digest = hashlib.sha256(f"RGB {width} {height} ".encode())
    for top in range(0, height, 256):
        digest.update(image.crop((0, top, width, min(top + 256, height))).tobytes())
    return digest.hexdigest()


def _format(data: bytes) -> str:
    what = described(data)
    if what in FORMATS:
        return FORMATS[what]
    said = f"This is {what}, not an accepted image" if what else "This file is no image that is known here"
    raise Refusal(f"{said}; accepted are {ACCEPTED}.")


def _decoded(kind: str, data: bytes, notes: Notes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as frame:
            check_size(frame.size)
            _note_frames(kind, frame, notes)
            early = orientation(frame) if kind == "TIFF" else 1  # TIFF frames turn themselves while they load
            frame.load()
            late = orientation(frame) if kind != "TIFF" else 1
            notes.extend(["The image was turned upright as its EXIF data say."] * (max(early, late) > 1))
            notes.extend(["Only the upper 8 of its 16 bits a channel were kept."] * _deep(frame, data))
            return upright(to_rgb(frame, notes), late)
    except Refusal:
        raise
    except DECODER_ERRORS:
        raise Refusal(_reason(kind, data)) from None


def _note_frames(kind: str, frame: Image.Image, notes: Notes) -> None:
    if kind != "JPEG" and getattr(frame, "is_animated", False):
        notes.append(
            "The file has several pages; only the first is used."
            if kind == "TIFF"
            else "The image is animated; only its first frame is used."
        )


def _deep(frame: Image.Image, data: bytes) -> bool:
    """Tell whether the decoder dropped the lower half of 16-bit colours."""
    bits = max(frame.tag_v2.get(258, (8,))) if hasattr(frame, "tag_v2") else data[24] * (data[1:4] == b"PNG")
    return bits == 16 and frame.mode in ("RGB", "RGBA", "RGBX", "RGBa", "LA", "CMYK")


def _reason(kind: str, data: bytes) -> str:
    """Say whether an image that cannot be decoded was cut off or is damaged."""
    cut = {
        "JPEG": lambda: data.rfind(b"\xff\xd9") < max(data.rfind(b"\xff\xda"), 2),
        "PNG": lambda: b"IEND" not in data,
        "GIF": lambda: not data.rstrip(b"\0").endswith(b";"),
        "BMP": lambda: int.from_bytes(data[2:6], "little") > len(data),
        "WEBP": lambda: int.from_bytes(data[4:8], "little") + 8 > len(data),
        "TIFF": lambda: False,
    }[kind]()
    if cut:
        return f"The {kind} image is incomplete: the file was cut off on its way; give it again."
    return f"The {kind} image is damaged, incomplete or of a rare kind: save it as PNG with an image editor."
