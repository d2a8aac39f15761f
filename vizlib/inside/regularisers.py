"""What keeps a dream from noise: decay, blur and clipping after a step, small random moves before it."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Regularisers:
    """Settings as in :func:`vizlib.inside.dreams.maximize_activation`; zero switches each one off."""

    decay: float = 0.0
    blur: float = 0.0
    blur_every: int = 4
    norm_clip: float = 0.0
    contribution_clip: float = 0.0

    def __bool__(self) -> bool:
        return any((self.decay, self.blur, self.norm_clip, self.contribution_clip))

    def after(self, step: int, latent: Tensor, gradient: Tensor) -> Tensor:
        """The latent image [1, channel, height, width] after a step, which is counted from 1."""
        latent = latent * (1 - self.decay)
        if self.blur and step % self.blur_every == 0:
            latent = blurred(latent, self.blur)
        if self.norm_clip:
            latent = clipped(latent, latent.norm(dim=1, keepdim=True), self.norm_clip)
        if self.contribution_clip:
            latent = clipped(latent, (latent * gradient).sum(1, keepdim=True).abs(), self.contribution_clip)
        return latent


def blurred(image: Tensor, radius: float) -> Tensor:
    """The image after a Gaussian blur with a standard deviation of ``radius`` pixels; borders are repeated."""
    reach = max(1, math.ceil(3 * radius))
    at = torch.arange(-reach, reach + 1, dtype=image.dtype, device=image.device)
    kernel = torch.exp(-(at**2) / (2 * radius**2))
    kernel = (kernel / kernel.sum()).expand(image.shape[1], 1, -1)
    image = F.pad(image, (reach, reach, reach, reach), mode="replicate")
    image = F.conv2d(image, kernel[..., None], groups=image.shape[1])
    return F.conv2d(image, kernel[:, :, None], groups=image.shape[1])


def clipped(image: Tensor, size: Tensor, percent: float) -> Tensor:
    """The image with the pixels whose ``size`` [1, 1, height, width] is among the smallest set to zero."""
    count = round(size.numel() * percent / 100)
    if not count:
        return image
    limit = size.flatten().kthvalue(count).values
    return image * (size > limit)


@dataclass(frozen=True)
class Moves:
    """Random moves of the image before the network sees it: shift in pixels, zoom as a share, turn in degrees."""

    jitter: int = 0
    zoom: float = 0.0
    rotate: float = 0.0

    def __call__(self, image: Tensor, generator: torch.Generator) -> Tensor:
        """The image moved at random; what comes in from outside is its mirror image."""
        if not any((self.jitter, self.zoom, self.rotate)):
            return image
        down, right, closer, turn = (
            2 * torch.rand(4, generator=generator, dtype=torch.float64, device="cpu") - 1
        ).tolist()
        shift = round(down * self.jitter), round(right * self.jitter)
        return moved(image, shift, 1 + closer * self.zoom, math.radians(turn * self.rotate))


def moved(image: Tensor, shift: tuple[int, int], zoom: float, turn: float) -> Tensor:
    """The image shifted by whole pixels (down, right), zoomed and turned (radians) about its centre."""
    high, wide = image.shape[2:]
    cos, sin = math.cos(turn) / zoom, math.sin(turn) / zoom
    rows = [[cos, -sin * high / wide, -2 * shift[1] / wide], [sin * wide / high, cos, -2 * shift[0] / high]]
    turned = torch.tensor([rows], dtype=image.dtype, device=image.device)
    grid = F.affine_grid(turned, list(image.shape), align_corners=False)
    return F.grid_sample(image, grid, padding_mode="reflection", align_corners=False)
