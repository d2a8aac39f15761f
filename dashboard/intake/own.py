"""Models that a person brought: read at the door, kept in the memory of the visit, and gone with it."""

import dataclasses
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dashboard.text import _
from dashboard.worker import Progress
from vizlib.zoo.cards import Card, Listed, check_sha256, uploaded_card

if TYPE_CHECKING:
    from torch import Tensor

    from vizlib.zoo.model import Model

MOST_MODELS = 8
MOST_BYTES = 2 << 30  # of all models of one visit together
LONGEST_NAME = 40
MARK = "~"  # between name and digest in a link


@dataclass(frozen=True, eq=False)
class Own:
    """A model that a person brought.

    Attributes
    ----------
    card, tensors, notes
        How it is built, its weights, and what the reader of the file had to say.
    digest : str
        Of network, weights, classes and preprocessing.
    listed : Listed
        Its line in the list of models.
    loaded : dict of (str, str) to Model
        Ready to be looked at, by state of the weights and device.
    """

    card: Card
    tensors: Mapping[str, "Tensor"] = field(repr=False)
    notes: tuple[str, ...]
    digest: str
    listed: Listed
    loaded: dict[tuple[str, str], "Model"] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        return self.listed.name

    @property
    def address(self) -> str:
        """How a link names it."""
        return f"{self.name}{MARK}{self.digest[:12]}"

    @property
    def bytes(self) -> int:
        return sum(tensor.numel() * tensor.element_size() for tensor in self.tensors.values())


@dataclass(frozen=True)
class Brought:
    """What a person gave to the dialog.

    Attributes
    ----------
    file, weights : str, bytes
        Name and content of the weights file.
    card : bytes
        Content of a card.toml; empty when the network was chosen from the list.
    """

    file: str
    weights: bytes = field(repr=False)
    card: bytes = b""
    architecture: str = ""
    labels: tuple[str, ...] = ()
    input_size: int | None = None
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    @property
    def key(self) -> str:
        """Of everything that was given."""
        facts = (self.file, self.architecture, self.labels, self.input_size, self.mean, self.std)
        return hashlib.sha256(repr(facts).encode() + self.card + self.weights).hexdigest()


def named(address: str, own: Iterable[Own]) -> str:
    """Name of the model that an address means: as it stands, or that of the person's own model with this digest."""
    found = next((model for model in own if model.address == address), None)
    return found.name if found else address


def opened(brought: Brought, taken: Sequence[str], present: Sequence[Own], tick: Progress) -> Own:
    """Read, build, try: the model, or a ValueError with one sentence.

    Parameters
    ----------
    brought : Brought
    taken : sequence of str
        Names that other models already have.
    present : sequence of Own
        What the visit holds already.
    tick : callable
    """
    from vizlib.data.intake import read_weights
    from vizlib.zoo.load import load_card

    if len(present) >= MOST_MODELS or sum(own.bytes for own in present) + len(brought.weights) > MOST_BYTES:
        raise ValueError(_("This visit holds as many models as it can; remove one first."))
    tick(0, 3)
    read = read_weights(brought.weights, name=brought.file)
    tick(1, 3)
    card = _card(brought, read.tensors)
    card = dataclasses.replace(card, name=free_name(card.name, taken))
    try:
        model = load_card(card, tensors=read.tensors)
    except ValueError as error:
        raise ValueError(str(error).removeprefix("card.toml: ")) from None
    tick(3, 3)
    digest = _digest(model)
    notes = tuple(read.notes)
    ready = dataclasses.replace(model, notes=(*notes, *model.notes))
    return Own(card, read.tensors, notes, digest, _listed(brought, model), {("default", "auto"): ready})


def _card(brought: Brought, tensors: "Mapping[str, Tensor]") -> Card:
    from vizlib.zoo.added import card_for, with_imagenet_names

    if not brought.card:
        stem = brought.file.rpartition(".")[0] or brought.file
        facts = {"name": stem, "labels": brought.labels, "input_size": brought.input_size}
        return card_for(brought.architecture, tensors, mean=brought.mean, std=brought.std, **facts)  # type: ignore[arg-type]
    card = uploaded_card(brought.card, brought.labels)
    check_sha256(card, io.BytesIO(brought.weights))
    return with_imagenet_names(card, tensors)


def free_name(wanted: str, taken: Sequence[str]) -> str:
    """A name that no other model has, short enough for a list, without what separates a digest in a link."""
    plain = " ".join(wanted.replace(MARK, "-").replace("/", "-").split())[:LONGEST_NAME] or _("my model")
    number = next(n for n in range(1, len(taken) + 2) if (plain if n == 1 else f"{plain} {n}") not in taken)
    return plain if number == 1 else f"{plain} {number}"


def _digest(model: "Model") -> str:
    card = dataclasses.replace(model.card, name="", given=frozenset(), labels=model.labels)
    return hashlib.sha256(f"{model.digest} {card!r}".encode()).hexdigest()


def _listed(brought: Brought, model: "Model") -> Listed:
    parameters = sum(parameter.numel() for parameter in model.module.parameters()) / 1e6
    about = _("{network}, {parameters:.3g} M parameters, {classes} classes").format(
        network=model.card.build.partition(":")[2], parameters=parameters, classes=len(model.labels)
    )
    known = {"about": about, "accuracy": model.card.accuracy, "file": brought.file}
    return Listed(model.name, source="yours", weights="here", megabytes=len(brought.weights) / 1e6, **known)
