"""The digest of a model: which weights, in which network."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn


def model_digest(module: nn.Module, build: str = "", arguments: Mapping[str, Any] | None = None) -> str:
    """SHA-256 over names, types, shapes and bytes of all parameters and buffers, and over how the network is built.

    The same on every device, and whatever file the weights came from.
    """
    digest = hashlib.sha256(json.dumps([build, dict(arguments or {})], sort_keys=True, default=str).encode())
    tensors = dict(module.named_parameters(remove_duplicate=False)) | dict(module.named_buffers(remove_duplicate=False))
    for name in sorted(tensors):
        tensor = tensors[name].detach()
        digest.update(f"\n{name} {tensor.dtype} {list(tensor.shape)}\n".encode())
        digest.update(_bytes(tensor))
    return digest.hexdigest()


def _bytes(tensor: Tensor) -> Any:
    flat = tensor.resolve_conj().resolve_neg().cpu().contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy()
