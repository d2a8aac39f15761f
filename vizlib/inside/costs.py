"""Multiplications with addition (MACs) of an operation, from its shapes."""

import math
from collections.abc import Callable
from typing import Any

from torch import Tensor

Given = dict[str, Any]


def _convolution(given: Given, output: Tensor) -> int:
    """Each output (of a transposed convolution: each input) takes part in one product per weight it meets."""
    places = given["input"] if given.get("transposed") else output
    return int(places.numel() * math.prod(given["weight"].shape[1:]))


def _two_matrices(left: str, right: str) -> Callable[[Given, Tensor], int]:
    return lambda given, output: int(given[left].numel() * given[right].shape[-1])


def _attention(given: Given, output: Tensor) -> int:
    pairs = math.prod(given["query"].shape[:-1]) * given["key"].shape[-2]
    return int(pairs * (given["query"].shape[-1] + given["value"].shape[-1]))


COSTS: dict[str, Callable[[Given, Tensor], int]] = {
    **dict.fromkeys(("convolution", "_convolution", "mkldnn_convolution", "cudnn_convolution"), _convolution),
    "mm": _two_matrices("self", "mat2"),
    "bmm": _two_matrices("self", "mat2"),
    "addmm": _two_matrices("mat1", "mat2"),
    "baddbmm": _two_matrices("batch1", "batch2"),
    **dict.fromkeys(
        (
            "_scaled_dot_product_flash_attention_for_cpu",
            "_scaled_dot_product_flash_attention",
            "_scaled_dot_product_efficient_attention",
            "_scaled_dot_product_cudnn_attention",
        ),
        _attention,
    ),
}


def macs(name: str, given: Given, output: Any) -> int:
    """Multiplications with addition of one operation; 0 for everything but convolutions and matrix products."""
    return COSTS[name](given, output) if name in COSTS and isinstance(output, Tensor) else 0
