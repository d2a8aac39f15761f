"""The loss of labelled images at wherever the weights are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.options import shown
from vizlib.core.passes import first_tensor, output_of
from vizlib.core.stream import Stream
from vizlib.landscapes.weights import is_fast_last

MEMORY = 2 << 30  # bytes that the images may take


@dataclass(frozen=True)
class Level:
    """Mean cross-entropy and accuracy of all images at one point."""

    loss: float
    accuracy: float


class Measure:
    """Images and labels that are passed again and again, in eval mode, in batches.

    Parameters
    ----------
    model : Module
        A private copy.
    images : Tensor or Stream
    labels : class index of each image
    batch_size : int
    """

    def __init__(self, model: nn.Module, images: Tensor | Stream, labels: Any, batch_size: int) -> None:
        self.model, self.batch_size = model, batch_size
        self.labels = checked_labels(labels, len(images)).to(_device(model))
        whole = _whole(images)
        last = whole.ndim == 4 and is_fast_last(model)
        self.images = whole.contiguous(memory_format=torch.channels_last) if last else whole
        self.tick: Callable[[], None] = lambda: None
        self._writes: bool | None = None

    @property
    def batches(self) -> int:
        """In how many parts all images pass."""
        return -(-len(self.images) // self.batch_size)

    def scores(self, start: int, stop: int) -> Tensor:
        """Class scores in float64."""
        found = first_tensor(self._output(self.images[start:stop]))
        if found is None or found.ndim != 2 or len(found) != len(self.labels[start:stop]) or found.shape[1] < 2:
            raise UnsupportedModel("the model must return scores [batch, class] of at least two classes.")
        if int(self.labels[start:stop].max()) >= found.shape[1]:
            wrong = int(self.labels[start:stop].max())
            raise OptionError(f"labels must be from 0 to {found.shape[1] - 1}; got {wrong}.")
        return found.double()

    def _output(self, part: Tensor) -> Any:
        """Once it is known that the model leaves its input alone, it sees the images themselves: copies take time."""
        if self._writes is None:
            spare = part.clone()
            before = spare._version
            found = output_of(self.model, spare, spare=True)
            self._writes = spare._version != before
            return found
        return output_of(self.model, part, spare=not self._writes)

    @torch.no_grad()
    def __call__(self, first: int | None = None) -> Level:
        """Level of all images, or of the first few."""
        count = min(first or len(self.images), len(self.images))
        loss, right = 0.0, 0
        for start in range(0, count, self.batch_size):
            stop = min(start + self.batch_size, count)
            scores, labels = self.scores(start, stop), self.labels[start:stop]
            loss += float(F.cross_entropy(scores, labels, reduction="sum"))
            right += int((scores.argmax(1) == labels).sum())
            if first is None:
                self.tick()
        return Level(loss / count, right / count)


def _device(model: nn.Module) -> torch.device:
    return next(model.parameters()).device


def _whole(images: Tensor | Stream) -> Tensor:
    """All images in memory, since every point of a landscape needs them."""
    size = len(images) * int(np.prod(images.shape[1:])) * images.dtype.itemsize
    if isinstance(images, Stream) and size > MEMORY:
        most = len(images) * MEMORY // size
        raise OptionError(f"images must fit into memory together; these {len(images)} do not. Try {most}.")
    return images if isinstance(images, Tensor) else images[0 : len(images)]


def checked_labels(labels: Any, count: int) -> Tensor:
    """Labels as int64 [image]."""
    values = labels.detach().cpu().numpy() if isinstance(labels, Tensor) else np.asarray(labels)
    if values.shape != (count,) or not np.issubdtype(values.dtype, np.integer):
        raise OptionError(f"labels must be one class index for each of the {count} images; got {shown(labels)}.")
    if values.min() < 0:
        raise OptionError(f"labels must not be negative; got {int(values.min())}.")
    return torch.from_numpy(values.astype(np.int64))
