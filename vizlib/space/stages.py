"""One progress for work in several stages, and work beside the caller that cannot be asked to stop."""

import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from vizlib.core.results import Result
from vizlib.core.technique import Progress

PARTS = 1000
WAIT = 0.1  # seconds between two looks at work that runs beside
Made = TypeVar("Made")
Make = Callable[[], Result]


class Tick(Protocol):
    """Told from within the work how far it is; raises to stop it."""

    def __call__(self, done: int, total: int, /) -> None: ...


class Stages:
    """Turns the progress of each stage into a progress of the whole, in thousandths."""

    def __init__(self, progress: Progress, *weights: float) -> None:
        self.progress, self.weights, self.before = progress, list(weights), 0.0
        self.whole = sum(weights)
        progress(0, PARTS)

    def next(self) -> Tick:
        """The progress of the stage that begins now."""
        start, weight = self.before, self.weights.pop(0)
        self.before += weight

        def tick(done: int, total: int) -> None:
            self.progress(round(PARTS * (start + weight * done / max(total, 1)) / self.whole), PARTS)

        return tick

    def show(self, make: Make) -> None:
        """Offer a preview to who watches."""
        watcher = getattr(self.progress, "show", None)
        if watcher is not None:
            watcher(make)


class Stopped(BaseException):
    """Ends work that was left behind."""


class Aside:
    """What work in another thread uses to report, to show and to learn that it should stop."""

    def __init__(self) -> None:
        self.last = (0, 1)
        self.preview: Make | None = None
        self.left = threading.Event()

    def __call__(self, done: int, total: int) -> None:
        if self.left.is_set():
            raise Stopped
        self.last = (done, total)


def aside(work: Callable[[Aside], Made], tick: Tick, show: Callable[[Make], None] | None = None) -> Made:
    """Do work in another thread and report for it here, so that a call that never reports can be left at once.

    What was left ends at its next report; until then it runs on unheard.
    """
    reporter, found = Aside(), Outcome()
    thread = threading.Thread(target=found.of, args=(work, reporter), daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(WAIT)
            tick(*reporter.last)
            if show is not None and reporter.preview is not None:
                show(reporter.preview)
    except BaseException:
        reporter.left.set()
        raise
    return found.made()


class Outcome:
    """What work returned, or raised."""

    def __init__(self) -> None:
        self.value: Any = None
        self.error: BaseException | None = None

    def of(self, work: Callable[[Aside], Any], reporter: Aside) -> None:
        """Run, and keep what comes of it."""
        try:
            self.value = work(reporter)
        except BaseException as error:  # noqa: BLE001  (raised again in the caller's thread)
            self.error = error

    def made(self) -> Any:
        """The value; raises what the work raised."""
        if self.error is not None:
            raise self.error
        return self.value
