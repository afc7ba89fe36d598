"""The loss of a compiled Keras model: the sum of weighted losses over the number of rows.

Keras divides by the number of rows, not by the sum of weights (reduction SUM_OVER_BATCH_SIZE); for rows without weights
the two agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gristmill.errors import NotSupportedError
from gristmill.model_analysis.metrics.computation import Computation, RowSums
from gristmill.model_analysis.metrics.counts import WeightSum, quotient
from gristmill.model_analysis.metrics.cross_entropy import BinaryEntropyTerms, ClassEntropySums
from gristmill.model_analysis.metrics.inputs import View
from gristmill.model_analysis.metrics.metric import BoundMetric, Metric, Target
from gristmill.model_analysis.metrics.regression import ErrorTerms

__all__ = ["CompiledLoss"]

_ERRORS = {
    "MeanSquaredError": "squared",
    "MeanAbsoluteError": "absolute",
    "MeanAbsolutePercentageError": "absolute_percentage",
    "MeanSquaredLogarithmicError": "squared_logarithmic",
}
_BINARY = ("BinaryCrossentropy", "BinaryCrossEntropy")
_CATEGORICAL = (
    "CategoricalCrossentropy",
    "CategoricalCrossEntropy",
    "SparseCategoricalCrossentropy",
    "SparseCategoricalCrossEntropy",
)
_MEAN_REDUCTIONS = (None, "auto", "sum_over_batch_size")


class CompiledLoss(Metric):
    """The metric ``loss``.

    Args:
        class_name: Keras' loss class.
        parameters: its config.

    Raises:
        NotSupportedError: a loss without an equal formula here.
    """

    default_name = "loss"
    per_class = False

    def __init__(self, class_name: str, parameters: Mapping[str, Any]) -> None:
        super().__init__(None)
        self.class_name = class_name
        self.from_logits = bool(parameters.get("from_logits", False))
        self.smoothing = float(parameters.get("label_smoothing", 0.0))
        known = class_name in (*_ERRORS, *_BINARY, *_CATEGORICAL)
        if not known or parameters.get("reduction") not in _MEAN_REDUCTIONS:
            raise NotSupportedError(
                f"the model's compiled loss {class_name} is not computed",
                hint="name a metric like it in metrics_specs, for example MeanSquaredError or BinaryCrossEntropy",
            )

    def bind(self, target: Target) -> Iterator[BoundMetric]:
        """See the base class."""
        needs = (self._sums(target.view), WeightSum(replace(target.view, weighted=False)))
        yield BoundMetric(target.key(self.name), needs, lambda sums, count: quotient(sums[0], count[0]))

    def _sums(self, view: View) -> Computation:
        if self.class_name in _ERRORS:
            return RowSums(view, ErrorTerms(_ERRORS[self.class_name]))
        if self.class_name in _BINARY:
            return RowSums(view, BinaryEntropyTerms(self.from_logits, self.smoothing))
        return ClassEntropySums(view, self.from_logits, self.smoothing)
