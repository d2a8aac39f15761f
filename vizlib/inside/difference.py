"""What a layer returns more, or less, for one picture than for another, or than in another model."""

from typing import Annotated, Any, cast

from torch import Tensor, nn

from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.heartbeat import Heartbeat
from vizlib.core.layers import find_layer
from vizlib.core.technique import Layer, Progress, bare_module, checked_images, silent, technique
from vizlib.inside.activations import activations
from vizlib.inside.parts import Part
from vizlib.inside.results_units import ActivationDifference, Activations

PICTURES = "the first picture", "the second picture"
MODELS = "the model", "the second model"


@technique
def activation_difference(
    model: nn.Module,
    images: Tensor,
    second: Any = None,
    second_images: Any = None,
    *,
    layer: Annotated[Layer, "Layer whose channels are compared, by name."],
    progress: Progress = silent,
) -> ActivationDifference:
    """What every channel of a layer answers more, or less, for another picture or in another model.

    Parameters
    ----------
    model : Module or Model
    images : array [batch, channel, height, width]
        Two images, the first minus the second; with a second model, any number of them.
    second : Module or Model, optional
        Has a layer of the same name and shape; its answers are taken off.
    second_images : array [batch, channel, height, width], optional
        The same images as the second model expects them, where it wants other numbers.
    layer : str
    progress : callable
        Called as ``progress(done, total)`` with images; cancels by raising.

    Returns
    -------
    ActivationDifference
        ``values`` [batch, channel, height, width], and per channel ``change``, the mean magnitude.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    Places are compared with places: an object that moved is a difference, too. Between two trainings, channels of one
    number have nothing in common unless one training began where the other ended.

    References
    ----------
    Zeiler, Fergus (2014), Visualizing and understanding convolutional networks, arXiv:1311.2901.
    """
    if layer is None:
        raise OptionError("layer must be given; it is the name of a layer.")
    find_layer(model, layer)
    if second is None and len(images) != 2:
        raise OptionError(f"images must be two, the second is taken off the first; got {len(images)}.")
    other, seen = (model, images[1:]) if second is None else _other(second, images, second_images)
    own = images[:1] if second is None else images
    heart, total = cast(Heartbeat, progress), len(own) + len(seen)
    mine = activations(model, own, layer=layer, progress=Part(heart, 0, total))
    theirs = activations(other, seen, layer=layer, progress=Part(heart, len(own), total))
    return difference_of(mine, theirs, second is not None)


def difference_of(mine: Activations, theirs: Activations, of_models: bool) -> ActivationDifference:
    """One answer minus the other, with the words that the technique has for them."""
    try:
        return mine.minus(theirs, MODELS if of_models else PICTURES)
    except ValueError as error:
        raise UnsupportedModel(str(error)) from None


def _other(second: Any, images: Tensor, seen: Any) -> tuple[nn.Module, Tensor]:
    """The second model, and the images as it expects them."""
    module = bare_module(second)
    return module, checked_images(images if seen is None else seen, module)
