"""One unit on one card: an image made to excite it, the patches that do, and all its activations."""

from typing import Annotated, Any, cast

from torch import Tensor, nn

from vizlib.core.errors import OptionError
from vizlib.core.heartbeat import Heartbeat
from vizlib.core.layers import find_layer
from vizlib.core.stream import Stream
from vizlib.core.technique import Layer, Progress, Range, silent, technique
from vizlib.inside import dream_options as option
from vizlib.inside.dreams import maximize_activation
from vizlib.inside.parts import Part
from vizlib.inside.patches import top_patches
from vizlib.inside.results_dreams import UnitCard


@technique
def unit_card(
    model: nn.Module,
    images: Tensor | Stream,
    normalisation: option.Normalisation = None,
    *,
    layer: Annotated[Layer, "Layer of the unit, by name."],
    unit: Annotated[int, Range(0, 65535), "Number of the channel, from 0."],
    k: Annotated[int, Range(1, 100), "Number of patches, each from another image."] = 9,
    batch_size: Annotated[int, Range(1, 1024), "Images in one forward pass; changes the speed only."] = 32,
    parametrisation: option.Parametrisation = "fourier",
    steps: option.Steps = 256,
    rate: option.Rate = 0.05,
    decay: option.Decay = 0.0,
    blur: option.Blur = 0.0,
    blur_every: option.BlurEvery = 4,
    norm_clip: option.NormClip = 0.0,
    contribution_clip: option.ContributionClip = 0.0,
    jitter: option.Jitter = None,
    zoom: option.Zoom = 0.05,
    rotate: option.Rotate = 5.0,
    input_size: option.DreamSize = None,
    seed: option.Seed = 0,
    progress: Progress = silent,
) -> UnitCard:
    """What a channel looks for, twice: in an image made to excite it, and in the patches that excite it most.

    Parameters
    ----------
    model : Module or Model
    images : array [batch, channel, height, width], or an image set
        Searched for patches.
    normalisation : (mean, deviation), optional
        As in :func:`vizlib.maximize_activation`, and so are the options that are not named here.
    layer : str
    unit : int
    k, batch_size : int
        As in :func:`vizlib.top_patches`.
    progress : callable
        Called as ``progress(done, total)`` with images, then steps; cancels by raising.

    Returns
    -------
    UnitCard
        ``dream`` and ``patches``, as the two techniques give them.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    The made image shows what could excite the channel, the patches what did among these images. Where they differ,
    the images may lack what the channel looks for, or the made image may be a pattern that no camera sees.

    References
    ----------
    Olah, Mordvintsev, Schubert (2017), Feature visualization, Distill (optimisation beside dataset examples). Zeiler,
    Fergus (2014), Visualizing and understanding convolutional networks, arXiv:1311.2901, section 4.
    """
    if layer is None:
        raise OptionError("layer must be given; it is the name of a layer.")
    find_layer(model, layer)
    heart, total = cast(Heartbeat, progress), len(images) + steps
    searched: Any = Again(images) if isinstance(images, Stream) else images
    patches = top_patches(
        model, searched, layer=layer, unit=unit, k=k, batch_size=batch_size, progress=Part(heart, 0, total)
    )
    made = maximize_activation(
        model, normalisation, layer=layer, unit=unit, parametrisation=parametrisation, steps=steps, rate=rate,
        decay=decay, blur=blur, blur_every=blur_every, norm_clip=norm_clip, contribution_clip=contribution_clip,
        jitter=jitter, zoom=zoom, rotate=rotate, input_size=input_size, seed=seed,
        progress=Part(heart, len(images), total, lambda dream: UnitCard(dream, patches)),
    )  # fmt: skip
    return UnitCard(made, patches)


class Again:
    """A stream as a source for another technique."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream

    def __len__(self) -> int:
        return len(self.stream)

    def tensor(self, index: int) -> Tensor:
        """One image [channel, height, width]."""
        return self.stream[index]
