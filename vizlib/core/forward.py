"""One pass of a model over images, with a model's refusal turned into a sentence."""

from typing import Any

import torch
from torch import Tensor, nn

from vizlib.core.errors import UnsupportedModel


def output_of(model: nn.Module, images: Tensor) -> Any:
    """What a private copy returns for the images.

    The model sees a clone, so that one that begins with an in-place operation leaves ``images`` alone.
    """
    try:
        return model(images.clone())
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, AssertionError) as error:
        if stops(error):
            raise
        if "can't allocate memory" in str(error):
            raise torch.OutOfMemoryError(str(error)) from error
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise UnsupportedModel(f"the model cannot take images of shape {list(images.shape)}: {reason}") from error


def stops(error: BaseException) -> bool:
    """Whether an exception was raised by the caller's ``progress``, which means: stop."""
    return getattr(error, "stops", False)


def first_tensor(output: Any) -> Tensor | None:
    """The tensor a layer returns, or the first of several."""
    if isinstance(output, Tensor):
        return output
    if isinstance(output, (tuple, list)) and output and isinstance(output[0], Tensor):
        return output[0]
    return None
