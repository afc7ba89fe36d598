"""Mean errors of numeric predictions; formulas as Keras defines them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gristmill.model_analysis.metrics.computation import RowSums, RowTerms
from gristmill.model_analysis.metrics.counts import quotient
from gristmill.model_analysis.metrics.inputs import ScoredRows
from gristmill.model_analysis.metrics.metric import BoundMetric, Metric, Target
from gristmill.model_analysis.slicer.groups import FloatArray

__all__ = [
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "RootMeanSquaredError",
]

_KERAS_EPSILON = 1e-7  # Keras' fuzz factor: the smallest divisor, and what log arguments are raised to

_ERRORS: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "absolute": lambda y, p: np.abs(y - p),
    "squared": lambda y, p: (y - p) ** 2,
    "absolute_percentage": lambda y, p: 100 * np.abs((y - p) / np.maximum(np.abs(y), _KERAS_EPSILON)),
    "squared_logarithmic": lambda y, p: (
        (np.log1p(np.maximum(p, _KERAS_EPSILON)) - np.log1p(np.maximum(y, _KERAS_EPSILON))) ** 2
    ),
}


@dataclass(frozen=True)
class ErrorTerms(RowTerms):
    """Weighted error and weight of each row; errors of several values in a row are averaged."""

    kind: str

    def __call__(self, rows: ScoredRows) -> Sequence[FloatArray]:
        error = rows.weights * _ERRORS[self.kind](rows.labels, rows.predictions)
        if error.ndim == 2:
            return error.mean(axis=1), rows.weights[:, 0]
        return error, rows.weights


class _MeanError(Metric):
    kind: ClassVar[str]

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)

    def bind(self, target: Target) -> Iterator[BoundMetric]:
        """See the base class."""
        needs = (RowSums(target.view, ErrorTerms(self.kind)),)
        yield BoundMetric(target.key(self.name), needs, self.of_sums)

    @staticmethod
    def of_sums(sums: FloatArray) -> float:
        """The value from the sums of weighted errors and of weights."""
        return quotient(sums[0], sums[1])


class MeanAbsoluteError(_MeanError):
    """Mean of |label - prediction|."""

    default_name, kind = "mean_absolute_error", "absolute"


class MeanSquaredError(_MeanError):
    """Mean of (label - prediction)²."""

    default_name, kind = "mean_squared_error", "squared"


class RootMeanSquaredError(_MeanError):
    """Root of the mean of (label - prediction)²."""

    default_name, kind = "root_mean_squared_error", "squared"

    @staticmethod
    def of_sums(sums: FloatArray) -> float:
        """See the base class."""
        return math.sqrt(quotient(sums[0], sums[1]))


class MeanAbsolutePercentageError(_MeanError):
    """Mean of 100·|label - prediction| / |label|."""

    default_name, kind = "mean_absolute_percentage_error", "absolute_percentage"


class MeanSquaredLogarithmicError(_MeanError):
    """Mean of (log(1 + prediction) - log(1 + label))², with negative values raised to 1e-7."""

    default_name, kind = "mean_squared_logarithmic_error", "squared_logarithmic"
