"""Hide a window of the image and see how much the score drops."""

import math
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vizlib.attribution.gradient import array
from vizlib.core.heartbeat import Heartbeat
from vizlib.core.passes import in_halves
from vizlib.core.results import DROP_OF_PROBABILITY, Attribution
from vizlib.core.targets import Chosen, Target, choose, portions, scores_of
from vizlib.core.technique import Progress, Range, silent, technique

Fill = Literal["zero", "mean", "blur"]
Score = Literal["logit", "probability"]
UNITS = {"logit": "drop of the logit", "probability": DROP_OF_PROBABILITY}
GOLDEN = (math.sqrt(5) - 1) / 2


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
    fill: Annotated[
        Fill, "What stands in the hidden square: 0 in the normalised input, the image's mean, a blur."
    ] = "zero",
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
    itself a shape that the model may react to: try another fill before believing a surprising map. Where the model
    is very sure, hiding hardly moves the probability, and the map compares tiny numbers; the logit still moves.

    References
    ----------
    Zeiler, Fergus (2014), Visualizing and understanding convolutional networks, arXiv:1311.2901, section 4.2.
    """
    assert isinstance(progress, Heartbeat)
    size = (images.shape[2], images.shape[3])
    side = window_side(size, window)
    step = stride or max(1, side // 2)
    trials = Trials(model, window_grid(size, side, step), score, batch_size, notes=_gaps(side, step))
    filled = FILLS[fill](images, side)
    total = len(images) * len(trials.windows)
    parts: list[Part] = []
    progress(0, total)
    with torch.no_grad():
        for image, image_target, number in portions(images, target, lambda: 1):
            watch = Watch(progress, trials, parts, total)
            parts.append(trials.of(image, filled[number - 1 : number], image_target, watch))
    return _attribution(parts, score, trials.notes)


Box = tuple[int, int, int, int]
Part = tuple[Tensor, Tensor, Tensor]
"""Map [1, 1, height, width], class [1] and score [1] of one image."""


def _attribution(parts: list[Part], score: Score, notes: list[str]) -> Attribution:
    values, classes, explained = (torch.cat(column) for column in zip(*parts, strict=True))
    return Attribution(
        values=array(values),
        target=array(classes),
        score=array(explained),
        technique="occlusion",
        unit=UNITS[score],
        signed=True,
        notes=tuple(notes),
    )


def window_side(size: tuple[int, int], window: int | None) -> int:
    """Side of the hidden square; a seventh of the shorter side when nothing was said."""
    return window or max(1, min(size) // 7)


def window_grid(size: tuple[int, int], side: int, stride: int) -> list[Box]:
    """Boxes (top, bottom, left, right) of all windows; the last of a row is clipped, none starts outside."""
    rows, columns = (_spans(length, side, stride) for length in size)
    return [(top, bottom, left, right) for top, bottom in rows for left, right in columns]


def _spans(length: int, side: int, stride: int) -> list[tuple[int, int]]:
    count = max(math.ceil((length - side) / stride), 0) + 1
    starts = [index * stride for index in range(count) if index * stride < length]
    return [(start, min(start + side, length)) for start in starts]


@dataclass
class Trials:
    """Windows to hide one after the other, and what came to light on the way."""

    model: nn.Module
    windows: list[Box]
    score: Score
    batch_size: int
    notes: list[str]

    def of(self, image: Tensor, filled: Tensor, target: Target, watch: "Watch") -> Part:
        """Try every window; batches come spread over the image, so that the first ones already show where to look."""
        scores = scores_of(self.model, image)
        chosen = choose(target, scores)
        before = _measured(chosen, scores, self.score)
        drops = before.new_zeros(len(self.windows))
        waiting = _changing(image, filled, self.windows)
        tried = np.ones(len(self.windows), bool)
        tried[waiting] = False
        watch(tried, drops, image, chosen, before)
        for numbers in _spread([waiting[i : i + self.batch_size] for i in range(0, len(waiting), self.batch_size)]):
            hidden = _hide(image, filled, [self.windows[number] for number in numbers])
            after = _measured(chosen.repeated(len(hidden)), self._scores(_fast_layout(hidden, self.model)), self.score)
            drops[numbers] = before - after
            tried[numbers] = True
            watch(tried, drops, image, chosen, before)
        return _mean_over_windows(drops, self.windows, image), chosen.classes, before.to(image.dtype)

    def _scores(self, hidden: Tensor) -> Tensor:
        """Scores of a batch; in halves where the memory is too small for it."""
        return in_halves(partial(scores_of, self.model), hidden, self.notes)


@dataclass
class Watch:
    """Reports how far one image is, and shows what is known of it and of those before it."""

    progress: Heartbeat
    trials: Trials
    parts: list[Part]
    total: int

    def __call__(self, tried: np.ndarray, drops: Tensor, image: Tensor, chosen: Chosen, before: Tensor) -> None:
        done = len(self.parts) * len(tried) + int(tried.sum())
        self.progress(done, self.total)
        if tried.any() and not tried.all():
            self.progress.show(lambda: self._so_far(tried, drops, (image, chosen.classes, before), done))

    def _so_far(self, tried: np.ndarray, drops: Tensor, part: Part, done: int) -> Attribution:
        """The map of the windows that were tried; NaN where none of them lies."""
        image, classes, before = part
        windows = [self.trials.windows[number] for number in np.flatnonzero(tried)]
        known = _mean_over_windows(drops[torch.from_numpy(tried)], windows, image, empty=np.nan)
        notes = [*self.trials.notes, f"Unfinished: {done} of {self.total} windows tried."]
        return _attribution([*self.parts, (known, classes, before.to(image.dtype))], self.trials.score, notes)


def _spread(batches: list[list[int]]) -> list[list[int]]:
    """All batches, each far from the few before it: in steps of the golden section, round and round."""
    count = len(batches)
    step = round(count * GOLDEN) or 1
    while math.gcd(step, count) > 1:
        step += 1
    return [batches[number * step % count] for number in range(count)]


def _changing(image: Tensor, filled: Tensor, windows: list[Box]) -> list[int]:
    """Numbers of the windows that change the image; the others drop nothing, exactly."""
    changed = (image != filled).any(1)[0].cpu().numpy()
    return [n for n, (top, bottom, left, right) in enumerate(windows) if changed[top:bottom, left:right].any()]


def _hide(image: Tensor, filled: Tensor, windows: list[Box]) -> Tensor:
    hidden = image.repeat(len(windows), 1, 1, 1)
    for variant, (top, bottom, left, right) in zip(hidden, windows, strict=True):
        variant[:, top:bottom, left:right] = filled[0, :, top:bottom, left:right]
    return hidden


def _fast_layout(hidden: Tensor, model: nn.Module) -> Tensor:
    """Channels last in memory where that is faster: on the CPU, unless convolutions are split into groups."""
    grouped = any(isinstance(module, nn.Conv2d) and module.groups > 1 for module in model.modules())
    return hidden if grouped or hidden.is_cuda else hidden.contiguous(memory_format=torch.channels_last)


def _mean_over_windows(drops: Tensor, windows: list[Box], image: Tensor, empty: float = 0.0) -> Tensor:
    total = np.zeros(image.shape[2:], drops.cpu().numpy().dtype)
    covered = np.zeros_like(total)
    for drop, (top, bottom, left, right) in zip(drops.tolist(), windows, strict=True):
        total[top:bottom, left:right] += drop
        covered[top:bottom, left:right] += 1
    mean = np.where(covered > 0, total / covered.clip(min=1), covered.dtype.type(empty))
    return torch.from_numpy(mean)[None, None].to(image.dtype)


def _measured(chosen: Chosen, scores: Tensor, score: Score) -> Tensor:
    """A probability is taken in float64: near 1, float32 knows only steps of 6e-8."""
    return chosen.of(scores.double().softmax(1) if score == "probability" else scores)


def _gaps(side: int, step: int) -> list[str]:
    return ["The stride is larger than the window: pixels that no window covers are shown as 0."] if step > side else []


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


def window_at(size: tuple[int, int], side: int, row: int, column: int) -> Box:
    """The window whose middle is a pixel, clipped at the border."""
    top, left = row - side // 2, column - side // 2
    return max(top, 0), min(top + side, size[0]), max(left, 0), min(left + side, size[1])


def hidden_at(images: Tensor, box: Box, side: int, fill: Fill = "zero") -> Tensor:
    """One image [1, channel, height, width] with one window hidden, as the technique hides it."""
    return _hide(images, FILLS[fill](images, side), [box])
