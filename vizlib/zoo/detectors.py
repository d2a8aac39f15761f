"""Detectors of torchvision by name, with random weights; nothing is downloaded."""

from typing import Any

DETECTORS = ("fasterrcnn_resnet50_fpn", "retinanet_resnet50_fpn", "ssd300_vgg16", "ssdlite320_mobilenet_v3_large")


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
