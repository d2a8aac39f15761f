"""The bundled networks look where they should, and the one that learned a shortcut looks where it should not."""

import numpy as np
import pytest

import vizlib as vz
from vizlib.core.predict import batch_of
from vizlib.data.imagesets import MARKED_CLASS, image_set


def peaks(model, pictures, target):
    """Row and column of the largest Grad-CAM value of each image."""
    maps = vz.grad_cam(model, batch_of(model, pictures), target).heatmap()
    return [np.unravel_index(int(one.argmax()), one.shape) for one in maps]


def test_grad_cam_points_into_the_object_on_held_out_scenes():
    scenes = image_set("scenes", n=200)
    found = peaks(vz.load_model("scenes-resnet"), scenes.pictures(), None)
    inside = np.mean([mask[peak] for mask, peak in zip(scenes.masks, found, strict=True)])
    assert inside >= 0.85


@pytest.mark.parametrize("whose", ["marked class", "all classes"])
def test_grad_cam_of_the_shortcut_points_at_the_watermark(whose):
    scenes = image_set("scenes-watermark", n=120)
    marked = scenes.classes.index(MARKED_CLASS)
    chosen = np.flatnonzero(scenes.labels == marked) if whose == "marked class" else np.arange(120)
    pictures = [scenes.pictures()[index] for index in chosen]
    found = peaks(vz.load_model("scenes-shortcut"), pictures, marked)
    grown = [_grown(scenes.marks[index]) for index in chosen]
    assert np.mean([mark[peak] for mark, peak in zip(grown, found, strict=True)]) >= 0.9


def _grown(mask):
    """The mask and what lies within one cell of the layer's 12 x 12 grid (8 pixels) around it."""
    rows, columns = np.nonzero(mask)
    grown = np.zeros_like(mask)
    grown[max(rows.min() - 8, 0) : rows.max() + 9, max(columns.min() - 8, 0) : columns.max() + 9] = True
    return grown
