"""Anchors are those of the detector's own generator, and the fields of its levels are those of its backbone."""

import numpy as np
import pytest
import torch
import toys
from toys import one_thread  # noqa: F401

from vizlib.figures import anchors as drawings
from vizlib.inside.anchors import detector_anchors
from vizlib.inside.receptive_field import receptive_field
from vizlib.zoo.detectors import LOCATORS, SEGMENTERS, random_detector, random_network


@pytest.fixture(scope="module")
def ssd():
    return random_detector("ssdlite320_mobilenet_v3_large")


@pytest.fixture(scope="module")
def found(ssd):
    return detector_anchors(ssd, torch.randn(1, 3, 320, 320, generator=torch.Generator().manual_seed(0)))


def test_anchors_are_the_boxes_that_the_generator_lays(ssd, found):
    from torchvision.models.detection.image_list import ImageList

    maps = [torch.zeros(1, 1, *shape) for shape in found.shapes.tolist()]
    (boxes,) = ssd.anchor_generator(ImageList(torch.zeros(1, 3, 320, 320), [(320, 320)]), maps)
    sizes = torch.stack([boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0]], 1).numpy()
    per_level = [len(found.of_level(level)) for level in range(6)]
    start = 0
    for level, (count, shape) in enumerate(zip(per_level, found.shapes, strict=True)):
        np.testing.assert_allclose(sizes[start : start + count], found.of_level(level), rtol=1e-4)
        start += count * shape.prod()
    assert start == len(sizes)


def test_the_fields_of_the_levels_are_those_of_the_backbone(ssd, found):
    assert found.levels == ("0", "1", "2", "3", "4", "5")
    assert found.strides[:3, 0].tolist() == [16, 32, 64]
    first = receptive_field(ssd, layer="backbone.features.0", input_size=320)
    assert first.local_size == tuple(found.sizes[0])
    assert first.verified
    assert (found.score_sizes >= found.sizes).all()
    assert (np.diff(found.sides[:, 2]) > 0).all()


def test_both_backends_draw_every_level(found):
    on_screen, on_paper = drawings.anchors_on_screen(found), drawings.anchors_on_paper(found)
    assert len([trace for trace in on_screen.data if trace.type == "heatmap"]) == 6
    assert len([axes for axes in on_paper.axes if axes.images]) == 6
    assert "level 5" in on_screen.layout.meta["alternative"]


def test_what_has_no_anchors_is_refused_in_one_sentence():
    with pytest.raises(ValueError, match=r"^detector_anchors: the model is no torchvision detector"):
        detector_anchors(toys.small())


def test_an_unknown_detector_is_refused_by_name():
    with pytest.raises(ValueError, match="There is no detector 'yolo'"):
        random_detector("yolo")


def test_every_network_of_torchvision_that_segments_or_detects_is_offered():
    from torchvision.models import detection, list_models, segmentation

    assert sorted(SEGMENTERS) == list_models(module=segmentation)
    assert sorted(LOCATORS) == list_models(module=detection)
    with pytest.raises(ValueError, match="There is no such network: 'none'"):
        random_network("none")
