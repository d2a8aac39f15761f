"""The kernels of a layer, as they are stored in its weights."""

import math
from typing import Annotated

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.layers import find_layer
from vizlib.core.technique import Layer, Progress, silent, technique
from vizlib.inside.results_units import Filters

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d)
WITH_KERNELS = (*CONVOLUTIONS, *TRANSPOSED, nn.Linear)
DEAD = 1e-3  # of the largest norm
ALIKE = 0.95  # cosine of duplicates
MOST_PAIRS = 10_000


@technique
def filters(
    model: nn.Module,
    *,
    layer: Annotated[Layer, "Convolution or linear layer whose kernels are shown, by name."],
    progress: Progress = silent,
) -> Filters:
    """What the kernels of a layer look like, which of them are dead, and which are the same twice.

    Parameters
    ----------
    model : Module or Model
    layer : str
        A convolution, also grouped, transposed or of one dimension, or a linear layer. Of a block, its first one.
    progress : callable
        Called as ``progress(done, total)``; cancels by raising.

    Returns
    -------
    Filters
        ``weights`` [filters, channels, height, width] with ``norms``, ``order``, ``dead`` and ``duplicates``. A
        linear layer that reads the image itself has one template a class in the shape of the image; any other has
        kernels of 1 x 1.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    Only kernels on the image's own channels have colours. A deeper kernel has one slice for every channel that it
    reads, and a slice means nothing without knowing what that channel stands for. Small weights may still matter
    where a normalisation follows, which scales them up.

    References
    ----------
    Krizhevsky, Sutskever, Hinton (2012), ImageNet classification with deep convolutional neural networks, figure 3.
    Yosinski et al. (2015), Understanding neural networks through deep visualization, arXiv:1506.06579.
    """
    if layer is None:
        raise OptionError("layer must be given; it is the name of a layer.")
    progress(0, 2)
    name, found = _holder(model, layer)
    weights, notes = _kernels(model, name, found)
    if name != layer:
        notes.insert(0, f"{layer} is a block; these are the kernels of {name}.")
    progress(1, 2)
    norms = np.linalg.norm(weights.reshape(len(weights), -1), axis=1)
    dead = norms <= DEAD * norms.max()
    pairs, cosines = _duplicates(weights, norms, dead)
    if len(pairs) == MOST_PAIRS:
        notes.append(f"There are more duplicates; the {MOST_PAIRS:,} most alike pairs are listed.")
    progress(2, 2)
    return Filters(
        weights=weights,
        norms=norms,
        order=np.argsort(-norms, kind="stable"),
        dead=dead,
        duplicates=pairs,
        cosines=cosines,
        layer=name,
        kind=type(found).__name__,
        notes=tuple(notes),
    )


def _holder(model: nn.Module, layer: str) -> tuple[str, nn.Module]:
    """The layer itself, or the first layer with kernels inside it."""
    inside = find_layer(model, layer).named_modules()
    for name, module in inside:
        if isinstance(module, WITH_KERNELS) and isinstance(module.weight, Tensor):
            return f"{layer}.{name}" if name else layer, module
    near = [name for name, module in model.named_modules() if isinstance(module, WITH_KERNELS)]
    hint = f" Try {near[0]!r}." if near else ""
    raise UnsupportedModel(f"layer {layer!r} has no kernels: it is no convolution and no linear layer.{hint}")


def _kernels(model: nn.Module, name: str, layer: nn.Module) -> tuple[np.ndarray, list[str]]:
    weight = _weight(layer)
    if isinstance(layer, nn.Linear):
        return _templates(model, name, layer, weight)
    if weight.ndim == 3:
        weight = weight[:, :, None]
    groups = int(layer.groups)  # type: ignore[arg-type]
    if isinstance(layer, TRANSPOSED):  # stored as [inputs, outputs of a group, height, width]
        weight = weight.unflatten(0, (groups, -1)).transpose(1, 2).flatten(0, 1)
    notes = [f"{groups} groups: a filter sees the {weight.shape[1]} channels of its group."] if groups > 1 else []
    return _array(weight), notes


def _weight(layer: nn.Module) -> Tensor:
    """The weight that the layer computes with; weight norm, pruning and the like make it before each pass."""
    for hook in list(layer._forward_pre_hooks.values()):
        hook(layer, ())
    weight = layer.weight
    if weight.is_meta:
        raise OptionError("the model must hold numbers, but it is on the meta device; load its values.")
    return weight.detach()  # type: ignore[operator, no-any-return]


def _templates(model: nn.Module, name: str, layer: nn.Linear, weight: Tensor) -> tuple[np.ndarray, list[str]]:
    first = next(
        n
        for n, m in model.named_modules()
        if isinstance(m, WITH_KERNELS) or next(m.parameters(False), None) is not None
    )
    for channels in (3, 1):
        side = math.isqrt(layer.in_features // channels)
        if first == name and side > 1 and channels * side * side == layer.in_features:
            return _array(weight.unflatten(1, (channels, side, side))), ["One template a class, in the image's shape."]
    return _array(weight[:, :, None, None]), []


def _array(weight: Tensor) -> np.ndarray:
    kept = weight if weight.dtype in (torch.float32, torch.float64) else weight.float()
    return np.array(kept.cpu().numpy())


def _duplicates(weights: np.ndarray, norms: np.ndarray, dead: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of living filters in nearly the same direction; none where a filter is a single number."""
    alive = np.flatnonzero(~dead)
    flat = weights.reshape(len(weights), -1)[alive]
    if flat.shape[1] == 1 or len(alive) < 2:
        return np.zeros((0, 2), np.int64), np.zeros(0, weights.dtype)
    flat = flat / norms[alive, None]
    cosines = np.triu(flat @ flat.T, 1)
    first, second = np.nonzero(cosines > ALIKE)
    found = cosines[first, second]
    kept = np.argsort(-found, kind="stable")[:MOST_PAIRS]
    pairs = np.stack([alive[first[kept]], alive[second[kept]]], axis=1)
    return pairs.astype(np.int64), found[kept].clip(max=1)
