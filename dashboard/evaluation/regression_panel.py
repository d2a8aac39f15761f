"""How far predicted numbers are off: two columns of a table, or made-up numbers until there is one."""

import numpy as np
import streamlit as st

from dashboard.evaluation.card import Words, card
from dashboard.evaluation.upload import MEGABYTES
from dashboard.text import _, escape
from vizlib.core.judged import judged, of_files
from vizlib.core.recipe import Recipe
from vizlib.evaluation.regression import Regression, regression
from vizlib.evaluation.tables import SUFFIXES, ScoreTable, read_table

TABLE, REFUSED, UPLOAD = "regression table", "regression refused", "regression upload"
TRUE = ("truth", "true", "target", "y", "y_true", "actual", "label")
SAID = ("predicted", "prediction", "pred", "y_pred", "y_hat", "estimate", "score")


def regression_panel() -> None:
    """A table, its two columns, and then numbers and residuals."""
    st.subheader(_("How far are predicted numbers off?"), anchor=False)
    st.file_uploader(
        _("CSV, TSV, Parquet or NPZ: one row an example, with the true and the predicted number"),
        type=list(SUFFIXES),
        key=UPLOAD,
        on_change=_take,
        max_upload_size=MEGABYTES,
    )
    if st.session_state.get(REFUSED):
        st.error(escape(st.session_state[REFUSED]), icon=":material/error:")
    try:
        result, recipe = _of_table(st.session_state.get(TABLE))
    except ValueError as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    if result is None:
        return
    with st.container(horizontal=True, key="regression-numbers"):
        for name, words in _numbers(result).items():
            st.metric(name, words, width="content")
    for banner in result.banners():
        st.warning(escape(banner), icon=":material/info:")
    card("regression", result, "residuals", regression_words(), recipe=recipe)


def _take() -> None:
    file = st.session_state[UPLOAD]
    if file is not None:
        take_numbers(file.name, file.getvalue())


def take_numbers(name: str, content: bytes) -> None:
    """Keep a table for this visit, or say in one sentence why not; what was there before stays."""
    try:
        st.session_state[TABLE], st.session_state[REFUSED] = read_table(name, content), ""
    except ValueError as error:
        st.session_state[REFUSED] = str(error)


def _of_table(table: ScoreTable | None) -> tuple[Regression | None, Recipe | None]:
    """The result, and what makes it again; neither until two columns are chosen."""
    if table is None:
        st.caption(
            _("Made-up numbers, until a table is here: errors grow with the number, and large ones are too low.")
        )
        return regression(*made_up()), None
    numbers = [name for name, kind in table.kinds.items() if kind == "number"]
    if len(numbers) < 2:
        raise ValueError(_("The table needs two columns of numbers, the true and the predicted ones."))
    left, right = st.columns(2)
    true, said = _guess(numbers)
    with left:
        truth = st.selectbox(_("Column of true numbers"), numbers, true, key=f"true {table.digest[:12]}")
    with right:
        predicted = st.selectbox(_("Column of predicted numbers"), numbers, said, key=f"said {table.digest[:12]}")
    if truth == predicted:
        st.info(_("True and predicted numbers are in two different columns; choose the other one."), icon=":material/info:")  # fmt: skip  # noqa: E501
        return None, None
    base = of_files([(table.name, table.digest)], {"predicted": predicted, "truth": truth})
    return regression(table.numbers(predicted), table.numbers(truth)), judged(base, "regression")


def _guess(numbers: list[str]) -> tuple[int, int]:
    """Places of the true and of the predicted numbers, by what the columns are called."""
    plain = [name.strip().casefold() for name in numbers]
    true = next((plain.index(word) for word in TRUE if word in plain), None)
    said = next((plain.index(word) for word in SAID if word in plain and plain.index(word) != true), None)
    if true is None:
        true = 0 if said != 0 else 1
    return true, said if said is not None else next(place for place in range(len(numbers)) if place != true)


def _numbers(result: Regression) -> dict[str, str]:
    undefined = _("not defined")
    return {
        _("Examples"): f"{len(result.truth):,}",
        _("MAE"): f"{result.mae:.4g}",
        _("RMSE"): f"{result.rmse:.4g}",
        _("MAPE"): undefined if np.isnan(result.mape) else f"{result.mape:.2%}".replace("%", " %"),
        _("R²"): undefined if np.isnan(result.r2) else f"{result.r2:.4f}",
        _("Mean residual"): f"{result.bias:+.4g}",
    }


def regression_words() -> Words:
    """How to read residuals."""
    return Words(
        _(
            "Left, points on the dashed line are exact. Right, what was predicted too much or too little; the "
            "solid line is the mean."
        ),
        _(
            "R² rises with the spread of the truth alone. A funnel or a bend on the right is a pattern that one "
            "number hides."
        ),
    )


def made_up(count: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Predicted and true numbers whose errors are not all alike."""
    generator = np.random.default_rng(seed)
    truth = generator.gamma(4, 20, count) + 5
    predicted = truth - 0.0015 * truth**2 + 8 + generator.normal(0, 0.09, count) * truth
    return predicted, truth
