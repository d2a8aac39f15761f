"""Descriptions of tensors as a checkpoint states them, before any memory is given to them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

ITEM_SIZES = {
    "float64": 8,
    "float32": 4,
    "float16": 2,
    "bfloat16": 2,
    "float8_e4m3fn": 1,
    "float8_e5m2": 1,
    "int64": 8,
    "int32": 4,
    "int16": 2,
    "int8": 1,
    "uint8": 1,
    "uint16": 2,
    "uint32": 4,
    "uint64": 8,
    "bool": 1,
    "complex64": 8,
}
STORAGES = {
    "Double": "float64",
    "Float": "float32",
    "Half": "float16",
    "BFloat16": "bfloat16",
    "Long": "int64",
    "Int": "int32",
    "Short": "int16",
    "Char": "int8",
    "Byte": "uint8",
    "Bool": "bool",
    "ComplexFloat": "complex64",
}
STORAGE_WORDS = {f"torch.{name}Storage": dtype for name, dtype in STORAGES.items()} | {
    "torch.storage.UntypedStorage": "uint8"
}


@dataclass(frozen=True)
class Word:
    """A global that the pickle names; nothing is imported for it."""

    name: str


@dataclass(frozen=True)
class Storage:
    """A block of memory that the checkpoint holds."""

    key: str
    dtype: str
    count: int

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self.count * ITEM_SIZES[self.dtype]


@dataclass(frozen=True)
class Record:
    """A tensor: a view on a storage."""

    storage: Storage
    dtype: str
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    @property
    def size(self) -> int:
        """Bytes that the tensor takes when it is written out."""
        return math.prod(self.shape) * ITEM_SIZES[self.dtype]

    @property
    def expanded(self) -> bool:
        """Whether elements share memory, so that the tensor is larger than what the file holds of it."""
        return self.size > self.storage.size

    @property
    def inside(self) -> bool:
        """Whether every element lies in the storage."""
        last = sum((length - 1) * step for length, step in zip(self.shape, self.stride, strict=True))
        return not self.size or (self.offset + last + 1) * ITEM_SIZES[self.dtype] <= self.storage.size


def storage(named: Any) -> Storage:
    """Describe the storage that a persistent id names.

    Raises
    ------
    ValueError
        The id names no plain storage.
    """
    kind, word, key, location, count, *view = named
    if (kind, view) not in (("storage", []), ("storage", [None])) or type(key) is not str or type(location) is not str:
        raise ValueError("no plain storage")
    if not _counts((count,)) or type(word) is not Word:
        raise ValueError("no plain storage")
    return Storage(key, STORAGE_WORDS[word.name], count)


def call(function: Any, arguments: Any) -> Any:
    """Result of one of the few calls that a state_dict needs, with descriptions in place of tensors.

    Raises
    ------
    ValueError, LookupError, TypeError
        The call is none of these, or its arguments are not what torch writes.
    """
    if type(function) is not Word or type(arguments) is not tuple:
        raise ValueError("no call of a state_dict")
    if function.name in ("torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2"):
        return _record(*arguments[:4])
    if function.name == "torch._utils._rebuild_tensor_v3":
        return _record(*(*arguments[:4], arguments[6].name.removeprefix("torch.")))
    if function.name in ("torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state"):
        if type(arguments[0]) is not Record:
            raise ValueError("no tensor")
        return arguments[0]
    if function.name == "collections.OrderedDict" and len(arguments) < 2:
        return _dictionary(*arguments)
    if function.name == "torch.Size" and len(arguments) == 1 and _counts(arguments[0]):
        return arguments[0]
    if function.name == "torch.device" and all(type(part) in (str, int) for part in arguments):
        return None
    raise ValueError("no call of a state_dict")


def _dictionary(pairs: Any = ()) -> dict[str, Any]:
    """A dictionary from pairs, the form in which Python 2 wrote it."""
    if type(pairs) not in (list, tuple) or not all(len(pair) == 2 and type(pair[0]) is str for pair in pairs):
        raise ValueError("no dictionary")
    return dict(pairs)


def _record(held: Any, offset: Any, shape: Any, stride: Any, dtype: str | None = None) -> Record:
    dtype = held.dtype if dtype is None else dtype
    if type(held) is not Storage or dtype not in ITEM_SIZES or len(shape) != len(stride) or len(shape) > 16:
        raise ValueError("no tensor")
    if not _counts((offset, *shape, *stride)):
        raise ValueError("no tensor")
    return Record(held, dtype, offset, tuple(shape), tuple(stride))


def _counts(numbers: Any) -> bool:
    return type(numbers) is tuple and all(type(number) is int and 0 <= number < 2**48 for number in numbers)
