"""Reading one layer again and again, without running what comes after it."""

from typing import Any

from torch import Tensor, nn

from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.layers import find_layer, record
from vizlib.core.passes import output_of
from vizlib.core.positions import Positions, positions
from vizlib.core.targets import scores_of


class Enough(BaseException):
    """Ends a forward pass once the layer that is read has run."""


class Reader:
    """The output of a layer of a private copy as [batch, channel, height, width].

    The first pass goes to the end and counts how often the layer runs; the later ones end after its last run. A layer
    without positions has one.
    """

    def __init__(self, model: nn.Module, layer: str) -> None:
        self.model, self.layer = model, layer
        find_layer(model, layer)
        self.calls = 0
        self.layout: Positions | None = None

    def __call__(self, x: Tensor) -> Tensor:
        left = self.calls
        with record(self.model, self.layer) as recording:
            handle = find_layer(self.model, self.layer).register_forward_hook(_countdown(left))
            try:
                output_of(self.model, x)
            except Enough:
                pass
            finally:
                handle.remove()
        output = recording.last(self.layer)
        self.calls = self.calls or len(recording.outputs[self.layer])
        return self._by_channel(output, x)

    def _by_channel(self, output: Tensor, x: Tensor) -> Tensor:
        if output.ndim == 2:
            return output[:, :, None, None]
        if output.ndim == 4 and output.shape[2:] == (1, 1):
            return output
        if self.layout is None:
            self.layout = positions(self.model, self.layer, output, (x.shape[2], x.shape[3]))
        return self.layout.channels_first(output)


def _countdown(left: int) -> Any:
    def count(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Enough

    return count


class Scores:
    """The scores of a model as [batch, class, 1, 1]."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model

    def __call__(self, x: Tensor) -> Tensor:
        scores = scores_of(self.model, x)
        if scores.ndim != 2:
            raise UnsupportedModel(f"the model returns scores of shape {list(scores.shape)}, not [batch, class].")
        return scores[:, :, None, None]


def check_unit(unit: int, count: int) -> None:
    """OptionError when a layer has no such unit."""
    if unit >= count:
        raise OptionError(f"unit must be from 0 to {count - 1} for this layer; got {unit}.")
