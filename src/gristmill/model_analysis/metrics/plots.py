"""Plots: confusion matrices over the whole range of scores, and calibration by bucket of score."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from google.protobuf.wrappers_pb2 import DoubleValue

from gristmill.errors import ConfigError
from gristmill.model_analysis.metrics.binary_labels import BinaryLabels
from gristmill.model_analysis.metrics.computation import CellComputation
from gristmill.model_analysis.metrics.confusion import ThresholdCounts, even_thresholds
from gristmill.model_analysis.metrics.inputs import BatchInputs, View
from gristmill.model_analysis.metrics.metric import BoundPlot, Metric, Target
from gristmill.model_analysis.slicer.groups import FloatArray, Groups, IntArray
from gristmill.proto.metrics_for_slice_pb2 import CalibrationHistogramBuckets

__all__ = ["CalibrationPlot", "ConfusionMatrixPlot"]


class ConfusionMatrixPlot(Metric):
    """Confusion matrices at evenly spaced thresholds (1,000 where not told), the data of ROC and PR curves."""

    default_name = "confusion_matrix_plot"

    def __init__(self, num_thresholds: int = 1000, name: str | None = None) -> None:
        super().__init__(name, num_thresholds=num_thresholds)
        if num_thresholds < 2:
            raise ConfigError("a plot needs at least 2 thresholds", value=num_thresholds)
        self.thresholds = even_thresholds(num_thresholds)

    def bind(self, target: Target) -> Iterator[BoundPlot]:
        """See the base class."""
        needs = (BinaryLabels(target.view, required=True), ThresholdCounts(target.view, self.thresholds))
        yield BoundPlot(target.plot_key(self.name), needs, lambda _, matrices: matrices.to_proto())


@dataclass(frozen=True)
class CalibrationCounts(CellComputation):
    """Sums of weight, weighted label and weighted prediction by bucket.

    Cell 0 holds predictions below ``left``, the last those from ``right`` on, between them are equal buckets.
    """

    view: View
    num_buckets: int
    left: float
    right: float

    @property
    def width(self) -> int:
        """The buckets and the two open ends."""
        return self.num_buckets + 2

    def summarize(self, inputs: BatchInputs, groups: Groups) -> list[dict[str, Any]]:
        """See the base class."""
        rows = self.view.scored(inputs)
        scale = self.num_buckets / (self.right - self.left)
        position = np.floor((np.nan_to_num(rows.predictions, nan=-np.inf) - self.left) * scale)
        cells = np.clip(position + 1, 0, self.num_buckets + 1).astype(np.int64)
        columns = (rows.weights, rows.weights * rows.labels, rows.weights * rows.predictions)
        codes, sums = groups.cells(cells, self.width, columns)
        return [{"codes": codes, "sums": sums}]

    def result(self, cells: IntArray, sums: FloatArray) -> CalibrationHistogramBuckets:
        """One message of all buckets that are not empty."""
        edges = [-math.inf, *np.linspace(self.left, self.right, self.num_buckets + 1).tolist(), math.inf]
        message = CalibrationHistogramBuckets()
        for cell, (weight, label, prediction) in zip(cells.tolist(), sums.tolist(), strict=True):
            message.buckets.add(
                lower_threshold_inclusive=edges[cell],
                upper_threshold_exclusive=edges[cell + 1],
                num_weighted_examples=DoubleValue(value=weight),
                total_weighted_label=DoubleValue(value=label),
                total_weighted_refined_prediction=DoubleValue(value=prediction),
            )
        return message


class CalibrationPlot(Metric):
    """Mean label against mean prediction by bucket of prediction.

    Args:
        num_buckets: number of buckets between left and right.
        left: lower edge; the schema's smallest label where it tells one, else 0.
        right: upper edge; the schema's largest label where it tells one, else 1.
        name: what to call the plot.
    """

    default_name = "calibration_plot"

    def __init__(
        self,
        num_buckets: int = 1000,
        left: float | None = None,
        right: float | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(name, num_buckets=num_buckets, left=left, right=right)
        if num_buckets < 1:
            raise ConfigError("a calibration plot needs at least one bucket", value=num_buckets)
        self.num_buckets, self.left, self.right = num_buckets, left, right

    def bind(self, target: Target) -> Iterator[BoundPlot]:
        """See the base class."""
        low, high = target.label_range or (0.0, 1.0)
        left = low if self.left is None else self.left
        right = high if self.right is None else self.right
        if not left < right:
            defaulted = self.left is None or self.right is None
            raise ConfigError(
                "left must be below right",
                value=(left, right),
                hint=f"give both: their defaults are {low} and {high}, the range of the label" if defaulted else None,
            )
        needs = (CalibrationCounts(target.view, self.num_buckets, left, right),)
        yield BoundPlot(target.plot_key(self.name), needs, lambda buckets: buckets)
