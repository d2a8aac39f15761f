"""Random directions in the space of weights, normalised filter by filter (Li et al. 2018)."""

import torch
from torch import Tensor, nn

from vizlib.landscapes.weights import Tensors

TINY = 1e-10
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
NORMS = (
    nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm, nn.LocalResponseNorm,
)  # fmt: skip
STILL = "does not move"
RULES = {
    "convolution": "each output filter as long as its weights",
    "transposed convolution": "each output filter as long as its weights",
    "linear": "each row as long as its weights",
    "attention": "each row of the projections as long as its weights",
    "embedding": "each row as long as its weights",
    "norm": STILL,
    "bias": STILL,
    "vector": STILL,
    "other": "each slice of the first axis as long as its weights",
}


def kinds(model: nn.Module) -> dict[str, tuple[str, int]]:
    """Kind of every parameter by name, and into how many groups its filters are split."""
    found: dict[str, tuple[str, int]] = {}
    for prefix, module in model.named_modules():
        for name, parameter in module._parameters.items():
            if parameter is not None:
                full = f"{prefix}.{name}" if prefix else name
                found[full] = (_kind(module, full, parameter), getattr(module, "groups", 1))
    return found


def _kind(module: nn.Module, name: str, parameter: Tensor) -> str:
    if isinstance(module, NORMS):
        return "norm"
    if name.rpartition(".")[2].endswith("bias"):
        return "bias"
    if parameter.ndim <= 1:
        return "vector"
    table = (
        (CONVOLUTIONS, "convolution"),
        (TRANSPOSED, "transposed convolution"),
        (nn.MultiheadAttention, "attention"),
        ((nn.Embedding, nn.EmbeddingBag), "embedding"),
        (nn.Linear, "linear"),
    )
    found = next((kind for classes, kind in table if isinstance(module, classes)), "other")
    inside_attention = found == "linear" and isinstance(module, nn.modules.linear.NonDynamicallyQuantizableLinear)
    return "attention" if inside_attention else found


def rules(model: nn.Module) -> tuple[tuple[str, str, int, int], ...]:
    """The rule of each kind of parameter in the model: kind, rule, tensors, numbers."""
    found = kinds(model)
    sizes = {name: p.numel() for name, p in model.named_parameters() if p.is_floating_point()}
    table = []
    for kind, rule in RULES.items():
        names = [name for name in sizes if found.get(name, ("other", 1))[0] == kind]
        if names:
            table.append((kind, rule, len(names), sum(sizes[name] for name in names)))
    return tuple(table)


def random_direction(model: nn.Module, start: Tensors, generator: torch.Generator) -> dict[str, Tensor]:
    """One direction: Gaussian, each filter scaled to the length of the model's; parameters that stay are left out.

    References
    ----------
    Li et al. (2018), Visualizing the loss landscape of neural nets, arXiv:1712.09913, section 4.
    """
    found, direction = kinds(model), {}
    for name, weights in start.items():
        kind, groups = found.get(name, ("other", 1))
        raw = torch.randn(weights.shape, generator=generator, dtype=torch.float32, device="cpu").to(weights)
        if RULES[kind] != STILL and weights.ndim > 1:
            direction[name] = filter_normalised(raw, weights.detach(), groups if kind.startswith("trans") else 0)
    return direction


def filter_normalised(raw: Tensor, weights: Tensor, groups: int = 0) -> Tensor:
    """``raw`` times |filter of the weights| / |filter of raw|, filter by filter.

    Filters lie along the first axis; with ``groups`` given, along the second, as transposed convolutions have them.
    """
    if groups:
        shape = (groups, -1, *weights.shape[1:])
        split = filter_normalised(raw.reshape(shape).transpose(1, 2).flatten(0, 1), _flat(weights, shape))
        return split.unflatten(0, (groups, -1)).transpose(1, 2).reshape(weights.shape)
    axes = tuple(range(1, weights.ndim))
    lengths = (weights.square().sum(axes, keepdim=True).sqrt(), raw.square().sum(axes, keepdim=True).sqrt())
    return raw * (lengths[0] / (lengths[1] + TINY))


def _flat(weights: Tensor, shape: tuple[int, ...]) -> Tensor:
    return weights.reshape(shape).transpose(1, 2).flatten(0, 1)
