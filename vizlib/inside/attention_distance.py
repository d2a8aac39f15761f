"""How far every head of every block looks."""

from collections import defaultdict

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.core.blocks import some_blocks
from vizlib.core.memory import Meter
from vizlib.core.targets import portions
from vizlib.core.technique import Progress, silent, technique
from vizlib.inside.attention import look_through
from vizlib.inside.attention_layout import layout_of, mean_distance, uniform_distance
from vizlib.inside.attention_results import AttentionDistance
from vizlib.inside.attention_weights import Seen


@technique
def attention_distance(model: nn.Module, images: Tensor, *, progress: Progress = silent) -> AttentionDistance:
    """How far each attention head looks, block by block: one dot a head, in pixels of the input.

    Parameters
    ----------
    model : Module or Model
        As for ``attention``.
    images : array [batch, channel, height, width]
        Normalised as the model expects; the more of them, the less the dots depend on one picture.
    progress : callable
        Called as ``progress(done, total)`` with images; cancels by raising.

    Returns
    -------
    AttentionDistance
        ``distances`` of all heads, the number of each head's block in ``blocks``, and per block the distance of
        looking everywhere alike.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    A head far below the line looks at its neighbourhood, as a convolution does; one at the line may look everywhere
    alike, or at a few far places: the mean does not tell. Trained networks have heads of both kinds in early blocks;
    with random weights every head lies near the line. The class token is left out, and windows bound how far a head
    of Swin can look.

    References
    ----------
    Dosovitskiy et al. (2021), An image is worth 16x16 words, arXiv:2010.11929, figure 7 and appendix D.7.
    Raghu et al. (2021), Do vision transformers see like convolutional neural networks?, arXiv:2108.08810, section 4.
    """
    names, size = some_blocks(model), (images.shape[2], images.shape[3])
    found: dict[str, list[Tensor]] = defaultdict(list)
    uniform: dict[str, float] = {}

    def take(name: str, seen: Seen) -> None:
        layout = layout_of(model, name, seen, size)
        if name not in uniform:
            uniform[name] = uniform_distance(seen, layout)
        found[name].append(mean_distance(seen.weights, seen.keys, layout))

    meter = Meter(model)
    progress(0, len(images))
    for part, _, done in portions(images, None, meter.images_at_once):
        look_through(model, names, part, take)
        progress(done, len(images))
    means = [torch.cat(parts).mean(0).cpu().numpy() for parts in found.values()]
    return AttentionDistance(
        distances=np.concatenate(means),
        blocks=np.repeat(np.arange(len(means)), [len(heads) for heads in means]),
        uniform=np.array(list(uniform.values()), means[0].dtype),
        names=tuple(found),
        images=len(images),
        input_size=size,
    )
