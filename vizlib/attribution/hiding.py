"""Hide any part of an image, and see what becomes of the model's answer, its map and a layer."""

from collections.abc import Callable, Sequence
from typing import Annotated

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.attribution.cam import activation_and_gradient, upsampled
from vizlib.attribution.gradient import array
from vizlib.attribution.occlusion import FILLS, Fill
from vizlib.attribution.results_hiding import Hiding
from vizlib.core import mask_text
from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.options import Mask
from vizlib.core.results import Attribution
from vizlib.core.targets import Chosen, Target, choose, scores_of
from vizlib.core.technique import LayerIfAny, Progress, Range, silent, technique

Normalisation = Sequence[Sequence[float]] | None
PLAIN = ((0.5,), (0.25,))  # mean and deviation of pixels whose normalisation is not known


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


@technique
def hiding(
    model: nn.Module,
    images: Tensor,
    target: Target = None,
    normalisation: Normalisation = None,
    *,
    mask: Annotated[Mask, "What is hidden; when empty, the top of the model's own Grad-CAM."] = None,
    share: Annotated[float, Range(0, 1), "Share of the image that is hidden when there is no mask."] = 0.1,
    fill: Annotated[Fill, "What stands in the hidden part: 0, the image's mean, or a blur of it."] = "zero",
    layer: LayerIfAny = None,
    progress: Progress = silent,
) -> Hiding:
    """What becomes of the model's answer, its map and a layer when a part of the image is hidden.

    Parameters
    ----------
    model : Module or Model
    images : array [batch, channel, height, width]
        Normalised as the model expects; a part of the first one is hidden.
    target : int, sequence of int, callable or None
        Class of the maps; None is the class predicted for the whole image.
    normalisation : (mean, deviation), optional
        As for :func:`vizlib.maximize_activation`; it only colours ``filled``.
    mask : bool array [height, width] or str, optional
        True where the image is hidden, or a word such as ``"96x96r10.20.30.40"``: size of the mask, then rectangles by
        left, top, width and height, joined with ``_``.
    share : float
    fill : {"zero", "mean", "blur"}
        As in :func:`vizlib.occlusion`.
    layer : str, optional
        Of the maps and the activations; the model's default layer when empty. A model in which no layer has
        positions has neither, and needs a mask; its scores follow all the same.
    progress : callable
        Called as ``progress(done, total)``; cancels by raising.

    Returns
    -------
    Hiding

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    A patch is itself a shape with edges, in a picture unlike any the model was trained on: it may react to the patch,
    not to what is missing. Believe what stays true with another fill.

    References
    ----------
    Zeiler, Fergus (2014), Visualizing and understanding convolutional networks, arXiv:1311.2901, section 4.2.
    """
    image = images[:1]
    progress(0, 3)
    chosen = _choice(model, image, target)
    progress(1, 3)
    where = _where(model, image, chosen, mask, share, layer)
    progress(2, 3)
    both = torch.cat([image, hide(image, where, fill)])
    with torch.no_grad():
        scores = scores_of(model, both)
    activation, maps = (None, None) if layer is None else _map_of(model, both, chosen, layer)
    progress(3, 3)
    filled = _coloured(_filled(image, fill)[0], normalisation)
    mean = None if activation is None else array(activation.mean(1))
    return Hiding(array(scores), where, filled, -1 if callable(chosen) else int(chosen), maps, mean, layer)


def _choice(model: nn.Module, image: Tensor, target: Target) -> int | Callable[[Tensor], Tensor]:
    """The class that both maps explain, or a function of the scores."""
    one = target[:1] if isinstance(target, (list, tuple, np.ndarray, Tensor)) and np.ndim(target) else target
    with torch.no_grad():
        chosen: Chosen = choose(one, scores_of(model, image))
    return chosen.function or int(chosen.classes[0])


def _where(
    model: nn.Module, image: Tensor, target: Target, mask: str | None, share: float, layer: str | None
) -> np.ndarray:
    """What is hidden, as an array."""
    if mask is not None:
        read = mask_text.mask_of(mask)
        assert read is not None
        return read
    if layer is None:
        raise UnsupportedModel("no layer of this model has positions, so it has no Grad-CAM to hide; give a mask.")
    return top_share(_map_of(model, image, target, layer)[1].heatmap()[0], share)


def _map_of(model: nn.Module, images: Tensor, target: Target, layer: str) -> tuple[Tensor, Attribution]:
    """What a layer returns, channels first, and Grad-CAM of it."""
    activation, gradient, chosen, explained = activation_and_gradient(model, images, target, layer)
    coarse = (gradient.mean(dim=(2, 3), keepdim=True) * activation).sum(dim=1, keepdim=True).relu()
    found = Attribution(
        values=array(upsampled(coarse, images)),
        target=array(chosen.classes),
        score=array(explained),
        technique="grad_cam",
        unit="gradient-weighted activation",
        signed=False,
        coarse=array(coarse),
        layer=layer,
    )
    return activation, found


def _coloured(image: Tensor, normalisation: Normalisation) -> np.ndarray:
    """Normalised pixels [channel, height, width] as a picture, uint8 [height, width, 3]."""
    mean, deviation = (np.asarray(side) for side in normalisation or PLAIN)
    pixels = array(image).transpose(1, 2, 0) * deviation + mean
    shown = pixels if pixels.shape[2] == 3 else pixels[..., :1]
    colours = (shown.clip(0, 1) * 255).round().astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(colours, (*colours.shape[:2], 3)))
