"""Whether sharper minima generalise worse: curvature of several trainings against their generalisation gap."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vizlib.core.results import Result
from vizlib.landscapes.results import Spectrum

CLEAR = 0.8  # rank correlation of few runs from which on one may speak of a tendency


@dataclass(frozen=True, eq=False)
class Sharpness(Result):
    """Trainings of one network from one start, by sharpness and generalisation.

    Attributes
    ----------
    names : tuple of str
    top, trace, trace_error : array [run]
        Largest eigenvalue and trace of the Hessian of the training loss.
    train_loss, heldout_loss : array [run]
    correlation : float
        Spearman's, between the largest eigenvalue and the gap.
    """

    names: tuple[str, ...]
    top: np.ndarray
    trace: np.ndarray
    trace_error: np.ndarray
    train_loss: np.ndarray
    heldout_loss: np.ndarray
    correlation: float
    notes: tuple[str, ...] = ()

    @property
    def gap(self) -> np.ndarray:
        """Held-out minus training loss."""
        found: np.ndarray = self.heldout_loss - self.train_loss
        return found

    @property
    def verdict(self) -> str:
        """Whether the textbook claim holds for these runs."""
        numbers = f"Spearman's rank correlation over {len(self.names)} runs: {self.correlation:.2f}"
        if self.correlation >= CLEAR:
            return f"Here the sharper minima do generalise worse ({numbers}); so few runs prove nothing."
        if self.correlation <= -CLEAR:
            return (
                "The textbook claim that flat minima generalise better does not hold here: the sharper minima have the "
                f"smaller gap ({numbers})."
            )
        return (
            "The textbook claim that flat minima generalise better does not show here: sharpness tells little about "
            f"the gap ({numbers})."
        )


def compared(
    names: Sequence[str], spectra: Sequence[Spectrum], train_loss: Sequence[float], heldout_loss: Sequence[float]
) -> Sharpness:
    """Put the spectra of several trainings beside their losses."""
    train, heldout = np.asarray(train_loss, float), np.asarray(heldout_loss, float)
    top = np.array([spectrum.values[0] for spectrum in spectra])
    return Sharpness(
        names=tuple(names),
        top=top,
        trace=np.array([spectrum.trace for spectrum in spectra]),
        trace_error=np.array([spectrum.trace_error for spectrum in spectra]),
        train_loss=train,
        heldout_loss=heldout,
        correlation=rank_correlation(top, heldout - train),
        notes=(f"Hessian of the loss over {spectra[0].images} training images.",),
    )


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's rank correlation; ties get their mean rank."""
    ranks = [_ranks(np.asarray(values, float)) for values in (one, other)]
    spread = [rank - rank.mean() for rank in ranks]
    length = float(np.sqrt((spread[0] ** 2).sum() * (spread[1] ** 2).sum()))
    return float((spread[0] * spread[1]).sum() / length) if length else 0.0


def _ranks(values: np.ndarray) -> np.ndarray:
    below = (values[None] < values[:, None]).sum(axis=1)
    ranks: np.ndarray = below + ((values[None] == values[:, None]).sum(axis=1) - 1) / 2
    return ranks
