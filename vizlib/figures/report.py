"""Several figures as one report: a page of HTML that needs nothing else, a PDF, or everything in one archive."""

import base64
import html
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from matplotlib.figure import Figure
from pypdf import PdfReader, PdfWriter, Transformation

from vizlib.core.recipe import Recipe
from vizlib.core.results import Result
from vizlib.figures.export import saved, to_bytes
from vizlib.figures.fonts import lines, refusal

PAPER = (8.27, 11.69)  # inches, A4
MARGIN = 0.9
LETTERS = 92  # of a line of the paper
LEADING = 0.19  # inches from line to line
TALLEST = 6.2  # inches of a figure on the paper
CLOCK = (1980, 1, 1, 0, 0, 0)  # of the files in an archive, so that the same report is the same file
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #1d2428; background: #fff; }
section { margin: 2.5rem 0; break-inside: avoid; } h2 { margin-bottom: .4rem; font-size: 1.2rem; }
img { width: 100%; height: auto; } pre { overflow-x: auto; font-size: .75rem; background: #f4f6f7; padding: .6rem; }
.settings, footer, summary { color: #4a555b; font-size: .85rem; overflow-wrap: anywhere; }
"""  # noqa: E501


@dataclass(frozen=True, eq=False)
class Entry:
    """One figure of a report: the numbers, how they are drawn, and what is said about them.

    Attributes
    ----------
    result : Result
    recipe : Recipe
    title : str
        A sentence.
    caption : str
    display : dict
        Keywords of the figure functions.
    """

    result: Result
    recipe: Recipe
    title: str
    caption: str = ""
    display: dict[str, Any] = field(default_factory=dict)

    def file(self, format: str) -> bytes:
        """The figure as a file; see :func:`vizlib.figures.export.to_bytes`."""
        return to_bytes(self.result, format, recipe=self.recipe, **self.display)

    def facts(self) -> str:
        """Model, image and settings in one line."""
        recipe = self.recipe
        weights = " (random weights)" if recipe.weights == "random" else ""
        images = ", ".join(image["name"] for image in recipe.images)
        settings = [f"{name.replace('_', ' ')}: {_word(value)}" for name, value in recipe.options.items()]
        whose = f"model: {recipe.model}{weights}" if recipe.model else ""
        kind = "image" if recipe.model else "file"
        words = [whose, f"{kind}: {images}" if images else "", *settings]
        return " · ".join(filter(None, words))


def _word(value: Any) -> str:
    """A setting as a person would write it."""
    if value is None:
        return "automatic"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " x ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def to_html(entries: Sequence[Entry], title: str) -> bytes:
    """The report as one file that asks for nothing from anywhere."""
    sections = "\n".join(_section(entry) for entry in entries)
    page = f"""<!doctype html>
<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title><style>{_STYLE}</style></head>
<body><h1>{html.escape(title)}</h1>
{sections}
<footer>Made with vizlib {html.escape(_version(entries))}. Each figure carries the recipe that makes it again.</footer>
</body></html>
"""
    return page.encode()


def _section(entry: Entry) -> str:
    picture = base64.b64encode(entry.file("svg")).decode()
    caption = "".join(f"<p>{html.escape(part)}</p>" for part in entry.caption.split("\n") if part.strip())
    return f"""<section><h2>{html.escape(entry.title)}</h2>
<img src="data:image/svg+xml;base64,{picture}" alt="{html.escape(entry.title)}">
{caption}
<p class="settings">{html.escape(entry.facts())}<br>recipe: {entry.recipe.digest()}</p>
<details><summary>Recipe</summary><pre>{html.escape(entry.recipe.to_json())}</pre></details></section>"""


def _version(entries: Sequence[Entry]) -> str:
    return entries[0].recipe.versions.get("vizlib", "") if entries else ""


def to_pdf(entries: Sequence[Entry], title: str) -> bytes:
    """The report on paper, one figure a page; figures and text stay vectors.

    Raises
    ------
    ValueError
        No font on this machine has some letter; see :func:`why_no_pdf`.
    """
    if reason := why_no_pdf(entries, title):
        raise ValueError(reason)
    writer = PdfWriter()
    for number, entry in enumerate(entries, start=1):
        foot = f"{title} · {number} of {len(entries)}"
        figure = PdfReader(io.BytesIO(entry.file("pdf"))).pages[0]
        wide, high = float(figure.mediabox.width) / 72, float(figure.mediabox.height) / 72
        scale = min((PAPER[0] - 2 * MARGIN) / wide, TALLEST / high)
        words, top = _paper(entry, foot, high * scale)
        page = writer.add_page(PdfReader(io.BytesIO(words)).pages[0])
        place = Transformation().scale(scale).translate(72 * MARGIN, 72 * (PAPER[1] - top) - 72 * high * scale)
        page.merge_transformed_page(figure, place)
    recipes = json.dumps([json.loads(entry.recipe.to_json()) for entry in entries], sort_keys=True)
    writer.add_metadata({"/Title": title, "/Keywords": recipes})
    content = io.BytesIO()
    writer.write(content)
    return content.getvalue()


def why_no_pdf(entries: Sequence[Entry], title: str) -> str:
    """One sentence when letters of the report would be boxes on paper, else nothing."""
    return refusal([title, *(words for entry in entries for words in (entry.title, entry.caption, entry.facts()))])


def _paper(entry: Entry, foot: str, figure: float) -> tuple[bytes, float]:
    """The words of one page, and how many inches below its upper edge the figure begins."""
    drawn = Figure(figsize=PAPER)
    at = _write(drawn, MARGIN, entry.title, size=14, letters=62, weight="bold") + 0.1
    top = at
    at = _write(drawn, at + figure + 0.3, entry.caption, size=10) + 0.1
    _write(drawn, at, f"{entry.facts()}\nrecipe: {entry.recipe.digest()}", size=7.5, letters=122, color="#4a555b")
    _write(drawn, PAPER[1] - 0.5, foot, size=7.5, letters=122, color="#4a555b")
    return saved(drawn, "pdf", {"CreationDate": None}), top


def _write(drawn: Figure, at: float, text: str, *, size: float, letters: int = LETTERS, **look: Any) -> float:
    """Lines of text from so many inches below the upper edge; returns where they end."""
    step = LEADING * size / 10
    for paragraph in text.split("\n"):
        for line in lines(paragraph, letters):
            at += step
            drawn.text(MARGIN / PAPER[0], 1 - at / PAPER[1], line, fontsize=size, parse_math=False, **look)
    return at


def to_zip(entries: Sequence[Entry], title: str) -> bytes:
    """Everything in one archive: the report, and each figure as PNG and PDF beside its recipe."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "report.html", to_html(entries, title))
        reason = why_no_pdf(entries, title)
        _add(archive, *(("no PDF.txt", reason.encode()) if reason else ("report.pdf", to_pdf(entries, title))))
        for number, entry in enumerate(entries, start=1):
            for format in ("png", "pdf", "json"):
                _add(archive, f"figures/{number:02d}-{entry.recipe.technique}.{format}", entry.file(format))
    return content.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, CLOCK)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)
