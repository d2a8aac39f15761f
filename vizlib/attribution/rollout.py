"""Attention rollout: attention followed through all blocks, from the class token back to the patches."""

from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from vizlib.attribution.cam import upsampled
from vizlib.attribution.gradient import array
from vizlib.core.blocks import some_blocks
from vizlib.core.errors import UnsupportedModel
from vizlib.core.memory import Meter
from vizlib.core.results import Attribution
from vizlib.core.targets import Target, choose, portions
from vizlib.core.technique import Progress, Range, silent, technique
from vizlib.inside.attention import look_through
from vizlib.inside.attention_layout import Layout, layout_of
from vizlib.inside.attention_weights import Seen

Heads = Literal["mean", "max", "min"]
NO_CLASS_NEEDED = "Attention rollout is the same for every class: it follows attention only, not the score."
FROM_PATCHES = "The model has no class token, so the map is the mean over all patches."


@technique
def attention_rollout(
    model: nn.Module,
    images: Tensor,
    target: Target = None,
    *,
    heads: Annotated[Heads, "How the heads of a block become one."] = "mean",
    discard: Annotated[float, Range(0.0, 0.99), "Share of each block's smallest weights that is set to zero."] = 0.0,
    progress: Progress = silent,
) -> Attribution:
    """From which patches attention leads to the class token, followed through all blocks.

    Parameters
    ----------
    model : Module or Model
        A vision transformer whose blocks all look at the same tokens, as ViT does and Swin does not.
    images : array [batch, channel, height, width]
        Normalised as the model expects.
    target : int, sequence of int, callable or None
        Says whose score is told; the map is the same for every class.
    heads : {"mean", "max", "min"}
        The mean over heads is the paper's; the others are later variants.
    discard : float
        Share of the smallest weights of each block that is set to zero; 0 is the paper's.
    progress : callable
        Called as ``progress(done, total)`` with images; cancels by raising.

    Returns
    -------
    Attribution
        ``coarse`` [batch, 1, h, w], one value a patch, summing to at most one; ``values`` [batch, 1, height, width] its
        bilinear upsampling.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    Of every block half the attention and half the identity, for the skip connection, are taken and multiplied from the
    first block up. The map is the same for every class. It knows nothing of what the values and the
    MLPs do with what is attended to, nor of signs: a patch that speaks against the class is as bright as one that
    speaks for it.

    References
    ----------
    Abnar, Zuidema (2020), Quantifying attention flow in transformers, arXiv:2005.00928, section 3, equation 1.
    """
    names, size = some_blocks(model), (images.shape[2], images.shape[3])
    meter, parts = Meter(model), []
    progress(0, len(images))
    for part, part_target, done in portions(images, target, meter.images_at_once):
        product = Product(model, size, heads, discard)
        scores = look_through(model, names, part, product.take)
        chosen = choose(part_target, scores)
        parts.append((product.map(), chosen.classes, chosen.of(scores).detach()))
        progress(done, len(images))
    coarse, classes, told = (torch.cat(column) for column in zip(*parts, strict=True))
    without = () if product.has_class_token else (FROM_PATCHES,)
    return Attribution(
        values=array(upsampled(coarse, images)),
        target=array(classes),
        score=array(told),
        technique="attention_rollout",
        unit="share of the attention",
        signed=False,
        coarse=array(coarse),
        notes=(NO_CLASS_NEEDED, *without),
    )


class Product:
    """The product of all blocks so far, as the blocks run."""

    def __init__(self, model: nn.Module, size: tuple[int, int], heads: Heads, discard: float) -> None:
        self.model, self.size, self.heads, self.discard = model, size, heads, discard
        self.rolled: Tensor | None = None
        self.layout: Layout | None = None

    def take(self, name: str, seen: Seen) -> None:
        """Multiply the next block from the left."""
        before = self.rolled
        if seen.keys is not None or (before is not None and before.shape[-1] != seen.weights.shape[-1]):
            raise UnsupportedModel(
                "rollout needs blocks that all look at the same tokens, as those of ViT; this model merges tokens or "
                "looks in windows. Try attention, block by block."
            )
        self.layout = self.layout or layout_of(self.model, name, seen, self.size)
        step = mixed(fused(seen.weights, self.heads), self.discard)
        self.rolled = step if before is None else step @ before

    @property
    def has_class_token(self) -> bool:
        """Whether the map begins at a class token."""
        return self.layout is not None and self.layout.special > 0

    def map(self) -> Tensor:
        """Patches that the class token, or else the mean patch, attends to [batch, 1, h, w]."""
        if self.rolled is None or self.layout is None:
            raise UnsupportedModel("no attention block is used when the model sees an image.")
        row = self.rolled[:, 0] if self.has_class_token else self.rolled.mean(1)
        return row[:, self.layout.special :].reshape(-1, 1, *self.layout.grid)


def fused(weights: Tensor, heads: Heads) -> Tensor:
    """The heads of a block as one [batch, query, key]."""
    if heads == "mean":
        return weights.mean(1)
    return weights.amax(1) if heads == "max" else weights.amin(1)


def mixed(weights: Tensor, discard: float) -> Tensor:
    """Half the attention, its smallest weights discarded, and half the identity; rows sum to one."""
    lowest = int(discard * weights[0].numel())
    if lowest:
        limit = weights.flatten(1).kthvalue(lowest, dim=1).values[:, None, None]
        weights = weights.masked_fill(weights <= limit, 0)
    half = 0.5 * weights + 0.5 * torch.eye(weights.shape[-1], dtype=weights.dtype, device=weights.device)
    return half / half.sum(-1, keepdim=True)
