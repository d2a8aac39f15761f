"""The settings of a technique as a short word for an address, such as ``window:24~fill:mean``; and the way back."""

from typing import Any

from dashboard.controls import TYPED, put, settings, values
from vizlib.core.options import Option

LONGEST = 600  # letters


def to_word(technique: str, place: str) -> str:
    """What differs from where the app begins; a layer has its own place in an address."""
    chosen = values(technique, place)
    told = [option for option in _linked(technique) if chosen.get(option.name, option.default) != option.default]
    return "~".join(f"{option.name}:{_text(chosen[option.name])}" for option in told)


def follow_word(technique: str, place: str, word: str) -> None:
    """Set what a word says and put all else back; what makes no sense is left out."""
    known = {option.name: option for option in _linked(technique)}
    found: dict[str, Any] = {}
    for name, colon, text in (part.partition(":") for part in word[:LONGEST].split("~")):
        if colon and name in known:
            try:
                found[name] = known[name].parse(text, technique)
            except ValueError:
                continue
    now = values(technique, place)
    meant = {name: found.get(name, option.default) for name, option in known.items()}
    put(technique, place, {name: value for name, value in meant.items() if name in now and now[name] != value})


def _linked(technique: str) -> list[Option]:
    return [option for option in settings(technique) if option.kind not in ("layer", *TYPED)]


def _text(value: Any) -> str:
    """As :meth:`Option.parse` reads it."""
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return "none" if value is None else str(value)
