"""What is explained: the score of a class, of one class per image, or any function of the scores."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.options import shown
from vizlib.core.passes import first_tensor, output_of
from vizlib.core.stream import Stream

Function = Callable[[Tensor], Tensor]
Target = int | Sequence[int] | Tensor | np.ndarray | Function | None
NO_CLASS = -1  # stands in Attribution.target where the target is a function of the scores


def scores_of(model: nn.Module, images: Tensor) -> Tensor:
    """Class scores [batch, class] of the images, before any softmax of ours."""
    scores = first_tensor(output_of(model, images))
    if scores is None:
        raise UnsupportedModel("the model must return a tensor of scores; wrap it so that it does.")
    if scores.ndim == 0 or len(scores) != len(images):
        raise UnsupportedModel(
            f"the model must return one row of scores per image; got shape {list(scores.shape)} for {len(images)}."
        )
    if not bool(torch.isfinite(scores).all()):
        raise UnsupportedModel("the model returns NaN or infinite scores for these images; check its weights.")
    return scores[:, None] if scores.ndim == 1 else scores


@dataclass(frozen=True)
class Chosen:
    """A target resolved against the scores: classes known, or a function."""

    classes: Tensor
    function: Function | None = None

    def of(self, scores: Tensor) -> Tensor:
        """The explained score of each image [batch]."""
        if self.function is None:
            return scores.gather(1, self.classes[:, None]).squeeze(1)
        values = self.function(scores)
        if not isinstance(values, Tensor) or values.shape != scores.shape[:1]:
            raise OptionError("target, as a function, must turn scores [batch, class] into one value per image.")
        if scores.requires_grad and not values.requires_grad:
            raise OptionError("target, as a function, must be differentiable; it cut the gradient.")
        return values

    def repeated(self, times: int) -> "Chosen":
        """The same target for ``times`` variants of each image, image by image."""
        return Chosen(self.classes.repeat_interleave(times), self.function)


def choose(target: Target, scores: Tensor) -> Chosen:
    """Resolve a target; None is the predicted class."""
    if _is_function(target):
        return Chosen(torch.full((len(scores),), NO_CLASS, device=scores.device), target)
    if scores.ndim != 2:
        raise UnsupportedModel(
            f"the model returns scores of shape {list(scores.shape)}, not [batch, class]; "
            "give target as a function scores -> [batch]."
        )
    if target is None:
        return Chosen(scores.argmax(1))
    return Chosen(_classes(target, scores))


def _is_function(target: Any) -> TypeGuard[Function]:
    return callable(target) and not isinstance(target, Tensor)


def _classes(target: Any, scores: Tensor) -> Tensor:
    count, classes = scores.shape
    values = _indices(target, count)
    if values.min() < 0 or values.max() >= classes:
        wrong = int(values.flat[np.flatnonzero((values < 0) | (values >= classes))[0]])
        raise OptionError(f"target must be from 0 to {classes - 1}; got {wrong}.")
    return torch.as_tensor(np.broadcast_to(values, (count,)).astype(np.int64), device=scores.device)


def _indices(target: Any, count: int) -> np.ndarray:
    """One class index, or one for each of ``count`` images, as an array of integers."""
    values = _array(target)
    if not np.issubdtype(values.dtype, np.integer):
        raise OptionError(f"target must be a class index, one per image, a function or None; got {shown(target)}.")
    if values.ndim > 1 or (values.ndim == 1 and len(values) != count):
        raise OptionError(f"target must have one index for each of the {count} images; got {values.size}.")
    return values


def _array(target: Any) -> np.ndarray:
    if isinstance(target, Tensor):
        target = target.detach().cpu().tolist()
    try:
        return np.asarray(target)
    except ValueError:  # rows of different lengths
        return np.asarray(None)


def portions(images: Tensor | Stream, target: Target, size: Callable[[], int]) -> Iterator[tuple[Tensor, Target, int]]:
    """Cut a batch into parts: (images, their target, images done after them).

    The first part is one image; how many the others have at most is asked after it.
    """
    count = len(images)
    several = None if target is None or _is_function(target) else _indices(target, count)
    start, stop = 0, 1
    while start < count:
        mine = target if several is None or several.ndim == 0 else several[start:stop]
        yield images[start:stop], mine, stop
        start, stop = stop, min(stop + size(), count)
