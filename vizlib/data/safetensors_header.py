"""The header of a safetensors file, checked by the format's own rules and by limits."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from typing import Any

from vizlib.data.contents import Refusal, listed, shown
from vizlib.data.state_dict import MOST_TENSORS

LARGEST_HEADER = 8 << 20
DTYPES = {
    "F64": ("float64", 8),
    "F32": ("float32", 4),
    "F16": ("float16", 2),
    "BF16": ("bfloat16", 2),
    "F8_E4M3": ("float8_e4m3fn", 1),
    "F8_E5M2": ("float8_e5m2", 1),
    "I64": ("int64", 8),
    "I32": ("int32", 4),
    "I16": ("int16", 2),
    "I8": ("int8", 1),
    "U8": ("uint8", 1),
    "U16": ("uint16", 2),
    "U32": ("uint32", 4),
    "U64": ("uint64", 8),
    "BOOL": ("bool", 1),
    "C64": ("complex64", 8),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tensor lies in the file, and what it is."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int


def is_safetensors(data: bytes) -> bool:
    """Tell whether the bytes begin as safetensors do: a length, then JSON."""
    return data[7:9] == b"\0{"


def places(data: bytes) -> dict[str, Place]:
    """Find every tensor: contiguous, without gaps, of known type, each name once.

    Raises
    ------
    Refusal
        The header is too large, is no such header, or does not match the length of the file.
    """
    length = struct.unpack_from("<Q", data)[0]
    if length > LARGEST_HEADER:
        raise Refusal(
            f"The header of this safetensors file claims {length >> 20} MB; weights need far less: save it again."
        )
    if 8 + length > len(data):
        raise _incomplete()
    found = [_place(name, entry, 8 + length) for name, entry in _parsed(data[8 : 8 + length]).items()]
    position = 8 + length
    for _, place in sorted(found, key=lambda item: (item[1].start, item[1].stop)):
        if place.start != position:
            raise _damaged()
        position = place.stop
    if position > len(data):
        raise _incomplete()
    if position < len(data):
        raise Refusal("The safetensors file goes on after its last tensor: it is damaged; download or save it again.")
    return dict(found)


def _damaged() -> Refusal:
    return Refusal("The header of this safetensors file is damaged: download it or save it again.")


def _incomplete() -> Refusal:
    return Refusal("The safetensors file is incomplete: it ends before its last tensor; download or copy it again.")


def _parsed(header: bytes) -> dict[str, Any]:
    """Entries of the header without its metadata; counted before they are built."""
    if header.count(b"{") > MOST_TENSORS + 2 or header.count(b"[") > 2 * MOST_TENSORS + 2:
        count = header.count(b'"dtype"')
        raise Refusal(f"The safetensors file lists {count} tensors; at most {MOST_TENSORS} are accepted.")
    try:
        entries = json.loads(header.decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise _damaged() from None
    if type(entries) is not dict or type(entries.pop("__metadata__", {})) is not dict:
        raise _damaged()
    return entries


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object whose keys appear once; readers disagree about which of two they keep."""
    entries = dict(pairs)
    if len(entries) < len(pairs):
        raise Refusal("The safetensors file names a tensor twice: save it again.")
    return entries


def _place(name: str, entry: Any, base: int) -> tuple[str, Place]:
    if type(entry) is not dict or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise _damaged()
    shape, offsets = entry["shape"], entry["data_offsets"]
    if not _counts(shape) or not _counts(offsets) or len(offsets) != 2 or len(shape) > 16:
        raise _damaged()
    if type(entry["dtype"]) is not str or entry["dtype"] not in DTYPES:
        known = listed(DTYPES, most=6)
        raise Refusal(
            f"Tensor '{shown(name)}' has the type {shown(entry['dtype'])}, which is not read here; known are {known}."
        )
    dtype, width = DTYPES[entry["dtype"]]
    if math.prod(shape) * width != offsets[1] - offsets[0]:
        raise _damaged()
    return name, Place(dtype, tuple(shape), base + offsets[0], base + offsets[1])


def _counts(numbers: Any) -> bool:
    return type(numbers) is list and all(type(number) is int and 0 <= number < 2**48 for number in numbers)
