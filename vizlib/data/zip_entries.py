"""The entries of a ZIP archive, walked without trusting what the archive says about itself."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from vizlib.data.contents import Refusal

MOST_ENTRIES = 10_500
AGAIN = "save the weights again with torch.save(model.state_dict(), 'weights.pth')"


@dataclass(frozen=True, slots=True)
class Entry:
    """Where the bytes of one entry lie."""

    start: int
    size: int
    compressed: bool


def entries(data: bytes) -> dict[str, Entry]:
    """Find every entry of an archive: each in one piece, each name once, none over another.

    Raises
    ------
    Refusal
        The archive is cut off, encrypted, contradictory, or has too many entries.
    """
    count, position, end = _directory(data)
    if count > MOST_ENTRIES:
        raise Refusal(f"The checkpoint has {count} entries, more than the {MOST_ENTRIES} that are accepted.")
    found: dict[str, Entry] = {}
    for _ in range(count):
        name, entry, position = _entry(data, position, end)
        found[name] = entry
    if position != end or len({name.lower() for name in found}) < count:  # torch looks names up regardless of case
        raise _contradictory()
    _apart(found, end)
    return found


def _contradictory() -> Refusal:
    return Refusal(f"The checkpoint's archive is damaged or contradicts itself: download it again, or {AGAIN}.")


def _directory(data: bytes) -> tuple[int, int, int]:
    """Count of entries, first byte and end of the central directory."""
    if data[-22:-18] != b"PK\5\6":
        if 0 <= data.rfind(b"PK\5\6", max(0, len(data) - 65_557)) <= len(data) - 22:
            raise _contradictory()
        raise Refusal("The checkpoint is incomplete: the end of its archive is missing; download or copy it again.")
    disks, _, count, size, start, comment = struct.unpack("<IHHIIH", data[-18:])
    end = len(data) - 22
    if data[-42:-38] == b"PK\6\7":
        end -= 76
        if end < 0 or data[end : end + 4] != b"PK\6\6" or struct.unpack_from("<Q", data, len(data) - 34)[0] != end:
            raise _contradictory()
        wide = struct.unpack_from("<QQQ", data, end + 32)
        if count not in (wide[0], 0xFFFF) or size not in (wide[1], 2**32 - 1) or start not in (wide[2], 2**32 - 1):
            raise _contradictory()
        count, size, start = wide
    if disks or comment or start + size != end:
        raise _contradictory()
    return count, start, end


def _entry(data: bytes, position: int, end: int) -> tuple[str, Entry, int]:
    """Read one record of the central directory and the local header that it points to."""
    if position + 46 > end or data[position : position + 4] != b"PK\1\2":
        raise _contradictory()
    flags, method = struct.unpack_from("<HH", data, position + 8)
    packed, size, name, extra, comment = struct.unpack_from("<IIHHH", data, position + 20)
    header = struct.unpack_from("<I", data, position + 42)[0]
    if flags & 1 or data[header : header + 4] != b"PK\3\4" or header + 30 > end:
        raise _contradictory()
    start = header + 30 + sum(struct.unpack_from("<HH", data, header + 26))
    if start + packed > end or (not method and packed != size):
        raise _contradictory()
    text = data[position + 46 : position + 46 + name].decode("utf-8", "replace")
    return text, Entry(start, packed, method != 0), position + 46 + name + extra + comment


def _apart(found: dict[str, Entry], end: int) -> None:
    """Refuse archives in which two names share bytes."""
    reached = 0
    for entry in sorted(found.values(), key=lambda entry: (entry.start, entry.size)):
        if entry.start < reached + 30 or entry.start + entry.size > end:
            raise Refusal(f"The checkpoint's archive holds the same bytes under several names: {AGAIN}.")
        reached = entry.start + entry.size
