"""ROC and precision-recall curves side by side, their averages and definitions, and one model against another."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from dashboard.evaluation.address import mirror
from dashboard.evaluation.card import Words, card, kept
from dashboard.evaluation.scores import Scored
from dashboard.evaluation.source import Judged
from dashboard.evaluation.threshold import at_threshold, costs, threshold_choice
from dashboard.evaluation.versus import versus
from dashboard.text import _, safe_file_name
from dashboard.visit import Visit
from vizlib.evaluation.areas import DEFINITIONS
from vizlib.evaluation.at_k import precision_at_k, top_k_accuracy
from vizlib.evaluation.curves import pr_of, roc_of
from vizlib.evaluation.multiclass import PrCurves, RocCurves, pr_curves, roc_curves
from vizlib.evaluation.ranking import Ranking, both, ranking
from vizlib.evaluation.results import PrCurve, RocCurve
from vizlib.evaluation.thresholds import Thresholds, thresholds_of
from vizlib.figures.curves import Mark, Other

ALL, MICRO = -1, -2
MANY, FIRST = 10, 5  # above so many classes it is told whether the true one is among the first few
MOST_LISTED = 1_000_000
MOST_BANDED = 100_000  # examples for which resampling takes no longer than a person waits


def methods() -> dict[str, str]:
    """How the interval of an area is made."""
    return {"logit": _("DeLong, on the logit scale"), "delong": _("DeLong"), "bootstrap": _("bootstrap")}


def roc_words() -> Words:
    """How to read a ROC curve."""
    return Words(
        _("Each point is a threshold: the share of positives it finds, at the price of a share of the negatives."),
        _("With rare positives even a small share of the negatives is many false alarms; look at precision too."),
    )


def pr_words() -> Words:
    """How to read a precision-recall curve."""
    return Words(
        _("Each point is a threshold: how much of what it lets through is right, and how many positives that finds."),
        _("It falls when positives become rarer, with the same model: compare with the dashed line of guessing."),
    )


@dataclass(frozen=True, eq=False)
class Asked:
    """One question of the scores: which class, as one score and one truth an example."""

    name: str
    number: int
    scores: np.ndarray
    truth: np.ndarray


def asked(scored: Scored, number: int) -> Asked:
    """The scores and truths of a class against the rest, or of all decisions together."""
    if number == MICRO:
        truth = np.stack([scored.positive(index) for index in range(len(scored.names))], axis=1)
        return Asked(_("all decisions (micro)"), number, scored.scores.ravel(), truth.ravel())
    return Asked(scored.names[number], number, scored.score(number), scored.positive(number))


def several(scored: Scored) -> tuple[RocCurves, PrCurves]:
    """The curves of all classes."""
    truth = scored.truth if scored.kind != "binary" else scored.truth[:, None]
    roc = kept((scored.key, "rocs"), lambda: roc_curves(scored.scores, truth, names=scored.names))
    return roc, kept((scored.key, "prs"), lambda: pr_curves(scored.scores, truth, names=scored.names))


def averages(scored: Scored) -> dict[str, str]:
    """Accuracy and mean areas, in words."""
    found: dict[str, str] = {}
    if scored.kind == "classes":
        found[_("Accuracy")] = f"{(scored.predicted() == scored.truth).mean():.2%}".replace("%", " %")
        if len(scored.names) > MANY:
            label = _("Right among its first {k}").format(k=FIRST)
            found[label] = f"{top_k_accuracy(scored.scores, scored.truth, k=FIRST):.2%}".replace("%", " %")
    if not scored.classes:
        return found
    if scored.kind == "binary":
        one = curve_of(scored, 0)
        return found | {_("AUC"): f"{one[0].auc:.4f}", _("Average precision"): f"{one[1].average_precision:.4f}"}
    roc, pr = several(scored)
    return found | {_("AUC, macro"): f"{roc.macro:.4f}", _("Average precision, macro"): f"{pr.macro:.4f}"}


def curve_of(scored: Scored, number: int, method: Any = "logit") -> tuple[RocCurve, PrCurve]:
    """Both curves of one question."""
    roc = kept((scored.key, number, "roc", method), lambda: roc_of(ranked(scored, number), method=method))
    return roc, kept((scored.key, number, "pr"), lambda: pr_of(ranked(scored, number)))


def ranked(scored: Scored, number: int) -> Ranking:
    """The scores of one question in order: one sort for all that is drawn of them."""
    question = asked(scored, number)
    return kept(
        (scored.key, number, "ranking"),
        lambda: both("roc_curve", ranking("roc_curve", question.scores, question.truth)),
    )


def curves(here: Visit, found: Judged) -> None:
    """The view: choose a class; its curves, its threshold, and what the threshold does."""
    scored = found.scored
    number = class_choice(scored)
    if number is None:
        return
    if number == ALL:
        _together(scored)
        return
    st.fragment(_linked)(here, found, number)
    if found.other is not None:
        versus(scored, found.other, number)


def class_choice(scored: Scored, *, single: bool = False) -> int | None:
    """The chosen class, the worst comes first; None, with a sentence, where no class has a curve."""
    if not scored.classes:
        st.info(_("No class has both positives and negatives here, so there is no curve."), icon=":material/info:")
        return None
    if scored.kind == "binary":
        return 0
    areas = several(scored)[1].areas
    order = sorted(scored.classes, key=lambda number: float(areas[number]))
    offered = order if single else [*order, MICRO, ALL]
    names = {MICRO: _("All decisions together (micro)"), ALL: _("All classes (macro, weighted)")}
    key = "evaluation class"
    if st.session_state.get(key) not in offered:
        st.session_state[key] = order[0]
    label = _("Class, the worst first")
    chosen: int = st.selectbox(
        label,
        offered,
        key=key,
        persist_state="session",
        format_func=lambda n: names.get(n) or f"{scored.names[n]} · {_('average precision')} {areas[n]:.3f}",
    )
    return chosen


def _together(scored: Scored) -> None:
    """Every class in one picture, and the means."""
    roc, pr = several(scored)
    left, right = st.columns(2, gap="large")
    with left:
        card("rocs", roc, _stem(scored, "roc"), roc_words(), recipe=scored.asked("roc_curves"))
    with right:
        card("prs", pr, _stem(scored, "precision-recall"), pr_words(), recipe=scored.asked("pr_curves"))
    rows = {
        _("Mean"): ["macro", "weighted", "micro"],
        _("AUC"): [roc.macro, roc.weighted, roc.micro.auc],
        _("Average precision"): [pr.macro, pr.weighted, pr.micro.average_precision],
        _("What it counts"): [
            _("each class alike"),
            _("each class by its number of examples"),
            _("each decision alike, all classes on one scale of scores"),
        ],
    }
    st.dataframe(rows, hide_index=True, key="evaluation means", column_config=_digits(_("AUC"), _("Average precision")))


def _digits(*names: str) -> dict[str, Any]:
    return {name: st.column_config.NumberColumn(format="%.4f") for name in names}


def _linked(here: Visit, found: Judged, number: int) -> None:
    """Both curves with the chosen threshold on them, and everything that follows from it."""
    scored = found.scored
    question = asked(scored, number)
    look = _look(len(question.scores))
    roc, pr = curve_of(scored, number, look.method)
    price = costs()
    does: Thresholds = kept(
        (scored.key, number, "thresholds", price),
        lambda: thresholds_of(ranked(scored, number), false_alarm=price.false_alarm, miss=price.miss),
    )
    at = threshold_choice(does, (scored.key, number))
    mirror(here)
    _curves(found, number, roc, pr, look, _marks(does, at))
    at_threshold(here, scored, question.name, number, does, at)
    _definitions(roc, pr, look.method)
    _among_the_first(question)


@dataclass(frozen=True)
class Look:
    """How the curves are drawn."""

    method: str
    band: bool
    log: bool
    iso: bool


def _look(examples: int) -> Look:
    words = methods()
    with st.container(horizontal=True, vertical_alignment="bottom", key="evaluation-look"):
        method = st.selectbox(
            _("Interval"), list(words), key="evaluation interval", format_func=words.__getitem__,
            persist_state="session", width=240,
        )  # fmt: skip
        few = examples <= MOST_BANDED
        tip = _("Where the curve would lie for other examples of the same kind; by resampling, point by point.")
        band = st.toggle(_("Band"), value=few, key="evaluation band", disabled=not few, help=tip)
        log = st.toggle(_("Log axis of the ROC"), key="evaluation log", persist_state="session")
        iso = st.toggle(_("Lines of equal F1"), key="evaluation iso", persist_state="session")
    return Look(method, band and few, log, iso)


def _marks(does: Thresholds, at: float) -> tuple[Mark, Mark]:
    here, words = does.some([does.place(at)]), _("threshold {at}").format(at=f"{at:.4g}")
    right, wrong = float(here.recall[0]), float(here.fall_out[0])
    return Mark(wrong, right, words), Mark(right, float(here.precision[0]), words)


def _curves(found: Judged, number: int, roc: RocCurve, pr: PrCurve, look: Look, marks: tuple[Mark, Mark]) -> None:
    scored, other = found.scored, found.other
    enough = min(roc.positives, roc.negatives) > 1
    band = kept((scored.key, number, "band"), partial(roc.band, 101)) if look.band and enough else None
    second = _second(scored, other, number)
    left, right = st.columns(2, gap="large")
    with left:
        stem = _stem(scored, "roc")
        recipe = scored.asked("roc_curve", number, method=look.method)
        display: dict[str, Any] = {
            "band": band,
            "log": look.log,
            "mark": marks[0],
            "other": second[0] if second else None,
        }
        card("roc", roc, stem, roc_words(), recipe=recipe, about=asked(scored, number).name, **display)
    with right:
        stem = _stem(scored, "precision-recall")
        display = {"iso_f1": look.iso, "mark": marks[1], "other": second[1] if second else None}
        recipe, about = scored.asked("pr_curve", number), asked(scored, number).name
        card("pr", pr, stem, pr_words(), recipe=recipe, about=about, **display)


def _second(scored: Scored, other: Scored | None, number: int) -> tuple[Other, Other] | None:
    """The curves of the second model for the same class, if it has it."""
    if other is None or number == MICRO or scored.names[number] not in other.names:
        return None
    place = other.names.index(scored.names[number])
    if place not in other.classes:
        return None
    names = (scored.title.split(" ")[0], other.title.split(" ")[0])
    roc, pr = curve_of(other, place)
    return Other(roc, names), Other(pr, names)


def _definitions(roc: RocCurve, pr: PrCurve, method: str) -> None:
    """The interval of both areas, and what others would call average precision."""
    st.subheader(_("How sure these areas are, and which average precision is meant"), anchor=False)
    if min(roc.positives, roc.negatives) > 1:
        low, high = roc.interval
        sentence = _("AUC {area}, 95 % interval {low} to {high} ({method}).")
        facts = {"area": f"{roc.auc:.4f}", "low": f"{low:.4f}", "high": f"{high:.4f}", "method": methods()[method]}
        st.markdown(sentence.format(**facts))
        if method == "bootstrap":
            low, high = pr.interval
            sentence = _("Average precision {area}, 95 % interval {low} to {high} (bootstrap).")
            st.markdown(sentence.format(area=f"{pr.average_precision:.4f}", low=f"{low:.4f}", high=f"{high:.4f}"))
    rows = {
        _("Definition"): list(DEFINITIONS),
        _("Average precision"): [pr.definitions[name] for name in DEFINITIONS],
        _("Who uses it, and what it is"): [_(words) for words in DEFINITIONS.values()],
    }
    st.dataframe(rows, hide_index=True, key="evaluation definitions", column_config=_digits(_("Average precision")))


def _among_the_first(question: Asked) -> None:
    """Precision among the highest scores, for who looks at a short list only."""
    most = len(question.scores)
    if most > MOST_LISTED:
        return
    label = _("Length of a short list, k")
    k: int = st.number_input(label, 1, most, min(int(question.truth.sum()), most), key="evaluation k", width=220)
    sentence = _("Of the {k} highest scores {share} are right (precision at k).")
    share = f"{precision_at_k(question.scores, question.truth, k=k):.1%}".replace("%", " %")
    st.markdown(sentence.format(k=f"{k:,}", share=share))


def _stem(scored: Scored, what: str) -> str:
    return safe_file_name(f"{what}-{scored.title}")
