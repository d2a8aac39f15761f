"""Reads the pickle of a state_dict without unpickling: no import, no call, no allocation beyond its own length.

Only the opcodes and the few globals that ``torch.save(model.state_dict())`` writes are understood. Tensors come out as
descriptions, so that a file can be judged before torch allocates anything for it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vizlib.data.tensor_records import Storage, Word, call, storage

MOST_STEPS = 600_000
MOST_CONTAINERS = 200_000
_MARK = object()


class NotUnderstood(Exception):
    """The pickle does something that a state_dict does not need."""


class TooMuch(Exception):
    """The pickle builds more objects than any state_dict."""


class CutOff(Exception):
    """The bytes end before the pickle does."""


@dataclass(frozen=True)
class Understood:
    """The object that a pickle describes, the position after it, and every storage that it names."""

    content: Any
    end: int
    storages: dict[str, Storage]


def understood(data: bytes, start: int = 0) -> Understood:
    """Build the object that a pickle describes, with descriptions in place of tensors.

    Raises
    ------
    NotUnderstood, TooMuch, CutOff
        See there.
    """
    machine = _Machine(data, start)
    try:
        return Understood(machine.run(), machine.position, machine.storages)
    except (LookupError, struct.error):
        raise (CutOff if machine.position >= len(data) else NotUnderstood) from None
    except (TypeError, ValueError, AttributeError):
        raise NotUnderstood from None


class _Machine:
    """Stack, memo and position; one method an opcode."""

    def __init__(self, data: bytes, start: int) -> None:
        self.data, self.position = data, start
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.storages: dict[str, Storage] = {}
        self.containers = 0

    def run(self) -> Any:
        for _ in range(MOST_STEPS):
            code = self.data[self.position]
            self.position += 1
            if code == 0x2E:  # STOP
                return self.stack.pop()
            if code not in _STEPS:
                raise NotUnderstood
            _STEPS[code](self)
        raise TooMuch

    def take(self, count: int) -> bytes:
        taken = self.data[self.position : self.position + count]
        self.position += count
        if len(taken) < count:
            raise CutOff
        return taken

    def number(self, form: str) -> Any:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def line(self) -> str:
        end = self.data.find(b"\n", self.position, self.position + 1000)
        if end < 0:
            raise CutOff if self.position + 1000 > len(self.data) else NotUnderstood
        return self.take(end + 1 - self.position)[:-1].decode()

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def contain(self, value: Any) -> None:
        self.containers += 1
        if self.containers > MOST_CONTAINERS:
            raise TooMuch
        self.stack.append(value)

    def since_mark(self) -> list[Any]:
        index = len(self.stack) - 1
        while self.stack[index] is not _MARK:
            index -= 1
        items = self.stack[index + 1 :]
        del self.stack[index:]
        return items

    def set_items(self, items: list[Any]) -> None:
        target = self.stack[-1]
        for key, value in zip(items[::2], items[1::2], strict=True):
            if type(target) is not dict or type(key) not in (str, int) or (type(key) is int and abs(key) >= 2**31):
                raise NotUnderstood
            target[key] = value

    def extend(self, items: list[Any]) -> None:
        if type(self.stack[-1]) is not list:
            raise NotUnderstood
        self.stack[-1].extend(items)

    def tuple_of(self, count: int) -> None:
        items = self.stack[-count:]
        if len(items) < count or _MARK in items:
            raise NotUnderstood
        del self.stack[-count:]
        self.contain(tuple(items))

    def reduce(self) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        self.contain(call(function, arguments))

    def protocol(self) -> None:
        self.take(1)

    def persistent(self) -> None:
        named = storage(self.stack.pop())
        if self.storages.setdefault(named.key, named) != named:
            raise NotUnderstood
        self.push(named)

    def build(self) -> None:
        state = self.stack.pop()
        if type(state) is not dict or type(self.stack[-1]) is not dict:
            raise NotUnderstood

    def remember(self, index: int) -> None:
        self.memo[index] = self.stack[-1]


_STEPS: dict[int, Callable[[_Machine], None]] = {
    0x80: _Machine.protocol,
    ord("c"): lambda m: m.push(Word(f"{m.line()}.{m.line()}")),  # GLOBAL
    ord("R"): _Machine.reduce,
    ord("b"): _Machine.build,
    ord("Q"): _Machine.persistent,
    ord("("): lambda m: m.push(_MARK),
    ord(")"): lambda m: m.push(()),
    ord("]"): lambda m: m.contain([]),
    ord("}"): lambda m: m.contain({}),
    ord("t"): lambda m: m.contain(tuple(m.since_mark())),
    0x85: lambda m: m.tuple_of(1),
    0x86: lambda m: m.tuple_of(2),
    0x87: lambda m: m.tuple_of(3),
    ord("a"): lambda m: m.extend([m.stack.pop()]),
    ord("e"): lambda m: m.extend(m.since_mark()),
    ord("s"): lambda m: m.set_items([m.stack.pop(-2), m.stack.pop()]),
    ord("u"): lambda m: m.set_items(m.since_mark()),
    ord("N"): lambda m: m.push(None),
    0x88: lambda m: m.push(True),
    0x89: lambda m: m.push(False),
    ord("J"): lambda m: m.push(m.number("<i")),
    ord("K"): lambda m: m.push(m.number("<B")),
    ord("M"): lambda m: m.push(m.number("<H")),
    0x8A: lambda m: m.push(int.from_bytes(m.take(m.number("<B")), "little", signed=True)),  # LONG1
    ord("G"): lambda m: m.push(m.number(">d")),
    ord("X"): lambda m: m.push(m.take(m.number("<I")).decode("utf-8", "surrogatepass")),  # BINUNICODE
    ord("U"): lambda m: m.push(m.take(m.number("<B")).decode("latin-1")),  # SHORT_BINSTRING
    ord("h"): lambda m: m.push(m.memo[m.number("<B")]),
    ord("j"): lambda m: m.push(m.memo[m.number("<I")]),
    ord("q"): lambda m: m.remember(m.number("<B")),
    ord("r"): lambda m: m.remember(m.number("<I")),
}
