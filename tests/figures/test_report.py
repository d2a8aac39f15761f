"""A report holds every figure, every word and every recipe, and asks for nothing from anywhere."""

import dataclasses
import html
import io
import zipfile
from concurrent.futures import ThreadPoolExecutor

import matplotlib
import pytest
from pypdf import PdfReader

import vizlib as vz
from vizlib.core.metadata import read_recipe
from vizlib.core.recipe import perform, recipe_for
from vizlib.data.imagesets import samples
from vizlib.figures import fonts
from vizlib.figures.report import PAPER, Entry, to_html, to_pdf, to_zip

CAPTION = "It costs $5 & </p><script>alert(1)</script>"


@pytest.fixture(scope="module")
def entries():
    model = vz.load_model("digits-cnn")
    name, image = samples("digits-cnn")[0]
    made = []
    for technique in ("grad_cam", "saliency"):
        recipe = recipe_for(technique, model, [(name, image.convert("RGB"))])
        result = perform(recipe, model, [image.convert("RGB")])
        made.append(Entry(result, recipe, f"What {technique} sees", CAPTION, {"labels": model.labels}))
    return made


def test_the_page_has_every_figure_caption_and_recipe_and_no_address(entries):
    page = to_html(entries, "My <b>report</b>").decode()
    assert page.count("data:image/svg+xml;base64,") == 2
    assert page.count(html.escape(CAPTION)) == 2
    assert "<script" not in page
    assert "<b>" not in page
    assert 'src="http' not in page
    for entry in entries:
        assert entry.recipe.digest() in page
        assert html.escape(entry.recipe.to_json()) in page


def test_the_paper_has_one_page_a_figure_with_its_words(entries):
    paper = PdfReader(io.BytesIO(to_pdf(entries, "My report")))
    assert len(paper.pages) == 2
    for number, (page, entry) in enumerate(zip(paper.pages, entries, strict=True), start=1):
        assert [round(float(side) / 72, 2) for side in page.mediabox[2:]] == list(PAPER)
        text = page.extract_text()
        for words in (entry.title, CAPTION, entry.recipe.digest(), "model: digits-cnn", f"{number} of 2"):
            assert words in text
        assert entry.result.unit.split(",")[0] in text  # the figure itself is on the page, with its text as text


def test_the_archive_has_each_figure_with_a_recipe_that_is_read_back(entries):
    archive = zipfile.ZipFile(io.BytesIO(to_zip(entries, "My report")))
    names = archive.namelist()
    assert names[:2] == ["report.html", "report.pdf"]
    assert len(names) == 2 + 2 * 3
    for name in names[2:]:
        recipe, _ = read_recipe(archive.read(name))
        assert recipe in [entry.recipe for entry in entries]


def test_the_same_report_is_the_same_page(entries):
    assert to_html(entries, "x") == to_html(entries, "x")


def test_letters_that_no_font_has_leave_the_page_and_a_sentence_instead_of_boxes(entries):
    entry = dataclasses.replace(entries[0], caption="\U0010fffd")
    with pytest.raises(ValueError, match="No font on this machine has"):
        to_pdf([entry], "My report")
    names = zipfile.ZipFile(io.BytesIO(to_zip([entry], "My report"))).namelist()
    assert names[:2] == ["report.html", "no PDF.txt"]


def test_words_of_another_script_are_on_the_paper_as_text(entries):
    if fonts.unwritable(["这是一只猫"]):
        pytest.skip("no font with Chinese letters is on this machine")
    entry = dataclasses.replace(entries[0], title="这是一只猫", caption="这是一只猫" * 30)
    page = PdfReader(io.BytesIO(to_pdf([entry], "My report"))).pages[0]
    assert page.extract_text().replace("\n", "").count("这是一只猫") == 31


def test_threads_that_write_files_at_once_write_what_they_write_alone(entries):
    """matplotlib's settings are one for the process: who leaves them last must not leave another's behind."""
    makes = [lambda: to_pdf(entries[:1], "One"), lambda: entries[0].file("svg")]
    before = dict(matplotlib.rcParams)
    alone = [make() for make in makes]
    with ThreadPoolExecutor(4) as pool:
        together = [future.result() for future in [pool.submit(make) for make in makes * 2]]
    assert dict(matplotlib.rcParams) == before
    assert together == alone * 2
