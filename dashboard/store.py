"""A bounded shelf: the least recently used goes when it is full."""

import dataclasses
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

import numpy as np

Value = TypeVar("Value")


def array_bytes(value: Any) -> int:
    """Bytes of the arrays in a result."""
    held = (getattr(value, field.name) for field in dataclasses.fields(value))
    return sum(array.nbytes for array in held if isinstance(array, np.ndarray))


class Store(Generic[Value]):
    """Values by key, together at most ``limit`` heavy; the newest always stays.

    Parameters
    ----------
    limit : int
    weigh : callable
        Weight of one value, in the unit of ``limit``; bytes of its arrays unless told.
    """

    def __init__(self, limit: int, weigh: Callable[[Any], int] = array_bytes) -> None:
        self._limit, self._weigh = limit, weigh
        self._values: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._lock = threading.Lock()
        self.weight = 0

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable) -> Value | None:
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][0]

    def put(self, key: Hashable, value: Value) -> None:
        weight = self._weigh(value)
        with self._lock:
            _, before = self._values.pop(key, (None, 0))
            self._values[key] = (value, weight)
            self.weight += weight - before
            while self.weight > self._limit and len(self._values) > 1:
                _, (_, lighter) = self._values.popitem(last=False)
                self.weight -= lighter
