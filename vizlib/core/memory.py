"""How many images fit into one forward and backward pass."""

from typing import Any

import torch
from torch import Tensor, nn

from vizlib.core.passes import first_tensor, output_of

BUDGET = 1 << 30  # bytes that the layers' outputs may take together
MOST = 16


def images_at_once(model: nn.Module, images: Tensor) -> int:
    """Number of images whose activations stay within the budget; the same on every machine.

    The first image is shown to the private copy once, unless it is the only one.
    """
    if len(images) == 1:
        return 1
    taken = [0]

    def count(module: nn.Module, args: Any, output: Any) -> None:
        tensor = first_tensor(output)
        taken[0] += tensor.nbytes if tensor is not None else 0

    layers = [m for m in model.modules() if not any(m.children()) and not isinstance(m, torch.jit.ScriptModule)]
    handles = [layer.register_forward_hook(count) for layer in layers]
    with torch.no_grad():
        output_of(model, images[:1])
    for handle in handles:
        handle.remove()
    return max(1, min(MOST, BUDGET // max(taken[0], 1)))
