"""Weights that users give: safetensors and torch checkpoints, judged before torch sees them."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vizlib.data.checkpoints import Checkpoint, read_archive, read_plain
from vizlib.data.contents import Refusal, Source, contents
from vizlib.data.loader_process import FAILED, LOADER
from vizlib.data.pickle_words import looks_pickled, refusal
from vizlib.data.safetensors_header import Place, is_safetensors, places
from vizlib.data.sniff import described
from vizlib.data.state_dict import StateDict, find_state
from vizlib.data.tensor_checks import check_values, unprefixed

if TYPE_CHECKING:
    import torch

LARGEST_FILE = 4 << 30
ACCEPTED = "safetensors files and torch checkpoints that hold a state_dict"


@dataclass(frozen=True, eq=False)
class Weights:
    """Named tensors of a model, with what was done to get them.

    Attributes
    ----------
    tensors
        Finite tensors on the CPU by parameter name, without ``module.`` in front.
    notes
        One sentence for each thing that was unwrapped or left out.
    digest
        SHA-256 of names, types, shapes and values, in hexadecimal; equal for equal weights in any file format.
    """

    tensors: dict[str, torch.Tensor]
    notes: tuple[str, ...]
    digest: str


def read_weights(source: Source, *, name: str | None = None) -> Weights:
    """Read the weights of a model without running anything that the file may hold, or say in one sentence why not.

    Parameters
    ----------
    source
        A path, or the bytes of the file.
    name
        Name under which bytes were given; formats are told apart by content, so it changes nothing.

    Raises
    ------
    ValueError
        The file is missing, incomplete, damaged, no weights, would run code, would need far more memory than its size,
        or holds values that are not finite. The message is one sentence for the user, without a path.

    Notes
    -----
    Everything is judged before torch is imported. Checkpoints are then loaded with ``weights_only=True`` by a child
    process that is watched; safetensors need none.
    """
    data = contents(source, largest=LARGEST_FILE, what="weights")
    if is_safetensors(data):
        found, notes = _as_tensors(data, places(data)), tuple[str, ...]()
    else:
        checkpoint = _checkpoint(data)
        state = find_state(checkpoint.content)
        found, notes = _converted(source, data, state), state.notes
    tensors, more = unprefixed(found)
    check_values(tensors)
    return Weights(tensors, (*notes, *more), tensors_digest(tensors))


def tensors_digest(tensors: Mapping[str, torch.Tensor]) -> str:
    """SHA-256 of named tensors: names in sorted order, each with its type, shape and values."""
    import torch

    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name}\0{tensor.dtype}\0{tuple(tensor.shape)}\0".encode("utf-8", "surrogatepass"))
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _checkpoint(data: bytes) -> Checkpoint:
    """Describe a torch checkpoint, or refuse what is none by what it is."""
    if data[:2] == b"PK":
        return read_archive(data)
    if data[:1] == b"\x80":
        return read_plain(data)
    if looks_pickled(data):
        raise refusal(data)
    what = described(data)
    said = f"This is {what}, not weights" if what else "This file holds no weights of a kind that is known here"
    raise Refusal(f"{said}; accepted are {ACCEPTED}.")


def _as_tensors(data: bytes, found: Mapping[str, Place]) -> dict[str, torch.Tensor]:
    """Copy each tensor out of the bytes of a safetensors file."""
    if not found:
        raise Refusal("The file holds no tensors: save it again from the model's state_dict.")
    import torch

    view, tensors = memoryview(data), {}
    for name, place in found.items():
        dtype = getattr(torch, place.dtype)
        flat = (
            torch.frombuffer(bytearray(view[place.start : place.stop]), dtype=dtype)
            if place.stop > place.start
            else None
        )
        tensors[name] = (
            torch.empty(place.shape, dtype=dtype, device="cpu") if flat is None else flat.reshape(place.shape)
        )
    return tensors


def _converted(source: Source, data: bytes, state: StateDict) -> dict[str, torch.Tensor]:
    """Let the child load a checkpoint, and read what it wrote."""
    with tempfile.TemporaryDirectory(prefix="vizlib-") as folder:
        checkpoint, target = Path(folder, "checkpoint"), Path(folder, "weights.safetensors")
        if isinstance(source, (str, os.PathLike)):
            checkpoint = Path(source).resolve()
        else:
            checkpoint.write_bytes(data)
        LOADER.convert(checkpoint, state.path, target, len(data))
        written = target.read_bytes()
    found = places(written)
    if {name: (p.dtype, p.shape) for name, p in found.items()} != {
        n: (r.dtype, r.shape) for n, r in state.records.items()
    }:
        raise Refusal(FAILED)
    return _as_tensors(written, {name: found[name] for name in state.records})
