"""Results about a model as plain lists and facts, so that they can be stored as JSON and read without torch."""

import dataclasses
from typing import Any, TypeVar

import numpy as np

from vizlib.core.results import Result

Kind = TypeVar("Kind", bound=Result)


def to_plain(result: Result) -> dict[str, Any]:
    """Every field of a result; arrays with their type and shape."""
    return {field.name: _plain(getattr(result, field.name)) for field in dataclasses.fields(result)}


def from_plain(kind: type[Kind], facts: dict[str, Any]) -> Kind:
    """The result that :func:`to_plain` wrote, with the same digest."""
    return kind(**{field.name: _value(facts[field.name]) for field in dataclasses.fields(kind)})


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return {"dtype": value.dtype.str, "shape": value.shape, "values": value.ravel().tolist()}
    return value


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        return np.array(value["values"], value["dtype"]).reshape(value["shape"])
    return tuple(_value(part) for part in value) if isinstance(value, list) else value
