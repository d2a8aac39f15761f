"""Two models on the same examples: DeLong's test of the difference of their areas, class by class."""

from functools import partial

import numpy as np
import streamlit as st

from dashboard.evaluation.card import Words, card, kept
from dashboard.evaluation.scores import Scored
from dashboard.text import _, escape
from vizlib.core.recipe import Recipe
from vizlib.evaluation.comparison import compare_auc
from vizlib.evaluation.results import AucComparison


def versus(scored: Scored, other: Scored, number: int) -> None:
    """The comparison for the chosen class, and a table of all classes that both know."""
    found = compared(scored, other)
    if not found:
        st.info(_("The two models share no class that could be compared here."), icon=":material/info:")
        return
    st.subheader(_("Which of the two ranks better"), anchor=False)
    one = found.get(scored.names[number]) if number >= 0 else None
    if one is not None:
        low, high = one.interval()
        sentence = _("*{name}*: AUC {first} against {second}; the difference is {gap}, 95 % interval {low} to {high}, p = {p}.")  # fmt: skip  # noqa: E501
        facts = {"first": f"{one.auc_a:.4f}", "second": f"{one.auc_b:.4f}", "p": f"{one.p:.3g}"}
        facts |= {"gap": f"{one.difference:+.4f}", "low": f"{low:+.4f}", "high": f"{high:+.4f}"}
        st.markdown(sentence.format(name=escape(scored.names[number]), **facts))
        recipe, names = _recipe(scored, other, number), (_("this model"), _("the other"))
        card("versus", one, "two-areas", versus_words(), recipe=recipe, about=scored.names[number], names=names)
    rows = {
        _("Class"): list(found),
        _("AUC, this model"): [c.auc_a for c in found.values()],
        _("AUC, the other"): [c.auc_b for c in found.values()],
        _("Difference"): [c.difference for c in found.values()],
        _("z"): [c.z for c in found.values()],
        _("p"): [c.p for c in found.values()],
    }
    digits = {name: st.column_config.NumberColumn(format="%.4f") for name in list(rows)[1:]}
    st.dataframe(rows, hide_index=True, key="evaluation versus", column_config=digits)
    st.caption(_("DeLong's paired test, both models on the same images. Of twenty classes without a difference one falls below p = 0.05 by chance."))  # fmt: skip  # noqa: E501


def _recipe(scored: Scored, other: Scored, number: int) -> Recipe | None:
    """What makes the comparison again, where both models scored the same examples."""
    if other.base is None or not np.array_equal(scored.rows, other.rows):
        return None
    stated = {"model": other.base.model, "weights": other.base.weights, "weights_digest": other.base.weights_digest}
    return scored.asked("compare_auc", number, {"other": stated})


def versus_words() -> Words:
    """How to read two areas."""
    return Words(
        _("Each point is an area with its own interval; the title tells the difference, which is what counts."),
        _("The intervals may overlap where the paired difference is clear: both models see the same images."),
    )


def compared(scored: Scored, other: Scored) -> dict[str, AucComparison]:
    """DeLong's test for every class that both have, on the examples that both scored."""
    _same, mine, theirs = np.intersect1d(scored.rows, other.rows, assume_unique=True, return_indices=True)
    found = {}
    for number in scored.classes:
        name = scored.names[number]
        if name not in other.names:
            continue
        truth, place = scored.positive(number)[mine], other.names.index(name)
        if min(truth.sum(), (~truth).sum()) < 2:
            continue
        test = partial(compare_auc, scored.score(number)[mine], other.score(place)[theirs], truth)
        found[name] = kept((scored.key, other.key, number, "versus"), test)
    return found
