"""An image set that passes in parts gives the numbers of the batch that holds all of it."""

import gc

import numpy as np
import psutil
import pytest
import torch
import toys
from PIL import Image
from toys import one_thread  # noqa: F401

import vizlib as vz
from vizlib.__main__ import main
from vizlib.core.errors import OptionError
from vizlib.core.predict import batch_of
from vizlib.core.recipe import Recipe, find_images, perform, recipe_for
from vizlib.data.imagesets import image_set
from vizlib.data.streams import Seen, image_stream

OVER_SETS = {
    "top_patches": {"layer": "relu1", "unit": 1, "k": 5},
    "effective_receptive_field": {"layer": "relu1"},
    "unit_statistics": {"layer": "relu1"},
}


@pytest.fixture(scope="module")
def digits():
    return vz.load_model("digits-cnn")


class Held:
    """A batch that hands out one image at a time, and counts how often."""

    def __init__(self, images):
        self.images, self.asked = images, 0

    def __len__(self):
        return len(self.images)

    def tensor(self, index):
        self.asked += 1
        return self.images[index]


@pytest.mark.parametrize("name", OVER_SETS)
def test_a_set_in_a_stream_equals_the_batch_that_holds_it(name, digits):
    images = image_stream("digits:45")
    whole = batch_of(digits, [images.read(number) for number in range(45)])
    technique = vz.TECHNIQUES[name]
    wanted = technique(digits, whole, **OVER_SETS[name])
    assert technique(digits, images, **OVER_SETS[name]).digest() == wanted.digest()
    assert technique(digits.module, images.seen_by(digits), **OVER_SETS[name]).digest() == wanted.digest()


def test_generated_sets_are_the_bundled_ones():
    for name in ("scenes", "scenes-watermark", "digits"):
        wanted, found = image_set(name, n=30), image_stream(f"{name}:30")
        assert found.names == wanted.names
        assert found.labels.tolist() == wanted.labels.tolist()
        assert found.classes == wanted.classes
        for number in (0, 17, 29):
            pixels = Image.fromarray(wanted.images[number]).convert("RGB")
            assert np.array_equal(np.asarray(found.read(number)), np.asarray(pixels))


def test_training_images_have_a_name_that_finds_them_again():
    by_name, by_split = image_stream("digits:60@train"), image_stream("digits:60", split="train")
    assert by_split.name == "digits:60@train"
    assert by_name.digest == by_split.digest != image_stream("digits:60").digest


def test_memory_does_not_grow_with_the_set():
    model = toys.seeded(lambda: torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU())).float()

    class Endless(Held):
        def __len__(self):
            return 3000

        def tensor(self, index):
            return torch.full((3, 96, 96), float(index % 7))

    process = psutil.Process()
    vz.unit_statistics(model, Endless(None), layer="0")
    gc.collect()
    before = process.memory_info().rss
    found = vz.top_patches(model, Endless(None), layer="0", unit=0, k=3)
    grown = process.memory_info().rss - before
    assert found.searched == 3000
    assert grown < 120 << 20  # all images together are 332 MB


def test_a_recipe_holds_one_digest_of_the_set_and_finds_it_again(digits):
    images = image_stream("digits:20")
    recipe = recipe_for("top_patches", digits, images, layer="conv1", unit=0, k=2)
    assert [image["name"] for image in recipe.images] == ["digits:20"]
    again = Recipe.from_json(recipe.to_json())
    assert again.digest() == recipe.digest()
    found = find_images(again)
    assert perform(again, digits, found).digest() == perform(recipe, digits, images).digest()
    other = recipe_for("top_patches", digits, image_stream("digits:21"), layer="conv1", unit=0, k=2)
    assert other.digest() != recipe.digest()


@pytest.fixture
def folder(tmp_path):
    for label in ("round", "square"):
        (tmp_path / "mine" / label).mkdir(parents=True)
        for number in range(3):
            shade = 40 * number + 20 * (label == "round")
            Image.new("RGB", (20 + number, 20), (shade, 90, 120)).save(tmp_path / "mine" / label / f"{number}.png")
    return tmp_path / "mine"


def test_folders_inside_a_folder_are_classes(folder):
    images = image_stream(folder)
    assert images.classes == ("round", "square")
    assert images.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert images.names[0] == "round/0.png"
    assert images.read(4).size == (21, 20)


def test_the_digest_of_a_folder_is_of_names_and_pixels_not_of_where_it_lies(folder, tmp_path):
    before = image_stream(folder).digest
    folder.rename(tmp_path / "moved")
    moved = tmp_path / "moved"
    assert image_stream(moved).digest == before
    Image.new("RGB", (20, 20), "red").save(moved / "round" / "0.png")
    assert image_stream(moved).digest != before


def test_a_folder_is_asked_about_and_asked_again_from_the_shell(folder, tmp_path, capsys):
    figure = tmp_path / "found.json"
    words = ["top_patches", str(folder), "--model", "digits-cnn", "--layer", "conv1", "--unit", "0", "--k", "2"]
    assert main([*words, "-o", str(figure)]) == 0
    moved = folder.rename(tmp_path / "moved")
    assert main(["rerun", str(figure)]) == 2
    assert "give its folder with --images" in capsys.readouterr().err
    assert main(["rerun", str(figure), "--images", str(moved)]) == 0
    assert "same: the numbers are identical" in capsys.readouterr().out


def test_a_technique_about_single_images_refuses_a_set_in_one_sentence(capsys):
    assert main(["saliency", "digits:12", "--model", "digits-cnn"]) == 2
    assert capsys.readouterr().err == "saliency: it looks at single images, not at a set; give a few image files.\n"
    with pytest.raises(OptionError, match="activations: images must be single images"):
        vz.activations(toys.small(), Held(toys.images()), layer="first")
    with pytest.raises(OptionError, match="give a loaded model"):
        vz.top_patches(toys.small(), image_stream("digits:12"), layer="first", unit=0, k=1)


def test_images_of_different_shapes_in_a_set_are_refused():
    images = [torch.zeros(3, 16, 16).double(), torch.zeros(3, 16, 17).double()]
    with pytest.raises(OptionError, match="number 1 has"):
        vz.top_patches(toys.small(), Held(images), layer="first", unit=0, k=1)


def test_a_cancel_stops_the_set_soon():
    images = Held(toys.images(200))

    def stop(done, total):
        if done >= 32:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        vz.top_patches(toys.small(), images, layer="first", unit=0, k=1, progress=stop)
    assert images.asked < 70


def test_what_is_known_so_far_is_shown_and_says_how_many_images_it_saw(digits):
    class Watched:
        seen = ()

        def __call__(self, done, total):
            pass

        def show(self, make):
            self.seen = (*self.seen, make())

    watcher = Watched()
    vz.top_patches(digits, image_stream("digits:64"), layer="conv1", unit=0, k=3, progress=watcher)
    assert watcher.seen[0].searched == 32
    first = vz.top_patches(digits, image_stream("digits:32"), layer="conv1", unit=0, k=3)
    assert watcher.seen[0].digest() == first.digest()


def test_a_bad_picture_is_named(folder, digits):
    (folder / "round" / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    with pytest.raises(ValueError, match=r"^1.png: "):
        vz.top_patches(digits, image_stream(folder), layer="conv1", unit=0, k=1)


def test_seen_is_prepared_by_the_card(digits):
    images = image_stream("digits:3")
    assert isinstance(images.seen_by(digits), Seen)
    assert torch.equal(images.seen_by(digits).tensor(2), digits.preprocess(images.read(2)))
