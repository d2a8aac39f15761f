"""Words: translation with English as the key, names as people write them, and text of others made harmless."""

import functools
import gettext
import re
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

LOCALE = Path(__file__).resolve().parent / "locale"
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&\"'^=])")
_LINK = re.compile(r"(?i)(https?|ftp|mailto|www)(?=[:.])|(?<=\w)(?=@\w)")
_JOINER = "\u2060"  # no width, no break: it only keeps an address from being turned into a link


def _(text: str) -> str:
    """The text in the language of the reader's browser, where there is a catalogue for it."""
    return _catalogue(_language()).gettext(text) if text else ""


def _language() -> str:
    here = get_script_run_ctx(suppress_warning=True)
    return (here and st.context.locale) or "en"


@functools.cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("dashboard", LOCALE, [language.replace("-", "_")], fallback=True)


def escape(text: str) -> str:
    """A name that others chose, such that Markdown shows it as it is: no markup, no image, no link."""
    flat = " ".join(text.split())
    return _MARKDOWN.sub(r"\\\1", _LINK.sub(rf"\g<0>{_JOINER}", flat))


def sentence_case(name: str) -> str:
    """An identifier as a label: ``batch_size`` becomes "Batch size"."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def percent(share: float) -> str:
    """A probability with sensible digits."""
    if share >= 0.9995:
        return "> 99.9 %" if share < 1 else "100 %"
    if share < 0.001:
        return "< 0.1 %"
    return f"{share:.0%}".replace("%", " %") if 0.1 <= share < 0.99 else f"{share:.1%}".replace("%", " %")


def seconds(left: float | None) -> str:
    """Time left, in words that do not pretend to know more."""
    if left is None:
        return ""
    if left < 1.5:
        return _("about a second left")
    return (
        _("about {minutes} min left").format(minutes=round(left / 60))
        if left >= 90
        else _("about {seconds} s left").format(seconds=round(left))
    )


def safe_file_name(text: str) -> str:
    """A file name from words of others: letters, digits, dots and hyphens only."""
    return re.sub(r"[^\w.]+", "-", text, flags=re.ASCII).strip("-.")[:80] or "figure"
