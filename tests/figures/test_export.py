"""Every exported file carries its recipe, and the recipe is read back."""

import dataclasses
import io

import numpy as np
import pytest

import vizlib as vz
from vizlib.core.metadata import read_recipe
from vizlib.core.recipe import perform, recipe_for
from vizlib.data.imagesets import samples
from vizlib.figures.export import FORMATS, to_bytes


@pytest.fixture(scope="module")
def answered():
    model = vz.load_model("digits-cnn")
    name, image = samples("digits-cnn")[0]
    recipe = recipe_for("grad_cam", model, [(f"{name} </script> & 'ü'", image.convert("RGB"))])
    return recipe, perform(recipe, model, [image.convert("RGB")])


@pytest.mark.parametrize("format", FORMATS)
def test_the_recipe_and_the_digest_come_back_from_the_file(answered, format, tmp_path):
    recipe, result = answered
    content = to_bytes(result, format, recipe=recipe)
    (tmp_path / "figure").write_bytes(content)
    for source in (content, tmp_path / "figure"):
        found, digest = read_recipe(source)
        assert found == recipe
        assert digest == result.digest()


def test_the_data_file_holds_the_raw_numbers(answered):
    recipe, result = answered
    with np.load(io.BytesIO(to_bytes(result, "npz", recipe=recipe)), allow_pickle=False) as data:
        np.testing.assert_array_equal(data["values"], result.values)
        np.testing.assert_array_equal(data["coarse"], result.coarse)


def test_the_page_names_no_other_machine_to_send_data_to(answered):
    recipe, result = answered
    page = to_bytes(result, "html", recipe=recipe).decode()
    assert '"showSendToCloud": false' in page
    assert 'src="http' not in page


def test_vector_files_keep_text_as_text(answered):
    recipe, result = answered
    assert b"<text" in to_bytes(result, "svg", recipe=recipe)
    assert b"/Type3" not in to_bytes(result, "pdf", recipe=recipe)


def test_the_same_figure_is_the_same_file(answered):
    recipe, result = answered
    for format in ("png", "svg", "pdf", "json"):
        assert to_bytes(result, format, recipe=recipe) == to_bytes(result, format, recipe=recipe)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x89PNG broken", b"%PDF-1.7 broken", b"PK\x03\x04 broken", b"<svg></svg>"]
)
def test_a_file_without_a_recipe_is_refused_in_one_sentence(content):
    with pytest.raises(ValueError, match="carries no recipe"):
        read_recipe(content)


def test_an_unknown_format_is_refused_with_the_choices(answered):
    recipe, result = answered
    with pytest.raises(ValueError, match="one of png, svg, pdf, html, npz, csv, json; got 'bmp'"):
        to_bytes(result, "bmp", recipe=recipe)


def test_a_map_on_paper_is_as_strong_as_on_the_screen(answered):
    """White at half opacity over black is grey; matplotlib would write a single opacity into PDF twice."""
    from pypdf import PdfReader

    recipe, result = answered
    ones = dataclasses.replace(result, values=np.ones_like(result.values))
    look = {"images": [np.zeros((8, 8, 3), np.uint8)], "layout": "overlay", "opacity": 0.5, "colours": "gray"}
    page = PdfReader(io.BytesIO(to_bytes(ones, "pdf", recipe=recipe, **look))).pages[0]
    drawn = np.asarray(page.images[0].image.convert("RGB"))
    assert abs(int(drawn[drawn.shape[0] // 2, drawn.shape[1] // 2, 0]) - 127) <= 2


@pytest.mark.parametrize("format", ["png", "svg", "pdf", "html", "npz", "csv"])
def test_a_figure_that_no_model_made_is_a_file_without_a_recipe(format):
    import vizlib.figures.sandbox  # noqa: F401  (registers the figure)
    from vizlib.inside.sandbox import parse_stack, stack_field

    content = to_bytes(stack_field(parse_stack("3, 3 s2"), 8), format, recipe=None)
    assert len(content) > 100
    assert b'"technique"' not in content
