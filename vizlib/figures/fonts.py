"""Letters that the usual font lacks: another font of this machine that has them, and lines that they fit into."""

import functools
import textwrap
import unicodedata
from collections.abc import Iterable

from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

USUAL = "DejaVu Sans"
BOXES = "Last Resort"  # a font that has a box for every letter
FEW = 12  # letters that a message quotes


def families(text: str) -> list[str]:
    """Fonts that have the letters of a text together, the usual one first; as few more as are needed."""
    found, missing = [USUAL], letters_of(text) - _letters(USUAL)
    while missing:
        best = max(_others(), key=lambda name: len(missing & _letters(name)), default=USUAL)
        if not missing & _letters(best):
            break
        found.append(best)
        missing -= _letters(best)
    return found


def unwritable(texts: Iterable[str]) -> str:
    """The letters that no font of this machine has."""
    text = "".join(texts)
    missing = letters_of(text) - _letters(USUAL)
    if missing:
        missing -= frozenset().union(*map(_letters, families(text)))
    return "".join(dict.fromkeys(letter for letter in text if ord(letter) in missing))


def refusal(texts: Iterable[str]) -> str:
    """Why texts cannot be put on paper, in one sentence; empty when they can."""
    letters = unwritable(texts)
    if not letters:
        return ""
    quoted = letters[:FEW] + ("…" if len(letters) > FEW else "")
    return (
        f"No font on this machine has “{quoted}”, so there is no PDF: take the page (HTML), which shows every letter."
    )


def dress(drawn: Figure) -> None:
    """Give every text of a figure the fonts that its letters need."""
    for text in drawn.findobj(Text):
        needed = families(text.get_text())
        if len(needed) > 1:
            text.set_fontfamily(needed)


def lines(text: str, width: int) -> list[str]:
    """A paragraph in lines of so many letters; a letter as wide as two counts as two, and may begin a line."""
    if not any(map(_double, text)):
        return textwrap.wrap(text, width)
    made, used = [""], 0
    for letter in " ".join(text.split()):
        step = 1 + _double(letter)
        if used + step > width:
            made.append("")
            used = 0
        made[-1] += letter
        used += step
    return [line.strip() for line in made]


def letters_of(text: str) -> frozenset[int]:
    """What must be drawn: everything but spaces, line ends and marks that have no shape."""
    return frozenset(
        ord(letter) for letter in text if unicodedata.category(letter) not in ("Zs", "Cc", "Cf", "Zl", "Zp")
    )


def _double(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


@functools.cache
def _files() -> dict[str, str]:
    """An upright regular file of each family."""
    usable = (font for font in fontManager.ttflist if BOXES not in font.name)
    upright = sorted(usable, key=lambda font: (font.style == "normal", -abs(int(font.weight) - 400)))
    return {font.name: font.fname for font in upright if getattr(font, "index", 0) == 0}


def _others() -> list[str]:
    return [name for name in _files() if name != USUAL]


@functools.cache
def _letters(name: str) -> frozenset[int]:
    try:
        return frozenset(FT2Font(_files()[name]).get_charmap())
    except (KeyError, OSError, RuntimeError):
        return frozenset()  # no such font, or no readable one
