"""The table of a network's layers: shapes, parameters, costs, strides and receptive fields."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from torch import Tensor, nn

from vizlib.core.technique import Progress, silent, technique
from vizlib.inside.formulas import formula
from vizlib.inside.grid import Grid, grid
from vizlib.inside.results import LayerRow, ModelSummary
from vizlib.inside.sight import Sight
from vizlib.inside.tracing import InputSize, Trace, sides, trace, traceable

Size = tuple[int, int]
ROOT = "(model)"


@technique
def model_summary(
    model: nn.Module,
    *,
    input_size: InputSize = None,
    progress: Progress = silent,
) -> ModelSummary:
    """What every layer of a network makes and costs, with the formula and its numbers.

    Parameters
    ----------
    model : Module or Model
        Of a torchvision detector, the backbone is looked at.
    input_size : int or (height, width), optional
        When empty, the size of the model's card; 224 for a bare module.
    progress : callable
        Called as ``progress(done, total)``; cancels by raising.

    Returns
    -------
    ModelSummary
        One row for every layer that has no layers in it or does work of its own, in the order in which they run.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    Costs are multiplications with addition (MACs) of convolutions, matrix products and attention, for one image; what
    torchvision calls GFLOPS is this number in units of 10⁹. A FLOP count would be twice as high. Normalisations,
    activations and pooling count nothing. Batch norm's running statistics are no parameters.
    """
    size = sides(input_size)
    progress(0, 2)
    layers = _Layers(model, size)
    found = trace(model, size, layers.add)
    progress(1, 2)
    summary = _table(model, layers.finished(found), size, found)
    progress(2, 2)
    return summary


class _Layers:
    """Rows as the modules run; a module that runs several times keeps the row of its first run."""

    def __init__(self, model: nn.Module, size: Size) -> None:
        self.size, self.model = size, model
        self.rows: dict[str, LayerRow] = {}
        self.own = own_parameters(model)
        self.grids: dict[int, tuple[Sight, Grid | None]] = {}

    def add(self, name: str, module: nn.Module, inputs: Any, output: Tensor | None, sight: Sight | None) -> None:
        if name in self.rows:
            return
        before = tuple(inputs[0].shape) if inputs and isinstance(inputs[0], Tensor) else ()
        after = () if output is None else tuple(output.shape)
        field, stride, covers = self._field(sight)
        words = formula(module, before, after)
        kind = type(module).__name__
        self.rows[name] = LayerRow(name or ROOT, kind, after[1:], self.own[name], 0, stride, field, covers, words)

    def _field(self, sight: Sight | None) -> tuple[Size, tuple[float, float], bool]:
        if sight is None:
            return (0, 0), (0.0, 0.0), False
        units = self._grid(sight)
        if units is None:
            return (0, 0), sight.stride, False
        own = (units.rows.span(), units.columns.span())
        stride = sight.stride if any(own) else (0.0, 0.0)
        return (self.size if units.whole or units.partly else own), stride, units.whole

    def _grid(self, sight: Sight) -> Grid | None:
        """Layers that only pass on what they see share their grid."""
        if id(sight.rows) not in self.grids:
            self.grids[id(sight.rows)] = (sight, grid(sight))
        return self.grids[id(sight.rows)][1]

    def finished(self, found: Trace) -> list[LayerRow]:
        """All rows with their costs; containers without work of their own are left out."""
        idle = self._give_to_parents(found)
        rows = [row._replace(macs=found.macs.get(name, 0)) for name, row in self.rows.items()]
        return [row for row in rows if row.parameters or row.macs or self._is_leaf(row.name)] + idle

    def _give_to_parents(self, found: Trace) -> list[LayerRow]:
        """Layers that did not run belong to the running one that works with them, else they have rows of their own."""
        idle = []
        for name, parameters in self.own.items():
            if parameters and name not in self.rows:
                parent = name
                while parent and parent not in self.rows:
                    parent = parent.rpartition(".")[0]
                if parent and found.macs.get(parent):
                    row = self.rows[parent]
                    self.rows[parent] = row._replace(parameters=row.parameters + parameters)
                else:
                    idle.append(self._unused(name, parameters))
        return idle

    def _is_leaf(self, name: str) -> bool:
        return name != ROOT and next(self.model.get_submodule(name).children(), None) is None

    def _unused(self, name: str, parameters: int) -> LayerRow:
        kind = type(self.model.get_submodule(name)).__name__
        return LayerRow(name or ROOT, kind, (), parameters, 0, (0.0, 0.0), (0, 0), False, "")


def own_parameters(model: nn.Module) -> dict[str, int]:
    """Number of parameters of each module without its children; a shared one counts where it comes first."""
    counted: set[int] = set()
    numbers = {}
    for name, module in model.named_modules():
        own = [p for p in module.parameters(recurse=False) if id(p) not in counted]
        counted.update(map(id, own))
        numbers[name] = sum(p.numel() for p in own)
    return numbers


def _table(model: nn.Module, rows: list[LayerRow], size: Size, found: Trace) -> ModelSummary:
    axes = max([len(row.output_shape) for row in rows], default=0)
    return ModelSummary(
        names=tuple(row.name for row in rows),
        kinds=tuple(row.kind for row in rows),
        output_shapes=_array(([*row.output_shape] + [0] * (axes - len(row.output_shape)) for row in rows), axes),
        parameters=np.array([row.parameters for row in rows], np.int64),
        macs=np.array([row.macs for row in rows], np.int64),
        strides=_array((row.stride for row in rows), 2).astype(np.float64),
        fields=_array((row.field for row in rows), 2),
        covers_image=np.array([row.covers_image for row in rows], bool),
        formulas=tuple(row.formula for row in rows),
        total_parameters=sum(row.parameters for row in rows),
        total_macs=sum(found.macs.values()),
        input_size=size,
        notes=tuple(_notes(model, rows, found)),
    )


def _array(lines: Iterable[Any], columns: int) -> np.ndarray:
    made = np.array(list(lines))
    return made.reshape(-1, columns) if made.size else np.zeros((0, columns), np.int64)


def _notes(model: nn.Module, rows: list[LayerRow], found: Trace) -> list[str]:
    notes = []
    idle = [row.name for row in rows if not row.output_shape and row.parameters]
    if traceable(model)[1] is not model:
        notes.append(
            "The backbone was followed; the other parts of the detector are listed with their parameters only."
        )
    elif idle:
        notes.append(f"Not run in this pass: {_few(idle)}.")
    if found.unknown:
        notes.append(f"Operations that are not followed are taken as seeing everything: {_few(found.unknown)}.")
    if found.reads_values:
        notes.append("The network decides by the values of the image; one way through it was followed.")
    return notes


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
