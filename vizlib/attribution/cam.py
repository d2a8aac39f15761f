"""Class activation maps: which region of a layer speaks for a class."""

from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vizlib.attribution.gradient import array
from vizlib.core.errors import UnsupportedModel
from vizlib.core.layers import record
from vizlib.core.memory import Meter
from vizlib.core.passes import gradient_of
from vizlib.core.positions import positions
from vizlib.core.results import Attribution
from vizlib.core.targets import Chosen, Target, choose, portions, scores_of
from vizlib.core.technique import Layer, Progress, silent, technique


@technique
def grad_cam(
    model: nn.Module,
    images: Tensor,
    target: Target = None,
    *,
    layer: Layer = None,
    signed: Annotated[bool, "Keep what speaks against the class, as negative values."] = False,
    progress: Progress = silent,
) -> Attribution:
    """Which region of a layer speaks for the class.

    Parameters
    ----------
    model : Module or Model
    images : array [batch, channel, height, width]
        Normalised as the model expects.
    target : int, sequence of int, callable or None
        Class to explain; None is the predicted class of each image.
    layer : str, optional
        Layer with positions (channels first, channels last or tokens); the model's default layer when empty.
    signed : bool
        Leave out the final rectification.
    progress : callable
        Called as ``progress(done, total)``; cancels by raising.

    Returns
    -------
    Attribution
        ``coarse`` [batch, 1, h, w] on the layer's own grid, ``values`` [batch, 1, height, width] its bilinear
        upsampling; never normalised.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    The map is as coarse as the layer: its smooth look comes from upsampling. Channels are weighted by their mean
    gradient, so a channel that helps in one place and hurts in another can mislead.

    References
    ----------
    Selvaraju et al. (2017), Grad-CAM, arXiv:1610.02391, section 3, equations 1 and 2.
    """
    assert layer is not None
    meter, parts = Meter(model), []
    progress(0, len(images))
    for part, part_target, done in portions(images, target, meter.images_at_once):
        activation, gradient, chosen, explained = activation_and_gradient(model, part, part_target, layer)
        weights = gradient.mean(dim=(2, 3), keepdim=True)
        weighted = (weights * activation).sum(dim=1, keepdim=True)
        parts.append((weighted if signed else weighted.relu(), chosen.classes, explained))
        progress(done, len(images))
    coarse, classes, scores = (torch.cat(column) for column in zip(*parts, strict=True))
    return Attribution(
        values=array(upsampled(coarse, images)),
        target=array(classes),
        score=array(scores),
        technique="grad_cam",
        unit="gradient-weighted activation",
        signed=signed,
        coarse=array(coarse),
        layer=layer,
    )


def activation_and_gradient(
    model: nn.Module, images: Tensor, target: Target, layer: str
) -> tuple[Tensor, Tensor, Chosen, Tensor]:
    """Output of a layer and the score's gradient there, both [batch, channel, h, w]; the target and its score."""
    with record(model, layer) as recording:
        scores = scores_of(model, images.detach().requires_grad_())
    chosen = choose(target, scores)
    explained = chosen.of(scores)
    output = recording.last(layer)
    if len(output) != len(images):
        raise UnsupportedModel(f"layer {layer!r} mixes images or windows ({list(output.shape)}); choose another layer.")
    grid = positions(model, layer, output, (images.shape[2], images.shape[3]))
    if not output.requires_grad:
        raise UnsupportedModel(f"layer {layer!r} does not depend on the image; choose another layer.")
    gradient = gradient_of(explained, output)
    if gradient is None:
        raise UnsupportedModel(f"layer {layer!r} does not lead to the score; choose another layer.")
    return grid.channels_first(output.detach()), grid.channels_first(gradient), chosen, explained.detach()


def upsampled(coarse: Tensor, images: Tensor) -> Tensor:
    """A coarse map at the resolution of the images (bilinear, corners not aligned)."""
    return F.interpolate(coarse, size=images.shape[2:], mode="bilinear", align_corners=False)
