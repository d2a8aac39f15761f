"""What else is known of each image: how bundled scenes were made, or a table of a person, matched by the images' names."""  # noqa: E501

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import streamlit as st

from dashboard.space.ask import ask, shelf
from dashboard.space.canvas import Painted
from dashboard.space.colours import by_class, by_number
from dashboard.space.names import Known
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job
from vizlib.data.scene_facts import FACTS, scene_facts
from vizlib.evaluation.tables import MOST_BYTES, SUFFIXES, ScoreTable, read_table
from vizlib.figures.space import FEW

TABLE, REFUSED, UPLOAD, COLUMN = "space table", "space table refused", "space table upload", "space column"
SCENES = "scenes:"
SPELLINGS: tuple[Callable[[str], str], ...] = (
    str,
    lambda name: PurePosixPath(name.replace("\\", "/")).name,
    lambda name: PurePosixPath(name.replace("\\", "/")).stem,
)


def column_controls(known: Known) -> str:
    """Which column colours the points, and the door for a table; nothing while there is no column."""
    with st.popover(_("Table"), icon=":material/table:", key="space table door"):
        st.file_uploader(
            _("CSV, TSV, Parquet or NPZ: one row an image, with a column of the images' names"),
            type=list(SUFFIXES), key=UPLOAD, on_change=_take, max_upload_size=MOST_BYTES >> 20,
        )  # fmt: skip
        if st.session_state.get(REFUSED):
            st.error(escape(st.session_state[REFUSED]), icon=":material/error:")
    table: ScoreTable | None = st.session_state.get(TABLE)
    own = sorted(table.kinds, key=lambda name: table.kinds[name] == "text") if table else []  # names are words
    offered = [*own, *_facts(known)]
    if not offered:
        st.caption(_("Give a table to colour by one of its columns."))
        return ""
    column: str = st.selectbox(_("Column"), offered, key=f"{COLUMN} {hash(tuple(offered))}", width=180)
    return column


def column_values(here: Visit, known: Known, column: str) -> Any:
    """A column [image], words or numbers with NaN where nothing is known; or the job that reads it.

    Raises
    ------
    ValueError
        The person's table does not name these images, or this column cannot be read.
    """
    table: ScoreTable | None = st.session_state.get(TABLE)
    if table is not None and column in table.kinds:
        return picked(table.values(column), _rows_of(table, known))
    images = known.space.images

    def work(tick: Any) -> dict[str, np.ndarray]:
        return scene_facts(range(len(images)), progress=tick)

    facts = ask(here, "facts", images.name, _("Reading how the scenes were made"), work)
    return facts if isinstance(facts, Job) else facts[column]


def by_column(values: np.ndarray, name: str) -> Painted:
    """Words and a few whole numbers are classes; other numbers are on a scale, grey where there is none."""
    if values.dtype.kind in "fiub":
        known = values[np.isfinite(values)] if values.dtype.kind == "f" else values
        if len(np.unique(known)) > FEW or (known != np.rint(known)).any():
            return by_number(values.astype(np.float64), name)
        words = np.where(np.isfinite(values), values, -1).astype(int).astype(str)
        words[~np.isfinite(values)] = ""
    else:
        words = values.astype(str)
    found = sorted({*words.tolist()} - {""}, key=lambda word: (len(word), word) if word.isdigit() else (0, word))
    place = {word: number for number, word in enumerate(found)}
    return by_class(np.array([place.get(word, -1) for word in words.tolist()]), found, f"column {name}")


def matched(table: ScoreTable, names: Sequence[str]) -> np.ndarray:
    """The row of each image [image], -1 where there is none, by the column of words that names most of them.

    Raises
    ------
    ValueError
        No column names an image.
    """
    texts = [column for column, kind in table.kinds.items() if kind == "text"]
    rows = max((_rows(table.values(column), names) for column in texts), key=_count, default=np.full(1, -1))
    if not _count(rows):
        raise ValueError(
            f"No column of the table names an image of this set; one must hold names such as {names[0][:40]!r}."
        )
    return rows


def _rows(values: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Matched by the whole name, by the name of the file, or by that without its suffix, whichever finds most."""
    found = []
    for spelling in SPELLINGS:
        places = {spelling(value): row for row, value in reversed(list(enumerate(values.astype(str).tolist())))}
        found.append(np.array([places.get(spelling(name), -1) for name in names]))
    return max(found, key=_count)


def _count(rows: np.ndarray) -> int:
    return int((rows >= 0).sum())


def picked(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The values of rows; NaN or an empty word where there is none."""
    if values.dtype.kind in "fiub":
        return np.where(rows >= 0, values[rows].astype(np.float64), np.nan)
    return np.where(rows >= 0, values[rows].astype(str), "")


def _facts(known: Known) -> tuple[str, ...]:
    """What is known of bundled scenes; held-out ones are named by their number."""
    name = known.space.images.name
    return FACTS if name.startswith(SCENES) and "@" not in name else ()


def _rows_of(table: ScoreTable, known: Known) -> np.ndarray:
    """Matched once for a table and a set."""
    key = ("columns", table.digest, known.space.images.digest)
    found: np.ndarray | None = shelf().get(key)
    if found is None:
        found = matched(table, known.space.images.names)
        shelf().put(key, found)
    return found


def _take() -> None:
    """Keep a table for this visit, or say in one sentence why not; a callback."""
    file = st.session_state[UPLOAD]
    if file is None:
        return
    try:
        st.session_state[TABLE], st.session_state[REFUSED] = read_table(file.name, file.getvalue()), ""
    except ValueError as error:
        st.session_state[REFUSED] = str(error)
