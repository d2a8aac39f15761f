"""Everything the app says, as a template for translators, and their catalogues compiled: ``make catalogue``."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from dashboard.controls import settings
from dashboard.formulas import FORMULAS
from dashboard.gallery import cards
from dashboard.reading import TITLES, reading
from dashboard.sidebar import SOURCES
from vizlib.attribution.results_hiding import NO_LAYER
from vizlib.evaluation.areas import DEFINITIONS
from vizlib.figures.style import name_of
from vizlib.index import NAMES, TECHNIQUES

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
STATES = ("waiting", "running", "stopping")


def template() -> Catalog:
    """Every English key: literal ones of the pages, and those that signatures and documentation give."""
    catalogue = Catalog(domain="dashboard", project="vizlib")
    for folder in ("dashboard", "pages"):
        for file, line, message, comments, _context in extract_from_dir(REPOSITORY / folder, keywords={"_": None}):
            catalogue.add(message, locations=[(f"{folder}/{file}", line)], auto_comments=comments)
    for key in declared():
        if key:
            catalogue.add(key)
    return catalogue


def declared() -> Iterator[str]:
    """Keys that no page writes out: they come from tables, signatures and docstrings."""
    yield from (*TITLES.values(), *SOURCES.values(), *STATES, *DEFINITIONS.values(), NO_LAYER)
    for technique in TECHNIQUES:
        words = reading(technique)
        yield from (name_of(technique), NAMES[technique].line, words.shows, words.misleads)
        for option in settings(technique):
            yield from (option.name, option.help)
            yield from map(str, option.choices() if option.kind == "choice" else ())
    yield from (formula.words for formula in FORMULAS.values())
    for one in cards():
        yield from (one.heading, one.sentence, one.unit)


def main() -> None:
    """Write the template; compile every catalogue beside it."""
    with (HERE / "dashboard.pot").open("wb") as file:
        write_po(file, template(), sort_output=True, omit_header=False)
    for source in HERE.glob("*/LC_MESSAGES/dashboard.po"):
        with source.open("rb") as text, source.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, read_po(text))


if __name__ == "__main__":
    main()
