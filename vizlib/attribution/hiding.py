"""Hide any part of an image, and see what becomes of the model's answer, its map and a layer."""

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.attribution.cam import grad_cam
from vizlib.attribution.gradient import array
from vizlib.attribution.occlusion import FILLS, Fill
from vizlib.attribution.results_hiding import Hiding
from vizlib.core.copies import private_copy
from vizlib.core.errors import OptionError
from vizlib.core.layers import record
from vizlib.core.positions import positions
from vizlib.core.targets import scores_of
from vizlib.core.technique import Progress, silent


def hide(images: Tensor, mask: Tensor | np.ndarray, fill: Fill = "zero", side: int | None = None) -> Tensor:
    """The images with everything under a mask replaced.

    Parameters
    ----------
    images : array [batch, channel, height, width]
        Normalised as the model expects; never written into.
    mask : bool array [height, width]
        True where the image is hidden.
    fill : {"zero", "mean", "blur"}
        As in ``occlusion``: 0 in the normalised input, the image's mean per channel, a blur.
    side : int, optional
        The blur is as strong as that of an occlusion window of this side; 1/7 of the shorter side of the image when
        empty.

    Raises
    ------
    OptionError
        When the mask is not of the size of the images, or the fill is unknown.
    """
    where = torch.as_tensor(mask, dtype=torch.bool, device=images.device)
    if where.shape != images.shape[2:]:
        raise OptionError(f"mask must be {list(images.shape[2:])} like the images; got {list(where.shape)}.")
    return torch.where(where, _filled(images, fill, side), images)


def _filled(images: Tensor, fill: Fill, side: int | None = None) -> Tensor:
    if fill not in FILLS:
        raise OptionError(f"fill must be one of {', '.join(FILLS)}; got {fill!r}.")
    return FILLS[fill](images, side or max(1, min(images.shape[2:]) // 7))


def top_share(heatmap: np.ndarray, share: float) -> np.ndarray:
    """Where a map is highest: a mask of exactly this share of its positions, rounded; equal values in reading order.

    Parameters
    ----------
    heatmap : array [height, width]
    share : float
        From 0 to 1.
    """
    if not 0 <= share <= 1:
        raise OptionError(f"share must be between 0 and 1; got {share:g}.")
    mask = np.zeros(heatmap.size, dtype=bool)
    mask[np.argsort(-heatmap.ravel(), kind="stable")[: round(share * heatmap.size)]] = True
    return mask.reshape(heatmap.shape)


def hiding(
    model: nn.Module,
    image: Tensor,
    mask: Tensor | np.ndarray,
    *,
    fill: Fill = "zero",
    target: int | None = None,
    layer: str | None = None,
    progress: Progress = silent,
) -> Hiding:
    """What a model answers before and after a part of one image is hidden.

    Parameters
    ----------
    model : Module
        Stays as it is.
    image : array [1, channel, height, width]
        Normalised as the model expects.
    mask : bool array [height, width]
    fill : {"zero", "mean", "blur"}
    target : int, optional
        Class of the maps; the one predicted for the whole image when empty.
    layer : str, optional
        Layer of the maps and of the activations; without one there are none.
    progress : callable
        Called as ``progress(done, total)``; cancels by raising.
    """
    both = torch.cat([image, hide(image, mask, fill)])
    filled = array(_filled(image, fill)[0])
    progress(0, 2)
    scores, activations = _passed(model, both, layer)
    progress(1, 2)
    if layer is None:
        progress(2, 2)
        return Hiding(array(scores), filled)
    wanted = int(scores[0].argmax()) if target is None else target
    maps = grad_cam(model, both, [wanted, wanted], layer=layer)
    progress(2, 2)
    return Hiding(array(scores), filled, maps, activations, layer)


def _passed(model: nn.Module, images: Tensor, layer: str | None) -> tuple[Tensor, np.ndarray | None]:
    """Scores of the images, and a layer's mean activation where it has positions."""
    private = private_copy(model)
    with torch.no_grad(), record(private, *([layer] if layer else [])) as recording:
        scores = scores_of(private, images)
    if layer is None:
        return scores, None
    output = recording.last(layer)
    grid = positions(private, layer, output, (images.shape[2], images.shape[3]))
    return scores, array(grid.channels_first(output).mean(1))
