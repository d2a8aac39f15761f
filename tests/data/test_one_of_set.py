"""One image of a set has a name that finds it again."""

import io
import zipfile

import pytest
from PIL import Image

import vizlib as vz
from vizlib.__main__ import main
from vizlib.core.recipe import find_images, recipe_for
from vizlib.data.one_of_set import name_in_set, names_one, one_of_set
from vizlib.data.streams import archive_stream, image_stream


@pytest.fixture(scope="module")
def scenes():
    return vz.load_model("scenes-resnet")


def packed(folder):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(3):
            one = io.BytesIO()
            Image.new("RGB", (40, 40), (60 * number, 200 - 60 * number, 90)).save(one, "PNG")
            archive.writestr(f"a/{number}.png", one.getvalue())
    (folder / "mine.zip").write_bytes(made.getvalue())
    return archive_stream("mine.zip", made.getvalue())


def test_the_name_of_one_image_is_that_of_its_set_with_its_number(tmp_path):
    images = image_stream("scenes:40")
    name = name_in_set(images, 7)
    assert name == "scenes:40#7"
    assert names_one(name)
    assert one_of_set(name).tobytes() == images.read(7).tobytes()
    assert not any(map(names_one, ("scenes:40", "photo#7", "scenes:40#last", str(tmp_path / "mine.zip#1"))))
    with pytest.raises(ValueError, match="scenes:40 has the images #0 to #39; got #40"):
        one_of_set("scenes:40#40")


def test_a_recipe_of_images_of_a_bundled_set_finds_them_alone(scenes):
    images = image_stream("scenes:40")
    pictures = [(name_in_set(images, row), images.read(row)) for row in (31, 2, 17)]
    recipe = vz.Recipe.from_json(recipe_for("decision_plane", scenes, pictures, steps=8).to_json())
    assert [one.tobytes() for one in find_images(recipe)] == [image.tobytes() for _, image in pictures]


@pytest.mark.parametrize("named", ["by number", "by name"])
def test_images_of_an_archive_are_found_when_it_is_given_and_else_it_is_asked_for(named, scenes, tmp_path):
    images = packed(tmp_path)
    called = (lambda row: name_in_set(images, row)) if named == "by number" else images.names.__getitem__
    recipe = recipe_for("decision_plane", scenes, [(called(row), images.read(row)) for row in (2, 0, 1)], steps=8)
    found = find_images(recipe, [str(tmp_path / "mine.zip")])
    assert [one.tobytes() for one in found] == [images.read(row).tobytes() for row in (2, 0, 1)]
    with pytest.raises(ValueError, match=r"give its file.* with --images") as refused:
        find_images(recipe)
    assert ("the folder or archive it is in" in str(refused.value)) == (named == "by number")


def test_the_shell_takes_images_of_a_set_and_rerun_makes_the_plane_again(tmp_path, capsys):
    file = tmp_path / "plane.png"
    words = ["decision_plane", "--model", "scenes-resnet", "--steps", "8", "-o", str(file)]
    assert main([*words, "scenes:40#31", "scenes:40#2", "scenes:40#17"]) == 0
    assert main(["rerun", str(file)]) == 0
    assert "identical, bit for bit" in capsys.readouterr().out
    assert main([*words, "scenes:40#31", "scenes:40#2", "scenes:40#99"]) == 2
    assert "scenes:40 has the images #0 to #39" in capsys.readouterr().err
