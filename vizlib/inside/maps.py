"""A layer's output as maps with positions, a few images at a time."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from vizlib.core.errors import UnsupportedModel
from vizlib.core.layers import find_layer, record
from vizlib.core.passes import in_halves, output_of
from vizlib.core.positions import Positions, positions


@dataclass
class Maps:
    """What a layer of a private copy returns, channels first.

    ``notes`` tell what was done to the layer's output; known after the first batch.
    """

    model: nn.Module
    layer: str
    notes: list[str] = field(default_factory=list)
    laid_out: Positions | None = None

    def __post_init__(self) -> None:
        find_layer(self.model, self.layer)
        self._runs = 0

    def of(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """Maps of one batch, and the tokens that have no position."""
        output = in_halves(self._last_run, images, self.notes)
        if self.laid_out is None:
            self.laid_out = self._layout(output, images)
            if self._runs > 1:
                self.notes.append(f"The layer runs {self._runs} times; this is its last run.")
        if output.ndim == 2:
            output = output[:, :, None, None]
        if not bool(torch.isfinite(output).all()):
            raise UnsupportedModel(f"layer {self.layer!r} returns NaN or infinite values; choose an earlier layer.")
        special = output[:, : self.laid_out.special] if self.laid_out.special else None
        return self.laid_out.channels_first(output), special

    def _last_run(self, images: Tensor) -> Tensor:
        """What the layer returned last in one pass."""
        with torch.no_grad(), record(self.model, self.layer) as recording:
            output_of(self.model, images)
        self._runs = len(recording.outputs.get(self.layer, ()))
        return recording.last(self.layer)

    def _layout(self, output: Tensor, images: Tensor) -> Positions:
        if len(output) != len(images):
            raise UnsupportedModel(f"layer {self.layer!r} mixes the images of a batch; choose another layer.")
        if output.ndim == 2 or (output.ndim == 4 and output.shape[2:] == (1, 1)):
            self.notes.append("The layer has no positions: one value a channel for the whole image.")
            return Positions("nchw", 1, 1)
        found = positions(self.model, self.layer, output, (images.shape[2], images.shape[3]))
        if found.layout == "tokens":
            grid = f"{found.height} x {found.width}"
            aside = f"; {found.special} special tokens stand aside" if found.special > 1 else ""
            aside = "; the class token stands aside" if found.special == 1 else aside
            self.notes.append(f"Tokens are folded into their grid of {grid}{aside}.")
        return found
