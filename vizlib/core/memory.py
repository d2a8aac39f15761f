"""How many images fit into one forward and backward pass."""

from typing import Any

import torch
from torch import nn

from vizlib.core.passes import first_tensor

BUDGET = 1 << 30  # bytes that the layers' outputs may take together
MOST = 16


class Meter:
    """Measures on the first image how many images fit at once; the same on every machine.

    Attached to a private copy before its first pass, which must be of one image.
    """

    def __init__(self, private: nn.Module) -> None:
        self.taken = 0
        layers = [m for m in private.modules() if not any(m.children()) and not isinstance(m, torch.jit.ScriptModule)]
        self.handles = [layer.register_forward_hook(self._count) for layer in layers]

    def _count(self, module: nn.Module, args: Any, output: Any) -> None:
        tensor = first_tensor(output)
        self.taken += tensor.nbytes if tensor is not None else 0

    def images_at_once(self) -> int:
        """How many images' activations stay within the budget; measuring ends."""
        for handle in self.handles:
            handle.remove()
        return max(1, min(MOST, BUDGET // max(self.taken, 1)))
