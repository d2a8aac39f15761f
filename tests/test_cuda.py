"""On a GPU the pictures are those of the CPU, and nothing leaves the device on the way."""

import numpy as np
import pytest
import torch

import vizlib as vz
from vizlib.data.imagesets import samples

pytestmark = [pytest.mark.cuda, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")]
MAPS = ("saliency", "guided_backprop", "occlusion", "grad_cam")


@pytest.fixture(scope="module")
def pair():
    """The same model on the CPU and on the GPU, and a batch."""
    here, there = (vz.load_model("scenes-resnet", device=device) for device in ("cpu", "cuda"))
    return here, there, torch.stack([here.preprocess(image) for _, image in samples("scenes-resnet")[:4]])


@pytest.mark.parametrize("name", MAPS)
def test_a_map_of_the_gpu_is_that_of_the_cpu(pair, name):
    here, there, images = pair
    expected = getattr(vz, name)(here, images, 3).values
    found = getattr(vz, name)(there, images.cuda(), 3).values
    assert np.abs(found - expected).max() <= 5e-3 * np.abs(expected).max()


def test_activations_and_the_effective_field_of_the_gpu_are_those_of_the_cpu(pair):
    here, there, images = pair
    for technique in (vz.activations, vz.effective_receptive_field):
        expected = technique(here, images, layer="layer2").values
        found = technique(there, images.cuda(), layer="layer2").values
        assert np.abs(found - expected).max() <= 5e-3 * np.abs(expected).max()


def test_an_image_on_the_cpu_follows_its_model_to_the_gpu(pair):
    _, there, images = pair
    assert vz.grad_cam(there, images).values.shape == (4, 1, 96, 96)
