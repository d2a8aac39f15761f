"""The features of a layer: one row of numbers for each image of a set of any length."""

from typing import Annotated, Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from vizlib.core.errors import OptionError
from vizlib.core.layers import record
from vizlib.core.stream import Stream
from vizlib.core.technique import Layer, Progress, Range, silent, technique
from vizlib.inside.maps import Maps
from vizlib.space.results import Features

Pool = Literal["automatic", "mean", "max", "flatten"]
SHORT = 2048  # numbers up to which a row keeps all positions
LARGEST = 2 << 30  # bytes of all rows


@technique
def features(
    model: nn.Module,
    images: Tensor | Stream,
    *,
    layer: Layer = None,
    pool: Annotated[
        Pool,
        "How the positions of a layer become one row: their mean, their maximum, or all side by side; automatic keeps "
        "all where that is at most 2048 numbers, else their mean.",
    ] = "automatic",
    batch_size: Annotated[int, Range(1, 1024), "Images in one forward pass; changes the speed only."] = 32,
    progress: Progress = silent,
) -> Features:
    """What a layer makes of each image, as one row of numbers.

    Parameters
    ----------
    model : Module or Model
    images : array [image, channel, height, width], or an image set
        Normalised as the model expects. They pass through the network in parts; only the rows are kept.
    layer : str, optional
        When left out, the model's default layer.
    pool : {"automatic", "mean", "max", "flatten"}
    batch_size : int
    progress : callable
        Called as ``progress(done, total)`` with images; cancels by raising.

    Returns
    -------
    Features
        ``values`` [image, feature], with names and labels where the set knows them, and the class and confidence that
        the network gives each image.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    The mean forgets where things are; flattened rows keep it, but then a moved object is another point. What lies
    near in one layer need not in another.
    """
    assert layer is not None
    rows = Rows(model, layer, pool, images)
    progress(0, len(images))
    for start in range(0, len(images), batch_size):
        rows.add(images[start : start + batch_size])
        progress(min(start + batch_size, len(images)), len(images))
    return rows.told()


class Rows:
    """The rows of the images that were seen so far."""

    def __init__(self, model: nn.Module, layer: str, pool: Pool, images: Tensor | Stream) -> None:
        self.model, self.layer, self.pool, self.images = model, layer, pool, images
        self.maps = Maps(model, layer)
        self.values: np.ndarray | None = None
        self.predicted: list[np.ndarray] = []
        self.confidence: list[np.ndarray] = []
        self.seen = 0

    def add(self, part: Tensor) -> None:
        """See some more images."""
        with record(self.model, "") as whole:
            maps, _ = self.maps.of(part)
        row = pooled(maps, self._pool(maps)).cpu().numpy()
        if self.values is None:
            self.values = self._room(row)
        self.values[self.seen : self.seen + len(row)] = row
        self.seen += len(row)
        self._believe(whole.outputs.get("", []))

    def _pool(self, maps: Tensor) -> Pool:
        if self.pool == "automatic":
            self.pool = "flatten" if maps[0].numel() <= SHORT else "mean"
        return self.pool

    def _room(self, row: np.ndarray) -> np.ndarray:
        """All rows, empty; refused when they are too many numbers."""
        size = len(self.images) * row[0].nbytes
        if size > LARGEST:
            raise OptionError(
                f"pool must be 'mean' or 'max' here: {len(self.images)} rows of {row.shape[1]} numbers are "
                f"{size / 2**30:.1f} GiB. Or take fewer images, or a later layer."
            )
        return np.empty((len(self.images), row.shape[1]), row.dtype)

    def _believe(self, outputs: list[Tensor]) -> None:
        """Class and confidence, where the network returns one row of scores an image."""
        if not outputs or outputs[0].ndim != 2 or outputs[0].shape[1] < 2:
            return
        scores = torch.cat(outputs)  # several where the batch went through in parts
        best = scores.double().softmax(1).max(1)
        self.predicted.append(best.indices.cpu().numpy())
        self.confidence.append(best.values.cpu().numpy())

    def told(self) -> Features:
        """The result."""
        assert self.values is not None
        known: Any = getattr(getattr(self.images, "source", None), "images", None)
        labels = getattr(known, "labels", None)
        believed = sum(map(len, self.predicted)) == len(self.values)
        return Features(
            values=self.values,
            names=tuple(getattr(known, "names", ())),
            labels=None if labels is None else np.array(labels, np.int64),
            classes=tuple(getattr(known, "classes", ())),
            predicted=np.concatenate(self.predicted) if believed else None,
            confidence=np.concatenate(self.confidence) if believed else None,
            layer=self.layer,
            pool=self.pool,
            notes=tuple(self.maps.notes),
        )


def pooled(maps: Tensor, pool: Pool) -> Tensor:
    """Maps [image, channel, height, width] as rows [image, feature]."""
    match pool:
        case "mean":
            return maps.mean((2, 3))
        case "max":
            return maps.amax((2, 3))
        case _:
            return maps.flatten(1)
