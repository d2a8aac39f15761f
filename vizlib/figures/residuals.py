"""Places and words of the errors of predicted numbers."""

from dataclasses import dataclass

import numpy as np

from vizlib.evaluation.regression import Regression

MOST_POINTS = 5000


@dataclass(frozen=True, eq=False)
class ResidualPlan:
    """Points to draw: prediction over truth, and residual over prediction."""

    truth: np.ndarray
    predicted: np.ndarray
    residuals: np.ndarray
    ends: tuple[float, float]
    bias: float
    title: str
    alternative: str


def residual_plan(result: Regression) -> ResidualPlan:
    """Every example, or when there are many every so many-th in the order of the truth, with the largest errors."""
    chosen = np.arange(len(result.truth))
    if len(chosen) > MOST_POINTS:
        ranked = np.argsort(result.truth, kind="stable")[:: -(-len(chosen) // (MOST_POINTS - 100))]
        chosen = np.union1d(ranked, np.argsort(-np.abs(result.residuals), kind="stable")[:100])
    mape = "not defined" if np.isnan(result.mape) else f"{result.mape:.2%}"
    r2 = "not defined" if np.isnan(result.r2) else f"{result.r2:.4f}"
    title = f"MAE {result.mae:.4g}, RMSE {result.rmse:.4g}, MAPE {mape}, R² {r2}"
    way = "too much" if result.bias > 0 else "too little"
    words = f"Predicted over true numbers, and residuals, of {len(result.truth):,} examples. {title}. On average it predicts {abs(result.bias):.4g} {way}."  # fmt: skip  # noqa: E501
    both = np.concatenate([result.truth, result.predicted])
    return ResidualPlan(
        truth=result.truth[chosen],
        predicted=result.predicted[chosen],
        residuals=result.residuals[chosen],
        ends=(float(both.min()), float(both.max())),
        bias=result.bias,
        title=title,
        alternative=words,
    )
