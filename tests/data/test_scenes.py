"""The scenes: made from their index alone, true masks, balanced, and not to be solved by a cheap look."""

from functools import cache

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from vizlib.data.backgrounds import FAMILIES
from vizlib.data.scenes import CLASSES, CORNERS, MOST_OCCLUDED, Scenes, scene, scenes, watermark


@cache
def many(split: str, count: int) -> Scenes:
    return scenes(range(count), split=split)


def dilated(mask: np.ndarray) -> np.ndarray:
    """The mask and all neighbours of its pixels."""
    wide = np.pad(mask, 1)
    return np.any([wide[i : i + 96, j : j + 96] for i in range(3) for j in range(3)], axis=0)


def thumbnails(images: np.ndarray) -> np.ndarray:
    return images.reshape(-1, 12, 8, 12, 8, 3).mean((2, 4)).reshape(len(images), -1)


def colour_histograms(images: np.ndarray) -> np.ndarray:
    bins = (images // 64) @ np.array([16, 4, 1], np.uint8)
    return np.array([np.bincount(image.ravel(), minlength=64) for image in bins])


def test_a_scene_depends_on_seed_split_and_index_alone():
    first = scene(7, split="heldout", seed=3)
    np.random.seed(0)
    scene(8)
    again = scenes([5, 7], split="heldout", seed=3)
    assert np.array_equal(again.images[1], first.image)
    assert np.array_equal(again.masks[1], first.mask)
    for other in (scene(7, split="heldout", seed=4), scene(7, seed=3), scene(19, split="heldout", seed=3)):
        assert not np.array_equal(other.image, first.image)


def test_scenes_are_eight_bit_colour_with_boolean_masks():
    some = many("heldout", 600)
    assert (some.images.shape, some.images.dtype) == ((600, 96, 96, 3), np.uint8)
    assert (some.masks.shape, some.masks.dtype) == ((600, 96, 96), bool)
    assert all(len(column) == 600 for column in some.columns.values())


def test_no_scenes_are_empty_arrays_of_the_right_shape():
    assert scenes([]).images.shape == (0, 96, 96, 3)


def test_every_class_is_equally_frequent():
    assert np.array_equal(np.bincount(many("heldout", 600).labels), np.full(len(CLASSES), 50))


def test_without_the_object_only_pixels_of_the_mask_and_its_antialiased_rim_change():
    checked = 0
    for index in range(72):
        whole = scene(index)
        if whole.shadow:
            continue
        empty = scene(index, hide=True)
        changed = (whole.image != empty.image).any(2)
        slivers_beside_an_occluder = 8 if whole.occluded else 0
        assert (changed & ~dilated(whole.mask)).sum() <= slivers_beside_an_occluder, index
        assert changed[whole.mask].mean() > 0.98, index
        assert not empty.mask.any()
        checked += 1
    assert checked > 20


def test_a_shadow_only_darkens():
    shaded = next(s for s in map(scene, range(100)) if s.shadow and not s.occluded)
    index = next(i for i in range(100) if np.array_equal(scene(i).image, shaded.image))
    outside = ~dilated(shaded.mask)
    assert (shaded.image[outside] <= scene(index, hide=True).image[outside]).all()


@pytest.mark.parametrize("split", ["train", "heldout"])
def test_objects_are_large_enough_to_point_at_and_mostly_visible(split):
    some = many(split, 600)
    share = some.masks.mean((1, 2))
    assert 0.05 < share.min() < share.max() < 0.35
    assert some.columns["occluded"].max() <= MOST_OCCLUDED
    assert 0.1 < (some.columns["occluded"] > 0).mean() < 0.5
    assert np.allclose(share, some.columns["size"] * (1 - some.columns["occluded"]))


def test_held_out_backgrounds_are_of_other_families():
    seen = {split: set(many(split, 600).columns["background"]) for split in FAMILIES}
    assert not seen["train"] & seen["heldout"]
    assert seen == {split: {family.__name__ for family in families} for split, families in FAMILIES.items()}


@pytest.mark.parametrize("look", [thumbnails, colour_histograms])
def test_logistic_regression_on_a_cheap_look_stays_under_forty_percent(look):
    train, heldout = many("train", 3000), many("heldout", 600)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=200))
    model.fit(look(train.images), train.labels)
    assert model.score(look(heldout.images), heldout.labels) < 0.40


@pytest.mark.parametrize("corner", CORNERS)
def test_a_watermark_changes_its_own_small_corner_only(corner):
    image = scene(0).image
    marked = watermark(image, corner=corner)
    changed = (marked.image != image).any(2)
    assert changed.any()
    assert not (changed & ~marked.mask).any()
    assert marked.mask.mean() < 0.03
    rows, columns = np.nonzero(marked.mask)
    assert (rows.mean() < 20) == corner.startswith("top")
    assert (columns.mean() < 20) == corner.endswith("left")


def test_an_unknown_corner_is_refused_with_the_four_that_exist():
    with pytest.raises(ValueError, match="top-left, top-right, bottom-left, bottom-right; got 'middle'"):
        watermark(scene(0).image, corner="middle")
