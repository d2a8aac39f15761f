"""Finds the state_dict in what a training script saved around it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from vizlib.data.contents import Refusal, listed, shown
from vizlib.data.tensor_records import Record
from vizlib.data.zip_entries import AGAIN

WRAPPERS = ("state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "params", "module")
DEEPEST = 4
MOST_TENSORS = 10_000
GROWTH = 4


@dataclass(frozen=True)
class StateDict:
    """Where the weights lie in a checkpoint, their descriptions, and what lies around them."""

    path: tuple[str, ...]
    records: dict[str, Record]
    notes: tuple[str, ...]


def find_state(content: Any) -> StateDict:
    """Find the one dictionary of named tensors.

    Raises
    ------
    Refusal
        There is none, or there are several and none bears a usual name.
    """
    path: list[str] = []
    notes: list[str] = []
    for _ in range(DEEPEST):
        if type(content) is not dict:
            break
        key = _wrapper(content)
        if key is None:
            return StateDict(tuple(path), _tensors(content, notes), tuple(notes))
        notes.append(f"The weights were taken from the entry '{shown(key)}'.")
        notes.extend(filter(None, [_left_out(other for other in content if other != key)]))
        path.append(key)
        content = content[key]
    raise _nothing()


def _wrapper(content: dict[Any, Any]) -> str | None:
    """Key under which the weights lie one level deeper; None where this level has them."""
    known: dict[int, bool] = {}
    inner = [key for key, value in content.items() if type(key) is str and _holds(value, known)]
    usual = [key for key in WRAPPERS if key in inner]
    if usual or any(type(value) is Record for value in content.values()):
        return usual[0] if usual else None
    if len(inner) > 1:
        raise Refusal(f"The file holds several sets of weights ({listed(inner)}): save the one you mean on its own.")
    return inner[0] if inner else None


def _holds(content: Any, known: dict[int, bool], depth: int = 1) -> bool:
    """Whether a dictionary holds named tensors, here or deeper; ``known`` saves a second look."""
    if type(content) is not dict or depth > DEEPEST:
        return False
    if id(content) not in known:
        known[id(content)] = False
        named = (value for key, value in content.items() if type(key) is str)
        known[id(content)] = any(type(value) is Record or _holds(value, known, depth + 1) for value in named)
    return known[id(content)]


def _tensors(content: dict[Any, Any], notes: list[str]) -> dict[str, Record]:
    """Named tensors of one dictionary, each of them held by the file in full."""
    records = {key: value for key, value in content.items() if type(key) is str and type(value) is Record}
    if not records:
        raise _nothing()
    if len(records) > MOST_TENSORS:
        raise Refusal(f"The file holds {len(records)} tensors; at most {MOST_TENSORS} are accepted.")
    notes.extend(filter(None, [_left_out(key for key in content if key not in records)]))
    expanded = [name for name, record in records.items() if record.expanded]
    if expanded:
        largest = max(records[name].size for name in expanded)
        raise Refusal(
            f"{len(expanded)} tensors claim more values than the file holds ({listed(expanded)}, "
            f"up to {_megabytes(largest)}): they were expanded; call .contiguous() on them before saving."
        )
    if outside := [name for name, record in records.items() if not record.inside]:
        raise Refusal(
            f"{len(outside)} tensors reach beyond the values that the file holds ({listed(outside)}): {AGAIN}."
        )
    _check_total(records)
    return records


def _check_total(records: dict[str, Record]) -> None:
    """Refuse many tensors over the same values, which would grow when they are read."""
    held = sum(storage.size for storage in {record.storage for record in records.values()})
    total = sum(record.size for record in records.values())
    if total > GROWTH * held + (1 << 20):
        raise Refusal(
            f"The tensors take {_megabytes(total)}, but the file holds only {_megabytes(held)} of them: {AGAIN}."
        )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size < 1e12 else f"{size / 1e12:.3g} TB"


def _left_out(keys: Iterable[Any]) -> str:
    keys = list(keys)
    return f"Left out, as no weights: {listed(keys)}." if keys else ""


def _nothing() -> Refusal:
    return Refusal(
        "The file holds no dictionary of named tensors: save it with torch.save(model.state_dict(), 'weights.pth')."
    )
