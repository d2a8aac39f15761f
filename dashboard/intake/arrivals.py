"""What became of the files of one drop, in one sentence, and in one more for each of the first that cannot be read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Protocol

from dashboard.text import _
from vizlib.data.archives import is_archive, is_picture, read_archive

MOST_SENTENCES = 3


class File(Protocol):
    """What the uploader gives, and a picture inside an archive."""

    @property
    def name(self) -> str: ...

    def getvalue(self) -> bytes: ...


@dataclass
class Arrivals:
    """The tally of a drop.

    Attributes
    ----------
    left : int
        Pictures that are readable but had no place in the tray.
    skipped : int
        Files beside the pictures of a folder or an archive.
    nested : int
        Archives inside archives.
    expected : int
        Pictures that there may be, as far as that is known.
    cancelled : bool
        Whether the person did not want to wait for the others.
    """

    taken: int = 0
    left: int = 0
    skipped: int = 0
    nested: int = 0
    expected: int = 0
    several: bool = False
    cancelled: bool = False
    wrong: list[str] = field(default_factory=list)

    def pictures(self, files: Iterable[File], *, folder: bool) -> Iterator[tuple[str, bytes]]:
        """Name and bytes of each file that should be a picture; archives are opened."""
        for file in files:
            name, content = PurePath(file.name).name, bytes(file.getvalue())
            if is_archive(content):
                yield from self._unpacked(name, content)
            elif not folder or is_picture(content):
                yield name, content
            else:
                self.expected -= 1
                self.skipped += not name.startswith(".")

    def refuse(self, name: str, reason: ValueError) -> None:
        self.wrong.append(f"{name}: {reason}")

    def sentence(self, most: int) -> str:
        """What was taken and what was not; nothing about one file that was taken or refused."""
        if not (self.several or self.left or self.skipped or self.nested):
            return ""
        parts = [_counted(self.taken, _("One picture was taken"), _("{number} pictures were taken"))]
        if not self.taken:
            parts = [_("No picture was taken")]
        parts += self._not_taken(most)
        return "; ".join(parts) + "."

    def errors(self) -> list[str]:
        """One sentence for each of the first wrong files, and one for the others together."""
        others = len(self.wrong) - MOST_SENTENCES
        more = _counted(others, _("One more file cannot be read."), _("{number} more files cannot be read."))
        return self.wrong[:MOST_SENTENCES] + [more] * (others > 0)

    def _not_taken(self, most: int) -> Iterator[str]:
        if self.cancelled:
            yield _("the others were not read, because you cancelled")
        if self.left:
            full = _("{number} left out, because the tray is full ({most} pictures or 256 MB): remove some first")
            yield full.format(number=self.left, most=most)
        if self.skipped:
            yield _counted(self.skipped, _("one other file skipped"), _("{number} other files skipped"))
        if self.nested:
            yield _counted(self.nested, _("one archive inside not opened"), _("{number} archives inside not opened"))

    def _unpacked(self, name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
        try:
            archive = read_archive(content)
        except ValueError as error:
            self.refuse(name, error)
            return
        self.several = True
        self.expected += len(archive.pictures) - 1
        self.skipped += archive.skipped
        self.nested += archive.nested
        for packed in archive.pictures:
            try:
                yield packed.name, packed.getvalue()
            except ValueError as error:
                self.refuse(packed.name, error)


def _counted(number: int, one: str, many: str) -> str:
    return one if number == 1 else many.format(number=number)
