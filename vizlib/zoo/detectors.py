"""Networks of torchvision that detect or segment, by name, with random weights; nothing is downloaded."""

from typing import Any

DETECTORS = ("fasterrcnn_resnet50_fpn", "retinanet_resnet50_fpn", "ssd300_vgg16", "ssdlite320_mobilenet_v3_large")
SEGMENTERS = (
    "fcn_resnet50", "fcn_resnet101", "deeplabv3_resnet50", "deeplabv3_resnet101", "deeplabv3_mobilenet_v3_large",
    "lraspp_mobilenet_v3_large",
)  # fmt: skip
LOCATORS = (
    "fasterrcnn_resnet50_fpn", "fasterrcnn_resnet50_fpn_v2", "fasterrcnn_mobilenet_v3_large_fpn",
    "fasterrcnn_mobilenet_v3_large_320_fpn", "fcos_resnet50_fpn", "keypointrcnn_resnet50_fpn", "maskrcnn_resnet50_fpn",
    "maskrcnn_resnet50_fpn_v2", "retinanet_resnet50_fpn", "retinanet_resnet50_fpn_v2", "ssd300_vgg16",
    "ssdlite320_mobilenet_v3_large",
)  # fmt: skip


def random_network(name: str, seed: int = 0) -> Any:
    """A network that segments or detects as it is before training, the same every time.

    Parameters
    ----------
    name : str
        One of ``SEGMENTERS`` or ``LOCATORS``.
    seed : int
    """
    from torchvision.models import detection, segmentation

    from vizlib.zoo.build import OwnSeed

    if name not in SEGMENTERS + LOCATORS:
        raise ValueError(f"There is no such network: {name[:40]!r}; try {SEGMENTERS[0]}.")
    source = segmentation if name in SEGMENTERS else detection
    with OwnSeed(seed):
        return getattr(source, name)(weights=None, weights_backbone=None).eval().requires_grad_(False)


def random_detector(name: str, seed: int = 0) -> Any:
    """A detector as it is before training, the same every time.

    Parameters
    ----------
    name : str
        One of ``DETECTORS``.
    seed : int
    """
    from torchvision.models import detection

    from vizlib.zoo.build import OwnSeed

    if name not in DETECTORS:
        raise ValueError(f"There is no detector {name[:40]!r}; try {DETECTORS[0]}.")
    with OwnSeed(seed):
        return getattr(detection, name)(weights=None, weights_backbone=None).eval().requires_grad_(False)
