"""Counts passed batches, for a progress that only goes forward."""

from vizlib.core.technique import Progress


class Counter:
    """Reports after every batch; ``weight`` is what one more batch costs, in passes."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.progress, self.done, self.total = progress, 0, total
        progress(0, total)

    def step(self, weight: int = 1) -> None:
        self.done = min(self.done + weight, self.total)
        self.progress(self.done, self.total)

    def end(self) -> None:
        """What was planned and turned out not to be needed counts as done."""
        if self.done < self.total:
            self.step(self.total - self.done)
