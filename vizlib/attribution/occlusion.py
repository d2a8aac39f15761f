"""Hide a window of the image and see how much the score drops."""

import math
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vizlib.attribution.gradient import array
from vizlib.core.results import Attribution
from vizlib.core.targets import Chosen, Target, choose, portions, scores_of
from vizlib.core.technique import Progress, Range, silent, technique

Fill = Literal["zero", "mean", "blur"]
Score = Literal["logit", "probability"]
UNITS = {"logit": "drop of the logit", "probability": "drop of the probability"}


@technique
def occlusion(
    model: nn.Module,
    images: Tensor,
    target: Target = None,
    *,
    window: Annotated[
        int | None, Range(1, 1024), "Side of the hidden square, in input pixels; when empty, 1/7 of the shorter side."
    ] = None,
    stride: Annotated[
        int | None, Range(1, 1024), "Step between windows, in input pixels; when empty, half a window."
    ] = None,
    fill: Annotated[Fill, "What stands in the hidden square: 0 in the normalised input, the image's mean, a blur."] = "zero",
    score: Annotated[Score, "What is measured: the raw logit or the softmax probability."] = "logit",
    batch_size: Annotated[int, Range(1, 1024), "Windows tried in one forward pass; changes the speed only."] = 32,
    progress: Progress = silent,
) -> Attribution:
    """How much the score drops when a window of the image is hidden.

    Parameters
    ----------
    model : Module or Model
    images : array [batch, channel, height, width]
        Normalised as the model expects.
    target : int, sequence of int, callable or None
        Class to explain; None is the predicted class of each image.
    window, stride : int, optional
        In input pixels. A window larger than the image hides all of it.
    fill : {"zero", "mean", "blur"}
        Zero is the data set's mean colour; mean is this image's, per channel; blur is a Gaussian blur with a sigma
        of half a window.
    score : {"logit", "probability"}
    batch_size : int
    progress : callable
        Called as ``progress(done, total)`` with windows; cancels by raising.

    Returns
    -------
    Attribution
        ``values`` [batch, 1, height, width]: the mean signed drop over the windows that cover a pixel; negative
        where hiding helps the class.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    Other tools sum over the covering windows or show the window alone; here it is the mean. A hidden square is
    itself a shape that the model may react to: try another fill before believing a surprising map.

    References
    ----------
    Zeiler, Fergus (2014), Visualizing and understanding convolutional networks, arXiv:1311.2901, section 4.2.
    """
    height, width = images.shape[2:]
    side = window or max(1, min(height, width) // 7)
    windows = window_grid((height, width), side, stride or max(1, side // 2))
    filled = FILLS[fill](images, side)
    total = len(images) * len(windows)
    parts, done = [], 0
    progress(0, total)
    with torch.no_grad():
        for image, image_target, index in portions(images, target, 1):
            scores = scores_of(model, image)
            chosen = choose(image_target, scores)
            before = _measured(chosen, scores, score)
            drops = []
            for start in range(0, len(windows), batch_size):
                hidden = _hide(image, filled[index - 1 : index], windows[start : start + batch_size])
                after = _measured(chosen.repeated(len(hidden)), scores_of(model, hidden), score)
                drops.append(before - after)
                done += len(hidden)
                progress(done, total)
            parts.append((_mean_over_windows(torch.cat(drops), windows, image), chosen.classes, before))
    values, classes, explained = (torch.cat(column) for column in zip(*parts, strict=True))
    return Attribution(array(values), array(classes), array(explained), "occlusion", UNITS[score], signed=True)


Box = tuple[int, int, int, int]


def window_grid(size: tuple[int, int], side: int, stride: int) -> list[Box]:
    """Boxes (top, bottom, left, right) of all windows; the last of a row is clipped, none starts outside."""
    rows, columns = (_spans(length, side, stride) for length in size)
    return [(top, bottom, left, right) for top, bottom in rows for left, right in columns]


def _spans(length: int, side: int, stride: int) -> list[tuple[int, int]]:
    count = max(math.ceil((length - side) / stride), 0) + 1
    starts = [index * stride for index in range(count) if index * stride < length]
    return [(start, min(start + side, length)) for start in starts]


def _hide(image: Tensor, filled: Tensor, windows: list[Box]) -> Tensor:
    hidden = image.repeat(len(windows), 1, 1, 1)
    for variant, (top, bottom, left, right) in zip(hidden, windows, strict=True):
        variant[:, top:bottom, left:right] = filled[0, :, top:bottom, left:right]
    return hidden


def _mean_over_windows(drops: Tensor, windows: list[Box], image: Tensor) -> Tensor:
    total = image.new_zeros((1, 1, *image.shape[2:]))
    covered = torch.zeros_like(total)
    for drop, (top, bottom, left, right) in zip(drops, windows, strict=True):
        total[..., top:bottom, left:right] += drop
        covered[..., top:bottom, left:right] += 1
    return total / covered.clamp(min=1)


def _measured(chosen: Chosen, scores: Tensor, score: Score) -> Tensor:
    return chosen.of(scores.softmax(1) if score == "probability" else scores)


def _mean(images: Tensor, side: int) -> Tensor:
    return images.mean(dim=(2, 3), keepdim=True).expand_as(images)


def _blur(images: Tensor, side: int) -> Tensor:
    """Separable Gaussian with a sigma of half a window, reflected at the border."""
    sigma = side / 2
    for axis in (2, 3):
        radius = min(math.ceil(3 * sigma), images.shape[axis] - 1)
        offsets = torch.arange(-radius, radius + 1, dtype=images.dtype, device=images.device)
        kernel = torch.exp(-(offsets**2) / (2 * sigma**2))
        shape = [1, 1, -1, 1] if axis == 2 else [1, 1, 1, -1]
        kernel = (kernel / kernel.sum()).reshape(shape).repeat(images.shape[1], 1, 1, 1)
        padding = (0, 0, radius, radius) if axis == 2 else (radius, radius, 0, 0)
        images = F.conv2d(F.pad(images, padding, mode="reflect"), kernel, groups=images.shape[1])
    return images


FILLS = {"zero": lambda images, side: torch.zeros_like(images), "mean": _mean, "blur": _blur}
