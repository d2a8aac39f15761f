"""Model cards: what a model is, how it is built and how an image becomes its input.

Nothing here imports torch, so lists of models appear at once.
"""

import hashlib
import os
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any, Literal, get_args

from vizlib.zoo import card_keys
from vizlib.zoo.official import OFFICIAL, cache_folder, family

LARGEST_CARD = 1_000_000
Source = Literal["bundled", "torchvision", "yours"]
Precision = Literal["float32", "float64"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)  # the first one is what is computed in unless told otherwise


@dataclass(frozen=True)
class Card:
    """Everything known about a model before it is built.

    Attributes
    ----------
    build : str
        "torchvision:NAME", "timm:NAME" or "package.module:function", called with ``arguments``.
    weights : str or None
        Path of the weights file, relative to ``folder`` or absolute.
    resize : int or (height, width)
        A single number is the length of the shorter side; the centre ``crop`` is what the network sees.
    labels : tuple of str
        Class names in the order of the scores; empty when they are not known.
    default_layer : str or None
        None for the rule of :func:`vizlib.core.layers.default_layer`.
    given : frozenset of str
        The keys the card itself sets; every other field is a default.
    folder : Path or None
        Where the card lies; None for a card that came without a folder.
    """

    name: str
    build: str
    arguments: dict[str, Any] = field(default_factory=dict)
    weights: str | None = None
    sha256: str | None = None
    channels: int = 3
    input_size: tuple[int, int] = (224, 224)
    resize: int | tuple[int, int] = 224
    crop: tuple[int, int] = (224, 224)
    mean: tuple[float, ...] = card_keys.IMAGENET_MEAN
    std: tuple[float, ...] = card_keys.IMAGENET_STD
    interpolation: str = "bilinear"
    labels: tuple[str, ...] = ()
    default_layer: str | None = None
    licence: str = ""
    citation: str = ""
    accuracy: str = ""
    about: str = ""
    source: Source = "yours"
    untrained: bool = False
    given: frozenset[str] = frozenset()
    folder: Path | None = None

    @property
    def weights_path(self) -> Path | None:
        """Where the weights file should be, or None when the card names none."""
        return None if self.weights is None else (self.folder or Path()) / self.weights


def read_card(folder: str | os.PathLike[str]) -> Card:
    """Read the ``card.toml`` of a model folder on this machine (the file itself is accepted as well).

    Raises
    ------
    ValueError
        One sentence that names the key that is missing, unknown or wrong.
    """
    path = Path(folder)
    path = path if path.name == "card.toml" else path / "card.toml"
    try:
        content = path.read_bytes()
    except OSError:
        raise ValueError("The model's folder holds no card.toml that can be read; see models/examples.") from None
    return parse_card(content, folder=path.parent)


def parse_card(content: bytes | str, *, folder: Path | None = None, trusted: bool = True) -> Card:
    """Read the text of a model card.

    Parameters
    ----------
    content : bytes or str
        TOML.
    folder : Path, optional
        What ``weights`` and a ``labels`` file are relative to.
    trusted : bool
        False for a card that somebody uploaded: it may neither name a function to call nor a file of this machine.
    """
    return _card(_toml(content), folder, trusted)


def uploaded_card(content: bytes | str, labels: Sequence[str] = ()) -> Card:
    """Read a card that came together with its weights file and, where ``labels`` are given, with its class names.

    As :func:`parse_card` with ``trusted=False``; but what the card says of the place of those files does not matter.
    """
    found = _toml(content)
    found.pop("weights", None)
    if isinstance(found.get("labels"), str) and not labels:
        raise ValueError("card.toml: labels names a file; drop that file as well, or list the classes in the card.")
    return _card(found | ({"labels": list(labels)} if labels else {}), None, trusted=False)


def _card(found: dict[str, Any], folder: Path | None, trusted: bool) -> Card:
    keys = card_keys.read_keys(found)
    if not trusted:
        card_keys.refuse_reach(keys)
    if "build" not in keys:
        raise ValueError("card.toml: build is missing; for example build = 'torchvision:resnet18'.")
    given = frozenset(keys)
    keys.setdefault("name", folder.resolve().name if folder else keys["build"].partition(":")[2])
    keys["labels"] = _labels(keys.get("labels", ()), folder)
    source: Source = "bundled" if folder and folder.resolve().parent == bundled_folder() else "yours"
    return Card(**card_keys.shaped(keys), source=source, given=given, folder=folder)


def _toml(content: bytes | str) -> dict[str, Any]:
    if len(content) > LARGEST_CARD:
        raise ValueError("card.toml is larger than 1 MB; a long list of labels belongs into a file of its own.")
    try:
        return tomllib.loads(content.decode("utf-8-sig") if isinstance(content, bytes) else content)
    except UnicodeDecodeError:
        raise ValueError("card.toml is not a text file in UTF-8; save it as UTF-8.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ValueError(f"card.toml is not valid TOML: {' '.join(str(error).split())[:120]}.") from None


def _labels(labels: tuple[str, ...] | str, folder: Path | None) -> tuple[str, ...]:
    if not isinstance(labels, str):
        return labels
    try:
        lines = ((folder or Path()) / labels).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ValueError(
            f"card.toml: labels names the file {Path(labels).name!r}, which cannot be read; "
            "put it beside the card, one class a line in UTF-8, or list the classes in the card."
        ) from None
    while lines and not lines[-1].strip():
        lines.pop()
    return tuple(" ".join(line.split()) for line in lines)


def check_sha256(card: Card, file: BufferedReader | BytesIO) -> None:
    """ValueError when the open weights file is not the one whose checksum the card states."""
    if card.sha256 and hashlib.file_digest(file, "sha256").hexdigest() != card.sha256:
        raise ValueError(
            f"{card.name}: the weights file is not the one the card was written for (its SHA-256 differs); "
            "restore the file, or correct sha256 in card.toml."
        )


class Listed(str):
    """The name of a model, with what the list knows about it.

    Attributes
    ----------
    name : str
        The same as plain text.
    source, about, accuracy : str
    weights : str
        "here", "to download", "missing", "none" (the card names no file) or "unreadable" (the card is wrong).
    file, megabytes : str, float or None
        Name and size of the weights file.
    note : str
        The sentence that explains "unreadable".
    folder : Path or None
        Where the card lies.
    """

    source: Source
    about: str = ""
    weights: str
    file: str = ""
    megabytes: float | None = None
    accuracy: str = ""
    note: str = ""
    folder: Path | None = None

    def __new__(cls, name: str, **facts: Any) -> "Listed":
        """The name, carrying the facts as attributes."""
        listed = super().__new__(cls, name)
        vars(listed).update(facts)
        return listed

    @property
    def name(self) -> str:
        return str(self)


def bundled_folder() -> Path:
    """Folder of the models that come with vizlib, beside the package."""
    return Path(__file__).resolve().parent.parent.parent / "models"


def model_folders() -> tuple[Path, ...]:
    """Every folder with a card: in each folder of ``$VIZLIB_MODELS``, else in ``models/`` beside the package."""
    places = [Path(place) for place in os.environ.get("VIZLIB_MODELS", "").split(os.pathsep) if place]
    found = []
    for place in places or [bundled_folder()]:
        single = (place / "card.toml").is_file()
        found += [place] if single else sorted(card.parent for card in place.glob("*/card.toml"))
    return tuple(found)


def list_models() -> tuple[Listed, ...]:
    """Every model that :func:`vizlib.load_model` knows by name.

    Returns
    -------
    tuple of Listed
        Names, each with what is known about it: the models in ``models/`` (or in the folders of
        ``$VIZLIB_MODELS``), then torchvision's.

    Examples
    --------
    >>> "resnet18" in list_models()
    True
    >>> [model.name for model in list_models() if model.source == "torchvision"][:2]
    ['alexnet', 'convnext_base']
    """
    return (*(_listed_folder(folder) for folder in model_folders()), *(_listed_official(name) for name in OFFICIAL))


def _listed_folder(folder: Path) -> Listed:
    try:
        card = read_card(folder)
    except ValueError as error:
        name = folder.resolve().name
        return Listed(name, source="yours", weights="unreadable", note=str(error), folder=folder)
    path, size = card.weights_path, None
    if path is not None and path.is_file():
        size = path.stat().st_size / 1e6
    state = "none" if path is None else "missing" if size is None else "here"
    known = {"source": card.source, "about": card.about, "accuracy": card.accuracy, "folder": folder}
    return Listed(card.name, weights=state, file=path.name if path else "", megabytes=size, **known)


def _listed_official(name: str) -> Listed:
    facts = OFFICIAL[name]
    about = f"{family(name).title}, {facts.million_parameters:.1f} M parameters, ImageNet"
    state = "here" if (cache_folder() / facts.file).is_file() else "to download"
    known = {"about": about, "accuracy": f"{facts.accuracy:.1f} % top-1", "file": facts.file}
    return Listed(name, source="torchvision", weights=state, megabytes=facts.megabytes, **known)
