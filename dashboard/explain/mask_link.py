"""A mask as a short word for an address: rectangles as numbers, anything else as run lengths, packed."""

import numpy as np

from vizlib.core.mask_text import mask_of, packed, rectangles, written

LONGEST = 1500  # letters; some browsers and most chats cut longer addresses

__all__ = ["LONGEST", "from_word", "rectangles", "to_word"]


def to_word(mask: np.ndarray) -> str | None:
    """The mask as a word of letters, digits and ``.-_``; empty for an empty mask, None when it would be too long."""
    if not mask.any():
        return ""
    height, width = mask.shape
    word = min(written(mask), f"{height}x{width}z{packed(mask)}", key=len)
    return word if len(word) <= LONGEST else None


def from_word(word: str, size: tuple[int, int]) -> np.ndarray | None:
    """The mask that a word means; None when it is empty, of another size or makes no sense."""
    mask = mask_of(word) if len(word) <= LONGEST else None
    return mask if mask is not None and mask.shape == size and mask.any() else None
