"""How to read a picture and how it can mislead, taken from the technique's own documentation."""

import inspect
import re
from dataclasses import dataclass

import streamlit as st

from dashboard.formulas import FORMULAS
from dashboard.text import _, escape
from vizlib.citations import bibtex
from vizlib.figures.style import name_of
from vizlib.index import NAMES, RECIPES

# The picture in one sentence; a technique that has none here is called by its name.
TITLES = {
    "saliency": "Which pixels move *{label}* most",
    "guided_backprop": "Which details excite *{label}*",
    "occlusion": "What *{label}* loses when hidden",
    "grad_cam": "Where the network sees *{label}*",
}


@dataclass(frozen=True)
class Reading:
    """What a technique's documentation says, each part in English, the key of its translation."""

    shows: str
    misleads: str
    paper: str


def reading(technique: str) -> Reading:
    """First line, Notes and References of a technique's docstring."""
    text = inspect.getdoc(RECIPES[technique]) or ""
    return Reading(text.split("\n\n")[0], _section(text, "Notes"), _section(text, "References"))


def title(technique: str, label: str) -> str:
    """A sentence in Markdown; the label is the name of others."""
    sentence = TITLES.get(technique)
    if sentence is None:
        return f"{escape(_(name_of(technique)))}: *{escape(label)}*"
    return _(sentence).format(label=escape(label))


def plain_title(technique: str, label: str) -> str:
    """The same sentence without markup, for files."""
    sentence = TITLES.get(technique)
    if sentence is None:
        return f"{_(name_of(technique))}: {label}"
    return _(sentence).replace("*", "").format(label=label)


def line(technique: str) -> str:
    """One line about a technique, known before it is imported."""
    return _(NAMES[technique].line)


def formula_and_paper(technique: str) -> None:
    """An expander: the formula with the meaning of its letters, and the paper as text and as BibTeX."""
    paper, formula = reading(technique).paper, FORMULAS.get(technique)
    if not paper and formula is None:
        return
    with st.expander(_("Formula and paper") if formula else _("Paper"), icon=":material/menu_book:"):
        if formula:
            st.latex(formula.latex)
            st.caption(_(formula.words))
        if paper:
            st.markdown(escape(paper))
            st.code(bibtex(RECIPES[technique]), language=None, wrap_lines=True)


def _section(text: str, name: str) -> str:
    found = re.search(rf"^{name}\n-+\n(.*?)(?=^\w[\w ]*\n-{{3,}}\n|\Z)", text, re.DOTALL | re.MULTILINE)
    return " ".join(found.group(1).split()) if found else ""
