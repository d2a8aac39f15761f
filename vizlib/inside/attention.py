"""Where the tokens of a vision transformer look, head by head."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.core.blocks import find_block
from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.memory import Meter
from vizlib.core.options import Block
from vizlib.core.targets import portions, scores_of
from vizlib.core.technique import Progress, silent, technique
from vizlib.inside.attention_layout import layout_of, mean_distance
from vizlib.inside.attention_results import Attention
from vizlib.inside.attention_weights import Seen, Take, watching

LARGEST = 1 << 30  # bytes of the weights of one result
PADDED = 1e-3  # share of the attention on padding that is worth a note
_PADDING = "The windows reach beyond the image: {share:.1%} of the attention goes to padding."


@technique
def attention(
    model: nn.Module,
    images: Tensor,
    *,
    block: Block = None,
    progress: Progress = silent,
) -> Attention:
    """Where each token of an attention block looks, head by head.

    Parameters
    ----------
    model : Module or Model
        With nn.MultiheadAttention (torchvision's ViT), torchvision's Swin, Swin V2 or MaxViT, or modules with ``qkv``,
        ``proj`` and ``num_heads`` as in timm.
    images : array [batch, channel, height, width]
        Normalised as the model expects.
    block : str, optional
        Name of the attention module, or of a layer with a single one inside; the last one when empty.
    progress : callable
        Called as ``progress(done, total)`` with images; cancels by raising.

    Returns
    -------
    Attention
        ``weights`` [batch, head, query, key], rows summing to one; of windows and grids every query is at its place
        in the image, and ``keys`` tells where its keys are.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    A bright patch is one that the query reads from, in this head and block; what it reads there, and whether the score
    depends on it, attention does not tell. From the second block on a token already holds something of many patches.
    Every row sums to one, so a head that has nothing to look for still looks somewhere: often at the class token or at
    a few patches of the background.

    References
    ----------
    Dosovitskiy et al. (2021), An image is worth 16x16 words, arXiv:2010.11929, section 4.5 and appendix D.7.
    Liu et al. (2021), Swin Transformer, arXiv:2103.14030, section 3.2.
    Tu et al. (2022), MaxViT: Multi-axis vision transformer, arXiv:2204.01697, section 3.2.
    Jain, Wallace (2019), Attention is not explanation, arXiv:1902.10186.
    """
    name, size = find_block(model, block), (images.shape[2], images.shape[3])
    meter, parts = Meter(model), []
    progress(0, len(images))
    for part, _, done in portions(images, None, meter.images_at_once):
        parts.append(_last(model, name, part))
        _check_size(parts[0].weights, len(images))
        progress(done, len(images))
    weights, first = torch.cat([seen.weights for seen in parts]), parts[0]
    layout = layout_of(model, name, first, size)
    distances = mean_distance(weights, first.keys, layout)
    return Attention(
        weights=_array(weights),
        keys=None if first.keys is None else _array(first.keys),
        grid=layout.grid,
        special=layout.special,
        distances=_array(distances),
        block=name,
        input_size=size,
        notes=_notes(weights, first.keys),
    )


def _last(model: nn.Module, name: str, images: Tensor) -> Seen:
    """What the block sees in its last call, of images that it keeps apart."""
    found: list[Seen] = []
    look_through(model, [name], images, lambda _, seen: found.append(seen))
    if not found:
        raise UnsupportedModel(f"block {name!r} is not used when the model sees an image; choose another block.")
    return found[-1]


def look_through(model: nn.Module, names: Sequence[str], images: Tensor, take: Take) -> Tensor:
    """Scores of the images; ``take`` gets what every named block sees on the way."""

    def checked(name: str, seen: Seen) -> None:
        if len(seen.weights) != len(images):
            raise UnsupportedModel(f"block {name!r} mixes images or windows; choose another block.")
        take(name, seen)

    with torch.no_grad(), watching(model, names, checked):
        return scores_of(model, images)


def _check_size(weights: Tensor, images: int) -> None:
    if weights.nbytes // len(weights) * images > LARGEST:
        most = max(1, LARGEST // (weights.nbytes // len(weights)))
        raise OptionError(f"images: the weights of so many take too much memory; give at most {most} at a time.")


def _notes(weights: Tensor, keys: Tensor | None) -> tuple[str, ...]:
    if keys is None:
        return ()
    share = float(weights.sum((0, 1))[keys < 0].sum() / weights.sum())
    return (_PADDING.format(share=share),) if share > PADDED else ()


def _array(tensor: Tensor) -> np.ndarray:
    return np.ascontiguousarray(tensor.cpu().numpy())
