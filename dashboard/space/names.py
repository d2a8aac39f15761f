"""Names of the images of a space and what is known of each: label, what the model says, whether it is right."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dashboard.space.ask import Space, shelf
from dashboard.text import _, percent


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of the images of a space beside where they lie.

    Attributes
    ----------
    space : Space
    model_classes : tuple of str
        Names that the model's predictions have.
    """

    space: Space
    model_classes: tuple[str, ...]

    @property
    def labels(self) -> np.ndarray | None:
        return self.space.images.labels

    @property
    def classes(self) -> tuple[str, ...]:
        return self.space.images.classes

    @property
    def predicted(self) -> np.ndarray | None:
        return self.space.features.predicted

    @property
    def confidence(self) -> np.ndarray | None:
        return self.space.features.confidence

    @cached_property
    def right(self) -> np.ndarray | None:
        """Whether the model says the label; None where labels are unknown or named otherwise than its classes."""
        if self.labels is None or self.predicted is None:
            return None
        known = {name.casefold(): number for number, name in enumerate(self.model_classes)}
        meant = np.array([known.get(name.casefold(), -1) for name in self.classes])
        return None if (meant < 0).any() else meant[self.labels] == self.predicted

    def label(self, index: int) -> str:
        return "" if self.labels is None else self.classes[self.labels[index]]

    def called(self, index: int) -> str:
        """What the model calls an image."""
        if self.predicted is None or self.predicted[index] >= len(self.model_classes):
            return ""
        return self.model_classes[self.predicted[index]]

    def says(self, index: int) -> str:
        """What the model says, with its probability."""
        if self.predicted is None or self.confidence is None:
            return ""
        return f"{self.called(index)} {percent(float(self.confidence[index]))}"

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """What the pointer says about each image; put together once for each space."""
        key = ("lines", self.space.key, self.model_classes)
        found: tuple[str, ...] | None = shelf().get(key)
        if found is None:
            found = tuple(self.line(index) for index in range(len(self.space.features)))
            shelf().put(key, found)
        return found

    def line(self, index: int) -> str:
        """Name, label and prediction of one image."""
        told = [self.space.images.names[index]]
        if self.label(index):
            told.append(_("label: {label}").format(label=self.label(index)))
        if self.says(index):
            told.append(_("the model: {says}").format(says=self.says(index)))
        return "\n".join(told)
