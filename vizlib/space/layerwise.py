"""How alike the layers of one model, or of two, see the same images: a matrix of kernel alignments."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.core.copies import private_copy
from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.heartbeat import Heartbeat
from vizlib.core.layers import layer_names, record
from vizlib.core.passes import output_of
from vizlib.core.results import Result
from vizlib.core.stream import Stream
from vizlib.core.technique import Progress, Range, bare_module, checked_images, silent, technique

LEAST = 4  # images of a part: with fewer, the alignment without bias is not defined
DEEP = 6  # layers at which one looks no deeper into the nesting
SILENT = (nn.Dropout, nn.Dropout2d, nn.Identity, torch.jit.ScriptModule)


@dataclass(frozen=True, eq=False)
class LayerSimilarity(Result):
    """Linear centred kernel alignment of every layer of a model with every layer of another, or its own.

    Attributes
    ----------
    matrix : float64 array [layer, other layer]
        1 where one is the other turned; 0, or a little below, where they have nothing in common.
    layers, others : tuple of str
        From the first layer to the last.
    images : int
    of_itself : bool
        Whether both are one model.
    notes : tuple of str
    """

    matrix: np.ndarray
    layers: tuple[str, ...]
    others: tuple[str, ...]
    images: int
    of_itself: bool
    notes: tuple[str, ...] = ()


@technique
def layer_similarity(
    model: nn.Module,
    images: Tensor | Stream,
    second: Any = None,
    *,
    most: Annotated[int, Range(2, 60), "Layers of each model at most, evenly chosen from the first to the last."] = 16,
    batch_size: Annotated[
        int, Range(LEAST, 1024), "Images that are compared with each other at once; more make it steadier."
    ] = 64,
    progress: Progress = silent,
) -> LayerSimilarity:
    """Which layers, of one model or of two, see the same images alike.

    Parameters
    ----------
    model : Module or Model
    images : array [image, channel, height, width], or an image set
        At least 4. Of an image set, each of two loaded models gets the images as it expects them.
    second : Module or Model, optional
        Its layers are the columns; when left out, those of the model itself.
    most : int
    batch_size : int
        Of parts that are as equal as can be.
    progress : callable
        Called as ``progress(done, total)`` with images; cancels by raising.

    Returns
    -------
    LayerSimilarity
        Of all positions of each layer, side by side; memory does not grow with the number of images.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    High alignment means like distances between images, not like features and not like answers. A few directions in
    which images differ most decide it: a bright block across many layers may be one such direction.

    References
    ----------
    Kornblith, Norouzi, Lee, Hinton (2019), Similarity of neural network representations revisited, arXiv:1905.00414,
    section 3; Nguyen, Raghu, Kornblith (2021), Do wide and deep networks learn the same things?, arXiv:2010.15327,
    equation 4, for parts of the images.
    """
    if len(images) < LEAST:
        raise OptionError(f"images must be at least {LEAST}; got {len(images)}.")
    beat = cast(Heartbeat, progress)
    progress(0, len(images))
    seen = [Seen.of(model, images, most)]
    if second is not None:
        seen.append(Seen.of(*_other(second, images, beat), most))
    sums = Sums(len(seen[0].layers), len(seen[-1].layers))
    for part in parts(len(images), batch_size):
        kernels = [one.kernels(part) for one in seen]
        sums.add(kernels[0], kernels[-1])
        progress(part.stop, len(images))
    return LayerSimilarity(
        sums.matrix(), seen[0].layers, seen[-1].layers, len(images), second is None, _notes(sums, seen)
    )


def parts(count: int, size: int) -> list[slice]:
    """Parts of nearly equal length, none shorter than what the alignment needs."""
    pieces = max(1, min(-(-count // size), count // LEAST))
    ends = [count * number // pieces for number in range(pieces + 1)]
    return [slice(start, stop) for start, stop in pairwise(ends)]


def _other(second: Any, images: Tensor | Stream, beat: Heartbeat) -> tuple[nn.Module, Any]:
    """A private copy of the second model, and the images as it expects them."""
    private = private_copy(bare_module(second))
    beat.watch(private)
    known = getattr(getattr(images, "source", None), "images", None)
    if isinstance(images, Stream) and known is not None and not isinstance(second, nn.Module):
        return private, Stream(known.seen_by(second), lambda part: checked_images(part, private), beat.beat)
    return private, images


@dataclass(frozen=True, eq=False)
class Seen:
    """A private copy, the images as it expects them, and the layers that are looked at."""

    model: nn.Module
    images: Any
    layers: tuple[str, ...]

    @classmethod
    def of(cls, model: nn.Module, images: Any, most: int) -> "Seen":
        """Layers that one image passes, in the order in which it does."""
        names = [name for name in main_layers(model) if not isinstance(model.get_submodule(name), SILENT)]
        with torch.no_grad(), record(model, *names) as recording:
            output_of(model, images[:2])
        used = tuple(name for name, calls in recording.outputs.items() if _usable(calls[-1], 2))
        if not used:
            raise UnsupportedModel("no layer of this model can be compared.")
        places = np.unique(np.rint(np.linspace(0, len(used) - 1, min(most, len(used)))).astype(int))
        return cls(model, images, tuple(used[place] for place in places))

    def kernels(self, part: slice) -> list[Tensor]:
        """How alike the images of a part are in each layer."""
        with torch.no_grad(), record(self.model, *self.layers) as recording:
            output_of(self.model, self.images[part], spare=isinstance(self.images, Stream))
        return [_kernel(recording.last(name)) for name in self.layers]


def _usable(output: Tensor, count: int) -> bool:
    return output.is_floating_point() and output.ndim > 1 and len(output) == count


def main_layers(model: nn.Module) -> list[str]:
    """The outermost layers; as deep as needed until there are enough of them."""
    names = [name for name in layer_names(model) if "parametrizations" not in name]
    for depth in range(max((name.count(".") for name in names), default=0) + 1):
        level = [name for name in names if name.count(".") <= depth]
        level = [name for name in level if not any(other.startswith(f"{name}.") for other in level)]
        if len(level) >= DEEP:
            break
    return level if names else []


def _kernel(output: Tensor) -> Tensor:
    """U-centred inner products of the images, float64 [image, image]; the diagonal is zero."""
    rows = output.flatten(1).double().cpu()
    if not bool(torch.isfinite(rows).all()):
        raise UnsupportedModel("a layer returns NaN or infinite values; look at other images.")
    rows = rows - rows.mean(0)
    kernel, count = (rows @ rows.T).fill_diagonal_(0), len(rows)
    means = kernel.sum(1) / (count - 2)
    whole = kernel.sum() / ((count - 1) * (count - 2))
    return (kernel - means[:, None] - means[None] + whole).fill_diagonal_(0)


class Sums:
    """Alignments of the parts so far, added up."""

    def __init__(self, rows: int, columns: int) -> None:
        self.across, self.own, self.others = np.zeros((rows, columns)), np.zeros(rows), np.zeros(columns)

    def add(self, first: Sequence[Tensor], second: Sequence[Tensor]) -> None:
        """One part: kernels of all layers of both models."""
        one, other = (torch.stack(list(kernels)).flatten(1) for kernels in (first, second))
        weight = 1 / (len(first[0]) * (len(first[0]) - 3))
        self.across += weight * (one @ other.T).numpy()
        self.own += weight * (one * one).sum(1).numpy()
        self.others += weight * (other * other).sum(1).numpy()

    def matrix(self) -> np.ndarray:
        """Their normalised means; 0 where a layer answers all images alike."""
        scale = np.sqrt(np.outer(self.own, self.others))
        found: np.ndarray = np.divide(self.across, scale, out=np.zeros_like(scale), where=scale > 0)
        return found.clip(-1, 1)


def _notes(sums: Sums, seen: Sequence[Seen]) -> tuple[str, ...]:
    pairs = zip((sums.own, sums.others)[: len(seen)], seen, strict=True)
    flat = [name for strengths, one in pairs for name, value in zip(one.layers, strengths, strict=True) if value <= 0]
    return (f"{', '.join(flat)}: all images are answered alike, so there is nothing to compare.",) if flat else ()
