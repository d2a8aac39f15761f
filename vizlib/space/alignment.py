"""One map laid on another, so that points do not jump when the layer changes."""

from dataclasses import replace

import numpy as np

from vizlib.core.errors import OptionError
from vizlib.space.inputs import points_of
from vizlib.space.results import Embedding


def align(embedding: Embedding, onto: Embedding | np.ndarray) -> Embedding:
    """Turn, mirror, shift and scale a map until it lies on another as well as it can.

    Parameters
    ----------
    embedding : Embedding
    onto : Embedding or array [image, dimension]
        A map of the same images in the same order, with as many dimensions.

    Returns
    -------
    Embedding
        Neighbours, and so the quality, are as before; all distances are scaled by one number.

    References
    ----------
    Gower (1975), Generalized Procrustes analysis.
    """
    goal, mine = points_of(onto, len(embedding)), embedding.points
    if goal.shape != mine.shape:
        raise OptionError(f"onto must have {mine.shape[1]} dimensions as the map has; got {goal.shape[1]}.")
    return replace(embedding, points=procrustes(mine, goal))


def procrustes(points: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """Points moved to the least sum of squared distances to the goal, without changing their shape."""
    centred, aim = points - points.mean(0), goal - goal.mean(0)
    left, strengths, right = np.linalg.svd(centred.T @ aim)
    size = float((centred**2).sum())
    scale = strengths.sum() / size if size > 0 and strengths.sum() > 0 else 1.0
    moved: np.ndarray = scale * centred @ left @ right + goal.mean(0)
    return moved
