"""Stored openings are shown for the question that gave them and for no other, and they are what the weights say."""

import json
from dataclasses import replace

import pytest

from dashboard.gallery import FOLDER
from dashboard.network.stored_inside import stored_inside
from vizlib.core.metadata import KEY
from vizlib.zoo.cards import read_card

FACTS = json.loads((FOLDER / "inside" / "inside.json").read_text())


@pytest.fixture
def here():
    from dashboard.visit import Visit

    made = Visit("nobody", page="receptive_field", model="scenes-resnet")
    if made.listed().name != "scenes-resnet":
        pytest.skip("the bundled model is hidden by a setting of this machine")
    return made


@pytest.mark.parametrize("facts", FACTS, ids=lambda facts: facts["page"])
def test_each_picture_holds_the_recipe_of_the_weights_that_are_here(facts):
    from PIL import Image

    with Image.open(FOLDER / "inside" / facts["file"]) as picture:
        said = json.loads(picture.info[KEY])
    assert facts["weights"] == read_card(FOLDER.parent / facts["model"]).sha256
    assert facts["technique"] in json.dumps(said)
    assert facts["result"] in json.dumps(said)
    assert facts["layer"] in facts["alternative"]


@pytest.mark.parametrize("page", ["layers", "units", "receptive_field", "depth_dive"])
def test_a_page_opens_on_its_stored_result(here, page):
    assert stored_inside(replace(here, page=page), None)["page"] == page


def test_another_layer_other_weights_and_another_page_have_none(here):
    assert stored_inside(here, "layer3") is not None
    assert stored_inside(here, "layer1") is None
    assert stored_inside(replace(here, random=True), None) is None
    assert stored_inside(replace(here, page="model"), None) is None


def test_another_picture_has_none_since_it_decides_the_channel(here):
    other = next(shot for shot in here.shots() if shot.digest != here.shot().digest)
    assert stored_inside(replace(here, page="units", picture=other.digest), None) is None


def test_the_example_of_attention_holds_its_recipe_and_says_that_the_weights_are_random():
    from PIL import Image

    facts = json.loads((FOLDER / "inside" / "attention.json").read_text())
    with Image.open(FOLDER / "inside" / facts["file"]) as picture:
        recipe = json.loads(picture.info[KEY])["recipe"]
    assert (recipe["technique"], recipe["model"]) == ("attention", "vit_b_16")
    assert recipe["weights"] == "random"
    assert "where patch (6, 7) looks" in facts["alternative"]
