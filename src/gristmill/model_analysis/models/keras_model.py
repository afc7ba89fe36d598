"""Predictions of a Keras model object, called on features by the names of its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from gristmill.errors import ConfigError, NotSupportedError
from gristmill.io.tensors.model_inputs import inputs_for
from gristmill.io.tensors.restored_models import call_keras_model, keras_input_specs
from gristmill.model_analysis.metrics.plan import ModelMetric
from gristmill.model_analysis.models.predictor import ModelOutputs
from gristmill.model_analysis.models.saved_model import as_arrays, joined
from gristmill.proto.model_analysis_config_pb2 import ModelSpec

__all__ = ["KerasPredictor"]

_DEFAULT_BATCH = 16384


class KerasPredictor:
    """A :class:`Predictor` over a built Keras model (Keras 2 or 3).

    Args:
        model: the model.
        carried: the metrics it was compiled with.
    """

    def __init__(self, model: Any, carried: Sequence[ModelMetric]) -> None:
        self._model = model
        self._carried = tuple(carried)

    def carried_metrics(self) -> Sequence[ModelMetric]:
        """See :class:`Predictor`."""
        return self._carried

    def outputs(self, batch: pa.RecordBatch, spec: ModelSpec) -> ModelOutputs:
        """See :class:`Predictor`."""
        if spec.signature_name:
            raise NotSupportedError(
                "a Keras model object has no signatures",
                value=spec.signature_name,
                hint="leave signature_name empty, or save the model with model.export",
            )
        size = spec.inference_batch_size or _DEFAULT_BATCH
        return joined([self._part(batch.slice(start, size), spec) for start in range(0, max(batch.num_rows, 1), size)])

    def _part(self, batch: pa.RecordBatch, spec: ModelSpec) -> ModelOutputs:
        if spec.preprocessing_function_names:
            raise NotSupportedError(
                "preprocessing functions are found in SavedModels only",
                value=list(spec.preprocessing_function_names),
                hint="save the model as a SavedModel (model.export), whose functions tell their inputs",
            )
        specs = keras_input_specs(self._model)
        inputs = inputs_for(specs, batch, {})
        if inputs is None:
            missing = sorted({*specs} - {*batch.schema.names})
            raise ConfigError(
                "the Keras model needs inputs that are no features of the examples",
                value=missing,
                hint="name the inputs as the features, or export the model with a signature on serialized examples",
            )
        return ModelOutputs(as_arrays(call_keras_model(self._model, inputs)))
