"""Images that are not all in memory at once: what a technique over many images gets when it is given an image set."""

from collections.abc import Callable
from typing import Any, Protocol, get_args, runtime_checkable

import torch
from torch import Tensor

from vizlib.core.errors import OptionError


@runtime_checkable
class Prepared(Protocol):
    """Images one at a time, as the network takes them: float32 or float64 [channel, height, width], of one size."""

    def __len__(self) -> int: ...

    def tensor(self, index: int) -> Tensor: ...


class Stream:
    """Stands where a batch of images stands: has its length and shape, and is cut like one, one part at a time.

    Parameters
    ----------
    source : Prepared
        Asked for the same image again when the same part is cut again; nothing is kept.
    checked : callable
        Makes a part clean: checks it and moves it to where the model lies.
    beat : callable
        Called between two images; cancels by raising.
    """

    def __init__(self, source: Prepared, checked: Callable[[Tensor], Tensor], beat: Callable[[], None]) -> None:
        if not len(source):
            raise OptionError("images must hold at least one image; the image set is empty.")
        self.source, self._checked, self._beat = source, checked, beat
        first = checked(source.tensor(0)[None])
        self.dtype = first.dtype
        self.shape = torch.Size((len(source), *first.shape[1:]))

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, which: int | slice) -> Tensor:
        """One image [channel, height, width], or a part [batch, channel, height, width]."""
        if not isinstance(which, slice):
            return self._part([int(which)])[0]
        return self._part(range(*which.indices(len(self))))

    def _part(self, numbers: Any) -> Tensor:
        return self._checked(torch.stack([self._one(number) for number in numbers]))

    def _one(self, number: int) -> Tensor:
        self._beat()
        tensor = self.source.tensor(number)
        if tensor.shape != self.shape[1:]:
            raise OptionError(
                f"images must all have the shape {list(self.shape[1:])} of the first; number {number} has "
                f"{list(tensor.shape)}. Prepare them with one model."
            )
        return tensor


def takes_stream(annotation: Any) -> bool:
    """Whether a parameter that is annotated like this may be a :class:`Stream`."""
    return annotation is Stream or Stream in get_args(annotation)
