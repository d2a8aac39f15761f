"""Words: names of others are shown as they are, numbers are sensible, and every sentence can be translated."""

import ast
from pathlib import Path

import pytest

from dashboard.text import escape, percent, safe_file_name, seconds, sentence_case
from vizlib.index import NAMES, TECHNIQUES

REPOSITORY = Path(__file__).resolve().parents[2]
SPEAKERS = {
    "button", "caption", "error", "info", "warning", "markdown", "title", "header", "subheader", "selectbox", "slider",
    "toggle", "number_input", "popover", "expander", "file_uploader", "download_button", "segmented_control", "badge",
}  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["![](http://x.example/a.png)", "<img src=x onerror=alert(1)>", "[a](b)", ":red[x]", "$x^2$", "`x`", "a*b_c"],
)
def test_a_name_keeps_no_mark_that_markdown_would_read(name):
    shown = escape(name)
    bare = [mark for before, mark in zip(" " + shown, shown, strict=False) if mark in "[]()<>!`$:*_" and before != "\\"]
    assert bare == []
    assert shown.replace("\\", "").replace("\u2060", "") == name


@pytest.mark.parametrize("name", ["www.example.com", "see https://example.com", "me@example.com"])
def test_an_address_in_a_name_does_not_become_a_link(name):
    plain = escape(name).replace("\\", "")
    assert not any(link in plain for link in ("www.", "https:", "me@"))


def test_a_name_on_several_lines_becomes_one():
    assert escape("a\n# b") == "a \\# b"


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (1.0, "100 %"),
        (0.9999, "> 99.9 %"),
        (0.9991, "99.9 %"),
        (0.934, "93 %"),
        (0.0456, "4.6 %"),
        (0.0004, "< 0.1 %"),
        (0.0, "< 0.1 %"),
    ],
)
def test_probabilities_have_sensible_digits(share, shown):
    assert percent(share) == shown


@pytest.mark.parametrize(
    ("left", "shown"), [(None, ""), (0.4, "about a second left"), (12.3, "about 12 s left"), (200, "about 3 min left")]
)
def test_time_left_does_not_pretend_to_know_more(left, shown):
    assert seconds(left) == shown


@pytest.mark.parametrize("name", ["../../etc/passwd", "a b/c.png", "", "日本", "x" * 300])
def test_file_names_have_no_path_in_them(name):
    safe = safe_file_name(name)
    assert safe
    assert len(safe) <= 80
    assert not set(safe) & set("/\\ ")
    assert not safe.startswith(".")


def test_labels_are_sentence_case():
    assert sentence_case("batch_size") == "Batch size"


def test_every_sentence_of_the_app_goes_through_translation():
    plain = []
    for path in [*(REPOSITORY / "dashboard").rglob("*.py"), *(REPOSITORY / "pages").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            first = node.args[0]
            if node.func.attr in SPEAKERS and isinstance(first, ast.Constant) and str(first.value).strip():
                plain.append(f"{path.name}:{node.lineno} {first.value}")
    assert plain == []


def test_every_technique_says_what_it_shows_and_how_it_can_mislead():
    from dashboard.reading import reading

    for technique in TECHNIQUES:
        words = reading(technique)
        assert words.shows.endswith("."), technique
        assert words.misleads, technique
        assert words.paper or NAMES[technique].family != "attribution", technique
        assert "----" not in words.shows + words.misleads + words.paper
