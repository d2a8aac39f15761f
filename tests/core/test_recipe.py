"""A recipe is the question itself: same question, same digest, same numbers."""

import dataclasses
import hashlib
import json

import asking
import numpy as np
import pytest
from PIL import Image

import vizlib as vz
from vizlib.core.options import options
from vizlib.core.recipe import find_images, perform, recipe_for
from vizlib.data.imagesets import samples
from vizlib.data.streams import image_stream


@pytest.fixture(scope="module")
def model():
    return vz.load_model("digits-cnn")


@pytest.fixture(scope="module")
def picture():
    name, image = samples("digits-cnn")[0]
    return name, image.convert("RGB")


@pytest.mark.parametrize("technique", [name for name in vz.TECHNIQUES if name not in asking.WITH_ATTENTION])
def test_a_recipe_survives_json_and_makes_the_same_numbers(technique, model, picture):
    required = {"layer": "conv2", "unit": 0, "k": 2}
    given = {option.name: required[option.name] for option in options(vz.TECHNIQUES[technique]) if option.required}
    over_a_set = image_stream("digits:120") if technique in asking.OVER_SETS else None
    several = samples("digits-cnn")[: asking.SO_MANY.get(technique, 1)]
    pictures = [(name, image.convert("RGB")) for name, image in several]
    asked = {**given, **asking.QUICK.get(technique, {}), "others": asking.others(technique)}
    recipe = recipe_for(technique, model, over_a_set or pictures, **asked)
    again = vz.Recipe.from_json(recipe.to_json())
    assert again == recipe
    assert again.digest() == recipe.digest()
    assert vz.run(again).digest() == perform(recipe, model, over_a_set or [image for _, image in pictures]).digest()


def test_a_recipe_of_float64_is_made_again_in_float64(model, picture):
    double = vz.load_model("digits-cnn", precision="float64")
    assert double.digest == model.digest
    recipe, single = (recipe_for("occlusion", one, [picture], score="probability") for one in (double, model))
    found, rough = (perform(*pair, [picture[1]]) for pair in ((recipe, double), (single, model)))
    assert (recipe.precision, found.values.dtype, rough.values.dtype) == ("float64", np.float64, np.float32)
    assert vz.run(vz.Recipe.from_json(recipe.to_json())).digest() == found.digest()
    np.testing.assert_allclose(rough.values, found.values, atol=1e-4 * np.abs(found.values).max())


def test_a_recipe_from_before_precision_could_be_chosen_is_one_of_float32_with_the_same_digest(model, picture):
    recipe = recipe_for("saliency", model, [picture])
    facts = json.loads(recipe.to_json())
    assert facts.pop("precision") == "float32"
    old = vz.Recipe.from_json(json.dumps(facts))
    assert old == recipe
    question = {name: facts[name] for name in ("technique", "options", "preprocessing", "seed")}
    question |= {"weights": recipe.weights_digest, "target": list(recipe.target)}
    question["images"] = [image["digest"] for image in recipe.images]
    assert old.digest() == hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()


def test_a_target_or_layer_that_was_left_empty_gives_the_digest_of_the_one_that_was_meant(model, picture):
    silent = recipe_for("grad_cam", model, [picture])
    spoken = recipe_for("grad_cam", model, [picture], silent.target[0], layer=model.default_layer, signed=False)
    assert silent.digest() == spoken.digest()


def test_the_digest_ignores_names_and_versions(model, picture):
    recipe = recipe_for("saliency", model, [picture])
    renamed = recipe_for("saliency", model, [("other.png", picture[1])])
    elsewhere = dataclasses.replace(recipe, model="/elsewhere", versions={})
    assert recipe.digest() == renamed.digest() == elsewhere.digest()


@pytest.mark.parametrize(
    "change",
    [
        {"weights_digest": "0" * 64},
        {"target": (9,)},
        {"seed": 5},
        {"technique": "guided_backprop"},
        {"options": {"signed": True}},
        {"preprocessing": {}},
        {"precision": "float64"},
    ],
)
def test_the_digest_sees_every_part_of_the_question(change, model, picture):
    recipe = recipe_for("grad_cam", model, [picture], 3)
    assert dataclasses.replace(recipe, **change).digest() != recipe.digest()


def test_one_changed_pixel_is_another_question(model, picture):
    changed = picture[1].copy()
    changed.putpixel((0, 0), (1, 2, 3))
    one, other = (recipe_for("saliency", model, [("x", image)], 3) for image in (picture[1], changed))
    assert one.digest() != other.digest()


def test_an_image_is_found_by_its_pixels_under_any_name(tmp_path, model):
    image = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 50, 3), dtype=np.uint8))
    recipe = recipe_for("saliency", model, [("upload.png", image)])
    with pytest.raises(ValueError, match=r"'upload.png' was not found by its pixels; give its file with --images"):
        find_images(recipe)
    image.save(tmp_path / "renamed.png")
    assert find_images(recipe, [tmp_path / "renamed.png"])[0].tobytes() == image.tobytes()


@pytest.mark.parametrize(
    ("word", "change"), [("weights", {"weights_digest": "0" * 64}), ("preprocessing", {"preprocessing": {}})]
)
def test_run_refuses_a_model_that_is_not_that_of_the_recipe(word, change, model, picture):
    recipe = dataclasses.replace(recipe_for("saliency", model, [picture]), **change)
    with pytest.raises(ValueError, match=f"^The {word} of digits-cnn changed since the recipe was written"):
        vz.run(recipe)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"options": 3}, "This is not a recipe"),
        ({"model": 5}, "This is not a recipe"),
        ({"technique": ["saliency"]}, "This is not a recipe"),
        ({"versions": []}, "This is not a recipe"),
        ({"precision": 64}, "This is not a recipe"),
        ({"precision": "float16"}, "precision must be one of float32, float64; got 'float16'"),
        ({"options": {"progress": 1}}, "grad_cam: there is no option 'progress'"),
        ({"options": {"signed": 7}}, "grad_cam: signed must be"),
        ({"images": []}, "There is no image"),
    ],
)
def test_a_recipe_that_was_tampered_with_is_refused_in_one_sentence(change, sentence, model, picture):
    facts = json.loads(recipe_for("grad_cam", model, [picture]).to_json())
    with pytest.raises(ValueError, match=f"^{sentence}"):
        vz.run(vz.Recipe.from_json(json.dumps({**facts, **change})))


def test_a_question_about_no_image_is_refused(model):
    with pytest.raises(ValueError, match=r"^saliency: give at least one image\.$"):
        recipe_for("saliency", model, [])


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"format": 1}', '{"format": 1, "images": 3}'])
def test_what_is_no_recipe_is_refused_in_one_sentence(text):
    with pytest.raises(ValueError, match="This is not a recipe"):
        vz.Recipe.from_json(text)


def test_a_recipe_for_an_unknown_technique_is_refused(model, picture):
    facts = json.loads(recipe_for("saliency", model, [picture]).to_json())
    with pytest.raises(ValueError, match="technique that does not exist"):
        vz.Recipe.from_json(json.dumps({**facts, "technique": "load_model"}))


def test_a_wrong_target_or_option_names_the_technique(model, picture):
    with pytest.raises(ValueError, match=r"saliency: target must be from 0 to 9; got 10\."):
        recipe_for("saliency", model, [picture], 10)
    with pytest.raises(ValueError, match=r"occlusion: there is no option 'windows'\. Did you mean window\?"):
        recipe_for("occlusion", model, [picture], windows=3)


def test_versions_are_found_while_another_thread_changes_the_path(monkeypatch):
    import sys

    from vizlib.core import recipe

    class Changing(list):
        """A path that loses an entry whenever somebody goes through it, which makes them miss the next one."""

        def __iter__(self):
            yield from self[::2]

    wanted = recipe.versions()
    packages = next(entry for entry in sys.path if entry.endswith("site-packages"))
    monkeypatch.setattr(sys, "path", Changing(["/nowhere", packages]))
    recipe._version.cache_clear()
    assert recipe.versions() == wanted
