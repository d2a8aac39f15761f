"""Results that tell where tokens look: the attention of one block, and how far the heads of all blocks look."""

from dataclasses import dataclass

import numpy as np

from vizlib.core.results import Result

Place = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Attention(Result):
    """Attention weights of every head of one block.

    Attributes
    ----------
    weights : array [batch, head, query, key]
        Rows sum to one. The first ``special`` tokens are class and register tokens, the others lie in the grid in
        reading order. Of windows, query j is position j of the image, window partition and shift undone.
    keys : int array [query, key] or None
        Of windows: the position of each key, -1 for padding and for what the mask hides. None where key j is token j.
    grid : (int, int)
        Height and width in tokens.
    special : int
        Number of tokens before the patches.
    distances : array [batch, head]
        Mean attention distance, in input pixels: from a patch to the patches it looks at, weighted by how much.
    block : str
    input_size : (int, int)
    notes : tuple of str
    """

    weights: np.ndarray
    keys: np.ndarray | None
    grid: tuple[int, int]
    special: int
    distances: np.ndarray
    block: str
    input_size: tuple[int, int]
    notes: tuple[str, ...] = ()

    @property
    def heads(self) -> int:
        """Number of heads."""
        return int(self.weights.shape[1])

    @property
    def class_token(self) -> bool:
        """Whether a class token comes before the patches."""
        return self.special > 0

    def token(self, query: Place | None = None) -> int:
        """Number of the token of a patch (row, column); of the class token, or else the central patch, for None."""
        if query is None and self.class_token:
            return 0
        row, column = query if query is not None else (self.grid[0] // 2, self.grid[1] // 2)
        if not (0 <= row < self.grid[0] and 0 <= column < self.grid[1]):
            raise ValueError(f"The block has {self.grid[0]} x {self.grid[1]} patches; got ({row}, {column}).")
        return self.special + int(row) * self.grid[1] + int(column)

    def looks(self, query: Place | None = None, image: int = 0) -> np.ndarray:
        """Where a token looks: weights on the patches, [head, grid height, grid width]."""
        row = self.weights[image, :, self.token(query)]
        if self.keys is not None:
            row = _spread(row[:, None], self.keys[self.token(query)][None], self.grid[0] * self.grid[1])[:, 0]
        return row[:, self.special :].reshape(-1, *self.grid)

    def dense(self, image: int = 0) -> np.ndarray:
        """Weights [head, query, position] of one image with a column for every token, whatever windows there are."""
        if self.keys is None:
            return self.weights[image]
        return _spread(self.weights[image], self.keys, self.grid[0] * self.grid[1])


def _spread(weights: np.ndarray, keys: np.ndarray, count: int) -> np.ndarray:
    """Windowed weights [head, query, key] at the positions of their keys [query, key]."""
    full = np.zeros((*weights.shape[:2], count + 1), weights.dtype)  # the last column takes what lies nowhere
    np.put_along_axis(full, np.where(keys < 0, count, keys)[None].repeat(len(weights), 0), weights, axis=2)
    return full[:, :, :count]


@dataclass(frozen=True, eq=False)
class AttentionDistance(Result):
    """How far every head of every block looks.

    Attributes
    ----------
    distances : array [heads of all blocks]
        Mean attention distance over images and patches, in input pixels.
    blocks : int array [heads of all blocks]
        Number of the head's block, in order of execution.
    uniform : array [blocks]
        The distance that a head would have that looks at everything it may see alike.
    names : tuple of str
        Of the blocks.
    images : int
        Number of images that were looked at.
    input_size : (int, int)
    notes : tuple of str
    """

    distances: np.ndarray
    blocks: np.ndarray
    uniform: np.ndarray
    names: tuple[str, ...]
    images: int
    input_size: tuple[int, int]
    notes: tuple[str, ...] = ()

    def of(self, block: int) -> np.ndarray:
        """Distances of the heads of one block."""
        return self.distances[self.blocks == block]
