"""Share of rows whose prediction is on the label's side of a threshold.

A label between 0 and 1 counts as that share of a positive and the rest of a negative row, as in all binary metrics.
Where the examples have any other label, the value is Keras' instead: the share of rows whose label equals the predicted
0 or 1 (``tf.keras.metrics.BinaryAccuracy``), in every slice, so that slices can be compared. Existing configurations
name raw numbers as labels and rely on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gristmill.model_analysis.metrics.binary_labels import BinaryLabels, LabelCounts, outside_unit_interval
from gristmill.model_analysis.metrics.computation import SumComputation
from gristmill.model_analysis.metrics.counts import quotient
from gristmill.model_analysis.metrics.inputs import BatchInputs, View
from gristmill.model_analysis.metrics.metric import BoundMetric, Metric, Target
from gristmill.model_analysis.metrics.rates import default_threshold
from gristmill.model_analysis.slicer.groups import FloatArray, Groups

__all__ = ["BinaryAccuracy"]


@dataclass(frozen=True)
class Agreement(SumComputation):
    """Sums of weighted agreement by shares, of weighted equality as Keras tests it, and of weights."""

    view: View
    threshold: float

    def summarize(self, inputs: BatchInputs, groups: Groups) -> FloatArray:
        """See the base class."""
        rows = self.view.scored(inputs)
        positive = rows.predictions > self.threshold  # false for NaN
        share = np.where(positive, rows.labels, 1 - rows.labels)
        share[outside_unit_interval(rows.labels)] = 0
        columns = (rows.weights * share, rows.weights * (rows.labels == positive), rows.weights)
        return groups.sums([column.sum(axis=1) if column.ndim == 2 else column for column in columns])


class BinaryAccuracy(Metric):
    """Share of rows whose prediction is on the label's side of the threshold.

    Args:
        threshold: above it a prediction is positive; 0.5 by default, -inf where ``top_k`` decides.
        name: what to call the value.
        top_k: count only the k highest scores of a row as positive.
        class_id: the class of a multi-class prediction to look at.
    """

    default_name = "binary_accuracy"

    def __init__(
        self,
        threshold: float | None = None,
        name: str | None = None,
        top_k: int | None = None,
        class_id: int | None = None,
    ) -> None:
        super().__init__(name, threshold=threshold, top_k=top_k, class_id=class_id)
        self.threshold = threshold

    def bind(self, target: Target) -> Iterator[BoundMetric]:
        """See the base class."""
        threshold = default_threshold(target.sub_key) if self.threshold is None else self.threshold
        needs = (BinaryLabels(target.view, required=False), Agreement(target.view, threshold))
        yield BoundMetric(target.key(self.name), needs, _accuracy)


def _accuracy(counts: LabelCounts, sums: FloatArray) -> float:
    share, equal, weight = sums
    return quotient(equal if counts.anywhere else share, weight)
