"""What a torch checkpoint holds, found out without torch: ZIP archives and the older plain files."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Any

from vizlib.data import pickle_words
from vizlib.data.contents import Refusal
from vizlib.data.pickle_machine import CutOff, NotUnderstood, TooMuch, Understood, understood
from vizlib.data.tensor_records import Storage
from vizlib.data.zip_entries import AGAIN, entries

LARGEST_PICKLE = 8 << 20
MAGIC = 0x1950A86A20F9469CFC6C
KINDS_OF_ZIP = (
    (("constants.pkl", "bytecode.pkl"), "a TorchScript archive, which holds a program besides its weights"),
    (("archive_format", "serialized_exported_program.json"), "an exported torch program (.pt2), not only weights"),
    (("model.weights.h5",), "a Keras model"),
    (("[Content_Types].xml",), "an Office document"),
    (("META-INF/MANIFEST.MF",), "a Java archive"),
)


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint describes, and the storages whose bytes it holds."""

    content: Any
    storages: dict[str, Storage]


def read_archive(data: bytes) -> Checkpoint:
    """Describe a checkpoint in the ZIP form that torch writes since 1.6.

    Raises
    ------
    Refusal
        The archive is damaged or compressed, or it is something else than weights.
    """
    found = entries(data)
    names = [name for name in found if name.count("/") == 1 and name.endswith("/data.pkl")]
    _refuse_other_zips(list(found))
    if len(names) != 1:
        raise Refusal(f"This is a ZIP archive, but no torch checkpoint: unpack it and give the weights, or {AGAIN}.")
    folder = names[0].removesuffix("data.pkl")
    if any(entry.compressed for entry in found.values()):
        raise Refusal(f"The checkpoint's archive is compressed, which torch never does: {AGAIN}.")
    if any(not name.startswith(folder) for name in found):
        raise Refusal(f"The checkpoint's archive holds foreign files: {AGAIN}.")
    pickled = found[names[0]]
    part = _understood(data, pickled.start, pickled.size)
    for key, held in part.storages.items():
        if (entry := found.get(f"{folder}data/{key}")) is None or entry.size != held.size:
            raise Refusal(f"The checkpoint lacks the values of some tensors: download it again, or {AGAIN}.")
    return Checkpoint(part.content, part.storages)


def _refuse_other_zips(names: list[str]) -> None:
    for marks, what in KINDS_OF_ZIP:
        if any(name.rpartition("/")[2] in marks or name in marks for name in names):
            raise Refusal(f"This is {what}; {pickle_words.HOW}.")
    if any("/code/" in name for name in names):
        raise Refusal(f"This is {KINDS_OF_ZIP[0][1]}; {pickle_words.HOW}.")
    if names and all(name.endswith(".npy") for name in names):
        raise Refusal("This is a NumPy archive (.npz), not a checkpoint; weights are read from .safetensors and .pth.")


def read_plain(data: bytes) -> Checkpoint:
    """Describe a checkpoint in the form before torch 1.6: five pickles, then the storages.

    Raises
    ------
    Refusal
        The file is cut off, or is no checkpoint.
    """
    magic = _understood(data)
    if magic.content != MAGIC:
        raise pickle_words.refusal(data[:LARGEST_PICKLE])
    system = _understood(data, _understood(data, magic.end).end)
    if type(system.content) is not dict or system.content.get("little_endian") is not True:
        raise Refusal(f"The checkpoint comes from a machine with another byte order: {AGAIN}.")
    part = _understood(data, system.end)
    keys = _understood(data, part.end)
    if type(keys.content) is not list or sorted(map(str, keys.content)) != sorted(part.storages):
        raise _incomplete()
    _check_plain(data, keys.end, [part.storages[str(key)] for key in keys.content])
    return Checkpoint(part.content, part.storages)


def _check_plain(data: bytes, position: int, storages: list[Storage]) -> None:
    """Check that every storage follows: a count of elements, then the elements, up to the end of the file."""
    for held in storages:
        if data[position : position + 8] != struct.pack("<q", held.count):
            raise _incomplete()
        position += 8 + held.size
    if position != len(data):
        raise _incomplete()


def _understood(data: bytes, start: int = 0, size: int | None = None) -> Understood:
    """Understand the pickle at ``start``; positions count from the start of the file."""
    longest = LARGEST_PICKLE + 1 if size is None else size
    window = data[start : start + longest]
    if longest > LARGEST_PICKLE + 1:
        raise _too_much()
    try:
        part = understood(window)
    except CutOff:
        raise _too_much() if len(window) > LARGEST_PICKLE else _incomplete() from None
    except TooMuch:
        raise _too_much() from None
    except NotUnderstood:
        raise pickle_words.refusal(window) from None
    return replace(part, end=start + part.end)


def _incomplete() -> Refusal:
    return Refusal("The checkpoint is incomplete: the file ends too early; download or copy it again.")


def _too_much() -> Refusal:
    return Refusal(f"The checkpoint describes far more objects than weights need; {pickle_words.HOW}.")
