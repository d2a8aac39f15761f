"""Trainings that a bundled model was kept from: checkpoints in order, and their losses by epoch."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vizlib.zoo.cards import model_folders

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """One training.

    Attributes
    ----------
    name : str
    steps : tuple of int
        After how many steps of the optimiser each checkpoint was kept.
    checkpoints : tuple of dict
        Weights by name, in order.
    train_loss, heldout_loss, heldout_accuracy : float
        At the end.
    """

    name: str
    steps: tuple[int, ...]
    checkpoints: tuple[dict[str, "Tensor"], ...]
    train_loss: float
    heldout_loss: float
    heldout_accuracy: float


def run_names(model: str) -> tuple[str, ...]:
    """Names of the kept trainings of a model; none where its folder has no ``runs``."""
    return tuple(file.stem for file in _files(model))


def training_run(model: str, name: str) -> TrainingRun:
    """One kept training of a model."""
    return _read(next(file for file in _files(model) if file.stem == name))


def training_runs(model: str) -> dict[str, TrainingRun]:
    """The kept trainings of a model by name."""
    return {file.stem: _read(file) for file in _files(model)}


def _files(model: str) -> list[Path]:
    folder = next((place for place in model_folders() if place.name == model), None)
    return sorted((folder / "runs").glob("*.safetensors")) if folder else []


def _read(file: Path) -> TrainingRun:
    from safetensors.torch import load_file

    kept: dict[int, dict[str, Tensor]] = {}
    for name, tensor in load_file(file).items():
        step, _, weight = name.partition(".")
        kept.setdefault(int(step.removeprefix("step_")), {})[weight] = tensor
    steps = tuple(sorted(kept))
    with file.with_suffix(".csv").open(encoding="utf-8", newline="") as history:
        last = list(csv.DictReader(history))[-1]
    numbers = {name: float(last[name]) for name in ("train_loss", "heldout_loss", "heldout_accuracy")}
    return TrainingRun(file.stem, steps, tuple(kept[step] for step in steps), **numbers)
