"""One thread for tiny models."""

from toys import one_thread

__all__ = ["one_thread"]
