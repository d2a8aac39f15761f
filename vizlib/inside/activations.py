"""What a layer returns for images."""

from typing import Annotated

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.core.errors import OptionError
from vizlib.core.technique import Layer, Progress, Range, silent, technique
from vizlib.inside.maps import Maps
from vizlib.inside.results_units import Activations


@technique
def activations(
    model: nn.Module,
    images: Tensor,
    *,
    layer: Annotated[Layer, "Layer whose channels are shown, by name."],
    batch_size: Annotated[int, Range(1, 1024), "Images in one forward pass; changes the speed only."] = 16,
    progress: Progress = silent,
) -> Activations:
    """What every channel of a layer answers to the images, and which channels are silent.

    Parameters
    ----------
    model : Module or Model
    images : array [batch, channel, height, width]
        Normalised as the model expects.
    layer : str
        Channels first, channels last or tokens; of a layer without positions, one value a channel.
    batch_size : int
    progress : callable
        Called as ``progress(done, total)`` with images; cancels by raising.

    Returns
    -------
    Activations
        ``values`` [batch, channel, height, width] on the layer's own grid, and per channel ``mean``, ``maximum``,
        ``sparsity`` and ``dead`` over the batch.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    A bright place says that the channel answers there, not that the score depends on it. Drawn over the image, a map
    is stretched: what a unit saw is its receptive field, which may be far larger than its cell. A channel that is
    silent for these images may answer to others.

    References
    ----------
    Zeiler, Fergus (2014), Visualizing and understanding convolutional networks, arXiv:1311.2901.
    Yosinski et al. (2015), Understanding neural networks through deep visualization, arXiv:1506.06579, section 2.
    """
    if layer is None:
        raise OptionError("layer must be given; it is the name of a layer.")
    maps = Maps(model, layer)
    parts: list[tuple[Tensor, Tensor | None]] = []
    progress(0, len(images))
    for start in range(0, len(images), batch_size):
        found, special = maps.of(images[start : start + batch_size])
        parts.append((found.cpu(), None if special is None else special.cpu()))
        progress(min(start + batch_size, len(images)), len(images))
    values = np.ascontiguousarray(torch.cat([found for found, _ in parts]).numpy())
    aside = [special for _, special in parts if special is not None]
    zeros = values == 0
    return Activations(
        values=values,
        mean=values.mean((0, 2, 3)),
        maximum=values.max((0, 2, 3)),
        sparsity=zeros.mean((0, 2, 3)).astype(values.dtype),
        dead=zeros.all((0, 2, 3)),
        special=np.array(torch.cat(aside).numpy()) if aside else None,
        layer=layer,
        input_size=(images.shape[2], images.shape[3]),
        notes=tuple(maps.notes),
    )
