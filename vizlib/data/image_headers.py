"""Sizes that image headers claim, read before anything is decoded."""

from __future__ import annotations

import struct
from collections.abc import Callable

from vizlib.data.contents import Refusal

FORMATS = {
    "a JPEG image": "JPEG",
    "a PNG image": "PNG",
    "a WebP image": "WEBP",
    "a GIF image": "GIF",
    "a BMP image": "BMP",
    "a TIFF image": "TIFF",
}
LARGEST_PIXELS = 50_000_000
LONGEST_RATIO = 50
MOST_BLOCKS = 200_000
Size = tuple[int, int]


def size_in_header(kind: str, data: bytes) -> Size:
    """Width and height as the header states them.

    Raises
    ------
    ValueError
        The header ends early, states nothing, or the file is cut into absurdly many pieces.
    """
    try:
        return _READERS[kind](data)
    except (struct.error, IndexError):
        raise Refusal(f"The {kind} image is incomplete: the file was cut off in its header; give it again.") from None


def check_size(size: Size) -> None:
    """Refuse images that are empty, too large or too narrow to be resized."""
    width, height = size
    if width < 1 or height < 1:
        raise Refusal("The image is damaged: its header states no width or height.")
    if width * height > LARGEST_PIXELS:
        raise Refusal(
            f"The image has {width} x {height} pixels ({width * height / 1e6:.0f} million); "
            f"at most {LARGEST_PIXELS // 1_000_000} million are accepted: make it smaller and give it again."
        )
    if max(width, height) > LONGEST_RATIO * min(width, height):
        raise Refusal(
            f"The image is {width} x {height} pixels, more than {LONGEST_RATIO} times as long as wide: crop it first."
        )


def _fragmented() -> Refusal:
    return Refusal("The image file is cut into too many small pieces: save it again with an image editor.")


def _png(data: bytes) -> Size:
    """Size from IHDR; every chunk is counted, as decoders walk them one by one."""
    width, height = struct.unpack_from(">II", data, 16)
    position = 8
    for _ in range(MOST_BLOCKS):
        if position + 8 > len(data) or data[position + 4 : position + 8] == b"IEND":
            return width, height
        position += 12 + struct.unpack_from(">I", data, position)[0]
    raise _fragmented()


def _jpeg(data: bytes) -> Size:
    """Size from the last frame header before the scan."""
    size, position = None, 2
    for _ in range(10_000):
        if data[position] != 0xFF:
            raise Refusal("The JPEG image is damaged: its header is garbled.")
        marker = data[position + 1]
        if marker == 0xDA and size:
            return _few_scans(data, size)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, position + 5)
            size = width, height
        position += 1 if marker == 0xFF else 2
        if marker not in (0x00, 0x01, 0xFF) and not 0xD0 <= marker <= 0xD9:
            position += struct.unpack_from(">H", data, position)[0]
    raise _fragmented()


def _few_scans(data: bytes, size: Size) -> Size:
    if data.count(b"\xff\xda") > 200:  # each scan of a progressive image passes over all pixels
        raise _fragmented()
    return size


def _gif(data: bytes) -> Size:
    """Size of the screen and of the first frame; pieces are counted up to the second frame."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    position = 13 + _table(flags)
    frames = pieces = 0
    while pieces < MOST_BLOCKS and frames < 2 and position < len(data) and data[position] != 0x3B:
        if data[position] == 0x2C:
            left, top, wide, high, flags = struct.unpack_from("<HHHHB", data, position + 1)
            if frames == 0:
                width, height = max(width, left + wide), max(height, top + high)
            position, more = _skip(data, position + 11 + _table(flags))
            frames += 1
        elif data[position] == 0x21:
            position, more = _skip(data, position + 2)
            more += 50  # decoders join comments, which costs more than a piece of pixels
        else:
            position, more = position + 1, 1
        pieces += more
    if pieces >= MOST_BLOCKS:
        raise _fragmented()
    return width, height


def _table(flags: int) -> int:
    """Bytes of the colour table that the flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _skip(data: bytes, position: int) -> tuple[int, int]:
    """Position after a chain of GIF pieces, and their number."""
    for pieces in range(1, MOST_BLOCKS + 1):
        if position >= len(data) or data[position] == 0:
            return position + 1, pieces
        position += 1 + data[position]
    return position, MOST_BLOCKS


def _bmp(data: bytes) -> Size:
    header = struct.unpack_from("<I", data, 14)[0]
    if header == 12:
        return struct.unpack_from("<HH", data, 18)
    width, height, _, _, compression = struct.unpack_from("<iiHHI", data, 18)
    if compression in (1, 2) and len(data) > 4 << 20:
        raise Refusal("The BMP image is run-length coded and large: save it as PNG and give that.")
    return width, abs(height)


def _webp(data: bytes) -> Size:
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


def _tiff(data: bytes) -> Size:
    """Size from the first directory; tiles must not be larger than an accepted image."""
    order = "<" if data[:2] == b"II" else ">"
    start = struct.unpack_from(order + "I", data, 4)[0]
    found: dict[int, int] = {}
    for entry in range(struct.unpack_from(order + "H", data, start)[0]):
        tag, kind, _ = struct.unpack_from(order + "HHI", data, start + 2 + 12 * entry)
        found.setdefault(tag, struct.unpack_from(order + ("H" if kind == 3 else "I"), data, start + 10 + 12 * entry)[0])
    if found.get(322, 0) * found.get(323, 0) > LARGEST_PIXELS:
        raise Refusal("The TIFF image is damaged: its tiles are larger than any accepted image.")
    return found.get(256, 0), found.get(257, 0)


_READERS: dict[str, Callable[[bytes], Size]] = {
    "PNG": _png,
    "JPEG": _jpeg,
    "GIF": _gif,
    "BMP": _bmp,
    "WEBP": _webp,
    "TIFF": _tiff,
}
