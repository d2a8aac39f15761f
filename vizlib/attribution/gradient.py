"""The gradient of a score with respect to the input."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.core.errors import UnsupportedModel
from vizlib.core.memory import Meter
from vizlib.core.passes import gradient_of
from vizlib.core.results import Attribution
from vizlib.core.targets import Target, choose, portions, scores_of
from vizlib.core.technique import Progress, silent, technique


@technique
def saliency(model: nn.Module, images: Tensor, target: Target = None, *, progress: Progress = silent) -> Attribution:
    """How the score of a class reacts to a small change of each input pixel.

    Parameters
    ----------
    model : Module or Model
    images : array [batch, channel, height, width]
        Normalised as the model expects.
    target : int, sequence of int, callable or None
        Class to explain; None is the predicted class of each image.
    progress : callable
        Called as ``progress(done, total)``; cancels by raising.

    Returns
    -------
    Attribution
        ``values`` [batch, channel, height, width]: the signed gradient, in logits per unit of normalised input.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    The gradient is local: it says what a tiny change would do, not what the object contributes. It is noisy by
    nature, and edges light up whether or not the model relies on them.

    References
    ----------
    Simonyan, Vedaldi, Zisserman (2014), Deep inside convolutional networks, arXiv:1312.6034, section 3.
    """
    found = input_gradient(model, images, target, progress)
    return found.attribution("saliency", "logit per unit of normalised input")


@dataclass(frozen=True)
class InputGradient:
    """Gradients of a batch with the classes and scores they belong to."""

    gradient: Tensor
    classes: Tensor
    scores: Tensor

    def attribution(self, technique: str, unit: str, notes: tuple[str, ...] = ()) -> Attribution:
        """The same as a result on the CPU."""
        return Attribution(
            values=array(self.gradient),
            target=array(self.classes),
            score=array(self.scores),
            technique=technique,
            unit=unit,
            signed=True,
            notes=notes,
        )


OnScores = Callable[[Tensor, Tensor], None]


def input_gradient(
    model: nn.Module, images: Tensor, target: Target, progress: Progress, on_scores: OnScores | None = None
) -> InputGradient:
    """d score / d image, a few images at a time; ``on_scores(scores, images)`` may look at each part in between."""
    meter, parts = Meter(model), []
    progress(0, len(images))
    for part, part_target, done in portions(images, target, meter.images_at_once):
        x = part.detach().requires_grad_()
        scores = scores_of(model, x)
        if on_scores is not None:
            on_scores(scores, x)
        chosen = choose(part_target, scores)
        explained = chosen.of(scores)
        gradient = gradient_of(explained, x)
        if gradient is None:
            raise UnsupportedModel("the score has no gradient with respect to the image. Try occlusion.")
        parts.append((gradient, chosen.classes, explained.detach()))
        progress(done, len(images))
    return InputGradient(*(torch.cat(column) for column in zip(*parts, strict=True)))


def array(tensor: Tensor) -> np.ndarray:
    """A tensor as an array on the CPU that owns its memory."""
    return np.array(tensor.detach().cpu().numpy())
