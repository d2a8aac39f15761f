"""Pictures in a ZIP archive: found without unpacking what is no picture, and read one at a time within bounds."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from vizlib.data.contents import Refusal, contents
from vizlib.data.image_headers import FORMATS
from vizlib.data.images import LARGEST_FILE, SUFFIXES
from vizlib.data.sniff import described

MOST_ENTRIES = 10_000
MOST_BYTES = 256 << 20  # of all pictures of one archive, unpacked
MOST_GROWTH = 100  # pictures are packed already; what grows more than this was made to fill the memory
FREE_GROWTH = 16 << 20  # small archives may grow: a drawing as BMP does
HEAD = 1024  # bytes that tell what an entry is
DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, struct.error)


@dataclass(frozen=True, eq=False)
class Packed:
    """One picture inside an archive, unpacked when it is asked for.

    Attributes
    ----------
    name : str
        Its own name, without the folders of the archive.
    """

    name: str
    archive: zipfile.ZipFile
    entry: zipfile.ZipInfo

    def getvalue(self) -> bytes:
        """The bytes of the picture.

        Raises
        ------
        ValueError
            The entry is damaged.
        """
        content = _start(self.archive, self.entry, self.entry.file_size)
        if content is None:
            raise Refusal("The picture is damaged inside the ZIP archive: make the archive again.")
        return content


@dataclass(frozen=True, eq=False)
class Archive:
    """The pictures of an archive, and how many of its other files were left alone.

    Attributes
    ----------
    skipped : int
        Files that are no pictures.
    nested : int
        Archives inside the archive, which are not opened.
    """

    pictures: tuple[Packed, ...]
    skipped: int
    nested: int


def is_archive(data: bytes) -> bool:
    """Tell by the first bytes whether a file is a ZIP archive."""
    return data[:4] in (b"PK\3\4", b"PK\5\6")


def is_picture(data: bytes) -> bool:
    """Tell by the first bytes whether a file is an image of an accepted format."""
    return described(data[:HEAD]) in FORMATS


def read_archive(data: bytes) -> Archive:
    """Find the pictures of a ZIP archive; each is unpacked only when asked for, and nothing is written anywhere.

    Parameters
    ----------
    data
        The bytes of the archive.

    Raises
    ------
    ValueError
        The archive is damaged, locked, contradictory or grows too much, or holds no picture. The message is one
        sentence for the user.
    """
    data = contents(data, largest=LARGEST_FILE, what="ZIP")
    archive, entries = _opened(data)
    heads = {entry: _start(archive, entry, HEAD) for entry in entries}
    pictures = [entry for entry, head in heads.items() if _is_picture(entry, head)]
    nested = sum(is_archive(head or b"") for head in heads.values())
    _bounded(pictures)
    if not pictures:
        raise _without_pictures(nested)
    packed = tuple(Packed(_last(entry.filename), archive, entry) for entry in pictures)
    return Archive(packed, len(entries) - len(pictures) - nested, nested)


def _opened(data: bytes) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    if data.count(b"PK\1\2") > MOST_ENTRIES:  # counted before a list of them is made
        raise Refusal(f"The ZIP archive has more than {MOST_ENTRIES} files: make one with fewer.")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except DAMAGES:
        raise Refusal("The ZIP archive is damaged or incomplete: copy it again or make it again.") from None
    entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _hidden(entry.filename)]
    if any(entry.flag_bits & 0x41 for entry in entries):
        raise Refusal("The ZIP archive is locked with a password: unpack it and give the pictures themselves.")
    _apart(archive.infolist())
    return archive, entries


def _apart(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse archives in which two names share bytes."""
    reached = 0
    for entry in sorted(entries, key=lambda entry: (entry.header_offset, entry.compress_size)):
        if entry.header_offset < reached:
            raise Refusal("The ZIP archive holds the same bytes under several names: make it again.")
        reached = entry.header_offset + 30 + entry.compress_size


def _bounded(entries: list[zipfile.ZipInfo]) -> None:
    """Unpacking ends at the size that an entry claims, so that the sum of the claims is the most there can be."""
    whole = sum(entry.file_size for entry in entries)
    if whole > MOST_BYTES:
        raise Refusal(f"The pictures in the ZIP archive unpack to more than {MOST_BYTES >> 20} MB: give fewer at once.")
    if whole > max(FREE_GROWTH, MOST_GROWTH * sum(entry.compress_size for entry in entries)):
        raise Refusal("The ZIP archive grows more than pictures can when it is unpacked; it is not opened.")


def _start(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes | None:
    """The first bytes of an entry; None when it is damaged, or packed in a way that is not read here."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return None
    try:
        with archive.open(entry) as file:
            return file.read(most)
    except DAMAGES:
        return None


def _is_picture(entry: zipfile.ZipInfo, head: bytes | None) -> bool:
    """By its bytes; of what cannot be read by its name, so that it is said and not skipped."""
    return PurePosixPath(entry.filename).suffix.lower() in SUFFIXES if head is None else is_picture(head)


def _without_pictures(nested: int) -> Refusal:
    if nested:
        return Refusal("The ZIP archive holds other archives: unpack it and give those, or the pictures themselves.")
    return Refusal("The ZIP archive holds no pictures that can be read here.")


def _last(name: str) -> str:
    """What folders an archive claims, or that it climbs out of them, does not matter: only the last word is kept."""
    return PurePosixPath(name.replace("\\", "/")).name or "picture"


def _hidden(name: str) -> bool:
    """What systems put beside the files of a person."""
    return name.startswith("__MACOSX/") or _last(name).startswith(".") or _last(name) == "Thumbs.db"
