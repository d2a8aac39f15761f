"""What a signature declares: kinds, ranges, defaults and help of a technique's options."""

import difflib
import functools
import inspect
import math
import numbers
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

from vizlib.core import mask_text, weights_text
from vizlib.core.errors import OptionError


@dataclass(frozen=True)
class Range:
    """Lowest and highest value of a number, both allowed."""

    low: float
    high: float


@dataclass(frozen=True)
class _LayerMark:
    """Marks an option that names a layer of the model; some techniques have an answer where no layer has positions."""

    may_lack: bool = False


class _BlockMark:
    """Marks an option that names an attention block of the model."""


class _TechniqueMark:
    """Marks an option that names another technique."""


class _WeightsMark:
    """Marks an option that weighs channels."""


class _MaskMark:
    """Marks an option that hides a part of an image."""


class _DataMark:
    """Marks a keyword that comes with the data: no setting of a person's."""


DATA = _DataMark()
Layer = Annotated[str | None, _LayerMark(), "Layer to look at; when empty, the model's own default layer."]
LayerIfAny = Annotated[
    str | None, _LayerMark(may_lack=True), "Layer to look at; when empty, the model's own default layer, if it has one."
]
Block = Annotated[str | None, _BlockMark(), "Attention block to look into; when empty, the model's last one."]
Technique = Annotated[str, _TechniqueMark(), "Technique to build on, by name."]
Mask = Annotated[Any, _MaskMark()]
Weights = Annotated[str | Mapping[int, float] | Sequence[float] | None, _WeightsMark()]

REQUIRED: Any = inspect.Parameter.empty
Kind = Literal["int", "float", "choice", "bool", "layer", "block", "technique", "size", "weights", "mask"]


@dataclass(frozen=True)
class Option:
    """One keyword-only argument of a technique, as widgets, flags and recipes need it."""

    name: str
    kind: Kind
    default: Any
    help: str
    low: float | None = None
    high: float | None = None
    values: tuple[Any, ...] = ()
    optional: bool = False
    may_lack: bool = False  # of a layer: empty where the model has no default layer

    @property
    def required(self) -> bool:
        """True when the option has no default."""
        return self.default is REQUIRED

    def choices(self, model: Any = None) -> tuple[Any, ...]:
        """Allowed values: of a ``Literal`` always, of a layer or block for the given model, of a technique by name."""
        if self.kind == "layer":
            from vizlib.core.layers import layer_names

            return () if model is None else layer_names(model)
        if self.kind == "block":
            from vizlib.core.blocks import attention_blocks

            return () if model is None else attention_blocks(model)
        if self.kind == "technique":
            from vizlib.index import NAMES

            return tuple(name for name, entry in NAMES.items() if entry.family == "attribution")
        return (True, False) if self.kind == "bool" else self.values

    def extremes(self) -> tuple[Any, ...]:
        """The values that a test must try: both ends of a range, or every choice."""
        if self.kind in ("int", "float", "size"):
            return (self.low, self.high)
        return () if self.kind in ("layer", "block", "weights", "mask") else self.choices()

    def check(self, value: Any, technique: str) -> Any:
        """Return the value in plain Python, or raise an OptionError that says the rule."""
        if value is None and self.optional:
            return None
        checked = _CHECKS[self.kind](self, value)
        if checked is None:
            hint = self._hint()
            raise OptionError(f"{technique}: {self.name} must be {self.rule()}; got {shown(value)}.{hint}")
        return checked

    def rule(self) -> str:
        """The rule in words, as error messages and the reference page say it."""
        none = " or None" if self.optional else ""
        match self.kind:
            case "int":
                return f"an integer from {self.low:g} to {self.high:g}{none}"
            case "float":
                return f"a number from {self.low:g} to {self.high:g}{none}"
            case "size":
                return f"an integer from {self.low:g} to {self.high:g}, or two of them (height, width){none}"
            case "bool":
                return f"True or False{none}"
            case "layer":
                return "the name of a layer"
            case "weights":
                return f"{weights_text.RULE}{none}"
            case "mask":
                return f"{mask_text.RULE}{none}"
            case "block":
                return "the name of an attention block"
            case _:
                return "one of " + ", ".join(repr(value) for value in self.choices()) + none

    def parse(self, text: str, technique: str) -> Any:
        """Read the value from a command line or a URL."""
        if self.optional and text.lower() in ("none", "default", ""):
            return None
        named = {str(value): value for value in self.values}
        return self.check(named.get(text, _PARSERS.get(self.kind, str)(text)), technique)

    def _hint(self) -> str:
        if self.required or self.default is None:
            return f" Try {self.low:g}." if self.low is not None else ""
        return f" Try {self.default!r}."


def shown(value: Any) -> str:
    """A value as an error message shows it: one line, never long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:57] + "..."


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text


WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def _boolean(text: str) -> Any:
    return WORDS.get(text.lower(), text)


def _pair(text: str) -> Any:
    numbers = [_number(part) for part in text.lower().replace("x", ",").split(",")]
    return numbers[0] if len(numbers) == 1 else tuple(numbers)


_PARSERS: dict[str, Callable[[str], Any]] = {"int": _number, "float": _number, "bool": _boolean, "size": _pair}


def _check_int(option: Option, value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        return None
    return int(value) if _within(option, int(value)) else None


def _check_size(option: Option, value: Any) -> int | tuple[int, int] | None:
    if not isinstance(value, (tuple, list)):
        return _check_int(option, value)
    sides = [_check_int(option, side) for side in value]
    return (sides[0], sides[1]) if len(sides) == 2 and None not in sides else None  # type: ignore[return-value]


def _check_float(option: Option, value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return None
    try:
        number = float(value)
    except OverflowError:  # an integer of some hundred digits
        return None
    return number if math.isfinite(number) and _within(option, number) else None


def _within(option: Option, value: float) -> bool:
    assert option.low is not None
    assert option.high is not None
    return option.low <= value <= option.high


def _check_bool(option: Option, value: Any) -> bool | None:
    return bool(value) if isinstance(value, bool) or type(value).__name__ == "bool" else None


def _check_choice(option: Option, value: Any) -> Any:
    return next((choice for choice in option.choices() if type(choice) is type(value) and choice == value), None)


def _check_layer(option: Option, value: Any) -> str | None:
    return value if isinstance(value, str) else None


_CHECKS: dict[str, Callable[[Option, Any], Any]] = {
    "int": _check_int,
    "float": _check_float,
    "size": _check_size,
    "bool": _check_bool,
    "choice": _check_choice,
    "layer": _check_layer,
    "weights": lambda option, value: weights_text.canonical(value),
    "mask": lambda option, value: mask_text.canonical(value),
    "block": _check_layer,
    "technique": _check_choice,
}


@functools.cache
def options(technique: Callable[..., Any]) -> tuple[Option, ...]:
    """Read the options of a technique from its signature, in order.

    Parameters
    ----------
    technique : callable
        A function decorated with ``@technique``.

    Returns
    -------
    tuple of Option
    """
    function = inspect.unwrap(technique)
    hints = typing.get_type_hints(function, include_extras=True)
    parameters = inspect.signature(function).parameters.values()
    keyword_only = [p for p in parameters if p.kind is p.KEYWORD_ONLY and p.name != "progress"]
    own = (p for p in keyword_only if DATA not in get_args(hints[p.name]))
    return tuple(_option(p.name, hints[p.name], p.default) for p in own)


@functools.cache
def question(technique: Callable[..., Any]) -> tuple[Option, ...]:
    """What a recipe or a command asks of a technique: its options, after those of the features it looks at."""
    if next(iter(inspect.signature(technique).parameters)) != "features":
        return options(technique)
    from vizlib.index import TECHNIQUES

    return (*options(TECHNIQUES["features"]), *options(technique))


def checked_question(technique: Callable[..., Any], given: dict[str, Any]) -> dict[str, Any]:
    """:func:`checked_options` of the technique and of the features it looks at."""
    own = {option.name for option in options(technique)}
    first = [option.name for option in question(technique) if option.name not in own]
    if not first:
        return checked_options(technique, given)
    from vizlib.index import TECHNIQUES

    taken = checked_options(TECHNIQUES["features"], {name: given[name] for name in given if name in first})
    return {**taken, **checked_options(technique, {name: given[name] for name in given if name not in first})}


def _option(name: str, hint: Any, default: Any) -> Option:
    hint, optional_outside = _without_none(hint)
    marks = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    base, optional_inside = _without_none(get_args(hint)[0] if marks else hint)
    optional = optional_outside or optional_inside
    help_text = next((mark for mark in reversed(marks) if isinstance(mark, str)), "")
    limits = next((mark for mark in marks if isinstance(mark, Range)), Range(-math.inf, math.inf))
    layer = next((mark for mark in marks if isinstance(mark, _LayerMark)), None)
    if layer is not None:
        return Option(name, "layer", default, help_text, optional=optional, may_lack=layer.may_lack)
    if any(isinstance(mark, _BlockMark) for mark in marks):
        return Option(name, "block", default, help_text, optional=optional)
    if any(isinstance(mark, _TechniqueMark) for mark in marks):
        return Option(name, "technique", default, help_text, optional=optional)
    if any(isinstance(mark, _MaskMark) for mark in marks):
        return Option(name, "mask", default, help_text, optional=default is None)
    if any(isinstance(mark, _WeightsMark) for mark in marks):
        return Option(name, "weights", default, help_text, optional=types.NoneType in get_args(base))
    if get_origin(base) is Literal:
        return Option(name, "choice", default, help_text, values=get_args(base), optional=optional)
    if base is bool:
        return Option(name, "bool", default, help_text, optional=optional)
    if set(get_args(base)) - {types.NoneType} == {int, tuple[int, int]}:
        optional = types.NoneType in get_args(base)
        return Option(name, "size", default, help_text, limits.low, limits.high, optional=optional)
    if base in (int, float):
        return Option(name, base.__name__, default, help_text, limits.low, limits.high, optional=optional)
    raise TypeError(
        f"{name}: an option is a number or a size with a Range, a Literal, a bool, a Layer, Block or Technique"
    )


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in (typing.Union, types.UnionType):
        rest = [part for part in get_args(hint) if part is not type(None)]
        if len(rest) == 1:
            return rest[0], len(rest) < len(get_args(hint))
    return hint, False


def checked_options(technique: Callable[..., Any], given: dict[str, Any]) -> dict[str, Any]:
    """Fill defaults in and check every option; the one door through which options enter."""
    name = getattr(technique, "__name__", "technique")
    known = {option.name: option for option in options(technique)}
    for key in given:
        if key not in known:
            raise OptionError(f"{name}: there is no option {shown(key)}.{_closest(key, known)}")
    missing = [key for key, option in known.items() if option.required and key not in given]
    if missing:
        raise OptionError(f"{name}: {missing[0]} must be given; it is {known[missing[0]].rule()}.")
    return {key: option.check(given.get(key, option.default), name) for key, option in known.items()}


def _closest(key: str, known: dict[str, Option]) -> str:
    near = difflib.get_close_matches(key, known, 1, 0.5)
    if near:
        return f" Did you mean {near[0]}?"
    return f" It has: {', '.join(known)}." if known else " It has no options."
