"""Parts of the page Embeddings that need no page: grid, colours, small pictures, and what the canvas gets."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from dashboard.space.canvas import Drawing, _data
from dashboard.space.colours import by_class, by_error, by_number
from dashboard.space.columns import by_column, matched, picked
from dashboard.space.grid import snapped
from dashboard.space.landing import Landed
from dashboard.space.layers import first_layer, main_layers
from dashboard.space.names import Known
from dashboard.space.pictures import Watcher, face, part_of, sheet_of
from dashboard.space.words import mixed, sentences
from vizlib.data.streams import ImageStream
from vizlib.evaluation.tables import read_table
from vizlib.figures.space import OTHERS, rgb
from vizlib.space.results import Embedding, Quality


def stream(count=5):
    colours = [(40 * number, 0, 255 - 40 * number) for number in range(count)]
    pictures = [Image.new("RGB", (16, 16), colour) for colour in colours]
    names = tuple(f"picture {number}" for number in range(count))
    return ImageStream("five", names, pictures.__getitem__, lambda: "five", np.arange(count), tuple("abcde"))


def test_no_two_snapped_pictures_share_a_place_and_none_goes_far():
    points = np.random.default_rng(0).normal(size=(400, 2)) ** 3
    moved = snapped(points)
    assert len(np.unique(moved.round(9), axis=0)) == 400
    steps = [np.diff(np.unique(moved[:, axis].round(9))).min() for axis in (0, 1)]
    gaps = [np.diff(np.sort(moved[:, axis])) for axis in (0, 1)]
    assert all(np.allclose(np.round(gap / step), gap / step, atol=1e-6) for gap, step in zip(gaps, steps, strict=True))


def test_points_that_fit_the_grid_already_keep_their_order_and_equal_points_find_places():
    line = np.stack([np.arange(10.0), np.zeros(10)], axis=1)
    assert (np.argsort(snapped(line)[:, 0], kind="stable") == np.arange(10)).all()
    assert len(np.unique(snapped(np.zeros((7, 2))), axis=0)) == 7


def test_ten_classes_have_ten_colours_and_rare_ones_share_grey():
    ten = by_class(np.arange(10), [str(number) for number in range(10)], "label")
    assert len(set(ten.palette[:10])) == 10
    many = by_class(np.concatenate([np.arange(60), np.arange(30)]), [str(number) for number in range(60)], "label")
    assert len(many.entries) == 41
    assert many.entries[-1][0] == "others"
    assert (many.index[30:60] == 40).sum() == 20


def test_an_image_without_a_class_is_grey_and_the_legend_says_none():
    painted = by_class(np.array([0, -1, 1]), ["a", "b"], "cluster")
    assert painted.index.tolist() == [0, 2, 1]
    assert painted.entries[-1] == ("none", 2)


def test_wrong_answers_have_their_own_mark_and_numbers_their_scale():
    assert by_error(np.array([True, False])).kinds == (0, 2)
    painted = by_number(np.array([0.0, 0.5, 1.0, np.nan]), "trust")
    assert painted.index.tolist() == [0, 32, 63, 64]
    assert painted.palette[64] == rgb(OTHERS)
    assert (painted.scale["low"], painted.scale["high"]) == ("0", "1")


def test_small_pictures_are_kept_when_a_model_reads_and_the_set_keeps_its_digest():
    images = stream()
    watcher = Watcher(images)
    assert watcher.watched().digest == images.digest
    watcher.watched().read(2)
    assert watcher.seen.tolist() == [False, False, True, False, False]
    faces = watcher.rest(lambda done, total: None)
    assert (faces.values[:, 0, 0, 0] == [0, 40, 80, 120, 160]).all()


def test_a_part_of_a_set_has_its_names_labels_pictures_and_another_digest():
    part = part_of(stream(), [4, 1], "two")
    assert part.names == ("picture 4", "picture 1")
    assert part.labels.tolist() == [4, 1]
    assert part.read(0).getpixel((0, 0)) == (160, 0, 95)
    assert part.digest != stream().digest


def test_a_sheet_has_each_picture_in_its_square():
    import base64
    import io

    faces = np.stack([face(stream().read(number), 16) for number in range(5)])
    sheet = sheet_of(faces)
    page = Image.open(io.BytesIO(base64.b64decode(sheet.source.partition(",")[2])))
    assert (sheet.columns, page.size) == (3, (48, 32))
    found = [page.getpixel((number % 3 * 16 + 8, number // 3 * 16 + 8)) for number in range(5)]
    assert np.abs(np.array(found) - faces[:, 8, 8]).max() < 12  # JPEG


def test_landed_pictures_follow_the_others_and_have_a_colour_of_their_own():
    class Shot:
        name, preview = "mine", stream().read(0)

    painted = by_class(np.array([0, 1]), ["a", "b"], "label")
    drawing = Drawing("set", np.zeros((2, 2)), ["one", "two"], painted)
    found = Landed([Shot()], np.ones((1, 2))).added(drawing, None)
    data = _data(found)
    assert data["landed"] == [2]
    assert found.painted.index.tolist() == [0, 1, len(painted.palette)]
    assert found.names[2].startswith("mine")


def test_ten_thousand_points_with_pictures_are_less_than_ten_megabytes():
    import json

    rng = np.random.default_rng(0)
    soft = rng.integers(0, 255, (10_000, 4, 4, 3), np.uint8).repeat(8, axis=1).repeat(8, axis=2)
    painted = by_class(rng.integers(0, 10, 10_000), [str(number) for number in range(10)], "label")
    names = [f"handwritten digit {number}\nlabel: 7\nthe model: 7 99 %" for number in range(10_000)]
    drawing = Drawing("set", rng.normal(size=(10_000, 3)), names, painted, sheet_of(soft), faces=True)
    assert len(json.dumps(_data(drawing))) < 10e6


def test_names_and_pictures_are_sent_once(monkeypatch):
    from dashboard.space import canvas

    sent, state = [], {}
    monkeypatch.setattr(canvas, "_map", lambda **given: sent.append(given["data"]))
    monkeypatch.setattr(canvas.st, "session_state", state)
    painted = by_class(np.array([0, 1]), ["a", "b"], "label")
    drawing = Drawing("set", np.zeros((2, 2)), ["one", "two"], painted, sheet_of(np.zeros((2, 8, 8, 3), np.uint8)))
    for shown in (drawing, drawing, replace(drawing, names=["one", "three"])):
        canvas.draw(shown, lambda said: None)
    assert [one["names"] for one in sent] == [["one", "two"], [], ["one", "three"]]
    assert [bool(one["sheet"]) for one in sent] == [True, False, False]
    assert {one["count"] for one in sent} == {2}
    state.pop(f"{canvas.SENT} {canvas.KEY}")  # the browser has lost them
    canvas.draw(drawing, lambda said: None)
    assert sent[-1]["names"] == ["one", "two"]
    assert sent[-1]["sheet"]


def test_the_sentences_follow_the_numbers():
    def told(trust, cpd):
        quality = Quality(trust, 0.9, 12, 0.5, 10, cpd, None, None, np.ones(4))
        return {name: words for name, _, words in sentences(quality)}

    good, bad = told(0.99, 0.9), told(0.6, 0.1)
    assert "hardly any neighbour on the map is false" in good["Trustworthiness"]
    assert "strangers" in bad["Trustworthiness"]
    assert "mean nothing" in bad["Distances"]
    assert "5.0 are still" in good["Neighbours kept"]
    few = Quality(np.nan, np.nan, 0, np.nan, 0, np.nan, None, None, np.ones(1))
    assert {number for _, number, _ in sentences(few)} == {""}


def test_the_note_names_the_labels_that_a_map_mixes():
    line = np.array([[0.0, 0], [1, 0], [1.1, 0], [5, 0], [5.1, 0], [5.15, 0]])
    mapped = Embedding(line, "pca", labels=np.array([0, 0, 1, 2, 1, 2]), classes=("a", "b", "c*"))
    found = mixed(mapped)
    assert "b / c" in found
    assert "a / b (2)" in found
    assert "No image has one of another label" in mixed(replace(mapped, labels=np.zeros(6, int)))
    assert mixed(replace(mapped, labels=None)) == ""
    copies = replace(mapped, points=np.zeros((6, 2)))
    assert mixed(copies)


def test_the_map_begins_with_what_the_classifier_reads():
    assert first_layer(("conv1", "layer4", "avgpool", "fc"), "layer4") == "avgpool"
    squeezenet = ("features", "features.12", "classifier", "classifier.1", "classifier.2", "classifier.3")
    assert first_layer(squeezenet, "features") == "classifier.2"
    assert first_layer(("encoder.ln", "heads", "heads.head"), None) == "encoder.ln"
    assert first_layer(("stem", "stem.a", "body"), "stem") == "stem"
    assert main_layers(("conv1", "layer1", "layer1.0", "fc"), "layer1.0") == ["conv1", "layer1", "layer1.0", "fc"]


def test_where_there_are_few_layers_the_slider_looks_inside_them():
    deep = ("features", *(f"features.{n}" for n in range(5)), "classifier", "classifier.0", "classifier.1")
    assert main_layers(deep, "features.3") == [*deep[1:6], *deep[7:]]
    assert main_layers(deep, "features") == [*deep[:6], *deep[7:]]
    flat = tuple(f"conv{n}" for n in range(7))
    assert main_layers((*flat, "conv6.inner"), None) == list(flat)


def test_images_without_labels_are_the_same_kind_where_the_model_calls_them_so():
    from types import SimpleNamespace

    from dashboard.space.neighbours import Asked, _same

    features = SimpleNamespace(predicted=np.array([0, 0, 1]), confidence=np.array([0.5, 0.999999, 0.8]))
    known = Known(SimpleNamespace(images=replace(stream(3), labels=None), features=features), ("polar bear", "dog"))
    asked = Asked(0, np.zeros((1, 2)), None, "picture 0", known.called(0), "")
    assert [_same(known, asked, row) for row in (1, 2)] == [True, False]


def test_right_is_known_where_labels_and_classes_have_the_same_names():
    class Space:
        images, features = stream(), type("F", (), {"predicted": np.array([0, 1, 2, 3, 3]), "confidence": np.ones(5)})

    assert Known(Space(), tuple("ABCDE")).right.tolist() == [True, True, True, True, False]
    assert Known(Space(), ("cat",) * 5).right is None


def test_dogs_lie_next_to_dogs_where_squeezenet_reads_the_classes_and_not_in_pixels(real):
    import vizlib as vz
    from vizlib.data.streams import image_stream
    from vizlib.space.neighbors import pixels

    model, images = vz.load_model(real / "squeezenet"), image_stream(real / "photos")
    dogs = [images.names.index(f"{name}.jpg") for name in ("beagle", "dog", "malamute", "samoyed", "standard_poodle")]
    layer = first_layer(model.layers, model.default_layer)
    seen = vz.nearest_neighbors(vz.features(model, images, layer=layer), dogs, k=3)
    raw = vz.nearest_neighbors(pixels([images.read(row) for row in range(len(images))]), dogs, k=3)
    also = {*dogs, images.names.index("pets.jpg")}
    found = [sum(int(row) in also for row in near.indices.ravel()) for near in (seen, raw)]
    assert found[0] >= 9
    assert found[1] <= 4


def test_a_table_is_matched_by_names_file_names_or_stems_and_unknown_images_have_no_value():
    table = read_table("facts.csv", b"file,light,kind\nb.png,2.5,dim\na.png,1,bright\nz.png,9,dark\n")
    rows = matched(table, ["set/a.jpg", "set/b.jpg", "set/c.jpg"])
    assert rows.tolist() == [1, 0, -1]
    light = picked(table.values("light"), rows)
    np.testing.assert_array_equal(light, [1, 2.5, np.nan])
    assert picked(table.values("kind"), rows).tolist() == ["bright", "dim", ""]
    with pytest.raises(ValueError, match=r"names such as 'other'"):
        matched(table, ["other"])


def test_a_column_of_words_or_few_numbers_is_classes_and_others_are_on_a_scale_grey_where_unknown():
    words = by_column(np.array(["b", "a", "", "b"]), "kind")
    assert [name for name, _place in words.entries] == ["a", "b", "none"]
    few = by_column(np.array([10.0, 2.0, np.nan]), "fold")
    assert [name for name, _place in few.entries] == ["2", "10", "none"]
    scale = by_column(np.array([0.5, 1.5, np.nan]), "light")
    assert scale.scale["title"] == "light"
    assert scale.palette[scale.index[2]] == "rgb(150, 150, 150)"
