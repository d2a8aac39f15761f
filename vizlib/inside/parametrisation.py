"""How the numbers that are optimised become an image: pixels or waves, colours, the range of the screen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from vizlib.core.errors import OptionError

Kind = Literal["fourier", "pixel"]
SPREAD = 0.01  # standard deviation of the first numbers (Lucid)
LOUDNESS = 0.25  # brings the first image of waves to about the contrast of pixels' (Lucid)
# Square root of the colour covariance of ImageNet's photos: red, green, blue by decorrelated channel (Lucid).
COLOURS = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))
PLAIN = ((0.5,), (0.25,))  # mean and spread taken for a model that says nothing of its input


@dataclass(frozen=True)
class Space:
    """Numbers that stand for an image of ``size`` (height, width).

    With "fourier" they are the image's spectrum with each wave scaled by its length, so that one step of an optimiser
    moves coarse structure as easily as natural images have it (amplitude 1/f).
    """

    kind: Kind
    channels: int
    size: tuple[int, int]
    like: Tensor

    def start(self, generator: torch.Generator) -> Tensor:
        """Small random numbers, the same on every device."""
        high, wide = self.size
        waves = self.kind == "fourier"
        shape = (1, self.channels, high, *((wide // 2 + 1, 2) if waves else (wide,)))
        return (torch.randn(shape, generator=generator, dtype=torch.float64, device="cpu") * SPREAD).to(self.like)

    def decode(self, numbers: Tensor) -> Tensor:
        """The latent image [1, channel, height, width]; unbounded, colours decorrelated."""
        if self.kind == "pixel":
            return numbers
        return torch.fft.irfft2(torch.view_as_complex(numbers) * self._lengths(), s=self.size)

    def encode(self, image: Tensor) -> Tensor:
        """The numbers of a latent image; ``decode(encode(image))`` is the image, for odd sides as for even ones."""
        if self.kind == "pixel":
            return image
        return torch.view_as_real(torch.fft.rfft2(image) / self._lengths())

    def _lengths(self) -> Tensor:
        high, wide = self.size
        kind: Any = {"dtype": self.like.dtype, "device": self.like.device}
        down, right = torch.fft.fftfreq(high, **kind), torch.fft.rfftfreq(wide, **kind)
        frequency = torch.hypot(down[:, None], right[None]).clamp(min=1 / max(high, wide))
        return math.sqrt(high * wide) * LOUDNESS / frequency


@dataclass(frozen=True, eq=False)
class Display:
    """Between the latent image, the colours of the screen (0 to 1) and the input of the network."""

    mean: Tensor
    std: Tensor
    mixing: Tensor | None

    def colours(self, latent: Tensor) -> Tensor:
        """The latent image in the colours of the screen."""
        if self.mixing is not None:
            latent = torch.einsum("rc,bchw->brhw", self.mixing, latent)
        return latent.sigmoid()

    def input(self, colours: Tensor) -> Tensor:
        """The same as the network sees it."""
        return (colours - self.mean) / self.std


def display(normalisation: Sequence[Sequence[float]] | None, channels: int, like: Tensor) -> Display:
    """The display of a network, by the mean and the standard deviation that its input was normalised with."""
    kind: Any = {"dtype": like.dtype, "device": like.device}
    mean, std = (torch.tensor(side, **kind) for side in normalisation or PLAIN)
    if len(mean) not in (1, channels) or len(std) not in (1, channels) or not bool((std > 0).all()):
        raise OptionError(f"normalisation must be a mean and a positive deviation for each of {channels} channels.")
    mixing = torch.tensor(COLOURS, **kind) if channels == 3 else None
    if mixing is not None:
        mixing = mixing / mixing.norm(dim=0).max()
    return Display(mean.view(1, -1, 1, 1), std.view(1, -1, 1, 1), mixing)
