"""Figures draw what the result says, the same way on screen and on paper."""

import io
import threading

import matplotlib
import numpy as np
import pytest
from PIL import Image

from vizlib.core.results import Attribution
from vizlib.figures import interactive, static
from vizlib.figures.style import COLOURS, DIVERGING, SEQUENTIAL, alternative_text, panels, title


def result(values, signed=True, technique="occlusion", **facts):
    values = np.asarray(values, dtype=np.float32)
    count = len(values)
    return Attribution(
        values=values,
        target=np.zeros(count, dtype=np.int64),
        score=np.full(count, 2.5, dtype=np.float32),
        technique=technique,
        unit="drop of the logit",
        signed=signed,
        **facts,
    )


@pytest.fixture
def signed():
    return result(np.linspace(-1, 3, 2 * 16).reshape(2, 1, 4, 4))


def test_signed_maps_are_symmetric_about_zero(signed):
    for panel, reach in zip(panels(signed), [1.0, 3.0], strict=True):
        assert panel.low == -panel.high
        assert panel.high == pytest.approx(reach, rel=0.1)
        assert panel.colours == "RdBu"


def test_magnitudes_start_at_zero():
    for panel in panels(result(np.ones((1, 1, 4, 4)), signed=False)):
        assert (panel.low, panel.high, panel.colours) == (0.0, 1.0, "viridis")


def test_a_shared_scale_is_one_for_all_images(signed):
    assert {panel.high for panel in panels(signed, scale="shared")} == {3.0}
    assert len({panel.high for panel in panels(signed)}) == 2


def test_gradient_maps_say_when_their_brightest_pixels_are_clipped():
    values = np.zeros((1, 3, 40, 40))
    values[0, 1] = np.arange(1600).reshape(40, 40)
    values[0, 1, 20, 20] = -1e6
    (panel,) = panels(result(values))
    assert panel.clipped
    assert panel.high < 1600
    assert panel.values.max() == 1e6
    bar = interactive.figure(result(values)).data[-1].colorbar
    assert bar.ticktext[-1].startswith("≥ ")


def test_an_all_zero_map_is_drawn_with_a_range():
    empty = result(np.zeros((1, 1, 4, 4)))
    assert panels(empty)[0].high == 1.0
    interactive.figure(empty)
    static.figure(empty)


@pytest.mark.parametrize("layout", ["pair", "overlay", "map"])
@pytest.mark.parametrize("colours", COLOURS)
def test_both_backends_draw_every_layout_in_the_same_range(signed, layout, colours):
    images = [np.full((8, 8, 3), 90, np.uint8)] * 2
    screen = interactive.figure(signed, images=images, layout=layout, colours=colours)
    paper = static.figure(signed, images=images, layout=layout, colours=colours)
    on_screen = [(trace.zmin, trace.zmax) for trace in screen.data if trace.type == "heatmap"]
    on_paper = [image.get_clim() for axes in paper.axes for image in axes.images if image.get_array().ndim == 2]
    assert on_screen == on_paper
    assert len(on_paper) == 2


def test_warm_colours_speak_for_the_class_on_screen_and_on_paper(signed):
    assert interactive.figure(signed).data[-1].reversescale
    red, _, blue, _ = static.figure(signed).axes[0].images[0].cmap(1.0)
    assert red > blue


def test_the_colour_bar_names_the_unit(signed):
    assert interactive.figure(signed).data[0].colorbar.title.text == "drop of the logit"
    labels = [axes.get_ylabel() for axes in static.figure(signed).axes]
    assert "drop of the logit" in labels


def test_the_words_name_technique_class_layer_score_and_place():
    values = np.zeros((1, 1, 9, 9))
    values[0, 0, 8, 0] = 1
    cam = result(values, technique="grad_cam", layer="layer4")
    assert title(cam, 0, ["cup"]) == "Grad-CAM at layer4: cup (logit 2.5)"
    assert alternative_text(cam, 0, ["cup"]) == (
        "Grad-CAM map at layer layer4 for cup, logit 2.5; strongest in the lower left of the image."
    )


def test_wrong_colours_are_refused_with_the_choices(signed):
    with pytest.raises(ValueError, match="colours must be one of automatic, viridis"):
        panels(signed, colours="rainbow")


def test_drawing_leaves_result_and_matplotlib_settings_alone(signed):
    before, settings = signed.digest(), dict(matplotlib.rcParams)
    static.figure(signed).savefig(io.BytesIO())
    interactive.figure(signed)
    assert signed.digest() == before
    assert dict(matplotlib.rcParams) == settings


def test_threads_do_not_mix_their_figures():
    maps = [result(np.full((1, 1, 4, 4), index + 1.0)) for index in range(8)]
    wide: dict[int, float] = {}

    def draw(index):
        for _ in range(3):
            figure = static.figure(maps[index])
            figure.savefig(io.BytesIO(), format="png")
            wide[index] = figure.axes[0].images[0].get_clim()[1]

    threads = [threading.Thread(target=draw, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wide == {index: index + 1.0 for index in range(8)}


def test_a_grey_image_lies_under_its_map(signed):
    figure = static.figure(signed, images=[np.zeros((4, 4), np.uint8)] * 2, layout="overlay")
    content = io.BytesIO()
    figure.savefig(content, format="png")
    assert Image.open(content).size[0] > 100


@pytest.mark.parametrize("backend", [static, interactive])
def test_under_a_map_the_image_is_grey_so_that_its_colours_are_not_read_as_values(backend, signed):
    (panel, _) = panels(signed, images=[np.full((4, 4, 3), (255, 0, 0), np.uint8)] * 2)
    assert panel.image.reshape(-1, 3).tolist()[0] == [255, 0, 0]
    assert panel.ground.reshape(-1, 3).tolist()[0] == [76, 76, 76]
    backend.figure(signed, images=[panel.image] * 2, layout="overlay")


def test_a_class_named_like_markup_or_a_formula_is_shown_as_text(signed):
    labels = ["<a href='x'>$\\frac</a>"]
    screen = interactive.figure(signed, labels=labels)
    assert "&lt;a href" in screen.layout.annotations[0].text
    static.figure(signed, labels=labels).savefig(io.BytesIO())


@pytest.mark.parametrize("name", SEQUENTIAL + DIVERGING)
def test_no_colour_of_a_scale_is_a_word_of_the_apps_theme(name):
    """Streamlit reads #000001 to #000041 in a figure as names of its own colours: magma began with pink."""
    scale = interactive.colour_scale(name)
    assert [scale[0][0], scale[-1][0]] == [0, 1]
    assert all(colour.startswith("rgb(") for _, colour in scale)
