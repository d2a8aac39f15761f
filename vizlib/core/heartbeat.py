"""Progress that goes on within one pass over a large model, so that every technique can be cancelled soon."""

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from vizlib.core.passes import first_tensor
from vizlib.core.results import Result

INTERVAL = 0.25  # seconds
PREVIEWS = 0.4  # seconds, at least, from one preview to the next


class Heartbeat:
    """A ``progress`` that repeats its last report while the layers of a model run, forward and backward."""

    def __init__(self, progress: Any) -> None:
        self.progress = progress
        self.last: tuple[int, int] | None = None
        self.time = time.monotonic()
        self.shown = -float("inf")

    def __call__(self, done: int, total: int) -> None:
        self.last, self.time = (done, total), time.monotonic()
        try:
            self.progress(done, total)
        except (RuntimeError, AssertionError) as stop:  # which would else be taken for the model's
            stop.stops = True  # type: ignore[union-attr]
            raise

    def beat(self) -> None:
        """Report again when the last report is older than the interval."""
        if self.last is not None and time.monotonic() - self.time > INTERVAL:
            self(*self.last)

    def show(self, make: Callable[[], Result]) -> None:
        """Show what is known so far to a ``progress`` that has a method ``show``; ``make`` is not called otherwise."""
        watcher = getattr(self.progress, "show", None)
        if watcher is not None and time.monotonic() - self.shown >= PREVIEWS:
            watcher(make)
            self.shown = time.monotonic()

    def watch(self, private: nn.Module) -> None:
        """Beat whenever an innermost layer of a private copy has run, and when its gradient has come back."""
        for module in private.modules():
            if not any(module.children()) and not isinstance(module, torch.jit.ScriptModule):
                module.register_forward_hook(self._after_layer)

    def _after_layer(self, module: nn.Module, args: Any, output: Any) -> None:
        self.beat()
        tensor = first_tensor(output)
        if tensor is not None and tensor.grad_fn is not None:
            tensor.register_hook(self._after_gradient)

    def _after_gradient(self, gradient: Tensor) -> None:
        self.beat()
