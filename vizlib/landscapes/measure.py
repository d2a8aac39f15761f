"""The loss of labelled images at wherever the weights are."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
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
FEW = 16  # images of a rough look


@dataclass(frozen=True)
class Level:
    """Mean cross-entropy and accuracy of all images at one point."""

    loss: float
    accuracy: float


class Measure:
    """Images and labels that are passed again and again, in eval mode, in batches.

    Images of a set are read when they are first needed: a rough look does not wait for all of them.

    Parameters
    ----------
    model : Module
        A private copy.
    images : Tensor or Stream
    labels : class index of each image
    batch_size : int
    """

    def __init__(self, model: nn.Module, images: Tensor | Stream, labels: Any, batch_size: int) -> None:
        self.model, self.batch_size, self.count = model, batch_size, len(images)
        self.labels = checked_labels(labels, self.count).to(_device(model))
        self._given = _fitting(images)
        self.tick: Callable[[], None] = lambda: None
        self._writes: bool | None = None

    @cached_property
    def images(self) -> Tensor:
        """All of them."""
        return self._laid(self._given[0 : self.count])

    @cached_property
    def _few(self) -> tuple[Tensor, Tensor]:
        """A few images from all over the set, and their labels."""
        which = np.unique(np.linspace(0, self.count - 1, min(FEW, self.count)).round().astype(int)).tolist()
        return self._laid(torch.stack([self._given[index] for index in which])), self.labels[which]

    def _laid(self, images: Tensor) -> Tensor:
        """In the layout that the model takes fastest."""
        last = images.ndim == 4 and is_fast_last(self.model)
        return images.contiguous(memory_format=torch.channels_last) if last else images

    @property
    def batches(self) -> int:
        """In how many parts all images pass."""
        return -(-self.count // self.batch_size)

    def scores(self, start: int, stop: int) -> Tensor:
        """Class scores in float64."""
        return self._scores(self.images[start:stop], self.labels[start:stop])

    def _scores(self, images: Tensor, labels: Tensor) -> Tensor:
        found = first_tensor(self._output(images))
        if found is None or found.ndim != 2 or len(found) != len(labels) or found.shape[1] < 2:
            raise UnsupportedModel("the model must return scores [batch, class] of at least two classes.")
        if int(labels.max()) >= found.shape[1]:
            raise OptionError(f"labels must be from 0 to {found.shape[1] - 1}; got {int(labels.max())}.")
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
    def __call__(self) -> Level:
        """Level of all images."""
        loss, right = 0.0, 0
        for start in range(0, self.count, self.batch_size):
            stop = min(start + self.batch_size, self.count)
            scores, labels = self.scores(start, stop), self.labels[start:stop]
            loss += float(F.cross_entropy(scores, labels, reduction="sum"))
            right += int((scores.argmax(1) == labels).sum())
            self.tick()
        return Level(loss / self.count, right / self.count)

    @torch.no_grad()
    def rough(self) -> Level:
        """Level of a few images."""
        images, labels = self._few
        scores = self._scores(images, labels)
        return Level(float(F.cross_entropy(scores, labels)), float((scores.argmax(1) == labels).double().mean()))


def _device(model: nn.Module) -> torch.device:
    return next(model.parameters()).device


def _fitting(images: Tensor | Stream) -> Tensor | Stream:
    """The images, if all of them fit into memory together, since every point of a landscape needs them."""
    size = len(images) * int(np.prod(images.shape[1:])) * images.dtype.itemsize
    if isinstance(images, Stream) and size > MEMORY:
        most = len(images) * MEMORY // size
        raise OptionError(f"images must fit into memory together; these {len(images)} do not. Try {most}.")
    return images


def checked_labels(labels: Any, count: int) -> Tensor:
    """Labels as int64 [image]."""
    values = labels.detach().cpu().numpy() if isinstance(labels, Tensor) else np.asarray(labels)
    if values.shape != (count,) or not np.issubdtype(values.dtype, np.integer):
        raise OptionError(f"labels must be one class index for each of the {count} images; got {shown(labels)}.")
    if values.min() < 0:
        raise OptionError(f"labels must not be negative; got {int(values.min())}.")
    return torch.from_numpy(values.astype(np.int64))
