"""See what a vision model learned and why it decides.

``import vizlib as vz`` loads neither torch nor any other large package: every public name is resolved when it is
first used (PEP 562) from the table in :mod:`vizlib.index`.
"""

from importlib import import_module
from typing import Any

from vizlib.index import NAMES, TECHNIQUES

__version__ = "0.1.0"
__all__ = ["TECHNIQUES", *NAMES]


def __getattr__(name: str) -> Any:
    if name not in NAMES:
        raise AttributeError(f"module 'vizlib' has no attribute {name!r}")
    value = getattr(import_module(NAMES[name].module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
