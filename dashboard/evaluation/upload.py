"""A table of scores and labels that a person gives, with a choice of its columns."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from dashboard.evaluation.card import kept
from dashboard.evaluation.scores import Scored
from dashboard.text import _, escape
from vizlib.core.judged import of_files
from vizlib.evaluation import tables
from vizlib.evaluation.examples import Kind
from vizlib.evaluation.tables import Columns, ScoreTable

TABLE, REFUSED, UPLOAD = "evaluation table", "evaluation refused", "evaluation upload"
MEGABYTES = tables.MOST_BYTES >> 20


def uploaded() -> Scored | None:
    """The scores of the table; None before one was given, or while its columns do not fit."""
    st.file_uploader(
        _("CSV, TSV, Parquet or NPZ: one row an example, with scores and labels"),
        type=list(tables.SUFFIXES),
        key=UPLOAD,
        on_change=_take,
        max_upload_size=MEGABYTES,
    )
    if st.session_state.get(REFUSED):
        st.error(escape(st.session_state[REFUSED]), icon=":material/error:")
    table: ScoreTable | None = st.session_state.get(TABLE)
    if table is None:
        st.caption(_("For example two columns, score and label; or one column of scores for each class, and label."))
        return None
    facts = {"name": escape(table.name), "rows": f"{table.rows:,}", "columns": len(table.kinds)}
    st.caption(_("{name}: {rows} rows, {columns} columns. It stays in this visit.").format(**facts))
    try:
        return _mapped(table)
    except ValueError as error:
        st.error(escape(str(error)), icon=":material/error:")
        return None


def _take() -> None:
    file = st.session_state[UPLOAD]
    if file is not None:
        take_table(file.name, file.getvalue())


def take_table(name: str, content: bytes) -> None:
    """Keep a table for this visit, or say in one sentence why not; what was there before stays."""
    try:
        st.session_state[TABLE], st.session_state[REFUSED] = tables.read_table(name, content), ""
    except ValueError as error:
        st.session_state[REFUSED] = str(error)


def _mapped(table: ScoreTable) -> Scored | None:
    """Which columns mean what, as guessed until a person chooses."""
    guess = kept((table.digest, "guess"), lambda: tables.guessed(table))
    words: dict[Kind, str] = {
        "binary": _("One score: positive or not"),
        "classes": _("A score for each class, one of them true"),
        "several": _("A score for each class, several may be true"),
    }
    kind: Kind = st.segmented_control(
        _("What the table holds"),
        list(words),
        default=guess.kind,
        key=f"kind {table.digest[:12]}",
        required=True,
        format_func=words.__getitem__,
    )
    numbers = [name for name, held in table.kinds.items() if held == "number"]
    if not numbers:
        raise ValueError(_("The table has no column of numbers; scores are numbers."))
    return {"binary": _binary, "classes": _classes, "several": _several}[kind](table, guess, numbers)


def _binary(table: ScoreTable, guess: Columns, numbers: list[str]) -> Scored | None:
    left, right = st.columns(2)
    with left:
        first = next((numbers.index(name) for name in guess.scores if name in numbers), 0)
        score: str = st.selectbox(_("Column of scores"), numbers, first, key=f"score {table.digest[:12]}")
    with right:
        label = _label(table, guess, "binary")
    if score == label:
        st.info(_("Scores and labels are in two different columns; choose the other one."), icon=":material/info:")
        return None
    names = kept((table.digest, label, "names"), lambda: table.labels(label)[1])
    last = names.index(tables.usual_positive(names))
    positive: str = st.selectbox(
        _("Label of the positives"), names, last, key=f"positive {table.digest[:12]} {label}", width=320
    )
    stated = {"kind": "binary", "scores": [score], "labels": [label], "positive": positive}
    return _scored(table, (score, label, positive), stated)


def _classes(table: ScoreTable, guess: Columns, numbers: list[str]) -> Scored | None:
    left, right = st.columns(2)
    with left:
        scores = _several_of(
            _("Columns of scores, one for each class"), numbers, guess.scores, f"{table.digest[:12]} c"
        )
    with right:
        label = _label(table, guess, "classes")
    if len(scores) < 2:
        st.info(_("Choose at least two columns of scores."), icon=":material/info:")
        return None
    return _scored(table, (*scores, label), {"kind": "classes", "scores": list(scores), "labels": [label]})


def _several(table: ScoreTable, guess: Columns, numbers: list[str]) -> Scored | None:
    left, right = st.columns(2)
    known = guess.labels if guess.kind == "several" else ()
    with left:
        scores = _several_of(
            _("Columns of scores, one for each class"), numbers, guess.scores, f"{table.digest[:12]} s"
        )
    with right:
        label = _("Columns of labels, 0 or 1, in the same order")
        marks = _several_of(label, numbers, known, f"{table.digest[:12]} marks")
    if not scores or not marks:
        st.info(_("Choose columns of scores and as many of labels."), icon=":material/info:")
        return None
    return _scored(table, (*scores, *marks), {"kind": "several", "scores": list(scores), "labels": list(marks)})


def _label(table: ScoreTable, guess: Columns, kind: str) -> str:
    offered = list(table.kinds)
    first = offered.index(guess.labels[0])
    chosen: str = st.selectbox(_("Column of labels"), offered, first, key=f"label {table.digest[:12]} {kind}")
    return chosen


def _several_of(label: str, offered: list[str], known: Sequence[str], key: str) -> list[str]:
    chosen: list[str] = st.multiselect(label, offered, [n for n in known if n in offered], key=f"columns {key}")
    return chosen


def _scored(table: ScoreTable, columns: tuple[str, ...], stated: dict[str, Any]) -> Scored:
    found = kept((table.digest, stated["kind"], columns, "examples"), lambda: tables.examples_from(table, stated))
    rows = np.arange(len(found.scores))
    key, base = ("table", table.digest, columns), of_files([(table.name, table.digest)], stated)
    return Scored(table.name, found.kind, found.scores, found.truth, found.names, rows, key=key, base=base)
