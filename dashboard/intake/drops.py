"""The files of one drop, read one after the other: the first at once, what takes longer by the worker."""

import time
from collections.abc import Callable, Iterable
from math import inf
from typing import TYPE_CHECKING

from dashboard.intake.arrivals import Arrivals, File

if TYPE_CHECKING:
    from dashboard.intake.pictures import Shot, Uploads


class Drop:
    """A drop on its way into the tray; each picture is there as soon as it is read.

    Attributes
    ----------
    arrivals : Arrivals
        What became of the files so far.
    first : Shot or None
        The first picture of it.
    seen : int
        Files that were looked at.
    over : bool
        Whether all were.
    """

    def __init__(self, uploads: "Uploads", files: Iterable[File], *, folder: bool = False) -> None:
        files = list(files)
        self.arrivals = Arrivals(several=folder or len(files) > 1, expected=len(files))
        self.first: Shot | None = None
        self.seen, self.over = 0, False
        self._uploads = uploads
        self._coming = self.arrivals.pictures(files, folder=folder)

    def begin(self, seconds: float = inf) -> None:
        """Read until there is a first picture and the time is up, or until the end."""
        end = time.monotonic() + seconds
        while self._step() and (self.first is None or time.monotonic() < end):
            pass

    def finish(self, tick: Callable[[int, int], None]) -> None:
        """Read the others; ``tick`` may raise between two of them."""
        while not self.over:
            tick(self.seen, self.arrivals.expected)
            self._step()

    def _step(self) -> bool:
        """Read one picture; False when that was the end."""
        name, content = next(self._coming, (None, b""))
        if name is None:
            self.over = True
            return False
        self.seen += 1
        try:
            shot = self._uploads.read(name, content)
        except ValueError as error:
            self.arrivals.refuse(name, error)
            return True
        self.arrivals.taken += shot is not None
        self.arrivals.left += shot is None
        self.first = self.first or shot
        return True
