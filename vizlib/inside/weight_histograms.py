"""How the weights of a network are distributed, layer by layer, and how many of them are next to nothing."""

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.core.copies import private_copy
from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.technique import Progress, Range, bare_module, silent, technique
from vizlib.inside.filters import WITH_KERNELS, _weight
from vizlib.inside.results_weights import ComparedWeights, WeightHistograms

RELATIVE, THRESHOLD, BINS = 1e-3, 1e-3, 81
LAYERS_WITH_WEIGHTS = (*WITH_KERNELS, nn.Conv3d, nn.ConvTranspose3d)


class Held(NamedTuple):
    """The weights of one layer."""

    name: str
    kind: str
    values: Tensor


@technique
def weights(
    model: nn.Module,
    *,
    relative: Annotated[float, Range(0, 1), "Near zero is below this share of the layer's standard deviation."] = 1e-3,
    threshold: Annotated[
        float, Range(0, 1), "A second limit, the same for every layer, in units of the weights."
    ] = 1e-3,
    bins: Annotated[int, Range(3, 501), "Number of bars of each histogram; an even number is raised by one."] = BINS,
    progress: Progress = silent,
) -> WeightHistograms:
    """How the weights of each layer are distributed, and which share of them is next to nothing.

    Parameters
    ----------
    model : Module or Model
    relative, threshold : float
    bins : int
    progress : callable
        Called as ``progress(done, total)``; cancels by raising.

    Returns
    -------
    WeightHistograms
        Counts, mean, spread, shares near zero and norms of each layer. What is counted is what the layer computes
        with: after weight normalisation or pruning, where there is one.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    A small weight may still matter where a normalisation follows, which scales it up, and where its input is large.
    Gradient steps with a penalty on magnitudes (L1) leave many weights close to zero, seldom exactly at it; a penalty
    on squares (L2) makes all of them smaller without emptying the rest.

    References
    ----------
    Han, Pool, Tran, Dally (2015), Learning both weights and connections for efficient neural networks,
    arXiv:1506.02626.
    """
    return _histograms(_held(model), None, bins, relative, threshold, progress)


def compared_weights(
    models: Mapping[str, Any],
    *,
    relative: float = RELATIVE,
    threshold: float = THRESHOLD,
    bins: int = BINS,
    progress: Progress = silent,
) -> ComparedWeights:
    """The weights of networks with the same layers in the same bins, one network beside the other.

    Parameters
    ----------
    models : mapping of str to Module or Model
        What tells each network apart, and the network.
    relative, threshold, bins, progress
        As of :func:`weights`.

    Raises
    ------
    ValueError
        When there is no network, or their layers differ.
    """
    if not models:
        raise ValueError("Give at least one network to compare.")
    copies = [private_copy(bare_module(model)) for model in models.values()]
    held = [_held(copy) for copy in copies]
    if any([(h.name, h.values.shape) for h in other] != [(h.name, h.values.shape) for h in held[0]] for other in held):
        raise ValueError("The networks must have the same layers for their weights to be compared.")
    spans = [max(_span(layer) for layer in same) for same in zip(*held, strict=True)]
    found = [_histograms(one, spans, bins, relative, threshold, progress) for one in held]
    names = ("counts", "std", "near_zero", "below", "zeros", "l1", "l2")
    stacked: dict[str, Any] = {name: np.stack([getattr(one, name) for one in found]) for name in names}
    first = found[0]
    same: dict[str, Any] = {
        name: getattr(first, name) for name in ("layers", "edges", "sizes", "relative", "threshold", "notes")
    }
    return ComparedWeights(models=tuple(models), **stacked, **same)


def _held(model: nn.Module) -> list[Held]:
    """The weights of every layer, each once: layers may share them."""
    once = dict(reversed(list(_every(model))))
    if not once:
        raise UnsupportedModel("the model has no layer with weights; there is nothing to count.")
    return list(once.values())[::-1]


def _every(model: nn.Module) -> Iterator[tuple[int, Held]]:
    """Weights with what tells whether they are the same ones."""
    for name, module in model.named_modules():
        if ".parametrizations." in f".{name}.":
            continue  # what a weight is made from; the weight itself is counted
        if isinstance(module, LAYERS_WITH_WEIGHTS) and isinstance(module.weight, Tensor) and module.weight.numel():
            stored = module._parameters.get("weight")
            kind = type(module).__name__.removeprefix("Parametrized")
            yield id(module if stored is None else stored), Held(name or kind, kind, _weight(module))
            continue
        for own, parameter in module.named_parameters(recurse=False):
            if sum(size > 1 for size in parameter.shape) > 1 and parameter.is_floating_point():
                whole = name if own == "weight" and name else f"{name}.{own}".lstrip(".")
                yield id(parameter), Held(whole, type(module).__name__, parameter)


def _histograms(
    held: list[Held], spans: list[float] | None, bins: int, relative: float, threshold: float, progress: Progress
) -> WeightHistograms:
    progress(0, len(held))
    rows = []
    for done, layer in enumerate(held, start=1):
        rows.append(_row(layer, spans[done - 1] if spans else _span(layer), bins | 1, relative, threshold))
        progress(done, len(held))
    columns: dict[str, Any] = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    names, kinds = tuple(layer.name for layer in held), tuple(layer.kind for layer in held)
    return WeightHistograms(layers=names, kinds=kinds, **columns, relative=relative, threshold=threshold)


def _span(layer: Held) -> float:
    """The largest magnitude; it must be a number."""
    if layer.values.is_meta:
        raise OptionError("the model must hold numbers, but it is on the meta device; load its values.")
    most = float(layer.values.detach().abs().max())
    if not np.isfinite(most):
        raise UnsupportedModel(f"layer {layer.name!r} has weights that are not finite; load other weights.")
    return most or 1.0


def _row(layer: Held, span: float, bins: int, relative: float, threshold: float) -> dict[str, Any]:
    stored = layer.values.detach().flatten().cpu()
    values = stored if stored.dtype in (torch.float32, torch.float64) else stored.float()
    size, number = values.abs(), values.numel()
    mean = float(values.sum(dtype=torch.float64)) / number
    std = math.sqrt(float((values - mean).square_().sum(dtype=torch.float64)) / number)
    zeros = number - int(values.count_nonzero())
    return {
        "counts": torch.histc(values, bins, -span, span).long().numpy(),
        "edges": np.linspace(-span, span, bins + 1),
        "sizes": number,
        "mean": mean,
        "std": std,
        "near_zero": max(int((size < relative * std).sum()), zeros) / number,
        "below": max(int((size < threshold).sum()), zeros) / number,
        "zeros": zeros / number,
        "l1": float(size.sum(dtype=torch.float64)),
        "l2": math.sqrt(float(size.square_().sum(dtype=torch.float64))),
    }
