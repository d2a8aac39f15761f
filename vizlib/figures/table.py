"""A result as a table for a spreadsheet: one row for each pixel, layer or number of an array."""

import csv
import dataclasses
import io
from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch
from typing import Any

import numpy as np

from vizlib.attribution.results_hiding import Hiding
from vizlib.core.results import Attribution
from vizlib.inside.results import ModelSummary, ReceptiveField
from vizlib.inside.results_dreams import DreamAblation, UnitCard

Row = Sequence[Any]


@singledispatch
def rows(result: Any) -> Iterator[Row]:
    """Names of the columns, then the rows; of a result without a table of its own, every number of every array."""
    yield ("array", "position", "value")
    for field in dataclasses.fields(result):
        value = getattr(result, field.name)
        if isinstance(value, np.ndarray):
            for position, number in np.ndenumerate(value):
                yield (field.name, " ".join(map(str, position)), number)


@rows.register
def _attribution(result: Attribution) -> Iterator[Row]:
    """One row a pixel; ``value`` is what the figure shows, the columns after it the channels it was made from."""
    maps, several = result.heatmap(), len(result.values) > 1
    channels = result.values.shape[1] if result.values.shape[1] > 1 else 0
    names = ["y", "x", "value", *(f"channel_{index}" for index in range(channels))]
    yield ["image", *names] if several else names
    for image, (values, raw) in enumerate(zip(maps, result.values, strict=True)):
        for (y, x), value in np.ndenumerate(values):
            row = [y, x, value, *(raw[:, y, x] if channels else ())]
            yield [image, *row] if several else row


@rows.register
def _changes(result: Hiding) -> Iterator[Row]:
    """One row a class, the most probable before first."""
    yield ("class", "before", "after", "change")
    before, after = result.probabilities
    for index in np.argsort(-before, kind="stable").tolist():
        yield (index, before[index], after[index], after[index] - before[index])


@rows.register
def _layers(result: ModelSummary) -> Iterator[Row]:
    yield ("layer", "kind", "output", "parameters", "macs", "stride_y", "stride_x", "field_y", "field_x", "formula")
    for row in result:
        shape = "x".join(map(str, row.output_shape))
        yield (row.name, row.kind, shape, row.parameters, row.macs, *row.stride, *row.field, row.formula)


@rows.register
def _fields(result: ReceptiveField) -> Iterator[Row]:
    yield ("axis", "unit", "first", "after_last")
    for axis, ends in (("y", result.rows), ("x", result.columns)):
        for unit, (first, after) in enumerate(ends.tolist()):
            yield (axis, unit, first, after)


@rows.register
def _variants(result: DreamAblation) -> Iterator[Row]:
    """One row a dream: what is switched, and its numbers."""
    yield ("dream", "change", "score", "total_variation", "unseen_mean", "unseen_deviation", "unseen_confidence")
    sure = result.confidences.mean(axis=1) if result.confidences.size else [""] * len(result.names)
    numbers = (result.scores, result.variations, result.fresh.mean(axis=1), result.fresh.std(axis=1), sure)
    yield from zip(result.names, result.changes, *numbers, strict=True)


@rows.register
def _unit(result: UnitCard) -> Iterator[Row]:
    """One row a patch."""
    yield ("rank", "image", "activation", "quantile", "row", "column")
    patches = result.patches
    facts = (patches.images, patches.values, patches.quantiles, *patches.positions.T)
    yield from ((rank, *row) for rank, row in enumerate(zip(*facts, strict=True), start=1))


def to_csv(table: Iterable[Row], comment: str) -> bytes:
    """A table as CSV below one line that begins with ``#``."""
    text = io.StringIO()
    text.write(f"# {comment}\n")
    csv.writer(text, lineterminator="\n").writerows(table)
    return text.getvalue().encode()


from vizlib.figures import curves_table, judged_table  # noqa: E402, F401  (registers tables)
