"""A model that is ready to be looked at."""

from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor, nn

from vizlib.zoo.cards import Card, Precision
from vizlib.zoo.preprocess import cropped, geometry, normalised


@dataclass(frozen=True, eq=False)
class Model:
    """A network ready to be looked at.

    Attributes
    ----------
    card : Card
        Where it comes from and how it sees images.
    module : torch.nn.Module
        In eval mode, no parameter requires a gradient. Shared: never write into it.
    labels : tuple of str
        Class names in the order of the scores.
    layers : tuple of str
        Names of the layers in the order of definition.
    default_layer : str or None
        The layer techniques take when none is named.
    digest : str
        SHA-256 of the network and its weights; independent of the device, the precision and the weights' file format.
    notes : tuple of str
        Sentences to show beside every picture of this model.
    precision : {"float32", "float64"}
        Of the weights, and of the images that :meth:`preprocess` makes; maps have it too.
    """

    card: Card
    module: nn.Module
    labels: tuple[str, ...]
    layers: tuple[str, ...]
    default_layer: str | None
    digest: str
    device: torch.device
    notes: tuple[str, ...] = ()
    precision: Precision = "float32"

    @property
    def name(self) -> str:
        return self.card.name

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width of the network's input, in pixels."""
        return self.card.input_size

    @property
    def untrained(self) -> bool:
        """True when the weights are random."""
        return self.card.untrained

    def preprocess(self, image: Image.Image) -> Tensor:
        """The image as the network's input: [channel, height, width] in its precision, normalised, on the CPU."""
        return torch.from_numpy(normalised(self.card, image)).to(getattr(torch, self.precision))

    def view(self, image: Image.Image) -> Image.Image:
        """The part of the image that the network sees, at its resolution, in RGB (grey for a one-channel network)."""
        return cropped(self.card, image).convert("RGB")

    def crop_box(self, size: tuple[int, int]) -> tuple[float, float, float, float]:
        """Where :meth:`view` lies in an image of ``size`` (width, height).

        Returns
        -------
        (left, top, right, bottom)
            In pixels of the image. The point (x, y) of the view, of width w and height h, lies at
            (left + x (right - left) / w, top + y (bottom - top) / h).
        """
        return geometry(self.card, size).box
