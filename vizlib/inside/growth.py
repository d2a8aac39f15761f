"""How receptive fields grow with depth: in theory, and in effect."""

from collections.abc import Sequence
from typing import Annotated, cast

import numpy as np
from torch import Tensor, nn

from vizlib.core.errors import UnsupportedModel
from vizlib.core.heartbeat import Heartbeat
from vizlib.core.technique import Progress, Range, silent, technique
from vizlib.inside.effective import Known, Spot, effective_fields
from vizlib.inside.receptive_field import survey
from vizlib.inside.results import ReceptiveField
from vizlib.inside.results_dreams import EffectiveReceptiveField
from vizlib.inside.results_fields import FieldGrowth


@technique
def receptive_field_growth(
    model: nn.Module,
    images: Tensor,
    *,
    most: Annotated[int, Range(2, 400), "Number of layers at most; of more, some are taken at even distances."] = 16,
    progress: Progress = silent,
) -> FieldGrowth:
    """How much of the image the units of each layer could see, and how much of it matters, from first layer to last.

    Parameters
    ----------
    model : Module or Model
    images : array [batch, channel, height, width]
        Normalised as the model expects. The effective fields are means over them.
    most : int
    progress : callable
        Called as ``progress(done, total)``; cancels by raising.

    Returns
    -------
    FieldGrowth
        Theoretical ``sizes``, the ``sides`` of the squares that hold 20, 30, 50 and 99 % of the gradient, and their
        ``ratios``.

    Raises
    ------
    OptionError, UnsupportedModel
        One sentence each: what is wrong and what to try.

    Notes
    -----
    The effective side is that of the smallest centred square that holds half of the gradient, so a field that uses
    all of its pixels alike has a ratio of 0.7. Squares end at the border of the image, so late layers on small images
    seem to use less than they could. Of layers that only pass on what they see, the last one stands for all. After a
    global operation, such as attention or squeeze-excite, the theoretical field is the whole image.

    References
    ----------
    Luo, Li, Urtasun, Zemel (2016), Understanding the effective receptive field in deep convolutional neural networks,
    arXiv:1701.04128, sections 3 and 4: the field of a trained network is larger than of an untrained one.
    """
    total = len(images) * most
    progress(0, total)
    size = (images.shape[2], images.shape[3])
    fields = thinned(survey(model, size), most)
    if not fields:
        raise UnsupportedModel("no layer of this model has positions whose fields are known.")
    heartbeat = cast(Heartbeat, progress)

    def heard(done: float, known: Known) -> None:
        progress(int(done * most), total)
        if done > 1:
            heartbeat.show(lambda: grown(fields, known()))

    found = grown(fields, effective_fields(model, images, [Spot(field.layer, field) for field in fields], heard))
    progress(total, total)
    return found


def thinned(fields: Sequence[ReceptiveField], most: int) -> tuple[ReceptiveField, ...]:
    """As many at even distances, the first and the last among them."""
    if len(fields) <= most:
        return tuple(fields)
    return tuple(fields[at] for at in np.linspace(0, len(fields) - 1, most).round().astype(int))


def grown(fields: Sequence[ReceptiveField], found: Sequence[EffectiveReceptiveField]) -> FieldGrowth:
    """The fields of the layers in one table."""
    covers = np.array([field.covers_image for field in fields])
    notes = ["In theory units of some layers see the whole image through a global operation."] if covers.any() else []
    return FieldGrowth(
        layers=tuple(field.layer for field in fields),
        sizes=np.array([field.local_size for field in fields]),
        covers_image=covers,
        sides=np.array([one.sides for one in found]),
        sigma=np.array([one.sigma for one in found]),
        input_size=fields[0].input_size,
        images=found[0].images,
        notes=tuple(notes),
    )
