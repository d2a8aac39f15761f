"""How far predicted numbers are from the true ones: MAE, RMSE, MAPE, R² and the residuals."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vizlib.core.arrays import array_of
from vizlib.core.errors import OptionError
from vizlib.core.results import Result


@dataclass(frozen=True, eq=False)
class Regression(Result):
    """How far predicted numbers are from the true ones.

    Attributes
    ----------
    predicted, truth : array [n]
    mae : float
        Mean absolute residual, in the unit of the numbers.
    rmse : float
        Root of the mean squared residual; large ones weigh more.
    mape : float
        Mean absolute residual by the magnitude of the truth, 0.1 for 10 %; NaN when a true value is 0.
    r2 : float
        Share of the variance that is predicted; below 0 for worse than the mean, NaN when the truth is constant.
    zeros : int
        True values that are 0.
    """

    predicted: np.ndarray
    truth: np.ndarray
    mae: float
    rmse: float
    mape: float
    r2: float
    zeros: int

    @property
    def residuals(self) -> np.ndarray:
        """Predicted less true [n]: above 0 where too much was predicted."""
        return self.predicted - self.truth

    @property
    def bias(self) -> float:
        """Mean residual."""
        return float(self.residuals.mean())

    def banners(self) -> tuple[str, ...]:
        """Which of the numbers are not defined, and why."""
        found = []
        if self.zeros:
            found.append(
                f"MAPE is not defined: {self.zeros} of {len(self.truth)} true values are 0, and an error in per cent of 0 is none. Read MAE."  # noqa: E501
            )
        if np.isnan(self.r2):
            found.append("R² is not defined: all true values are the same, so there is no variance to predict.")
        return tuple(found)


def regression(predicted: Any, truth: Any) -> Regression:
    """How far predicted numbers are from the true ones.

    Parameters
    ----------
    predicted, truth : array [n]
        Finite.

    Returns
    -------
    Regression

    Raises
    ------
    OptionError
        One sentence: lists of different length, a value that is no finite number.

    Notes
    -----
    R² depends on how much the truth varies in this set: the same errors look better where it varies more. Residuals
    that show a pattern over the prediction tell what one number hides.
    """
    found, true = _checked("predicted", predicted), _checked("truth", truth)
    if len(found) != len(true):
        raise OptionError(f"regression: predicted and truth must be equally many; got {len(found)} and {len(true)}.")
    residuals, zeros = found - true, int((true == 0).sum())
    spread = float(((true - true.mean()) ** 2).sum()) if true.min() < true.max() else 0.0
    return Regression(
        predicted=found,
        truth=true,
        mae=float(np.abs(residuals).mean()),
        rmse=float(np.sqrt((residuals**2).mean())),
        mape=float("nan") if zeros else float(np.abs(residuals / true).mean()),
        r2=1 - float((residuals**2).sum()) / spread if spread else float("nan"),
        zeros=zeros,
    )


def _checked(name: str, values: Any) -> np.ndarray:
    found = array_of(values)
    if found.ndim != 1 or not len(found) or found.dtype.kind not in "fiub":
        raise OptionError(f"regression: {name} must be a list of numbers; got shape {list(found.shape)} of {found.dtype}.")  # fmt: skip  # noqa: E501
    found = found.astype(np.float64)
    if not np.isfinite(found).all():
        wrong = int((~np.isfinite(found)).sum())
        raise OptionError(f"regression: {wrong} of {len(found)} values of {name} are NaN or infinite; remove or replace them.")  # fmt: skip  # noqa: E501
    return found
