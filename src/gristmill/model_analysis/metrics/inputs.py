"""What metrics see of a batch: labels, predictions and example weights as numpy arrays, by model and output.

A :class:`View` is the choice a metric makes among them: which model and output, which class or rank of a multi-class
prediction, with or without example weights. Views of two metrics that are equal share their computation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from gristmill.errors import ConfigError, DataError, Place
from gristmill.model_analysis.metrics.keys import SubKey
from gristmill.model_analysis.slicer.groups import FloatArray

__all__ = ["BatchInputs", "ModelColumns", "ScoredRows", "View", "one_hot"]


@dataclass(frozen=True)
class ModelColumns:
    """One output of one model, for the rows of a batch.

    Attributes:
        labels: shape (rows,) or (rows, classes); float64, or object (str) where labels are text; None if missing.
        predictions: float64 of shape (rows,) or (rows, classes), or object (str); None if missing.
        weights: float64 of shape (rows,); None where the model has no example weights.
        label_key: the feature that the labels come from, for messages.
    """

    labels: NDArray[Any] | None
    predictions: NDArray[Any] | None
    weights: FloatArray | None
    label_key: str = ""

    def numeric(self) -> tuple[FloatArray, FloatArray]:
        """Labels and predictions as float64.

        Raises:
            DataError: either is missing or is text.
        """
        return _numeric(self.labels, "labels", self), _numeric(self.predictions, "predictions", self)


@dataclass(frozen=True)
class BatchInputs:
    """Everything metrics may use of one batch."""

    rows: int
    outputs: Mapping[tuple[str, str], ModelColumns]
    feature: Callable[[str], pa.Array | None]


@dataclass(frozen=True)
class ScoredRows:
    """Labels, predictions and weights after a view was applied.

    Attributes:
        labels: float64 of shape (rows,) or (rows, values).
        predictions: of the shape of ``labels``.
        weights: of the shape of ``labels``; ones where the view is unweighted.
    """

    labels: FloatArray
    predictions: FloatArray
    weights: FloatArray


@dataclass(frozen=True)
class View:
    """Which values a metric looks at.

    Attributes:
        model_name: of the model.
        output_name: of the output; empty for a model with one.
        sub_key: class or rank.
        micro: flatten all classes into one stream of binary decisions.
        weighted: use example weights.
    """

    model_name: str = ""
    output_name: str = ""
    sub_key: SubKey | None = None
    micro: bool = False
    weighted: bool = False

    def columns(self, inputs: BatchInputs) -> ModelColumns:
        """The model's output that this view is about."""
        return inputs.outputs[self.model_name, self.output_name]

    def weights(self, inputs: BatchInputs) -> FloatArray:
        """Example weights, ones where unweighted; shape (rows,)."""
        weights = self.columns(inputs).weights if self.weighted else None
        return np.ones(inputs.rows) if weights is None else weights

    def scored(self, inputs: BatchInputs) -> ScoredRows:
        """Numeric labels and predictions of equal shape.

        Raises:
            ConfigError: several classes without a choice of class, or a class that does not exist.
            DataError: labels or predictions are missing or are text.
        """
        labels, predictions = self._select(self.columns(inputs))
        if labels.shape != predictions.shape:
            raise ConfigError(
                "labels and predictions of a row must have the same shape",
                place=self._place(),
                value=f"labels {labels.shape[1:]}, predictions {predictions.shape[1:]}",
                hint="choose classes of a multi-class prediction with binarize.class_ids or aggregate",
            )
        weights = self.weights(inputs)
        if labels.ndim == 2:
            weights = np.broadcast_to(weights[:, None], labels.shape)
        return ScoredRows(labels, predictions, weights)

    def _select(self, columns: ModelColumns) -> tuple[FloatArray, FloatArray]:
        labels, predictions = columns.numeric()
        if self.sub_key is None and not self.micro:
            return labels, predictions
        if predictions.ndim != 2:
            raise ConfigError(
                "classes and ranks can be chosen only where a prediction has several values",
                place=self._place(),
                hint="remove binarize and aggregate for a model with one score per row",
            )
        hot = one_hot(labels, predictions, columns.label_key)
        if self.sub_key is None:
            return hot, predictions
        if self.sub_key.class_id is not None and self.sub_key.top_k is None:
            self._check_class(self.sub_key.class_id, predictions.shape[1])
            return hot[:, self.sub_key.class_id], predictions[:, self.sub_key.class_id]
        if self.sub_key.k is not None:
            order = np.argsort(-predictions, axis=1, kind="stable")
            self._check_class(self.sub_key.k - 1, predictions.shape[1])
            chosen = order[:, self.sub_key.k - 1 : self.sub_key.k]
            return np.take_along_axis(hot, chosen, 1)[:, 0], np.take_along_axis(predictions, chosen, 1)[:, 0]
        return self._top(hot, predictions)

    def _top(self, hot: FloatArray, predictions: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Scores outside the k highest become -inf, so that no threshold counts them; or are left out for micro."""
        assert self.sub_key is not None
        top = min(self.sub_key.top_k or 0, predictions.shape[1])
        order = np.argsort(-predictions, axis=1, kind="stable")
        if self.micro:
            chosen = order[:, :top]
            return np.take_along_axis(hot, chosen, 1), np.take_along_axis(predictions, chosen, 1)
        kept = predictions.copy()
        np.put_along_axis(kept, order[:, top:], -np.inf, 1)
        if self.sub_key.class_id is None:
            return hot, kept
        self._check_class(self.sub_key.class_id, predictions.shape[1])
        return hot[:, self.sub_key.class_id], kept[:, self.sub_key.class_id]

    def _check_class(self, class_id: int, classes: int) -> None:
        if not 0 <= class_id < classes:
            raise ConfigError(
                f"the prediction has {classes} classes, numbered from 0",
                place=self._place(),
                value=class_id,
                hint="correct binarize.class_ids, k_list or aggregate.class_weights",
            )

    def _place(self) -> Place:
        names = [name for name in (self.model_name, self.output_name) if name]
        return Place(uri="model " + "/".join(names) if names else "the model's predictions")


def one_hot(labels: FloatArray, predictions: FloatArray, label_key: str) -> FloatArray:
    """Labels in the shape of predictions; class numbers outside the classes become rows of zeros.

    Raises:
        DataError: labels have several values per row, and not one for each class; names ``label_key``, their feature.
    """
    if labels.shape == predictions.shape:
        return labels
    if labels.ndim != 1:
        raise DataError(
            f"labels have {labels.shape[1]} values per row, predictions {predictions.shape[1]}: neither a class number"
            " nor one value per class",
            place=Place(column=label_key or None),
            hint="set label_key to a feature of class numbers, or prediction_key to the model's output of class scores",
        )
    return np.asarray(labels[:, None] == np.arange(predictions.shape[1]), dtype=np.float64)


def _numeric(values: NDArray[Any] | None, what: str, columns: ModelColumns) -> FloatArray:
    if values is None:
        raise DataError(
            f"this metric needs {what}, and the model has none",
            place=Place(column=columns.label_key or None),
            hint="set label_key (or label_keys) in the model spec" if what == "labels" else "set prediction_key",
        )
    if values.dtype == object:
        raise DataError(
            f"this metric needs numeric {what}, and these are text",
            place=Place(column=columns.label_key or None),
            value=values.reshape(-1)[:1].tolist(),
            hint="return the class vocabulary as 'all_classes' beside the scores, or use ExactMatch",
        )
    return np.asarray(values, dtype=np.float64)
