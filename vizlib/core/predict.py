"""Scores of a loaded model for images as people have them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from vizlib.core.arrays import probabilities
from vizlib.core.copies import private_copy
from vizlib.core.targets import scores_of
from vizlib.core.technique import own_modes

__all__ = ["batch_of", "predict", "probabilities"]

IMAGES_AT_ONCE = 32


def batch_of(model: Any, images: Sequence[Image.Image]) -> Tensor:
    """Images preprocessed by the model's card, as one batch [batch, channel, height, width] where the model lies."""
    if not images:
        raise ValueError("There is no image; give at least one.")
    first = next(iter(model.module.parameters()), None)
    return torch.stack([model.preprocess(image) for image in images]).to(first.device if first is not None else "cpu")


def predict(model: Any, images: Sequence[Image.Image]) -> np.ndarray:
    """Raw class scores [batch, class] of RGB images under a loaded model."""
    private = private_copy(model.module)
    with own_modes(), torch.no_grad():
        parts = [
            scores_of(private, batch_of(model, images[start : start + IMAGES_AT_ONCE])).cpu()
            for start in range(0, len(images), IMAGES_AT_ONCE)
        ]
    return np.array(torch.cat(parts).numpy())
