"""A dream toward a place of a picture answers as that place did."""

import numpy as np
import pytest
import torch
import toys
from toys import one_thread  # noqa: F401

import vizlib as vz
from vizlib.core.errors import OptionError
from vizlib.figures import interactive, static


def toward(model=None, images=None, **given):
    settings = {"layer": "second", "steps": 40, "input_size": 16, "jitter": 0, **given}
    return vz.dream_toward(model or toys.small(), toys.images(1) if images is None else images, **settings)


def features(model, image):
    recorded = []
    handle = model.second.register_forward_hook(lambda *call: recorded.append(call[2].detach().clone().numpy()))
    model(torch.tensor(np.asarray(image)).reshape(1, 3, 16, 16))
    handle.remove()
    return recorded[0][0]


@pytest.mark.parametrize("power", [0.0, 4.0])
def test_the_objective_is_the_answer_along_the_features_of_the_place(power):
    model = toys.small()
    found = toward(model, row=2, column=5, place="centre", cosine=power)
    dot, cosine = answer(model, found)
    assert found.end == pytest.approx(dot * max(cosine, 0.1) ** power)
    assert found.end > found.start


def test_weighting_with_the_cosine_turns_the_answer_toward_the_features():
    model = toys.small()
    plain, weighted = (answer(model, toward(model, row=2, column=5, place="centre", cosine=c))[1] for c in (0.0, 4.0))
    assert weighted > plain
    assert weighted > 0.5


def answer(model, found):
    """Of the central position: along the features at row 2, column 5 of the picture, and the cosine to them."""
    wanted, centre = features(model, toys.images(1))[:, 2, 5], features(model, found.input)[:, 4, 4]
    dot = centre @ wanted / np.linalg.norm(wanted)
    return dot, dot / np.linalg.norm(centre)


def test_without_a_place_the_features_that_are_longest_are_followed():
    model = toys.small()
    lengths = np.linalg.norm(features(model, toys.images(1)), axis=0)
    row, column = np.unravel_index(lengths.argmax(), lengths.shape)
    by_itself, named = toward(model, steps=3), toward(model, steps=3, row=int(row), column=int(column))
    np.testing.assert_array_equal(by_itself.image, named.image)
    assert f"row {row}, column {column} of" in by_itself.notes[0]


def test_a_place_outside_of_the_map_is_refused():
    with pytest.raises(OptionError, match=r"^dream_toward: row must be from 0 to \d+ for this layer and image; got 99"):
        toward(row=99)


def test_both_drawings_show_the_picture_beside_the_dream():
    found, picture = toward(steps=2), np.full((16, 16, 3), 128, np.uint8)
    assert len(static.figure(found, images=[picture]).axes) == 3
    assert len(interactive.figure(found, images=[picture]).data) == 3
