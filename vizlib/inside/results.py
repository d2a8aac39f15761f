"""Results that tell how a network is built: receptive fields, and the table of its layers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vizlib.core.results import Result

DISAGREES = "The numeric probe disagrees"  # begins the note of a field that the probe does not confirm


class Box(NamedTuple):
    """Rows ``top`` to ``bottom - 1`` and columns ``left`` to ``right - 1`` of the input."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, eq=False)
class ReceptiveField(Result):
    """What part of the input one unit of a layer can see. Pairs are (height, width), in input pixels.

    Attributes
    ----------
    size : (int, int)
        Span of the field of one unit, before clipping; of the largest one when the fields differ. The whole input
        when the field covers the image.
    stride : (float, float)
        Distance between the fields of neighbouring units.
    start : (float, float)
        First row and column of the field of unit (0, 0), before clipping: -P with a total padding P, so unit u
        starts at ``start + u * stride``. Zero when the field covers the image.
    exact : bool
        Whether every unit's field has this size and lies at ``start + u * stride``. False when paths disagree in
        stride or centre: then the size is that of the hull over all paths and positions.
    covers_image : bool
        A global operation is on the path: global pooling, squeeze-excite, attention over all positions, a
        normalisation over space.
    local_size, local_start : (int, int), (float, float)
        The same without the global operations; equal to ``size`` and ``start`` when there are none. A size of 0
        means that nothing but global operations leads here.
    rows : int array [units high, 2]
        First row and the row after the last one that each row of units sees, clipped at the border.
    columns : int array [units wide, 2]
        The same for columns.
    input_size : (int, int)
    layer : str
    shape : tuple of int
        Of the layer's output.
    verified : bool or None
        What the numeric probe said; None when it was not asked or could not run.
    notes : tuple of str
        What a reader must know to trust the numbers.
    """

    size: tuple[int, int]
    stride: tuple[float, float]
    start: tuple[float, float]
    exact: bool
    covers_image: bool
    local_size: tuple[int, int]
    local_start: tuple[float, float]
    rows: np.ndarray
    columns: np.ndarray
    input_size: tuple[int, int]
    layer: str
    shape: tuple[int, ...]
    verified: bool | None = None
    notes: tuple[str, ...] = ()

    @property
    def units(self) -> tuple[int, int]:
        """Number of units along height and width."""
        return len(self.rows), len(self.columns)

    def box(self, unit: tuple[int, int] | None = None) -> Box:
        """The part of the image that a unit sees, clipped at the border.

        Parameters
        ----------
        unit : (row, column), optional
            The central unit when left out.
        """
        row, column = self._unit(unit)
        (top, bottom), (left, right) = self.rows[row].tolist(), self.columns[column].tolist()
        return Box(top, left, bottom, right)

    def whole_box(self, unit: tuple[int, int] | None = None) -> Box:
        """The field of a unit with what lies in the padding, outside the image."""
        if not self.exact or self.covers_image:
            return self.box(unit)
        tops = [round(at + n * step) for at, n, step in zip(self.start, self._unit(unit), self.stride, strict=True)]
        return Box(tops[0], tops[1], tops[0] + self.size[0], tops[1] + self.size[1])

    def _unit(self, unit: tuple[int, int] | None) -> tuple[int, int]:
        row, column = unit if unit is not None else (self.units[0] // 2, self.units[1] // 2)
        if not (0 <= row < self.units[0] and 0 <= column < self.units[1]):
            raise ValueError(f"The layer has {self.units[0]} x {self.units[1]} units; got unit ({row}, {column}).")
        return int(row), int(column)


class LayerRow(NamedTuple):
    """One row of a model's summary."""

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    macs: int
    stride: tuple[float, float]
    field: tuple[int, int]
    covers_image: bool
    formula: str


@dataclass(frozen=True, eq=False)
class ModelSummary(Result):
    """What every layer of a network makes and costs, for one image, in the order in which the layers run.

    Attributes
    ----------
    names, kinds : tuple of str
    output_shapes : int array [layers, axes]
        Without the batch axis, filled up with zeros; all zero for a layer that does not run by itself.
    parameters : int array [layers]
        Of the layer itself, and of children that it uses without running them. A shared parameter counts once.
    macs : int array [layers]
        Multiplications with addition of convolutions, matrix products and attention.
    strides : array [layers, 2]
        Height and width, in input pixels; zero where no positions are left.
    fields : int array [layers, 2]
        Receptive field (span before clipping); the image where ``covers_image``, zero where unknown.
    covers_image : bool array [layers]
    formulas : tuple of str
        The formula of the layer with its numbers filled in.
    total_parameters, total_macs : int
    input_size : (int, int)
    notes : tuple of str
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    output_shapes: np.ndarray
    parameters: np.ndarray
    macs: np.ndarray
    strides: np.ndarray
    fields: np.ndarray
    covers_image: np.ndarray
    formulas: tuple[str, ...]
    total_parameters: int
    total_macs: int
    input_size: tuple[int, int]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[LayerRow]:
        return (self.row(index) for index in range(len(self)))

    def row(self, index: int) -> LayerRow:
        """One layer in plain values."""
        return LayerRow(
            self.names[index],
            self.kinds[index],
            tuple(int(size) for size in self.output_shapes[index] if size),
            int(self.parameters[index]),
            int(self.macs[index]),
            tuple(self.strides[index].tolist()),
            tuple(self.fields[index].tolist()),
            bool(self.covers_image[index]),
            self.formulas[index],
        )
