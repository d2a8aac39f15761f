"""Places and words of the figures of receptive fields and of layer tables; screen and paper take them from here."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vizlib.inside.results import Box, LayerRow, ModelSummary, ReceptiveField

FIELD = "#d55e00"  # vermilion, told from blue and grey by everybody
BORDER = "#333333"
PADDING = "#dddddd"
CANVAS = "#ffffff"
PARAMETERS = "#0072b2"
COSTS = "#e69f00"
MOST = 40  # rows of a figure of layers


@dataclass(frozen=True, eq=False)
class FieldPlan:
    """A receptive field ready to draw; x to the right and y downwards, in input pixels."""

    clipped: Box
    whole: Box
    size: tuple[int, int]
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    title: str
    alternative: str
    image: np.ndarray | None


def field_plan(
    result: ReceptiveField, unit: tuple[int, int] | None = None, images: Sequence[np.ndarray] | None = None
) -> FieldPlan:
    """Where the image, the field and its part in the padding lie.

    Parameters
    ----------
    result : ReceptiveField
    unit : (row, column), optional
        The central unit when left out.
    images : sequence of uint8 arrays [height, width] or [height, width, 3], optional
        The first is drawn under the field.
    """
    unit = unit if unit is not None else (result.units[0] // 2, result.units[1] // 2)
    clipped, whole = result.box(unit), result.whole_box(unit)
    height, width = result.input_size
    margin = 0.04 * max(height, width)
    return FieldPlan(
        clipped,
        whole,
        result.input_size,
        (min(whole.left, 0) - margin, max(whole.right, width) + margin),
        (min(whole.top, 0) - margin, max(whole.bottom, height) + margin),
        f"Receptive field of {result.layer}, unit {unit}: {_size(result)}",
        _in_words(result, unit, clipped),
        None if images is None or len(images) == 0 else _rgb(images[0]),
    )


def _size(result: ReceptiveField) -> str:
    if result.covers_image:
        return "the whole image"
    about = "" if result.exact else "up to "
    return f"{about}{result.size[0]} × {result.size[1]} pixels, stride {result.stride[0]:g} × {result.stride[1]:g}"


def _in_words(result: ReceptiveField, unit: tuple[int, int], box: Box) -> str:
    height, width = result.input_size
    return (
        f"Receptive field of unit {unit} of layer {result.layer} on an image of {height} by {width} pixels: "
        f"{_size(result)}; inside the image rows {box.top} to {box.bottom - 1} and columns {box.left} to "
        f"{box.right - 1}. {' '.join(result.notes)}".rstrip()
    )


def _rgb(image: np.ndarray) -> np.ndarray:
    array = np.asarray(image)
    return np.repeat(array[..., None], 3, axis=-1) if array.ndim == 2 else array


@dataclass(frozen=True, eq=False)
class Bars:
    """Layers ready to draw, first on top; the last row sums up those that are left out."""

    names: tuple[str, ...]
    parameters: tuple[int, ...]
    macs: tuple[int, ...]
    facts: tuple[str, ...]
    title: str
    alternative: str


def bars(result: ModelSummary, most: int = MOST) -> Bars:
    """The layers that cost most, in the order in which they run.

    Parameters
    ----------
    result : ModelSummary
    most : int
        Number of layers shown; the others are one row together.
    """
    rows = [row for row in result if row.parameters or row.macs]
    shares = [_share(row, result) for row in rows]
    most = len(rows) if len(rows) == most + 1 else most
    kept = sorted(sorted(range(len(rows)), key=lambda n: -shares[n])[:most])
    shown = [rows[n] for n in kept]
    left_out = [row for n, row in enumerate(rows) if n not in set(kept)]
    if left_out:
        shown.append(_together(left_out))
    names = tuple(row.name for row in shown)
    return Bars(
        names,
        tuple(row.parameters for row in shown),
        tuple(row.macs for row in shown),
        tuple(_facts(row) for row in shown),
        f"{short(result.total_parameters)} parameters, {short(result.total_macs)} MACs"
        f" for {result.input_size[0]} × {result.input_size[1]} pixels",
        _table_in_words(result, rows),
    )


def _share(row: LayerRow, result: ModelSummary) -> float:
    return row.parameters / max(result.total_parameters, 1) + row.macs / max(result.total_macs, 1)


def _together(rows: Sequence[LayerRow]) -> LayerRow:
    parameters, macs = sum(row.parameters for row in rows), sum(row.macs for row in rows)
    return LayerRow(f"{len(rows)} other layers", "", (), parameters, macs, (0, 0), (0, 0), False, "")


def _facts(row: LayerRow) -> str:
    shape = " × ".join(map(str, row.output_shape)) or "not run by itself"
    field = "whole image" if row.covers_image else f"{row.field[0]} × {row.field[1]}"
    lines = [f"{row.kind}: {shape}", f"field {field}, stride {row.stride[0]:g} × {row.stride[1]:g}"] if row.kind else []
    return "<br>".join([*lines, *row.formula.split("; ")])


def _table_in_words(result: ModelSummary, rows: Sequence[LayerRow]) -> str:
    total = f"{len(result)} layers with {result.total_parameters:,} parameters and {result.total_macs:,} MACs."
    if not rows:
        return total
    largest, costliest = max(rows, key=lambda row: row.parameters), max(rows, key=lambda row: row.macs)
    return (
        f"{total} Most parameters: {largest.name} with {largest.parameters:,}. "
        f"Most MACs: {costliest.name} with {costliest.macs:,}."
    )


def short(number: float) -> str:
    """A large number with three digits and its unit."""
    for limit, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= limit:
            return f"{number / limit:.3g}{unit}"
    return f"{number:g}"
