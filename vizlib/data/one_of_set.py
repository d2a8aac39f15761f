"""One image of an image set, by a name that finds it again: ``scenes:400#12``."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PIL import Image

from vizlib.data.streams import ImageStream, image_stream, names_set

NUMBER = "#"


def name_in_set(images: ImageStream, row: int) -> str:
    """What a recipe calls one image of a set that has a name."""
    return f"{images.name}{NUMBER}{row}"


def names_one(name: str) -> bool:
    """Whether a word of a command names one image of a set that is here."""
    of, mark, row = name.rpartition(NUMBER)
    return bool(mark) and row.isdecimal() and not Path(name).exists() and names_set(of)


def one_of_set(name: str) -> Image.Image:
    """The image of such a name.

    Raises
    ------
    ValueError
        The set has fewer images.
    """
    of, _, row = name.rpartition(NUMBER)
    images = image_stream(of)
    if int(row) >= len(images):
        raise ValueError(f"{images.name} has the images {NUMBER}0 to {NUMBER}{len(images) - 1}; got {NUMBER}{row}.")
    return images.read(int(row))


def given_sets(given: Iterable[Any]) -> tuple[list[Any], list[ImageStream]]:
    """What is given, parted into single images and whole sets."""
    single: list[Any] = []
    sets: list[ImageStream] = []
    for one in given:
        if isinstance(one, ImageStream):
            sets.append(one)
        elif isinstance(one, (str, Path)) and names_set(one):
            sets.append(image_stream(one))
        else:
            single.append(one)
    return single, sets


def like_in_sets(name: str, sets: Iterable[ImageStream]) -> Iterable[Image.Image]:
    """The images of some sets that have a name, or its number; whether they are the same is told by their pixels."""
    _, mark, row = name.rpartition(NUMBER)
    for images in sets:
        found = {number for number, one in enumerate(images.names) if one == name}
        found |= {int(row)} if mark and row.isdecimal() and int(row) < len(images) else set()
        yield from map(images.read, sorted(found))
