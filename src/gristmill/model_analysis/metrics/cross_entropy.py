"""Cross-entropies of probabilities or logits; formulas as Keras defines them (clipping at 1e-7, label smoothing)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gristmill.errors import ConfigError, DataError, Place
from gristmill.model_analysis.metrics.computation import RowSums, RowTerms, SumComputation
from gristmill.model_analysis.metrics.counts import quotient
from gristmill.model_analysis.metrics.inputs import BatchInputs, ModelColumns, ScoredRows, View, one_hot
from gristmill.model_analysis.metrics.metric import BoundMetric, Metric, Target
from gristmill.model_analysis.slicer.groups import FloatArray, Groups

__all__ = [
    "BinaryCrossEntropy",
    "BinaryEntropyTerms",
    "CategoricalCrossEntropy",
    "ClassEntropySums",
    "SparseCategoricalCrossEntropy",
]

_KERAS_EPSILON = 1e-7  # Keras keeps probabilities this far from 0 and 1


@dataclass(frozen=True)
class BinaryEntropyTerms(RowTerms):
    """Weighted binary cross-entropy and weight of each row."""

    from_logits: bool = False
    label_smoothing: float = 0.0

    def __call__(self, rows: ScoredRows) -> Sequence[FloatArray]:
        labels = rows.labels * (1 - self.label_smoothing) + 0.5 * self.label_smoothing
        loss = rows.weights * self._loss(labels, rows.predictions)
        if loss.ndim == 2:
            return loss.mean(axis=1), rows.weights[:, 0]
        return loss, rows.weights

    def _loss(self, labels: FloatArray, scores: FloatArray) -> FloatArray:
        if self.from_logits:  # max(x,0) - x·y + log(1 + exp(-|x|)): the form that does not overflow
            return np.asarray(np.maximum(scores, 0) - scores * labels + np.log1p(np.exp(-np.abs(scores))))
        p = np.clip(scores, _KERAS_EPSILON, 1 - _KERAS_EPSILON)
        return np.asarray(-labels * np.log(p + _KERAS_EPSILON) - (1 - labels) * np.log(1 - p + _KERAS_EPSILON))


class BinaryCrossEntropy(Metric):
    """Mean binary cross-entropy.

    Args:
        from_logits: predictions are logits, not probabilities.
        label_smoothing: moves labels this far towards 0.5.
        name: what to call the value.
    """

    default_name = "binary_crossentropy"

    def __init__(self, from_logits: bool = False, label_smoothing: float = 0.0, name: str | None = None) -> None:
        super().__init__(name, from_logits=from_logits, label_smoothing=label_smoothing)
        self.terms = BinaryEntropyTerms(from_logits, check_smoothing(label_smoothing))

    def bind(self, target: Target) -> Iterator[BoundMetric]:
        """See the base class."""
        needs = (RowSums(target.view, self.terms),)
        yield BoundMetric(target.key(self.name), needs, lambda sums: quotient(sums[0], sums[1]))


@dataclass(frozen=True)
class ClassEntropySums(SumComputation):
    """Sums of weighted categorical cross-entropy and of weights; labels are class numbers or one value per class."""

    view: View
    from_logits: bool = False
    label_smoothing: float = 0.0

    def summarize(self, inputs: BatchInputs, groups: Groups) -> FloatArray:
        """See the base class."""
        columns = self.view.columns(inputs)
        labels, scores = class_scores(columns)
        weights = self.view.weights(inputs)
        hot = one_hot(labels, scores, columns.label_key)
        hot = hot * (1 - self.label_smoothing) + self.label_smoothing / scores.shape[1]
        return groups.sums([weights * -(hot * self._log_probabilities(scores)).sum(axis=1), weights])

    def _log_probabilities(self, scores: FloatArray) -> FloatArray:
        if self.from_logits:
            shifted = scores - scores.max(axis=1, keepdims=True)
            return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
        scaled = scores / scores.sum(axis=1, keepdims=True)
        return np.asarray(np.log(np.clip(scaled, _KERAS_EPSILON, 1 - _KERAS_EPSILON)))


class CategoricalCrossEntropy(Metric):
    """Mean cross-entropy over classes; labels are class numbers or one value per class.

    Args:
        from_logits: predictions are logits, not probabilities.
        label_smoothing: spreads this much of each label evenly over the classes.
        name: what to call the value.
    """

    default_name = "categorical_crossentropy"
    per_class = False

    def __init__(self, from_logits: bool = False, label_smoothing: float = 0.0, name: str | None = None) -> None:
        super().__init__(name, from_logits=from_logits, label_smoothing=label_smoothing)
        self.from_logits = from_logits
        self.label_smoothing = check_smoothing(label_smoothing)

    def bind(self, target: Target) -> Iterator[BoundMetric]:
        """See the base class."""
        needs = (ClassEntropySums(target.view, self.from_logits, self.label_smoothing),)
        yield BoundMetric(target.key(self.name), needs, lambda sums: quotient(sums[0], sums[1]))


class SparseCategoricalCrossEntropy(CategoricalCrossEntropy):
    """Mean cross-entropy over classes for labels that are class numbers; parameters without label smoothing."""

    default_name = "sparse_categorical_crossentropy"

    def __init__(self, from_logits: bool = False, name: str | None = None) -> None:
        super().__init__(from_logits, 0.0, name)
        self.config = {"from_logits": from_logits}


def class_scores(columns: ModelColumns) -> tuple[FloatArray, FloatArray]:
    """Labels, and predictions of shape (rows, classes).

    Raises:
        ConfigError: predictions have one value per row.
        DataError: a class number beyond the classes, or not a number.
    """
    labels, scores = columns.numeric()
    if scores.ndim != 2:
        raise ConfigError(
            "a categorical metric needs one score per class, and predictions have one value per row",
            hint="use the binary metric (BinaryAccuracy, BinaryCrossEntropy) for a model with one score",
        )
    if labels.ndim == 1 and not (labels < scores.shape[1]).all():
        raise DataError(
            f"class labels must be below {scores.shape[1]}, the number of scores in a prediction",
            place=Place(column=columns.label_key or None),
            value=labels[~(labels < scores.shape[1])][0].item(),
            hint="number the classes from 0, and give the model one score for each",
        )
    return labels, scores


def check_smoothing(value: float) -> float:
    """``value`` if it lies in [0, 1]; ConfigError otherwise."""
    if not 0 <= value <= 1:
        raise ConfigError("label_smoothing must lie between 0 and 1", value=value)
    return value
