"""What an evaluation asks of a model: predictions, and the features that its preprocessing makes, for a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa
from numpy.typing import NDArray

from gristmill.model_analysis.metrics.plan import ModelMetric
from gristmill.proto.model_analysis_config_pb2 import ModelSpec

__all__ = ["ModelOutputs", "Predictor"]


@dataclass(frozen=True)
class ModelOutputs:
    """What a model says about the rows of a batch.

    Attributes:
        predictions: one array of shape (rows, ...), or arrays by output name.
        transformed: features that the model's preprocessing made, one list column each; None where there are none.
    """

    predictions: NDArray[Any] | Mapping[str, NDArray[Any]]
    transformed: pa.RecordBatch | None = None


@runtime_checkable
class Predictor(Protocol):
    """A loaded model. Called from several threads at once."""

    def outputs(self, batch: pa.RecordBatch, spec: ModelSpec) -> ModelOutputs:
        """Predictions for a batch of feature columns, with the raw records where they were read."""

    def carried_metrics(self) -> Sequence[ModelMetric]:
        """The loss and metrics that the model was compiled with."""
