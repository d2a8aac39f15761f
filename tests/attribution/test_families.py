"""Default Grad-CAM on one model of every family of torchvision's classification models."""

import numpy as np
import pytest
import toys

import vizlib as vz

FAMILIES = {  # name: (side of the image, side of the grid)
    "alexnet": (128, 3),
    "convnext_tiny": (64, 2),
    "densenet121": (64, 2),
    "efficientnet_b0": (64, 2),
    "efficientnet_v2_s": (64, 2),
    "googlenet": (64, 2),
    "inception_v3": (128, 2),
    "maxvit_t": (224, 7),
    "mnasnet0_5": (64, 2),
    "mobilenet_v2": (64, 2),
    "mobilenet_v3_small": (64, 2),
    "regnet_x_400mf": (64, 2),
    "regnet_y_400mf": (64, 2),
    "resnet18": (64, 2),
    "resnext50_32x4d": (64, 2),
    "shufflenet_v2_x0_5": (64, 2),
    "squeezenet1_0": (64, 3),
    "squeezenet1_1": (64, 3),
    "swin_t": (64, 2),
    "swin_v2_t": (64, 2),
    "vgg11": (64, 2),
    "vgg11_bn": (64, 2),
    "vit_b_32": (64, 2),
    "wide_resnet50_2": (64, 2),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_default_grad_cam_of_every_family_has_a_grid_and_is_not_empty(name):
    side, grid = FAMILIES[name]
    images = toys.images(1, size=side).float()
    found = vz.grad_cam(toys.torchvision_model(name), images, signed=True)
    assert found.coarse.shape == (1, 1, grid, grid)
    assert found.values.shape == (1, 1, side, side)
    assert found.is_finite()
    assert np.abs(found.values).max() > 1e-9
    assert len(np.unique(found.coarse)) > 1
