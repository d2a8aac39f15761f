"""Further weights of a network by name: kept trainings of a bundled model, weights files, other models."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from torch import Tensor

from vizlib.data.intake import read_weights, tensors_digest
from vizlib.zoo.runs import run_names, training_run

State = Mapping[str, Tensor]
STEP = "@"
OWN = "training"


@dataclass(frozen=True, eq=False)
class Solutions:
    """Weights under one name: one solution, or the checkpoints of a training in their order.

    Attributes
    ----------
    name : str
        As it was given.
    states : tuple of state dicts
    """

    name: str
    states: tuple[State, ...]

    @cached_property
    def digest(self) -> str:
        """What a recipe knows them by: all names, types, shapes and values."""
        each = [tensors_digest(state) for state in self.states]
        return each[0] if len(each) == 1 else hashlib.sha256("\n".join(each).encode()).hexdigest()


def solutions(name: str | Path) -> Solutions:
    """Find weights by their name.

    Parameters
    ----------
    name : str or path
        ``digits-cnn:adam``, a kept training; ``digits-cnn:adam@0``, one checkpoint of it, by the steps before it; a
        weights file; or whatever ``load_model`` takes.

    Raises
    ------
    ValueError
        One sentence: what is wrong and what there is instead.
    """
    path = Path(name)
    if path.is_file():
        return Solutions(str(name), (_read(path),))
    model, _, run = str(name).rpartition(":")
    if run_names(model):
        return Solutions(str(name), _kept(model, run))
    from vizlib.zoo.load import load_model

    module = load_model(name).module
    return Solutions(str(name), ({**dict(module.named_parameters()), **dict(module.named_buffers())},))


def _read(path: Path) -> State:
    try:
        return read_weights(path).tensors
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None


def _kept(model: str, run: str) -> tuple[State, ...]:
    run, mark, step = run.partition(STEP)
    if run not in run_names(model):
        raise ValueError(f"{model} has no kept training {run[:40]!r}; it has {', '.join(run_names(model))}.")
    kept = training_run(model, run)
    if not mark:
        return kept.checkpoints
    if step not in map(str, kept.steps):
        raise ValueError(f"{model}:{run} was kept after the steps {', '.join(map(str, kept.steps))}; name one of them.")
    return (kept.checkpoints[[str(number) for number in kept.steps].index(step)],)


def as_data(takes: Sequence[str], options: Mapping[str, Any], others: Sequence[Solutions]) -> dict[str, Any]:
    """The weights as the technique takes them: ``other``, or ``checkpoints``."""
    if "other" in takes:
        return {"other": others[0].states[-1]}
    if takes[0] == "checkpoints":
        return {"checkpoints": trainings(others)}
    if options.get("directions") == "trajectory":
        return {"checkpoints": [state for other in others for state in other.states]}
    return {"checkpoints": [other.states[-1] for other in others]}


def trainings(others: Sequence[Solutions]) -> dict[str, list[State]]:
    """Trainings by name; single files are the checkpoints of one training, in the order in which they are given."""
    found: dict[str, list[State]] = {}
    for other in others:
        short = other.name.rpartition(":")[2]
        name = OWN if len(other.states) == 1 else other.name if short in found else short
        found.setdefault(name, []).extend(other.states)
    return found
