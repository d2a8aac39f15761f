"""A technique inside another one: its progress is a part of the whole."""

from collections.abc import Callable
from typing import Any

from vizlib.core.heartbeat import Heartbeat
from vizlib.core.results import Result


class Part:
    """The ``progress`` of a part that begins at ``start`` of ``total``; what it shows may be put into a whole."""

    def __init__(
        self, progress: Heartbeat, start: int, total: int, whole: Callable[[Any], Result] | None = None
    ) -> None:
        self.progress, self.start, self.total, self.whole = progress, start, total, whole

    def __call__(self, done: int, total: int) -> None:
        self.progress(self.start + done, self.total)

    def show(self, make: Callable[[], Result]) -> None:
        """Show a preview of the whole."""
        whole = self.whole
        if whole is not None:
            self.progress.show(lambda: whole(make()))
