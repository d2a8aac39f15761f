"""What is explained: the score of a class, of one class per image, or any function of the scores."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.layers import first_tensor

Target = int | Sequence[int] | Tensor | np.ndarray | Callable[[Tensor], Tensor] | None
NO_CLASS = -1  # stands in Attribution.target where the target is a function of the scores


def scores_of(model: nn.Module, images: Tensor) -> Tensor:
    """Class scores [batch, class] of the images, before any softmax of ours.

    The model sees a clone, so that one that begins with an in-place operation leaves ``images`` alone.
    """
    scores = first_tensor(model(images.clone()))
    if scores is None:
        raise UnsupportedModel("the model must return a tensor of scores; wrap it so that it does.")
    if not bool(torch.isfinite(scores).all()):
        raise UnsupportedModel("the model returns NaN or infinite scores for these images; check its weights.")
    if scores.ndim == 1 and len(scores) == len(images):
        return scores[:, None]
    return scores


@dataclass(frozen=True)
class Chosen:
    """A target resolved against the scores: classes known, or a function."""

    classes: Tensor
    function: Callable[[Tensor], Tensor] | None = None

    def of(self, scores: Tensor) -> Tensor:
        """The explained score of each image [batch]."""
        if self.function is None:
            return scores.gather(1, self.classes[:, None]).squeeze(1)
        values = self.function(scores)
        if not isinstance(values, Tensor) or values.shape != scores.shape[:1]:
            raise OptionError("target, as a function, must turn scores [batch, class] into one value per image.")
        return values

    def repeated(self, times: int) -> "Chosen":
        """The same target for ``times`` variants of each image, image by image."""
        return Chosen(self.classes.repeat_interleave(times), self.function)

    def part(self, start: int, stop: int) -> "Chosen":
        """The target of some of the images."""
        return Chosen(self.classes[start:stop], self.function)


def choose(target: Target, scores: Tensor) -> Chosen:
    """Resolve a target; None is the predicted class."""
    if callable(target) and not isinstance(target, Tensor):
        return Chosen(torch.full((len(scores),), NO_CLASS), target)
    if scores.ndim != 2:
        raise UnsupportedModel(
            f"the model returns scores of shape {list(scores.shape)}, not [batch, class]; "
            "give target as a function scores -> [batch]."
        )
    if target is None:
        return Chosen(scores.argmax(1))
    return Chosen(_classes(target, scores))


def _classes(target: Any, scores: Tensor) -> Tensor:
    count, classes = scores.shape
    values = np.asarray(target.cpu() if isinstance(target, Tensor) else target)
    if not np.issubdtype(values.dtype, np.integer):
        raise OptionError(f"target must be a class index, one index per image, a function or None; got {target!r}.")
    if values.ndim > 1 or (values.ndim == 1 and len(values) != count):
        raise OptionError(f"target must have one index for each of the {count} images; got {values.size}.")
    if values.min() < 0 or values.max() >= classes:
        wrong = int(values.flat[np.flatnonzero((values < 0) | (values >= classes))[0]])
        raise OptionError(f"target must be from 0 to {classes - 1}; got {wrong}.")
    return torch.as_tensor(np.broadcast_to(values, (count,)).astype(np.int64), device=scores.device)


def portions(images: Tensor, target: Target, size: int) -> Iterator[tuple[Tensor, Target, int]]:
    """Cut a batch into parts of at most ``size`` images: (images, their target, images done after them)."""
    count = len(images)
    several = None if target is None or callable(target) and not isinstance(target, Tensor) else _lengths(target)
    if several is not None and several != count:
        raise OptionError(f"target must have one index for each of the {count} images; got {several}.")
    for start in range(0, count, size):
        stop = min(start + size, count)
        yield images[start:stop], target if several is None else target[start:stop], stop  # type: ignore[index]


def _lengths(target: Any) -> int | None:
    """How many entries a target has; None for a single index."""
    return None if np.ndim(target.cpu() if isinstance(target, Tensor) else target) == 0 else len(target)
