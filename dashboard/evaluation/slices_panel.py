"""Where a model is worse: accuracy or AUC of every value of a column, the worst first."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from dashboard.choices import begin
from dashboard.evaluation.card import Words, card, kept
from dashboard.evaluation.scores import Scored
from dashboard.evaluation.source import Judged
from dashboard.evaluation.upload import TABLE
from dashboard.inside import under_way
from dashboard.text import _, escape
from dashboard.visit import Visit
from dashboard.worker import Job
from vizlib.core.judged import true_classes
from vizlib.data.scene_facts import FACTS, scene_facts
from vizlib.evaluation.judge import TRUTH
from vizlib.evaluation.slices import Slices, slice_accuracy, slice_auc
from vizlib.evaluation.tables import column_of

SLOT = "evaluation/slices"
Columns = Mapping[str, Callable[[], np.ndarray]]


def slices_panel(here: Visit, found: Judged) -> None:
    """Choose a column and a metric; the slices as a figure and as a table."""
    scored = found.scored
    columns = columns_of(here, scored)
    if isinstance(columns, Job):
        st.caption(escape(columns.label))
        under_way(here, columns)
        return
    left, middle, right = st.columns(3)
    with left:
        label, key = _("Slices of"), "slices column"
        begin(key, next(iter(columns)), columns)
        called = {TRUTH: _("true class")}
        column = st.selectbox(
            label, list(columns), key=key, format_func=lambda name: called.get(name, name), persist_state="session"
        )
    with middle:
        metric = _metric(scored)
    with right:
        bins = st.slider(
            _("Ranges, where the column holds many numbers"), 2, 10, key="slices bins", persist_state="session"
        )
    try:
        result = kept((scored.key, column, metric, bins, "slices"), lambda: _sliced(scored, columns, column, metric, bins))  # fmt: skip  # noqa: E501
    except ValueError as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    asked = "slice_accuracy" if metric is None else "slice_auc"
    recipe = scored.asked(asked, metric, {"column": column}, bins=bins)
    card(
        "slices",
        result,
        f"slices-{column}",
        slice_words(),
        recipe=recipe,
        about="" if metric is None else scored.names[metric],
    )
    _table(result)


def columns_of(here: Visit, scored: Scored) -> Columns | Job:
    """What is known of the examples: the true class, the columns of a table, or how a bundled scene was made."""
    found: dict[str, Callable[[], np.ndarray]] = {}
    if scored.images is not None and scored.images.name.startswith("scenes:"):
        facts = _scene_facts(here, scored)
        if isinstance(facts, Job) and facts.state != "done":
            return facts
        values: dict[str, np.ndarray] = facts.value
        found |= {name: partial(values.__getitem__, name) for name in FACTS}
    table: Any = st.session_state.get(TABLE)
    if scored.key[:1] == ("table",) and table is not None:
        used = scored.key[-1] if isinstance(scored.key[-1], tuple) else ()
        found |= {name: partial(column_of, table, name) for name in table.kinds if name not in used}
    found[TRUTH] = lambda: true_classes(scored.examples)
    return found


def _scene_facts(here: Visit, scored: Scored) -> Job:
    assert scored.images is not None
    key, label = ("scene facts", scored.images.name), _("Reading how the scenes were made")
    return here.engine.worker.submit(here.owner, SLOT, key, label, lambda tick: scene_facts(scored.rows, progress=tick))


def _metric(scored: Scored) -> int | None:
    """The number of the class whose AUC is asked for; None for accuracy."""
    offered = [*([] if scored.kind == "several" else [-1]), *scored.classes]
    words = {-1: _("Accuracy"), **{n: _("AUC of {name}").format(name=scored.names[n]) for n in scored.classes}}
    key = "slices metric"
    begin(key, next(iter(offered), None), offered)
    chosen: int | None = st.selectbox(
        _("Metric"), offered, format_func=words.__getitem__, key=key, persist_state="session"
    )
    return None if chosen in (None, -1) else chosen


def _sliced(scored: Scored, columns: Columns, column: str, metric: int | None, bins: int) -> Slices:
    values = columns[column]()
    if metric is None:
        right = scored.predicted() == scored.truth
        return slice_accuracy(right, values, name=column, bins=bins)
    return slice_auc(scored.score(metric), scored.positive(metric), values, name=column, bins=bins)


def _table(result: Slices) -> None:
    what = _("Accuracy") if result.metric == "accuracy" else _("AUC")
    rows = result.table
    columns: dict[str, list[Any]] = {
        result.column: [row.name for row in rows],
        what: [row.value for row in rows],
        _("from"): [row.low for row in rows],
        _("to"): [row.high for row in rows],
        _("Examples"): [row.examples for row in rows],
    }
    if any(row.why for row in rows):
        columns[_("Why there is none")] = [_reason(row.why) for row in rows]
    digits = {name: st.column_config.NumberColumn(format="%.4f") for name in (what, _("from"), _("to"))}
    st.dataframe(columns, hide_index=True, key="slices table", column_config=digits)


def _reason(why: str) -> str:
    return why[:1].upper() + why[1:]


def slice_words() -> Words:
    """How to read slices."""
    return Words(
        _(
            "Each row is a part of the examples, the worst first, with its 95 % interval; the dashed line is all "
            "of them."
        ),
        _(
            "The worst of many slices looks bad by chance: where the interval reaches the line, more examples "
            "may change it."
        ),
    )
