"""Runs in a process of its own: loads checkpoints that were judged before, and writes them as safetensors.

It imports nothing of this package, so that it starts by its file name from anywhere. Requests and answers are JSON
behind a length of four bytes. Whatever else goes wrong ends the process; who asked sees the pipe close.
"""

from __future__ import annotations

import json
import pickle
import struct
import sys
from typing import Any, BinaryIO

FAULTS = (pickle.UnpicklingError, RuntimeError, ValueError, TypeError, LookupError, OSError, EOFError,
          AttributeError, AssertionError, MemoryError)  # fmt: skip


def receive(stream: BinaryIO) -> dict[str, Any] | None:
    """Read one message; None when the other side has closed, also in the middle of a message."""
    head = stream.read(4)
    length = struct.unpack("<I", head)[0] if len(head) == 4 else 0
    body = stream.read(length)
    return json.loads(body) if length and len(body) == length else None


def send(stream: BinaryIO, message: dict[str, Any]) -> None:
    """Write one message."""
    body = json.dumps(message).encode()
    stream.write(struct.pack("<I", len(body)) + body)
    stream.flush()


def convert(source: str, path: list[str], target: str) -> None:
    """Load one checkpoint and write the tensors that lie under ``path`` to ``target``."""
    import torch
    from safetensors.torch import save_file

    content = torch.load(source, weights_only=True, map_location="cpu")
    for key in path:
        content = content[key]
    tensors = {name: value for name, value in content.items() if isinstance(name, str) and torch.is_tensor(value)}
    save_file({name: t.detach().clone(memory_format=torch.contiguous_format) for name, t in tensors.items()}, target)


def main() -> None:
    """Answer requests until the pipe closes."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    import safetensors.torch  # noqa: F401
    import torch

    torch.set_num_threads(1)
    send(answers, {"ready": True})
    while request := receive(requests):
        try:
            convert(**request)
        except FAULTS:
            send(answers, {"done": False})
        else:
            send(answers, {"done": True})


if __name__ == "__main__":
    main()
