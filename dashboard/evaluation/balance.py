"""Another class balance: the ROC curve stays, precision moves, accuracy flatters, recall and F1 of each class tell."""

from functools import partial

import streamlit as st

from dashboard.evaluation.address import SHARES, mirror
from dashboard.evaluation.card import Words, card, kept
from dashboard.evaluation.curves import class_choice, curve_of, ranked, roc_words
from dashboard.evaluation.source import Judged
from dashboard.evaluation.threshold import threshold_choice
from dashboard.text import _, escape, safe_file_name
from dashboard.visit import Visit
from vizlib.evaluation.thresholds import Balance, Thresholds, thresholds_of
from vizlib.figures.curves import Mark


def balance(here: Visit, found: Judged) -> None:
    """The view: choose how rare the positives are."""
    number = class_choice(found.scored, single=True)
    if number is not None:
        st.fragment(_balance)(here, found, number)


def _balance(here: Visit, found: Judged, number: int) -> None:
    scored = found.scored
    name = scored.names[number]
    order = ranked(scored, number)
    usual = kept((scored.key, number, "balance"), partial(thresholds_of, order))
    tip = _("As if positives and negatives were drawn anew in these shares, each group looking as it does here.")
    share = st.select_slider(
        _("Share of positives"), SHARES, key="evaluation share", help=tip, format_func="{:.4g}".format,
        persist_state="session",
    )  # fmt: skip
    changed = kept((scored.key, number, "balance", share), partial(thresholds_of, order, prevalence=share))
    at = threshold_choice(usual, (scored.key, number), place="balance ")
    mirror(here)
    place = usual.place(at)
    words = _("threshold {at}").format(at=f"{at:.4g}")
    mark = Mark(float(usual.fall_out[place]), float(usual.recall[place]), words)
    left, right = st.columns(2, gap="large")
    with left:
        st.caption(_("The ROC curve does not know the balance: it stays."))
        roc = curve_of(scored, number)[0]
        card(
            "balance roc",
            roc,
            safe_file_name(f"roc-{scored.title}"),
            roc_words(),
            recipe=scored.asked("roc_curve", number),
            about=name,
            mark=mark,
        )
    with right:
        st.caption(_("Precision does: with rare positives the same false alarms drown them."))
        both = Balance(usual, changed)
        words_of = Words(
            _("The same model and thresholds at two class balances, each above its own line of guessing."),
            _("It takes for granted that positives and negatives look the same however rare they are."),
        )
        card(
            "balance pr",
            both,
            safe_file_name(f"balance-{scored.title}"),
            words_of,
            recipe=scored.asked("class_balance", number, prevalence=share),
            about=name,
            at=at,
        )
    _measures(usual, changed, place, name)


def _measures(usual: Thresholds, changed: Thresholds, place: int, name: str) -> None:
    """What the threshold is worth at both balances, beside never finding anything."""
    st.subheader(_("Accuracy flatters, recall and F1 tell"), anchor=False)
    columns = ((usual, place), (changed, place), (changed, 0))
    heads = [
        _("these examples: {share} positives").format(share=f"{usual.prevalence:.3g}"),
        _("{share} positives").format(share=f"{changed.prevalence:.3g}"),
        _("never saying {name}").format(name=escape(name)),
    ]
    rows = {
        _("Accuracy"): [one.accuracy[at] for one, at in columns],
        _("Precision"): [one.precision[at] if at else None for one, at in columns],
        _("Recall of {name}").format(name=escape(name)): [one.recall[at] for one, at in columns],
        _("Recall of the others"): [1 - one.fall_out[at] for one, at in columns],
        _("Mean of both recalls"): [(one.recall[at] + 1 - one.fall_out[at]) / 2 for one, at in columns],
        "F1": [one.f_measure[at] for one, at in columns],
    }
    lines = [f"| {name} | " + " | ".join(_said(value) for value in row) + " |" for name, row in rows.items()]
    st.markdown("\n".join([f"| {_('Measure')} | " + " | ".join(heads) + " |", "|:--|--:|--:|--:|", *lines]))


def _said(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
