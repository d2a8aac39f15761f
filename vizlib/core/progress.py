"""How far something is: what every long computation reports to, and may be cancelled by."""

from collections.abc import Callable

Progress = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """Report nothing; the default of every technique's ``progress``."""
