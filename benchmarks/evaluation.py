"""Side by side with scikit-learn: curves, intervals and the comparison of two areas, as ratios.

    python benchmarks/evaluation.py [--examples 1000000] [--rounds 3]

Each pair is run in turn, so that other load on the machine meets both; the quickest round counts. Time is that of the
processor, of this one thread. A ratio above 1 says how many times as quick vizlib is.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import metrics

import vizlib as vz

Case = tuple[str, Callable[[], Any], Callable[[], Any], int]


def data(examples: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two models' probabilities and labels; an array of its own each time, as a caller would have it."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 2, examples)
    scores = 1 / (1 + np.exp(-generator.normal(size=(2, examples)) - labels))
    return scores[0], scores[1], labels


def seconds(work: Callable[[], Any]) -> float:
    """Processor time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def all_four(scores: np.ndarray, labels: np.ndarray) -> None:
    """ROC and PR curve, AUC and average precision, by scikit-learn."""
    metrics.roc_curve(labels, scores)
    metrics.precision_recall_curve(labels, scores)
    metrics.roc_auc_score(labels, scores)
    metrics.average_precision_score(labels, scores)


def both_curves(examples: int) -> Callable[[], None]:
    """The same by vizlib; every round has other numbers, so that nothing is known from the round before."""
    rounds = iter(range(1, 1000))
    prepared = [data(examples, seed) for seed in range(1, 5)]

    def work() -> None:
        scores, _, labels = prepared[next(rounds) % len(prepared)]
        roc, pr = vz.roc_curve(scores, labels), vz.pr_curve(scores, labels)
        assert roc.auc > 0.5 < pr.average_precision

    return work


def loop(scores: np.ndarray, labels: np.ndarray, score: Callable[..., float], samples: int) -> list[float]:
    """The bootstrap as it is usually written."""
    generator = np.random.default_rng(0)
    found = []
    for _ in range(samples):
        draws = [generator.choice(np.flatnonzero(labels == one), (labels == one).sum()) for one in (0, 1)]
        taken = np.concatenate(draws)
        found.append(score(labels[taken], scores[taken]))
    return found


def delong(scores_a: np.ndarray, scores_b: np.ndarray, labels: np.ndarray, share: int = 1) -> np.ndarray:
    """DeLong's double sum, every pair of a positive and a negative, row by row to bound the memory.

    ``share`` takes every so many rows only, for what would last minutes; the sum is then not the whole one.
    """
    parts = []
    for scores in (scores_a, scores_b):
        positives, negatives = scores[labels == 1][::share], scores[labels == 0]
        rows, columns = np.empty(len(positives)), np.zeros(len(negatives))
        for place, score in enumerate(positives):
            pairs = (score > negatives) + 0.5 * (score == negatives)
            rows[place] = pairs.mean()
            columns += pairs
        parts.append((rows, columns / len(positives)))
    (rows_a, columns_a), (rows_b, columns_b) = parts
    return np.cov(rows_a, rows_b) / len(rows_a) + np.cov(columns_a, columns_b) / len(columns_a)


def by_definition(scores_a: np.ndarray, scores_b: np.ndarray, labels: np.ndarray, share: int = 1) -> list[float]:
    """The same sum as the paper writes it, in plain Python: the kernel for every pair."""
    found = []
    for scores in (scores_a.tolist(), scores_b.tolist()):
        positives = [score for score, label in zip(scores, labels.tolist(), strict=True) if label][::share]
        negatives = [score for score, label in zip(scores, labels.tolist(), strict=True) if not label]
        for x in positives:
            found.append(sum(1.0 if x > y else 0.5 if x == y else 0.0 for y in negatives) / len(negatives))
    return found


def cases(examples: int) -> list[Case]:
    """What is measured: name, vizlib, peer, and how often the peer's work is to be counted."""
    one, _, labels = data(examples)
    found = [(f"ROC + PR + AUC + AP, {examples:,} examples", both_curves(examples), lambda: all_four(one, labels), 1)]
    for n in (1_000, 10_000, 100_000):
        a, _, truth = data(n)
        samples = 1000 if n < 100_000 else 50
        curve = lambda a=a, truth=truth: vz.roc_curve(a, truth, method="bootstrap").interval  # noqa: E731
        peer = lambda a=a, truth=truth, s=samples // 10: loop(a, truth, metrics.roc_auc_score, s)  # noqa: E731
        found.append((f"AUC, 1000 resamples of {n:,}", curve, peer, 1000 // (samples // 10)))
    a, _, truth = data(10_000)
    pr = lambda: vz.pr_curve(a, truth).interval  # noqa: E731
    found.append(("AP, 1000 resamples of 10,000", pr, lambda: loop(a, truth, metrics.average_precision_score, 100), 10))
    for n, share in ((10_000, 1), (100_000, 1), (1_000_000, 200)):
        a, b, truth = data(n)
        quick = lambda a=a, b=b, truth=truth: vz.compare_auc(a, b, truth)  # noqa: E731
        sums = lambda a=a, b=b, t=truth, s=share: delong(a, b, t, s)  # noqa: E731
        found.append((f"DeLong, {n:,} examples / double sum in NumPy", quick, sums, share))
        if n < 1_000_000:
            share = n // 2_000
            plain = lambda a=a, b=b, t=truth, s=share: by_definition(a, b, t, s)  # noqa: E731
            found.append((f"DeLong, {n:,} examples / double sum in Python", quick, plain, share))
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="cases whose name begins with this")
    chosen = parser.parse_args()
    print("| case | vizlib | peer | times as quick |")
    print("|---|---|---|---|")
    for name, ours, theirs, times in cases(chosen.examples):
        if not name.startswith(chosen.only):
            continue
        pairs = [(seconds(ours), seconds(theirs) * times) for _ in range(chosen.rounds)]
        quick, slow = (min(column) for column in zip(*pairs, strict=True))
        print(f"| {name} | {quick * 1e3:.1f} ms | {slow * 1e3:,.0f} ms | {slow / quick:.0f} |", flush=True)


if __name__ == "__main__":
    main()
