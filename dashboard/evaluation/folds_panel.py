"""How much curves and numbers vary from one part of the examples to another."""

from typing import Any

import numpy as np
import streamlit as st

from dashboard.evaluation.card import Words, card, kept
from dashboard.evaluation.curves import asked, class_choice
from dashboard.evaluation.segments import segments
from dashboard.evaluation.source import Judged
from dashboard.evaluation.upload import TABLE
from dashboard.text import _, escape
from dashboard.visit import Visit
from vizlib.evaluation.crossvalidation import fold_curves, metric_spread, stratified_folds
from vizlib.evaluation.tables import column_of

MOST = 200_000  # examples whose spread is drawn as soon as it is asked for
SAMPLES = 300


def folds_panel(here: Visit, found: Judged) -> None:
    """The curve of every fold with mean and band, and the spread of a metric on one axis."""
    scored = found.scored
    number = class_choice(scored, single=True)
    if number is None:
        return
    question = asked(scored, number)
    if len(question.scores) > MOST:
        st.info(_("Folds are drawn of up to {most} decisions; choose one class, or fewer examples.").format(most=f"{MOST:,}"), icon=":material/info:")  # fmt: skip  # noqa: E501
        return
    left, right = st.columns(2)
    with left:
        k, column = _folds(scored)
    with right:
        kind = _kind()
    key = (scored.key, number, k, column)
    try:
        folds = _of(column) if column else stratified_folds(question.truth, k)
        curves = kept((*key, kind), lambda: fold_curves(question.scores, question.truth, folds, kind=kind))
        metric: Any = "auc" if kind == "roc" else "average_precision"
        spread = kept((*key, metric, "spread"), lambda: metric_spread(question.scores, question.truth, metric=metric, k=k, samples=SAMPLES))  # fmt: skip  # noqa: E501
    except ValueError as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    left, right = st.columns(2)
    with left:
        recipe = scored.asked("fold_curves", number, {"column": column} if column else {"folds": k}, kind=kind)
        card("folds", curves, "folds", fold_words(column is not None), recipe=recipe, about=question.name)
    with right:
        recipe = scored.asked("metric_spread", number, metric=metric, k=k, samples=SAMPLES)
        card("spread", spread, "spread", spread_words(), recipe=recipe, about=question.name)


def _folds(scored: Any) -> tuple[int, str | None]:
    """How many parts, or the column that tells the fold."""
    table: Any = st.session_state.get(TABLE) if scored.key[:1] == ("table",) else None
    k = st.slider(_("Parts"), 2, 10, key="folds k", persist_state="session", help=_("Disjoint parts at random, each with the same share of positives."))  # fmt: skip  # noqa: E501
    if table is None:
        return k, None
    used = scored.key[-1] if isinstance(scored.key[-1], tuple) else ()
    offered = [name for name in table.kinds if name not in used]
    column = st.selectbox(
        _("Column of folds"),
        offered,
        index=None,
        placeholder=_("at random"),
        key=f"folds column {table.digest[:12]}",
        help=_("Which fold each example was held out in, where the model was trained anew for each."),
    )
    return k, column


def _of(column: str) -> np.ndarray:
    return column_of(st.session_state[TABLE], column)


def _kind() -> Any:
    words = {"roc": _("ROC"), "pr": _("Precision-recall")}
    return segments(_("Curve"), words, "folds kind", named=True)


def fold_words(trained: bool) -> Words:
    """How to read the curves of folds."""
    who = _("Each fold was scored by a model that did not see it.") if trained else _("One model, on disjoint parts of its examples: training is the same for all.")  # fmt: skip  # noqa: E501
    return Words(
        _("Dashed: one fold each. Solid: their mean, with one standard deviation of the folds around it.") + " " + who,
        _("The band is not the uncertainty of the mean, and no threshold gives the mean curve."),
    )


def spread_words() -> Words:
    """How to read the spread of a metric."""
    return Words(
        _(
            "Short strokes are single values; the point is their mean, the bar their middle 95 %; the dashed "
            "line is all examples."
        ),
        _(
            "Hold-outs and folds are smaller than the whole, so they spread more; the bootstrap shows the whole. "
            "None of them trains again."
        ),
    )
