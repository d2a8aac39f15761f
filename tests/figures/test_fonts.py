"""No letter becomes a box on paper: a font that has it is found, or a sentence says that there is none."""

import io

import pytest
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from vizlib.figures import fonts

CHINESE = "这是一只猫"
PRIVATE = "\U0010fffd"  # of no font


def test_the_usual_letters_need_the_usual_font_alone():
    assert fonts.families("Grad-CAM: σ = 1.4 px, drop ≥ 0.5 for «Kätzchen»") == [fonts.USUAL]
    assert fonts.refusal(["Grad-CAM", "", "two\nlines\tand a tab"]) == ""


def test_a_letter_of_no_font_is_named_in_one_sentence():
    said = fonts.refusal(["a", f"b{PRIVATE}"])
    assert PRIVATE in said
    assert said.count(".") == 1
    assert "HTML" in said


def test_the_font_of_boxes_is_never_taken():
    assert any(fonts.BOXES in font.name for font in fontManager.ttflist)
    assert not any(fonts.BOXES in name for name in fonts._files())


def test_letters_of_another_font_are_drawn_with_it_and_without_a_warning(recwarn):
    if fonts.unwritable([CHINESE]):
        pytest.skip("no font with Chinese letters is on this machine")
    drawn = Figure()
    text = drawn.text(0.1, 0.5, f"cat {CHINESE}")
    fonts.dress(drawn)
    assert text.get_fontfamily()[0] == fonts.USUAL
    drawn.savefig(io.BytesIO(), format="pdf")
    assert [str(warning.message) for warning in recwarn if "missing" in str(warning.message)] == []


def test_without_the_dress_the_same_text_would_be_boxes():
    drawn = Figure()
    drawn.text(0.1, 0.5, CHINESE)
    with pytest.warns(UserWarning, match="missing from font"):
        drawn.savefig(io.BytesIO(), format="pdf")


def test_lines_of_wide_letters_are_half_as_long_and_lose_nothing():
    made = fonts.lines(CHINESE * 20, 40)
    assert "".join(made) == CHINESE * 20
    assert max(map(len, made)) == 20


def test_lines_of_usual_letters_break_between_words():
    assert fonts.lines("one two three", 7) == ["one two", "three"]
