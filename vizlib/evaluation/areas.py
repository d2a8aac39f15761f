"""Areas under curves from counts: exact sums of integers, then one division."""

from typing import Any

import numpy as np

from vizlib.core.errors import OptionError

PART = 1 << 18  # distinct scores at once
DEFINITIONS = {
    "step": "scikit-learn, torchmetrics: precision times the step of recall",
    "trapezoid": "area between straight lines through the points; too high, since precision does not go straight",
    "voc_all": "PASCAL VOC from 2010: area under the highest precision at that recall or beyond",
    "voc_11": "PASCAL VOC until 2009: its mean at the recalls 0, 0.1, ..., 1",
    "coco_101": "COCO: its mean at the recalls 0, 0.01, ..., 1",
}


def auc_of(hits: np.ndarray, alarms: np.ndarray) -> Any:
    """Share of pairs in the right order, ties half, of cumulative counts [..., scores]; float64 [...]."""
    between = (alarms[..., 1:] - alarms[..., :-1]) * (hits[..., 1:] + hits[..., :-1])
    pairs = between.sum(axis=-1) + alarms[..., 0] * hits[..., 0]
    return pairs / 2 / hits[..., -1] / alarms[..., -1]


def auc_variance(hits: np.ndarray, alarms: np.ndarray) -> float:
    """DeLong's variance of the area, from counts.

    References
    ----------
    DeLong, DeLong, Clarke-Pearson (1988), Comparing the areas under two or more correlated receiver operating
    characteristic curves, Biometrics 44.
    """
    m, n = int(hits[-1]), int(alarms[-1])
    if m < 2 or n < 2:
        raise OptionError("roc_curve: an interval takes at least two positives and two negatives.")
    area, sums = auc_of(hits, alarms), np.zeros(2)
    for start in range(0, len(hits), PART):  # in parts, which stay in the cache
        part, before = slice(start, start + PART), slice(max(start - 1, 0), start)
        positives = np.diff(hits[part], prepend=hits[before] if start else 0)
        negatives = np.diff(alarms[part], prepend=alarms[before] if start else 0)
        above = 1 - (alarms[part] - negatives / 2) / n  # share of the negatives that a positive with this score beats
        below = (hits[part] - positives / 2) / m  # share of the positives that beat a negative with this score
        sums += (positives * (above - area) ** 2).sum(), (negatives * (below - area) ** 2).sum()
    return float(sums[0] / (m - 1) / m + sums[1] / (n - 1) / n)


def step_precisions(positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    """Average precision (step) of counts [batch, scores]."""
    hits = np.cumsum(positives, axis=-1)
    through = hits + np.cumsum(negatives, axis=-1)
    return (positives * (hits / np.maximum(through, 1))).sum(axis=-1) / hits[..., -1]


def step_precision(precision: np.ndarray, hits: np.ndarray) -> float:
    """Average precision (step), of the precision at each distinct score, falling."""
    steps = (hits[1:] - hits[:-1]).astype(np.float64)
    steps *= precision[1:]
    return float((steps.sum() + hits[0] * precision[0]) / hits[-1])


def average_precisions(hits: np.ndarray, alarms: np.ndarray) -> dict[str, float]:
    """The five definitions, from cumulative counts at each distinct score, falling."""
    total = int(hits[-1])
    precision, recall = hits / (hits + alarms), hits / total
    best = np.maximum.accumulate(precision[::-1])[::-1]  # at this recall or beyond
    steps = np.diff(hits, prepend=0) / total
    before = steps[0] + steps[1:] @ precision[:-1]  # the first point follows precision 1
    eleven = np.searchsorted(hits, -(-np.arange(11) * total // 10))
    hundred = np.searchsorted(recall, np.linspace(0, 1, 101))
    return {
        "step": step_precision(precision, hits),
        "trapezoid": float((steps @ precision + before) / 2),
        "voc_all": float(steps @ best),
        "voc_11": float(best[eleven].mean()),
        "coco_101": float(best[np.minimum(hundred, len(best) - 1)].mean()),
    }
