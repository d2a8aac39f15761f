"""Says what a refused pickle is. A hint for the sentence, never the gate: the gate is ``pickle_machine``."""

from __future__ import annotations

import pickletools
from collections.abc import Iterator

from vizlib.data.contents import Refusal, shown
from vizlib.data.tensor_records import STORAGE_WORDS

MOST_STEPS = 150_000
LARGEST_TEXT = 1 << 20
HOW = "save only the weights with torch.save(model.state_dict(), 'weights.pth') and give that file"
RUNNERS = {
    *("os", "posix", "nt", "sys", "subprocess", "runpy", "importlib", "shutil", "socket", "pty", "commands", "ctypes"),
    *("webbrowser", "code", "codeop", "timeit", "pickle", "marshal", "operator", "asyncio", "tempfile", "trace", "imp"),
    *("multiprocessing", "urllib", "requests", "http", "pip", "bdb", "pdb", "cProfile", "profile"),
}
PLAIN = {
    *("set", "frozenset", "list", "dict", "tuple", "int", "float", "str", "bool", "slice", "range", "complex"),
    *("bytearray", "bytes", "object"),
}
HARMLESS = set(STORAGE_WORDS) | {"collections.OrderedDict", "torch.Size", "torch.device"}


def refusal(pickled: bytes, start: int = 0) -> Refusal:
    """The sentence for a pickle that is no state_dict."""
    words = list(dict.fromkeys(_words(pickled[start:])))
    strange = [word for word in words if word not in HARMLESS and not word.startswith("torch._utils._rebuild_")]
    if runner := next((word for word in strange if _runs(word)), None):
        return Refusal(f"This file would run code when loaded (it calls '{shown(runner)}') and was not opened; {HOW}.")
    if any(word.startswith("torch.nn.") or ".nn." in word for word in strange):
        return Refusal(
            f"This file is a whole pickled model (class '{shown(strange[0])}'), not only its weights; {HOW}."
        )
    if strange:
        return Refusal(f"Besides weights this file holds Python objects ('{shown(strange[0])}'); {HOW}.")
    return Refusal(f"This file is a pickle, but not one that torch writes for a state_dict; {HOW}.")


def _runs(word: str) -> bool:
    module, _, name = word.partition(".")
    return module in RUNNERS or (module in ("builtins", "__builtin__") and name not in PLAIN)


def _words(pickled: bytes) -> Iterator[str]:
    """Every global that the pickle names, as far as it can be read."""
    texts: list[str] = []
    try:
        for step, (opcode, argument, _) in enumerate(pickletools.genops(pickled)):
            if step > MOST_STEPS:
                return
            if opcode.name in ("GLOBAL", "INST"):
                yield str(argument).replace(" ", ".", 1)
            elif opcode.name == "STACK_GLOBAL" and len(texts) > 1:
                yield f"{texts[-2]}.{texts[-1]}"
            elif isinstance(argument, str):
                texts = [*texts[-1:], argument]
    except (ValueError, IndexError, OverflowError, UnicodeDecodeError):
        return


def looks_pickled(data: bytes) -> bool:
    """Tell whether bytes without a known beginning are a pickle of the old textual kind."""
    return data[:1] in b"c(dl]})\x80" and any(_words(data[:LARGEST_TEXT]))
