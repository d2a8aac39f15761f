"""The points of a map as a table that other tools open."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import numpy as np

from vizlib.figures.space import column
from vizlib.figures.table import Row, rows
from vizlib.space.results import Embedding, Neighbors

KNOWN = ("label", "predicted", "confidence", "correct", "trust")


def columns(result: Embedding, **more: Any) -> dict[str, np.ndarray]:
    """One row an image: name, x, y (and z), label, predicted, confidence, correct, trust, as far as they are known.

    Parameters
    ----------
    labels : sequence of str, optional
        The model's class names.
    **more
        Other columns, each with one value an image.
    """
    labels = more.pop("labels", None)
    names = result.names or [str(row) for row in range(len(result))]
    found: dict[str, np.ndarray] = {"name": np.array(names, dtype=str)}
    found.update({axis: result.points[:, n] for n, axis in enumerate("xyz"[: result.dimensions])})
    known = {name: column(result, name, labels) for name in KNOWN}
    found.update({name: values for name, values in known.items() if values is not None})
    for name, values in more.items():
        array = np.asarray(values)
        if array.shape != (len(result),):
            raise ValueError(f"columns: {name} must have one value for each of the {len(result)} images.")
        found[name] = array
    return found


def to_csv(result: Embedding, **more: Any) -> bytes:
    """The table as CSV in UTF-8; the keywords are those of :func:`columns`."""
    table = columns(result, **more)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(table)
    writer.writerows(zip(*(values.tolist() for values in table.values()), strict=True))
    return text.getvalue().encode()


def to_parquet(result: Embedding, **more: Any) -> bytes:
    """The table as Parquet, which Embedding Atlas and FiftyOne open; the keywords are those of :func:`columns`."""
    import pyarrow
    from pyarrow import parquet

    table = pyarrow.table({name: pyarrow.array(values.tolist()) for name, values in columns(result, **more).items()})
    content = io.BytesIO()
    parquet.write_table(table, content)
    return content.getvalue()


@rows.register
def _points(result: Embedding) -> Iterator[Row]:
    table = columns(result)
    yield tuple(table)
    yield from zip(*(values.tolist() for values in table.values()), strict=True)


@rows.register
def _neighbours(result: Neighbors) -> Iterator[Row]:
    """One row a neighbour."""
    yield ("query", "rank", "neighbour", "name", "distance")
    for query, (near, far) in enumerate(zip(result.indices.tolist(), result.distances.tolist(), strict=True)):
        row = query if result.queries is None else int(result.queries[query])
        for rank, (index, distance) in enumerate(zip(near, far, strict=True), start=1):
            yield (row, rank, index, result.names[index] if result.names else "", distance)
