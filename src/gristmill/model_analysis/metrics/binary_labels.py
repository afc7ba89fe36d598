"""What binary metrics do with labels that are neither 0, 1 nor a share between them.

Such labels reach a metric when ``label_key`` names a raw number (an amount) where the model predicts a class made of
it. A configured metric that reads confusion matrices has no meaning for them, and stops the evaluation. One that a
model carries has not been asked for, and is NaN in the slices that have such labels. BinaryAccuracy goes on with Keras'
definition (see its module). The evaluation says so in a note.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gristmill.errors import DataError, Place
from gristmill.model_analysis.metrics.computation import SumComputation
from gristmill.model_analysis.metrics.confusion import ConfusionMatrices, ThresholdCounts
from gristmill.model_analysis.metrics.inputs import BatchInputs, View
from gristmill.model_analysis.metrics.metric import BoundMetric, Target
from gristmill.model_analysis.slicer.groups import FloatArray, Groups

__all__ = ["BinaryLabels", "LabelCounts", "matrices_metric", "outside_unit_interval"]


def outside_unit_interval(labels: FloatArray) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Where labels do not lie between 0 and 1; NaN does not."""
    return np.asarray(~((labels >= 0) & (labels <= 1)))


@dataclass(frozen=True)
class LabelCounts:
    """How many labels of a slice are no binary ones.

    Attributes:
        outside: labels of the slice that do not lie between 0 and 1.
        labels: labels of the slice.
        anywhere: whether any slice has such a label.
    """

    outside: int
    labels: int
    anywhere: bool


@dataclass(frozen=True)
class BinaryLabels(SumComputation):
    """Counts labels outside [0, 1], unweighted; results are LabelCounts.

    Attributes:
        view: the labels to look at.
        required: such a label is an error instead.
    """

    view: View
    required: bool

    def summarize(self, inputs: BatchInputs, groups: Groups) -> FloatArray:
        """See the base class.

        Raises:
            DataError: ``required``, and a label is not between 0 and 1.
        """
        labels = self.view.scored(inputs).labels
        outside = outside_unit_interval(labels).reshape(len(labels), -1).sum(axis=1)
        if self.required and outside.any():
            raise DataError(
                "labels of a binary metric must lie between 0 and 1",
                place=Place(column=self.view.columns(inputs).label_key or None),
                value=labels[int(np.flatnonzero(outside)[0])].tolist(),
                hint="choose a class of a multi-class label with binarize.class_ids, or name a label of 0 and 1",
            )
        values_per_row = 1 if labels.ndim == 1 else labels.shape[1]
        return groups.sums([outside.astype(np.float64), np.full(len(labels), float(values_per_row))])

    def results(self, state: FloatArray, size: int) -> Sequence[Any]:
        """LabelCounts of each group."""
        anywhere = bool(state[:, 0].any())
        return [LabelCounts(int(outside), int(labels), anywhere) for outside, labels in state.tolist()]


def matrices_metric(
    target: Target, name: str, thresholds: tuple[float, ...], value: Callable[[ConfusionMatrices], Any]
) -> BoundMetric:
    """A metric read from the confusion matrices at ``thresholds``; NaN or an error where labels are not binary."""

    def checked(counts: LabelCounts, matrices: ConfusionMatrices) -> Any:
        return math.nan if counts.outside else value(matrices)

    needs = (BinaryLabels(target.view, required=not target.own_rule), ThresholdCounts(target.view, thresholds))
    return BoundMetric(target.key(name), needs, checked)
