"""Lines of loss and spectra of the Hessian, ready to draw; screen and paper take them from here."""

from dataclasses import dataclass

import numpy as np

from vizlib.figures.landscape import LINE_COLOURS, Curve, Show
from vizlib.landscapes.results import LossLines, LossPath, Spectrum
from vizlib.landscapes.sharpness import Sharpness

TINY_SHARE = 1e-6


@dataclass(frozen=True, eq=False)
class LinesPlan:
    """Curves over one axis; the first is the main one, ``band`` is (lowest, highest) around it."""

    curves: tuple[Curve, ...]
    band: tuple[np.ndarray, np.ndarray] | None
    x_label: str
    y_label: str
    title: str
    alternative: str
    log: bool


def lines_plan(result: LossLines, show: Show = "loss", log: bool = False) -> LinesPlan:
    """The mean over the seeds, the band from the lowest to the highest, and each seed."""
    values = result.losses if show == "loss" else result.accuracy
    known = np.where(np.isfinite(values), values, np.nan)
    complete = known[~np.isnan(known).any(axis=1)] if not np.isnan(known).all() else known
    complete = complete if len(complete) else known[:1]
    seeds = [
        Curve(f"seed {seed}", result.axis, line, (), "#808b90") for seed, line in zip(result.seeds, known, strict=True)
    ]
    mean = Curve("mean", result.axis, complete.mean(axis=0), (), LINE_COLOURS[1])
    title = f"{_word(show)} along {len(result.seeds)} filter-normalised random directions, over {result.images} images"
    at_ends = f"At the ends the mean is {mean.y[0]:.3g} and {mean.y[-1]:.3g}, at the centre {result.center_loss:.3g}."
    return LinesPlan(
        curves=(mean, *seeds),
        band=(complete.min(axis=0), complete.max(axis=0)),
        x_label="filter-normalised steps",
        y_label=_unit(show),
        title=title,
        alternative=f"{title}. {at_ends if show == 'loss' else ''} {' '.join(result.notes)}".strip(),
        log=log and show == "loss",
    )


def path_plan(result: LossPath, show: Show = "loss", log: bool = False) -> LinesPlan:
    """The loss on the way, over the straight line between its ends."""
    values = result.losses if show == "loss" else result.accuracy
    known = np.where(np.isfinite(values), values, np.nan)
    line = known[0] + result.axis * (known[-1] - known[0])
    title = (
        f"{_word(show)} on the straight way between two solutions, {result.distance:.3g} apart: "
        f"barrier {result.barrier:.3g}, over {result.images} images"
    )
    return LinesPlan(
        curves=(
            Curve("on the way", result.axis, known, (), LINE_COLOURS[1]),
            Curve("straight line", result.axis, line, (), "#808b90"),
        ),
        band=None,
        x_label="share of the way",
        y_label=_unit(show),
        title=title,
        alternative=f"{title}. {' '.join(result.notes)}".strip(),
        log=log and show == "loss",
    )


def _word(show: Show) -> str:
    return "Loss" if show == "loss" else "Accuracy"


def _unit(show: Show) -> str:
    return "mean cross-entropy" if show == "loss" else "accuracy"


@dataclass(frozen=True, eq=False)
class SpectrumPlan:
    """Approximate eigenvalues with their shares; the largest ones again, as marks."""

    places: np.ndarray
    shares: np.ndarray
    top: np.ndarray
    top_shares: np.ndarray
    texts: tuple[str, ...]
    title: str
    alternative: str


def spectrum_plan(result: Spectrum) -> SpectrumPlan:
    """What is drawn."""
    shares = np.maximum(result.shares, TINY_SHARE)
    nearest = np.abs(result.ritz[None] - result.values[:, None]).argmin(axis=1)
    top = ", ".join(f"{value:.3g}" for value in result.values[:3])
    which = "largest eigenvalue" if len(result.values) == 1 else "largest eigenvalues"
    title = (
        f"Curvature at the trained weights: {which} {top}, "
        f"trace {result.trace:.3g} ± {result.trace_error:.2g}, over {result.images} images"
    )
    values = ", ".join(f"{value:.3g}" for value in result.values)
    return SpectrumPlan(
        places=result.ritz,
        shares=shares,
        top=result.values,
        top_shares=shares[nearest],
        texts=tuple(
            f"eigenvalue {number + 1}: {value:.4g}, off by at most {off:.1g}"
            for number, (value, off) in enumerate(zip(result.values, result.residuals, strict=True))
        ),
        title=title,
        alternative=f"{title}. Eigenvalues {values}; the most negative one met is {result.smallest:.3g}.",
    )


@dataclass(frozen=True, eq=False)
class SharpnessPlan:
    """One mark a training: sharpness against generalisation gap."""

    x: np.ndarray
    y: np.ndarray
    names: tuple[str, ...]
    texts: tuple[str, ...]
    sides: tuple[str, ...]
    title: str
    alternative: str


def sharpness_plan(result: Sharpness) -> SharpnessPlan:
    """What is drawn."""
    facts = zip(result.names, result.top, result.trace, result.trace_error, result.gap, strict=True)
    texts = tuple(
        f"{name}: largest eigenvalue {top:.3g}, trace {trace:.3g} ± {error:.1g}, gap {gap:.3g}"
        for name, top, trace, error, gap in facts
    )
    title = f"Sharpness against generalisation gap of {len(result.names)} trainings"
    return SharpnessPlan(
        x=result.top,
        y=result.gap,
        names=result.names,
        texts=texts,
        sides=_sides(result.top, result.gap),
        title=title,
        alternative=f"{title}. {result.verdict} {'; '.join(texts)}.",
    )


def _sides(x: np.ndarray, y: np.ndarray) -> tuple[str, ...]:
    """Where names stand: away from the nearest other mark."""
    across, up = ((values - values.min()) / (np.ptp(values) or 1) for values in (np.log(np.maximum(x, 1e-300)), y))
    apart = np.hypot(across[:, None] - across, up[:, None] - up) + np.diag(np.full(len(x), np.inf))
    return tuple("bottom center" if up[near] > up[own] else "top center" for own, near in enumerate(apart.argmin(1)))
