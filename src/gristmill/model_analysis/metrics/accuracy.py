"""Shares of rows whose prediction equals the label: exact values, classes, or class among the k best."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gristmill.errors import ConfigError
from gristmill.model_analysis.metrics.computation import SumComputation
from gristmill.model_analysis.metrics.counts import quotient
from gristmill.model_analysis.metrics.cross_entropy import class_scores
from gristmill.model_analysis.metrics.inputs import BatchInputs, View
from gristmill.model_analysis.metrics.metric import BoundMetric, Metric, Target
from gristmill.model_analysis.slicer.groups import FloatArray, Groups

__all__ = [
    "Accuracy",
    "CategoricalAccuracy",
    "ExactMatch",
    "SparseCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy",
]


@dataclass(frozen=True)
class ClassHits(SumComputation):
    """Weighted count of rows whose class is among the ``k`` highest scores, and the sum of weights."""

    view: View
    k: int = 1

    def summarize(self, inputs: BatchInputs, groups: Groups) -> FloatArray:
        """See the base class."""
        labels, scores = class_scores(self.view.columns(inputs))
        weights = self.view.weights(inputs)
        actual = (labels.argmax(axis=1) if labels.ndim == 2 else labels).astype(np.int64)
        if self.k == 1:
            hits = scores.argmax(axis=1) == actual
        else:
            best = np.argsort(-scores, axis=1, kind="stable")[:, : self.k]
            hits = (best == actual[:, None]).any(axis=1)
        return groups.sums([weights * hits, weights])


@dataclass(frozen=True)
class EqualRows(SumComputation):
    """Weighted share of equal values in each row, and the sum of weights; text compares as text."""

    view: View
    whole_row: bool

    def summarize(self, inputs: BatchInputs, groups: Groups) -> FloatArray:
        """See the base class."""
        columns = self.view.columns(inputs)
        labels, predictions = columns.labels, columns.predictions
        if labels is None or predictions is None:
            labels, predictions = columns.numeric()
        if labels.shape != predictions.shape:
            raise ConfigError(
                f"labels of shape {labels.shape[1:]} and predictions of shape {predictions.shape[1:]} per row cannot be"
                " compared for equality",
                hint="use SparseCategoricalAccuracy or CategoricalAccuracy for scores per class",
            )
        equal = np.asarray(labels == predictions, dtype=np.float64)
        if equal.ndim == 2:
            equal = equal.min(axis=1) if self.whole_row else equal.mean(axis=1)
        weights = self.view.weights(inputs)
        return groups.sums([weights * equal, weights])


class _EqualMetric(Metric):
    per_class = False
    whole_row = False

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)

    def bind(self, target: Target) -> Iterator[BoundMetric]:
        """See the base class."""
        needs = (EqualRows(target.view, self.whole_row),)
        yield BoundMetric(target.key(self.name), needs, lambda sums: quotient(sums[0], sums[1]))


class Accuracy(_EqualMetric):
    """Share of predictions that equal their label."""

    default_name = "accuracy"


class ExactMatch(_EqualMetric):
    """Share of rows whose whole prediction, numbers or text, equals the label."""

    default_name, whole_row = "exact_match", True


class _HitMetric(Metric):
    per_class = False

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.k = 1

    def bind(self, target: Target) -> Iterator[BoundMetric]:
        """See the base class."""
        needs = (ClassHits(target.view, self.k),)
        yield BoundMetric(target.key(self.name), needs, lambda sums: quotient(sums[0], sums[1]))


class CategoricalAccuracy(_HitMetric):
    """Share of rows whose highest score is at the label's class; labels have one value per class."""

    default_name = "categorical_accuracy"


class SparseCategoricalAccuracy(_HitMetric):
    """Share of rows whose highest score is at the label's class; labels are class numbers."""

    default_name = "sparse_categorical_accuracy"


class TopKCategoricalAccuracy(_HitMetric):
    """Share of rows whose class is among the ``k`` highest scores."""

    default_name = "top_k_categorical_accuracy"

    def __init__(self, k: int = 5, name: str | None = None) -> None:
        super().__init__(name)
        if k < 1:
            raise ConfigError("k must be at least 1", value=k)
        self.config = {"k": k}
        self.k = k


class SparseTopKCategoricalAccuracy(TopKCategoricalAccuracy):
    """As :class:`TopKCategoricalAccuracy`, for labels that are class numbers."""

    default_name = "sparse_top_k_categorical_accuracy"
