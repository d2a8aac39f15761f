"""Which class is taken for which: the matrix, its largest mistakes, every class, and the images of a cell."""

import csv
import io
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from dashboard.evaluation.card import Words, card, kept
from dashboard.evaluation.gallery import gallery
from dashboard.evaluation.scores import Scored
from dashboard.evaluation.segments import segments
from dashboard.evaluation.source import Judged
from dashboard.text import _, escape, safe_file_name
from dashboard.visit import Visit
from vizlib.evaluation.confusion import Confusion, confusion
from vizlib.figures.curves import MOST_LABELS

TRUE, PREDICTED = "evaluation true", "evaluation predicted"
MISTAKES = 10
HEIGHT = 600  # pixels


def classes(here: Visit, found: Judged) -> None:
    """The view: matrix and mistakes above, the images of the chosen cell, then every class."""
    scored = found.scored
    if scored.kind == "several":
        st.info(_("An example may have several classes here, so that none is taken for another; see the curves of each class."), icon=":material/info:")  # fmt: skip  # noqa: E501
        return
    result = matrix(scored)
    place, shown = st.columns([3, 2], gap="large")
    with shown:
        _mistakes(result)
    with place:
        display = _look(result)
        words = Words(
            _("Rows are the true classes, columns what the model says. A click on a cell shows its images."),
            _("Shares of a row hide how many examples the class has; a bright cell of a rare class is few images."),
        )
        order = display.get("order", range(len(result.names)))
        click = partial(_clicked, tuple(map(int, order)))
        recipe = scored.asked("confusion")
        card("matrix", result, _stem(scored, "confusion"), words, recipe=recipe, click=click, height=HEIGHT, **display)
    _cell(here, scored, result)
    _table(scored, result)


def matrix(scored: Scored) -> Confusion:
    """The confusion matrix of the predicted classes."""
    names = scored.examples.told_apart
    return kept((scored.key, "confusion"), lambda: confusion(scored.predicted(), scored.truth, names=names))


def _look(result: Confusion) -> dict[str, Any]:
    words = {"true": _("of the true class"), "predicted": _("of the predictions"), "all": _("of all")}
    with st.container(horizontal=True, vertical_alignment="bottom", key="evaluation-matrix-look"):
        by = segments(_("Shares"), words, "evaluation by", named=True)
        tip = _("Classes that are mixed up stand beside each other.")
        alike = st.toggle(_("Alike classes together"), key="evaluation alike", help=tip, persist_state="session")
        tip = _("Right answers stay blank, and the colours tell the mistakes apart.")
        wrong = st.toggle(_("Mistakes alone"), key="evaluation wrong", help=tip, persist_state="session")
    order = result.order.tolist() if alike else list(range(len(result.names)))
    first, last = _window(len(order))
    whole = not alike and (first, last) == (1, len(order))
    return {"by": by, "mistakes": wrong} | ({} if whole else {"order": order[first - 1 : last]})


def _window(count: int) -> tuple[int, int]:
    """Which classes are drawn, in the order of the axes: all of them, or as many as a person looks into."""
    if count <= MOST_LABELS:
        return 1, count
    tip = _("Up to {most} classes are named at the axes, and their cells can be clicked.").format(most=MOST_LABELS)
    label, key = _("Zoom: classes shown, in this order"), f"evaluation window {count}"
    shown: tuple[int, int] = st.slider(label, 1, count, (1, count), key=key, help=tip, persist_state="session")
    return shown


def _clicked(order: tuple[int, ...], cell: Any) -> None:
    """A cell of the drawn matrix, as ``row, column`` among the drawn classes."""
    if isinstance(cell, str):
        row, column = map(int, cell.split(","))
        _choose(order[row], order[column])


def _choose(true: int, predicted: int) -> None:
    st.session_state[TRUE], st.session_state[PREDICTED] = true, predicted


def _mistakes(result: Confusion) -> None:
    """The pairs that are mixed up most; each a button that shows its images."""
    st.markdown(f"**{_('Mixed up most often')}**")
    found = result.mistakes(MISTAKES)
    if not found:
        st.caption(_("Nothing is mixed up."))
    for number, one in enumerate(found):
        pair = (result.names.index(one.true), result.names.index(one.predicted))
        sentence = _("{true} taken for {predicted}: **{count}** ({share} of {true})")
        share = f"{one.share:.1%}".replace("%", " %")
        words = {"true": escape(one.true), "predicted": escape(one.predicted), "count": f"{one.examples:,}"}
        st.button(
            sentence.format(share=share, **words), key=f"evaluation mistake {number}", type="tertiary",
            on_click=_choose, args=pair, help=_("Show these images below"),
        )  # fmt: skip


def _cell(here: Visit, scored: Scored, result: Confusion) -> None:
    """Two choices say the same as a click, and the images of that cell follow."""
    st.subheader(_("The images behind it") if scored.images else _("The examples behind it"), anchor=False)
    worst = result.mistakes(1)
    first = (worst[0].true, worst[0].predicted) if worst else (result.names[0], result.names[0])
    numbers = list(range(len(result.names)))
    for key, name in zip((TRUE, PREDICTED), first, strict=True):
        begun = st.session_state[f"{key} first"] = result.names.index(name)
        same = st.session_state.setdefault(f"{key} of", scored.key) == scored.key
        if not same or st.session_state.get(key) not in numbers:
            st.session_state[f"{key} of"], st.session_state[key] = scored.key, begun
    left, right = st.columns(2)
    true: int = left.selectbox(_("True class"), numbers, key=TRUE, format_func=result.names.__getitem__)
    said: int = right.selectbox(_("Taken for"), numbers, key=PREDICTED, format_func=result.names.__getitem__)
    examples, values = of_cell(scored, true, said)
    sentence = _("{true} taken for {predicted}: {count}, the surest first")
    facts = {"true": result.names[true], "predicted": result.names[said], "count": f"{len(examples):,}"}
    gallery(here, "evaluation pair", scored, examples, values, sentence.format(**facts))


def of_cell(scored: Scored, true: int, said: int) -> tuple[np.ndarray, np.ndarray]:
    """Examples of a class that were taken for another, and how sure of that the model was; the surest first."""
    predicted = scored.predicted()
    found = np.flatnonzero((scored.truth == true) & (predicted == said))
    if scored.kind == "binary":
        values = scored.scores[found, 0] if said else 1 - scored.scores[found, 0]
    else:
        values = scored.scores[found, said]
    order = np.argsort(-values, kind="stable")
    return found[order], values[order]


def _table(scored: Scored, result: Confusion) -> None:
    """Every class, the worst first, and the means; as a file too."""
    st.subheader(_("Every class"), anchor=False)
    rows = [row for row in result.table if row.support or row.predicted]
    rows.sort(key=lambda row: (np.isnan(row.f1), row.f1))
    columns = {
        _("Class"): [row.name for row in rows],
        _("Precision"): [row.precision for row in rows],
        _("Recall"): [row.recall for row in rows],
        "F1": [row.f1 for row in rows],
        _("Examples"): [row.support for row in rows],
        _("Predicted"): [row.predicted for row in rows],
    }
    shares = {name: st.column_config.NumberColumn(format="%.4f") for name in list(columns)[1:4]}
    st.dataframe(columns, hide_index=True, key="evaluation classes", column_config=shares)
    facts = {"accuracy": result.accuracy, "balanced": result.balanced_accuracy}
    facts |= {"macro": result.average("macro", "f1"), "weighted": result.average("weighted", "f1")}
    sentence = _("Accuracy {accuracy}, balanced accuracy {balanced}, F1 macro {macro}, F1 weighted {weighted}.")
    st.markdown(sentence.format(**{name: f"{value:.4f}" for name, value in facts.items()}))
    if result.absent:
        st.caption(_("Without an example: {names}.").format(names=escape(", ".join(result.absent[:8]))))
    st.download_button(
        _("Classification report (CSV)"),
        data=partial(report, result),
        file_name=f"{_stem(scored, 'classification-report')}.csv",
        mime="text/csv",
        key="evaluation report",
        icon=":material/download:",
        on_click="ignore",
    )


def report(result: Confusion) -> bytes:
    """The classification report as CSV: a row for each class, then accuracy and the two means."""
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n").writerow
    write(["class", "precision", "recall", "f1", "support"])
    for row in result.table:
        write([row.name, row.precision, row.recall, row.f1, row.support])
    total = int(result.matrix.sum())
    write(["accuracy", "", "", result.accuracy, total])
    for of in ("macro", "weighted"):
        means = [result.average(of, measure) for measure in ("precision", "recall", "f1")]  # type: ignore[arg-type]
        write([f"{of} average", *means, total])
    return text.getvalue().encode()


def _stem(scored: Scored, what: str) -> str:
    return safe_file_name(f"{what}-{scored.title}")
