"""A mask of an image as one word: ``96x96r10.20.30.40`` hides 30 by 40 pixels from column 10 and row 20 on.

After the size stand rectangles (``r``: left, top, width and height of each), else lengths of runs in reading order,
uncovered and covered in turn (``l``), or these packed (``z``, which is read but never written here, since it depends
on who packs).
"""

import base64
import binascii
import re
import zlib
from typing import Any

import numpy as np

RULE = "a mask [height, width] of true and false, or its word, as in '96x96r10.20.30.40' (left, top, width, height)"
MOST_RECTANGLES = 40
MOST_PIXELS = 1 << 24
MOST_BYTES = 1 << 22  # of unpacked run lengths
_WORD = re.compile(r"(\d{1,4})x(\d{1,4})([rlz])([\w.-]*)", re.ASCII)


def canonical(value: Any) -> str | None:
    """The one word that stands for a mask, given as an array or as any word for it; None when it is none."""
    mask = mask_of(value) if isinstance(value, str) else _array(value)
    return None if mask is None else written(mask)


def written(mask: np.ndarray) -> str:
    """A mask as rectangles where few are enough, else as run lengths."""
    found = rectangles(mask)
    words = "r" + "_".join(".".join(map(str, one)) for one in found)
    if len(found) > MOST_RECTANGLES:
        words = "l" + ".".join(map(str, runs_of(mask)))
    return f"{mask.shape[0]}x{mask.shape[1]}{words}"


def mask_of(word: str) -> np.ndarray | None:
    """The mask that a word means; None when it makes no sense."""
    found = _WORD.fullmatch(word.strip())
    size = (int(found[1]), int(found[2])) if found else (0, 0)
    if found is None or not 0 < size[0] * size[1] <= MOST_PIXELS:
        return None
    try:
        return _READERS[found[3]](found[4], size)
    except (ValueError, zlib.error, binascii.Error):
        return None


def _array(value: Any) -> np.ndarray | None:
    mask = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    if mask.ndim != 2 or not 0 < mask.size <= MOST_PIXELS or max(mask.shape) > 9999:
        return None
    return mask.astype(bool) if mask.dtype == bool or np.isin(mask, (0, 1)).all() else None


def runs_of(mask: np.ndarray) -> list[int]:
    """Lengths of runs in reading order, uncovered and covered in turn; what follows the last is uncovered."""
    flat = np.concatenate([[False], mask.ravel(), [False]])
    return list(np.diff(np.flatnonzero(flat[1:] != flat[:-1]), prepend=0).tolist())


def covered_by(runs: list[int], size: tuple[int, int]) -> np.ndarray:
    """The mask of :func:`runs_of`; lengths that are too large cover nothing beyond the picture."""
    mask = np.zeros(size[0] * size[1], dtype=bool)
    ends = np.cumsum([min(length, mask.size) for length in runs])
    for start, end in zip(ends[::2], ends[1::2], strict=False):
        mask[start:end] = True
    return mask.reshape(size)


def packed(mask: np.ndarray) -> str:
    """The run lengths of a mask in as few letters as can be, for an address."""
    runs = " ".join(map(str, runs_of(mask)))
    return base64.urlsafe_b64encode(zlib.compress(runs.encode(), 9)).decode().rstrip("=")


def rectangles(mask: np.ndarray) -> list[tuple[int, int, int, int]]:
    """The mask as rectangles that do not overlap: column, row, width and height of each."""
    done: list[tuple[int, int, int, int]] = []
    begun: dict[tuple[int, int], int] = {}  # columns of a rectangle: the row in which it begins
    for row in range(len(mask) + 1):
        present = _columns(mask[row]) if row < len(mask) else set()
        for columns in [known for known in begun if known not in present]:
            top = begun.pop(columns)
            done.append((columns[0], top, columns[1] - columns[0], row - top))
        for columns in present:
            begun.setdefault(columns, row)
    return sorted(done, key=lambda one: (one[1], one[0]))


def _columns(row: np.ndarray) -> set[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(row.astype(np.int8), prepend=0, append=0)).tolist()
    return set(zip(edges[::2], edges[1::2], strict=True))


def _from_rectangles(words: str, size: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(size, dtype=bool)
    for one in words.split("_") if words else ():
        left, top, width, height = (int(number) for number in one.split("."))
        mask[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)] = True
    return mask


def _from_runs(words: str, size: tuple[int, int]) -> np.ndarray:
    return covered_by([int(word) for word in words.split(".")] if words else [], size)


def _from_packed(words: str, size: tuple[int, int]) -> np.ndarray:
    content = base64.urlsafe_b64decode(words + "=" * (-len(words) % 4))
    runs = zlib.decompressobj().decompress(content, MOST_BYTES).decode()
    return covered_by([int(word) for word in runs.split(" ") if word.isdecimal()], size)


_READERS = {"r": _from_rectangles, "l": _from_runs, "z": _from_packed}
