"""The bundled image sets: names, labels, masks and splits belong together."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from vizlib.data.imagesets import SETS, image_set, samples


@pytest.mark.parametrize("name", SETS)
def test_a_set_has_one_name_label_and_fact_per_image(name):
    chosen = image_set(name, n=30)
    assert chosen.name == name
    assert len(chosen.images) == len(chosen.names) == len(set(chosen.names)) == len(chosen.labels) == 30
    assert all(len(column) == 30 for column in chosen.columns.values())
    assert chosen.images.dtype == np.uint8
    for title, label in zip(chosen.names, chosen.labels, strict=True):
        assert chosen.classes[label] in title


def test_the_watermarked_set_is_the_plain_one_with_marks():
    plain, marked = image_set("scenes", n=50), image_set("scenes-watermark", n=50)
    differ = (plain.images != marked.images).any(3)
    assert differ.any((1, 2)).all()
    assert not (differ & ~marked.marks).any()
    assert not (marked.masks & marked.marks).any()
    assert set(marked.columns["corner"]) == {"top-left", "top-right", "bottom-left", "bottom-right"}


def test_digits_are_split_once_with_a_fifth_of_every_digit_held_out():
    train, heldout = (image_set("digits", n=2000, split=split) for split in ("train", "heldout"))
    rows = np.concatenate([train.columns["row"], heldout.columns["row"]])
    assert np.array_equal(np.sort(rows), np.arange(1797))
    share = np.bincount(heldout.labels) / np.bincount(load_digits().target)
    assert np.abs(share - 0.2).max() < 0.01


def test_digits_keep_their_seventeen_grey_levels():
    chosen = image_set("digits", n=20)
    rows = chosen.columns["row"]
    assert np.array_equal(np.rint(chosen.images / (255 / 16)), load_digits().images[rows])


@pytest.mark.parametrize("model", ["digits-cnn", "scenes-resnet", "scenes-shortcut", "resnet18"])
def test_every_model_has_about_a_dozen_samples_with_names_of_their_own(model):
    found = samples(model)
    assert 12 <= len(found) <= 14
    assert len({name for name, _ in found}) == len(found)
    assert {image.mode for _, image in found} == ({"L"} if model == "digits-cnn" else {"RGB"})


def test_a_wrong_set_or_count_is_refused_in_one_sentence():
    with pytest.raises(ValueError, match=r"scenes, scenes-watermark, digits; got 'cats'"):
        image_set("cats")
    with pytest.raises(ValueError, match="n must be at least 1; got 0"):
        image_set("scenes", n=0)
