"""Bytes of a file that a user gave, and words of it that may be shown."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path

from vizlib.data.sniff import is_pointer


class Refusal(ValueError):
    """A file that is not accepted; its message is the one sentence that the user sees."""


Source = str | os.PathLike[str] | bytes | bytearray | memoryview


def contents(source: Source, *, largest: int, what: str) -> bytes:
    """Read a file whole, or refuse it unread.

    Parameters
    ----------
    source
        A path, or the bytes themselves.
    largest
        Largest size accepted, in bytes.
    what
        What the file should hold, for the sentence: ``"image"`` or ``"weights"``.

    Raises
    ------
    ValueError
        The file is missing, no regular file, empty, too large or a git-LFS pointer.
    """
    data = bytes(source) if isinstance(source, (bytes, bytearray, memoryview)) else _read(Path(source), largest, what)
    if not data:
        raise Refusal(f"The {what} file is empty (0 bytes): the upload or download did not finish; give it again.")
    if len(data) > largest:
        raise _too_large(what, largest)
    if is_pointer(data):
        raise Refusal(
            f"This is a git-LFS pointer, a short text in place of the {what} file: "
            "run 'git lfs pull' where it came from and give the real file."
        )
    return data


def _read(path: Path, largest: int, what: str) -> bytes:
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise Refusal(f"The {what} must be a file; a folder or device was given.")
        if state.st_size > largest:
            raise _too_large(what, largest)
        with path.open("rb") as file:
            return file.read(largest + 1)
    except OSError:
        raise Refusal(f"The {what} file is not there or may not be read: check its name and its rights.") from None


def _too_large(what: str, largest: int) -> Refusal:
    return Refusal(f"The {what} file is larger than the {largest >> 20} MB that are accepted here.")


def shown(name: object) -> str:
    """Make a word of a file safe to show: no markup, no address, no line break, at most 60 characters."""
    word = re.sub(r"[^\w.\-]", "?", str(name)[:200])
    return word if len(word) <= 60 else word[:57] + "..."


def listed(names: Iterable[object], most: int = 3) -> str:
    """Join the first few names for a sentence and count the rest: ``'a', 'b' and 7 more``."""
    names = list(names)
    first = ", ".join(f"'{shown(name)}'" for name in names[:most])
    return first + (f" and {len(names) - most} more" if len(names) > most else "")
