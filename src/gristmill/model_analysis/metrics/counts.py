"""Counts of examples, and means of labels and predictions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gristmill.model_analysis.metrics.computation import RowSums, RowTerms, SumComputation
from gristmill.model_analysis.metrics.inputs import BatchInputs, ScoredRows, View
from gristmill.model_analysis.metrics.metric import BoundMetric, Metric, Target
from gristmill.model_analysis.slicer.groups import FloatArray, Groups

__all__ = [
    "Calibration",
    "CoefficientOfDiscrimination",
    "ExampleCount",
    "MeanLabel",
    "MeanPrediction",
    "RelativeCoefficientOfDiscrimination",
    "SquaredPearsonCorrelation",
    "WeightedExampleCount",
]


@dataclass(frozen=True)
class WeightSum(SumComputation):
    """The sum of example weights; needs neither labels nor predictions."""

    view: View

    def summarize(self, inputs: BatchInputs, groups: Groups) -> FloatArray:
        """See the base class."""
        return groups.sums([self.view.weights(inputs)])


class ExampleCount(Metric):
    """Number of examples, or the sum of their weights where the key says weighted."""

    default_name = "example_count"
    per_class = False

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)

    def bind(self, target: Target) -> Iterator[BoundMetric]:
        """See the base class."""
        yield BoundMetric(target.key(self.name), (WeightSum(target.view),), lambda sums: float(sums[0]))


class WeightedExampleCount(ExampleCount):
    """Sum of example weights; equals the number of examples where there are none."""

    default_name = "weighted_example_count"


@dataclass(frozen=True)
class _Moments(RowTerms):
    """w, w·y, w·p, w·y², w·p², w·y·p."""

    def __call__(self, rows: ScoredRows) -> Sequence[FloatArray]:
        y, p, w = rows.labels, rows.predictions, rows.weights
        return w, w * y, w * p, w * y * y, w * p * p, w * y * p


class _MomentMetric(Metric):
    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)

    def bind(self, target: Target) -> Iterator[BoundMetric]:
        """See the base class."""
        yield BoundMetric(target.key(self.name), (RowSums(target.view, _Moments()),), self.of_moments)

    @staticmethod
    def of_moments(sums: FloatArray) -> float:
        """The value from the sums of w, w·y, w·p, w·y², w·p², w·y·p."""
        raise NotImplementedError


class MeanLabel(_MomentMetric):
    """Weighted mean of the labels."""

    default_name = "mean_label"

    @staticmethod
    def of_moments(sums: FloatArray) -> float:
        """See the base class."""
        return quotient(sums[1], sums[0])


class MeanPrediction(_MomentMetric):
    """Weighted mean of the predictions."""

    default_name = "mean_prediction"

    @staticmethod
    def of_moments(sums: FloatArray) -> float:
        """See the base class."""
        return quotient(sums[2], sums[0])


class Calibration(_MomentMetric):
    """Sum of weighted predictions over sum of weighted labels; NaN where the labels sum to 0."""

    default_name = "calibration"

    @staticmethod
    def of_moments(sums: FloatArray) -> float:
        """See the base class."""
        return quotient(sums[2], sums[1])


class CoefficientOfDiscrimination(_MomentMetric):
    """Tjur's R²: mean prediction of positives minus mean prediction of negatives."""

    default_name = "coefficient_of_discrimination"

    @staticmethod
    def of_moments(sums: FloatArray) -> float:
        """See the base class."""
        return quotient(sums[5], sums[1]) - quotient(sums[2] - sums[5], sums[0] - sums[1])


class RelativeCoefficientOfDiscrimination(_MomentMetric):
    """Mean prediction of positives over mean prediction of negatives."""

    default_name = "relative_coefficient_of_discrimination"

    @staticmethod
    def of_moments(sums: FloatArray) -> float:
        """See the base class."""
        return quotient(quotient(sums[5], sums[1]), quotient(sums[2] - sums[5], sums[0] - sums[1]))


class SquaredPearsonCorrelation(_MomentMetric):
    """Square of the weighted correlation of labels and predictions; NaN where either is constant."""

    default_name = "squared_pearson_correlation"

    @staticmethod
    def of_moments(sums: FloatArray) -> float:
        """See the base class."""
        w, y, p, yy, pp, yp = sums
        covariance = yp - quotient(y * p, w)
        return quotient(covariance**2, (yy - quotient(y * y, w)) * (pp - quotient(p * p, w)))


def quotient(numerator: float, denominator: float) -> float:
    """The quotient as a float; NaN where the denominator is 0."""
    return float(numerator / denominator) if denominator else float("nan")
