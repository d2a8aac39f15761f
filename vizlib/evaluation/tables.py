"""Tables of scores and labels that people have: CSV, TSV, Parquet and NPZ, read at the door and refused in one sentence."""  # noqa: E501

import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from vizlib.evaluation.examples import Examples

MOST_BYTES = 512 << 20
MOST_ROWS, MOST_COLUMNS, MOST_CELLS = 20_000_000, 4_000, 100_000_000
MOST_CLASSES = 10_000
SUFFIXES = ("csv", "tsv", "txt", "parquet", "npz")
LABELS = ("label", "labels", "target", "targets", "truth", "true", "y", "y_true", "class", "gt", "ground_truth")
SCORES = ("score", "prob", "probability", "p", "confidence", "logit", "y_score", "prediction", "predicted")
BROKEN = "The file is broken or no table; save it again as CSV, Parquet or NPZ."
Kind = Literal["number", "text"]
Column = tuple[Kind, Callable[[], Any]]


@dataclass(frozen=True, eq=False)
class ScoreTable:
    """A table whose columns are read when they are asked for.

    Attributes
    ----------
    name : str
    rows : int
    kinds : mapping of str to {"number", "text"}
        By the name of the column, in their order.
    digest : str
        Of the bytes of the file.
    """

    name: str
    rows: int
    kinds: Mapping[str, Kind]
    digest: str
    read: Callable[[str], Any]

    def numbers(self, column: str) -> np.ndarray:
        """A column of finite numbers [rows]; ValueError in one sentence when it is none."""
        values = self.values(column)
        if values.dtype.kind not in "fiub":
            raise ValueError(f"Column {column[:40]!r} holds no numbers; choose a column of scores.")
        wrong = ~np.isfinite(values)
        if wrong.any():
            first = int(np.argmax(wrong)) + 1
            raise ValueError(f"Column {column[:40]!r} has {_many(int(wrong.sum()))} in row {first}; remove or replace what is there.")  # fmt: skip  # noqa: E501
        return values

    def labels(self, column: str) -> tuple[np.ndarray, tuple[str, ...]]:
        """A column of labels: the number of each row's label [rows], and the labels in order, as words."""
        values = self.values(column)
        if values.dtype.kind == "f" and np.isnan(values).any():
            raise ValueError(f"Column {column[:40]!r} has rows without a label; remove or fill them.")
        found, codes = _distinct(values)
        if len(found) > MOST_CLASSES:
            raise ValueError(f"Column {column[:40]!r} has {len(found):,} different values; labels are at most {MOST_CLASSES:,}.")  # fmt: skip  # noqa: E501
        whole = found.dtype.kind in "fiub" and bool((found == np.rint(found)).all())
        return codes, tuple(str(int(value)) if whole else str(value) for value in found.tolist())

    def values(self, column: str) -> np.ndarray:
        """A column as it is [rows]: numbers, where empty ones are NaN, or words."""
        if column not in self.kinds:
            raise ValueError(f"The table has no column {column[:40]!r}.")
        return _array(self.read(column), column)


def _distinct(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different values, rising, and which of them each one is; small whole numbers are counted, not sorted."""
    if values.dtype.kind in "iub" and (whole := values.astype(np.int64, copy=False)).size:
        low = int(whole.min())
        if int(whole.max()) - low < MOST_CLASSES:
            whole = whole - low if low else whole
            present = np.bincount(whole) > 0
            if present.all():
                return np.arange(len(present)) + low, whole
            return np.flatnonzero(present) + low, (np.cumsum(present) - 1)[whole]
    found, codes = np.unique(values, return_inverse=True)
    return found, codes


class Columns(NamedTuple):
    """Which columns mean what."""

    kind: Literal["binary", "classes", "several"]
    scores: tuple[str, ...]
    labels: tuple[str, ...]


def _many(wrong: int) -> str:
    return f"{wrong:,} empty or infinite values, the first" if wrong > 1 else "one empty or infinite value,"


def read_table(name: str, content: bytes) -> ScoreTable:
    """Open a table by its first bytes; ValueError in one sentence when it is none."""
    if len(content) > MOST_BYTES:
        raise ValueError(f"The file is larger than {MOST_BYTES >> 20} MB; save it as Parquet, or fewer rows.")
    if not content.strip():
        raise ValueError("The file is empty.")
    kinds, rows, read = _opened(content)
    if not rows:
        raise ValueError("The table has no rows below the names of its columns; give one row an example.")
    if rows > MOST_ROWS or not 0 < len(kinds) <= MOST_COLUMNS or rows * len(kinds) > MOST_CELLS:
        raise ValueError(f"A table may have up to {MOST_ROWS:,} rows, {MOST_COLUMNS:,} columns and {MOST_CELLS:,} cells; this one has {rows:,} rows and {len(kinds):,} columns.")  # fmt: skip  # noqa: E501
    return ScoreTable(name, rows, kinds, hashlib.sha256(content).hexdigest(), read)


def _opened(content: bytes) -> tuple[dict[str, Kind], int, Callable[[str], Any]]:
    import pyarrow

    opener = _parquet if content[:4] == b"PAR1" else _npz if content[:4] == b"PK\x03\x04" else _text
    try:
        return opener(content)
    except (pyarrow.ArrowException, zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, NotImplementedError):
        raise ValueError(BROKEN) from None


def _parquet(content: bytes) -> tuple[dict[str, Kind], int, Callable[[str], Any]]:
    import pyarrow
    from pyarrow import parquet

    file = parquet.ParquetFile(pyarrow.BufferReader(content))
    rows = file.metadata.num_rows
    kinds = {field.name: kind for field in file.schema_arrow if (kind := _kind(field.type))}
    if rows > MOST_ROWS:
        return kinds, rows, lambda column: None
    return kinds, rows, lambda column: file.read(columns=[column])[column]


def _text(content: bytes) -> tuple[dict[str, Kind], int, Callable[[str], Any]]:
    from pyarrow import csv

    while content[:1] == b"#":  # what a figure's own table begins with
        content = content.partition(b"\n")[2]
    first = content.partition(b"\n")[0]
    if b"\0" in first or len(first) > 1 << 20:
        raise ValueError(BROKEN)
    mark = max((b",", b";", b"\t"), key=first.count).decode()
    table = csv.read_csv(io.BytesIO(content), parse_options=csv.ParseOptions(delimiter=mark))
    if len(set(table.column_names)) < len(table.column_names):
        raise ValueError("Two columns have the same name; rename one of them.")
    kinds = {field.name: kind for field in table.schema if (kind := _kind(field.type))}
    return kinds, table.num_rows, table.column


def _npz(content: bytes) -> tuple[dict[str, Kind], int, Callable[[str], Any]]:
    arrays = _arrays(content)
    tables = [array for array in arrays.values() if array.ndim in (1, 2) and len(array)]
    if not tables:
        raise ValueError("The file holds no list of scores; save arrays [n] or [n, classes] into it.")
    wide = next((array for array in tables if array.ndim == 2), None)
    rows = len(wide) if wide is not None else max(map(len, tables))
    columns: dict[str, np.ndarray] = {}
    for name, array in arrays.items():
        if array.ndim == 1 and len(array) == rows:
            columns[name] = array
        elif array.ndim == 2 and len(array) == rows and array.shape[1] <= MOST_COLUMNS:
            heads = _heads(arrays, name, array.shape[1])
            columns |= dict(zip(heads, array.T, strict=True))
    kinds: dict[str, Kind] = {name: "text" if array.dtype.kind in "US" else "number" for name, array in columns.items()}
    return kinds, rows, columns.__getitem__


def _heads(arrays: Mapping[str, np.ndarray], name: str, count: int) -> list[str]:
    """What the columns of a matrix are called: by a list of as many words in the same file, or by their numbers."""
    for array in arrays.values():
        if array.ndim == 1 and array.dtype.kind in "US" and len(array) == count == len(set(array.tolist())):
            return [str(word) for word in array.tolist()]
    return [f"{name} {number}" for number in range(count)]


def _arrays(content: bytes) -> dict[str, np.ndarray]:
    """The arrays of an archive, none of them larger than it says, and no objects."""
    found: dict[str, np.ndarray] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [member for member in archive.infolist() if member.filename.endswith(".npy")]
        if sum(member.file_size for member in members) > 16 * MOST_CELLS or len(members) > MOST_COLUMNS:
            raise ValueError("The arrays of this file are too large; keep the scores and labels only.")
        for member in members:
            if member.flag_bits & 1:
                raise ValueError("The file is locked with a password; save it without one.")
            with archive.open(member) as file:
                found[member.filename.removesuffix(".npy")] = _one(file.read(), member.filename)
    return found


def _one(content: bytes, name: str) -> np.ndarray:
    stream = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        head = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _order, dtype = head(stream)
        if dtype.hasobject or int(np.prod(shape, dtype=object)) * dtype.itemsize > len(content):
            raise ValueError
        stream.seek(0)
        array: np.ndarray = np.lib.format.read_array(stream, allow_pickle=False)
    except (ValueError, TypeError, SyntaxError, OverflowError):
        raise ValueError(f"Array {name[:40]!r} cannot be read; save plain numbers or words.") from None
    return array


def _kind(type: Any) -> Kind | None:
    """Whether an arrow type holds numbers or words; None for what is neither."""
    from pyarrow import types

    inner = type.value_type if types.is_dictionary(type) else type
    if types.is_integer(inner) or types.is_floating(inner) or types.is_boolean(inner) or types.is_decimal(inner):
        return "number"
    return "text" if types.is_string(inner) or types.is_large_string(inner) or types.is_null(inner) else None


def _array(values: Any, column: str) -> np.ndarray:
    """A column as a flat array: numbers, where empty ones are NaN, or words."""
    import pyarrow
    from pyarrow import types

    if isinstance(values, np.ndarray):
        if values.dtype.kind not in "fiubUS":
            raise ValueError(f"Column {column[:40]!r} holds neither numbers nor words.")
        return values
    whole = pyarrow.concat_arrays(values.chunks) if isinstance(values, pyarrow.ChunkedArray) else values
    if types.is_dictionary(whole.type):
        whole = whole.dictionary_decode()
    if _kind(whole.type) == "text":
        if whole.null_count:
            raise ValueError(f"Column {column[:40]!r} has rows without a value; remove or fill them.")
        return np.array(whole.to_pylist(), dtype=str)
    if types.is_decimal(whole.type) or whole.null_count:
        whole = whole.cast(pyarrow.float64())
    found: np.ndarray = whole.to_numpy(zero_copy_only=False)
    return found


# --- what the columns mean ------------------------------------------------------------------------------------------


def guessed(table: ScoreTable) -> Columns:
    """Which columns are scores and labels, by their names and kinds; a person may correct it."""
    names = list(table.kinds)
    words = [name for name in names if table.kinds[name] == "text"]
    called = [name for name in names if name.strip().casefold() in LABELS]
    numbers = [name for name in names if table.kinds[name] == "number"]
    half = len(numbers) // 2
    if not called and not words and half > 1 and len(numbers) == 2 * half and _marks(table, numbers[half:]):
        return Columns("several", tuple(numbers[:half]), tuple(numbers[half:]))
    label = next(iter([*called, *words, *numbers[::-1]]))
    scores = tuple(name for name in numbers if name != label)
    if len(scores) < 2:
        return Columns("binary", scores, (label,))
    known = _known(table, label)
    group = _called_like(scores, known)
    if group:
        return Columns("classes", group, (label,))
    one = next((name for name in scores if name.strip().casefold() in SCORES), None)
    return Columns("binary", (one,), (label,)) if one and len(known) == 2 else Columns("classes", scores, (label,))


def _known(table: ScoreTable, column: str) -> tuple[str, ...]:
    """The labels of a column; none where it has too many, or rows without one."""
    try:
        return table.labels(column)[1]
    except ValueError:
        return ()


def _called_like(columns: Sequence[str], labels: Sequence[str]) -> tuple[str, ...]:
    """The columns that are called like the labels, after a beginning that they have in common; the most of them."""
    groups: dict[str, list[str]] = {"": list(columns)}
    for name in columns:
        for place in (place + 1 for place, letter in enumerate(name) if letter in "_ .:-"):
            groups.setdefault(name[:place], []).append(name)
    wanted = set(labels)
    found = [
        group for start, group in groups.items() if wanted and wanted <= {name.removeprefix(start) for name in group}
    ]
    best = max(found, key=len, default=[])
    start = next((start for start, group in groups.items() if group is best), "")
    return tuple(name for name in best if start or name in wanted)


def _marks(table: ScoreTable, columns: Sequence[str]) -> bool:
    """Whether columns hold nothing but 0 and 1."""
    try:
        return all(bool(np.isin(table.numbers(column), (0, 1)).all()) for column in columns)
    except ValueError:
        return False


def binary(table: ScoreTable, score: str, label: str, positive: str) -> Examples:
    """One score an example; ``positive`` is the label of the positives."""
    codes, names = table.labels(label)
    if positive not in names:
        raise ValueError(f"Column {label[:40]!r} has no label {positive[:40]!r}.")
    if len(names) < 2:
        raise ValueError(f"Column {label[:40]!r} has only the label {names[0][:40]!r}; it takes positives and negatives.")  # fmt: skip  # noqa: E501
    return Examples("binary", table.numbers(score)[:, None], codes == names.index(positive), (positive,))


def classes(table: ScoreTable, scores: Sequence[str], label: str) -> Examples:
    """One score a class; labels are the names of the columns, with or without what they have in common, or numbers."""
    codes, found = table.labels(label)
    short = shortened(scores)
    for names in (list(scores), short, [str(number) for number in range(len(scores))]):
        if set(found) <= set(names):
            places = np.array([names.index(word) for word in found])
            values = np.stack([table.numbers(column) for column in scores], axis=1)
            return Examples("classes", values, places[codes], tuple(short))
    offered = (list(scores), short, [str(number) for number in range(len(scores))])
    wanted = max(offered, key=lambda names: len(set(found) & set(names)))
    strange = next(word for word in found if word not in wanted)
    raise ValueError(f"The label {strange[:40]!r} is none of the chosen columns; labels are their names, or numbers from 0 to {len(scores) - 1}.")  # fmt: skip  # noqa: E501


def several(table: ScoreTable, scores: Sequence[str], labels: Sequence[str]) -> Examples:
    """One score and one mark, 0 or 1, a class; an example may have several classes."""
    if len(scores) != len(labels):
        raise ValueError(f"There are {len(scores)} columns of scores and {len(labels)} of labels; choose as many of each, in the same order.")  # fmt: skip  # noqa: E501
    marks = np.stack([table.numbers(column) for column in labels], axis=1)
    if not np.isin(marks, (0, 1)).all():
        raise ValueError("The columns of labels must hold 0 and 1 only.")
    values = np.stack([table.numbers(column) for column in scores], axis=1)
    return Examples("several", values, marks.astype(bool), tuple(shortened(scores)))


def stated_columns(
    table: ScoreTable, scores: Sequence[str] = (), labels: Sequence[str] = (), positive: str | None = None
) -> dict[str, Any]:
    """What a recipe says of the columns of a table, as given and else as guessed."""
    guess = guessed(table)
    labels = list(labels or guess.labels)
    scores = list(scores or [name for name in guess.scores if name not in labels])
    kind = "several" if len(labels) > 1 else "classes" if len(scores) > 1 else "binary"
    stated: dict[str, Any] = {"kind": kind, "scores": scores, "labels": labels}
    if kind == "binary":
        stated["positive"] = positive or usual_positive(table.labels(labels[0])[1])
    return stated


def usual_positive(labels: Sequence[str]) -> str:
    """The label that is taken for the positive one until a person says another."""
    return "1" if "1" in labels else labels[-1]


def examples_from(table: ScoreTable, columns: Mapping[str, Any]) -> Examples:
    """Examples of a table by what a recipe says of its columns: ``kind``, ``scores``, ``labels`` and ``positive``."""
    kind, scores, labels = columns["kind"], list(columns["scores"]), list(columns["labels"])
    if kind == "binary":
        return binary(table, scores[0], labels[0], str(columns["positive"]))
    return classes(table, scores, labels[0]) if kind == "classes" else several(table, scores, labels)


def column_of(table: ScoreTable, name: str) -> np.ndarray:
    """A column as numbers, or as words."""
    if table.kinds.get(name) == "number":
        return table.numbers(name)
    codes, words = table.labels(name)
    found: np.ndarray = np.array(words)[codes]
    return found


def shortened(columns: Sequence[str]) -> list[str]:
    """Names without the beginning that all have in common up to a mark, as in prob_cat and prob_dog."""
    first = columns[0]
    ends = [place + 1 for place, letter in enumerate(first) if letter in "_ .:-"]
    common = [first[:end] for end in ends if all(name.startswith(first[:end]) for name in columns)]
    cut = len(common[-1]) if common and len(columns) > 1 else 0
    return [name[cut:] or name for name in columns]
