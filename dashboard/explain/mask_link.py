"""A mask as a short word for an address: rectangles as numbers, anything else as run lengths, packed."""

import base64
import binascii
import re
import zlib

import numpy as np

from dashboard.explain.canvas import decoded, encoded

LONGEST = 1500  # letters; some browsers and most chats cut longer addresses
MOST_RECTANGLES = 40
MOST_BYTES = 1 << 17  # of unpacked run lengths
_WORD = re.compile(r"(\d{1,4})x(\d{1,4})([rz])([\w.-]*)", re.ASCII)


def to_word(mask: np.ndarray) -> str | None:
    """The mask as a word of letters, digits and ``.-_``; empty for an empty mask, None when it would be too long."""
    if not mask.any():
        return ""
    height, width = mask.shape
    words = [f"r{_numbers(found)}"] if len(found := rectangles(mask)) <= MOST_RECTANGLES else []
    words.append(f"z{_packed(encoded(mask))}")
    word = f"{height}x{width}{min(words, key=len)}"
    return word if len(word) <= LONGEST else None


def from_word(word: str, size: tuple[int, int]) -> np.ndarray | None:
    """The mask that a word means; None when it is of another size or makes no sense."""
    found = _WORD.fullmatch(word) if len(word) <= LONGEST else None
    if found is None or (int(found[1]), int(found[2])) != size:
        return None
    try:
        return _painted(found[4], size) if found[3] == "r" else decoded(_unpacked(found[4]), size)
    except (ValueError, zlib.error, binascii.Error):
        return None


def rectangles(mask: np.ndarray) -> list[tuple[int, int, int, int]]:
    """The mask as rectangles that do not overlap: column, row, width and height of each."""
    done: list[tuple[int, int, int, int]] = []
    begun: dict[tuple[int, int], int] = {}  # columns of a rectangle: the row in which it begins
    for row in range(len(mask) + 1):
        present = _runs(mask[row]) if row < len(mask) else set()
        for columns in [known for known in begun if known not in present]:
            top = begun.pop(columns)
            done.append((columns[0], top, columns[1] - columns[0], row - top))
        for columns in present:
            begun.setdefault(columns, row)
    return sorted(done, key=lambda one: (one[1], one[0]))


def _runs(row: np.ndarray) -> set[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(row.astype(np.int8), prepend=0, append=0)).tolist()
    return set(zip(edges[::2], edges[1::2], strict=True))


def _numbers(found: list[tuple[int, int, int, int]]) -> str:
    return "_".join(".".join(map(str, one)) for one in found)


def _painted(numbers: str, size: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(size, dtype=bool)
    for one in numbers.split("_"):
        left, top, width, height = (int(number) for number in one.split("."))
        mask[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)] = True
    return mask


def _packed(runs: str) -> str:
    return base64.urlsafe_b64encode(zlib.compress(runs.encode(), 9)).decode().rstrip("=")


def _unpacked(word: str) -> str:
    content = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))
    return zlib.decompressobj().decompress(content, MOST_BYTES).decode()
