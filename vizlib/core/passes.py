"""A forward and a backward pass through a private copy, with a model's refusal turned into a sentence."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import torch
from torch import Tensor, nn

from vizlib.core.errors import UnsupportedModel

HALVED = "The memory was too small for the batch size; smaller batches gave the same numbers."


def output_of(model: nn.Module, images: Tensor, *, spare: bool = False) -> Any:
    """What a private copy returns for the images.

    The model sees a clone, so that one that begins with an in-place operation leaves ``images`` alone; ``spare``
    images may be written.
    """
    with _refusals(f"the model cannot take images of shape {list(images.shape)}"):
        return model(images if spare else images.clone())


def gradient_of(explained: Tensor, x: Tensor, *, again: bool = False) -> Tensor | None:
    """d explained / d x, of a batch whose images do not see each other; None where there is no way from x.

    ``again`` keeps what another gradient of the same pass needs.
    """
    if not explained.requires_grad:
        return None
    with _refusals("the model's gradient cannot be computed"):
        return torch.autograd.grad(explained.sum(), x, allow_unused=True, retain_graph=again or None)[0]


@contextmanager
def _refusals(what: str) -> Iterator[None]:
    try:
        yield
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, AssertionError) as error:
        if stops(error):
            raise
        if "can't allocate memory" in str(error):
            raise torch.OutOfMemoryError(str(error)) from error
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise UnsupportedModel(f"{what}: {reason}") from error


def stops(error: BaseException) -> bool:
    """Whether an exception was raised by the caller's ``progress``, which means: stop."""
    return getattr(error, "stops", False)


def in_halves(seen: Callable[[Tensor], Tensor], images: Tensor, notes: list[str]) -> Tensor:
    """What a pass returns for a batch [batch, ...]; from its halves where the memory is too small, and a note says so.

    Raises
    ------
    torch.OutOfMemoryError
        When one image alone is too much.
    """
    if len(images) == 1:
        return seen(images)
    with suppress(torch.OutOfMemoryError):
        return seen(images)
    if HALVED not in notes:  # out of the handler, which would keep what the failed pass has taken
        notes.append(HALVED)
    return torch.cat([in_halves(seen, half, notes) for half in images.tensor_split(2)])


def first_tensor(output: Any) -> Tensor | None:
    """The tensor a layer returns, or the first of several."""
    if isinstance(output, Tensor):
        return output
    if isinstance(output, (tuple, list)) and output and isinstance(output[0], Tensor):
        return output[0]
    return None
