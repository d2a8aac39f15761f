"""Which detection finds which object of an image: COCO's greedy matching, and PASCAL VOC's."""

from typing import NamedTuple

import numpy as np

ALMOST = 1 - 1e-10  # no threshold asks for more, as in the reference


class Matches(NamedTuple):
    """Of one class over all images, by falling score: what each detection is worth at every range and threshold.

    ``hits`` and ``ignored`` are [ranges, thresholds, detections]; ``rank`` is a detection's place in its image.
    """

    scores: np.ndarray
    hits: np.ndarray
    ignored: np.ndarray
    rank: np.ndarray
    positives: np.ndarray


def shares(found: np.ndarray, truth: np.ndarray, crowd: np.ndarray, wider: float) -> np.ndarray:
    """IoU [found, truth] of boxes left, top, width, height; of a crowd, the share of the found box inside it.

    ``wider`` is 1 for boxes whose last pixel is inside, as in PASCAL VOC.
    """
    a, b = found[:, None], truth[None]
    ends = np.minimum(a[..., :2] + a[..., 2:], b[..., :2] + b[..., 2:])
    common = np.maximum(ends - np.maximum(a[..., :2], b[..., :2]) + wider, 0).prod(-1)
    area, other = (a[..., 2:] + wider).prod(-1), (b[..., 2:] + wider).prod(-1)
    whole = np.where(crowd[None], area, area + other - common)
    return np.divide(common, whole, out=np.zeros(common.shape), where=common > 0)


def coco_matches(overlap: np.ndarray, ignore: np.ndarray, crowd: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Index of the object that each detection finds, -1 for none: [ranges, thresholds, found].

    Each detection, by falling score, takes of the objects still free the one that it overlaps most: first among those
    that count, then among those to be ignored. A crowd is never used up.

    Parameters
    ----------
    overlap : array [found, truth]
        Detections by falling score.
    ignore : bool array [ranges, truth]
    crowd : bool array [truth]
    thresholds : array [thresholds]
    """
    found, truth = overlap.shape
    match = np.full((len(ignore), len(thresholds), found), -1)
    least = np.minimum(thresholds, ALMOST)
    taken = np.zeros((len(ignore), len(thresholds), truth), bool)
    ignored = np.broadcast_to(ignore[:, None], taken.shape)
    for row in np.flatnonzero(overlap.max(axis=1, initial=0) >= least.min()):
        able = (overlap[row] >= least[:, None]) & ~(taken & ~crowd)
        counting = able & ~ignored
        able = np.where(counting.any(-1, keepdims=True), counting, able)
        worth = np.where(able, overlap[row], -1.0)
        best = truth - 1 - worth[..., ::-1].argmax(-1)  # of equal ones the last, as in the reference
        best = np.where(able.any(-1), best, -1)
        match[..., row] = best
        ranges, places = np.nonzero(best >= 0)
        taken[ranges, places, best[ranges, places]] = True
    return match


def voc_matches(overlap: np.ndarray, ignore: np.ndarray, thresholds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Objects found [thresholds, found], -1 for none, and which detections are ignored.

    Each detection looks at the object that it overlaps most, and at no other: a second one on it is a false alarm.
    """
    match = np.full((len(thresholds), len(overlap)), -1)
    if not overlap.size:
        return match, np.zeros(match.shape, bool)
    best = overlap.argmax(1)
    enough = overlap.max(1) >= thresholds[:, None]
    passed = enough & ignore[best]
    for place, row in np.argwhere(enough & ~passed):
        if best[row] not in match[place, :row]:
            match[place, row] = best[row]
    return match, passed
