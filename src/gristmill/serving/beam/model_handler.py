"""A Beam ``ModelHandler`` over a SavedModel: examples in, ``PredictionLog`` messages out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from apache_beam.ml.inference.base import ModelHandler

from gristmill.errors import ConfigError, DataError, NotSupportedError
from gristmill.io.shard import RAW_RECORD_COLUMN
from gristmill.proto.model_spec_pb2 import InferenceSpecType
from gristmill.proto.prediction_log_pb2 import PredictionLog
from gristmill.serving.inference.output_columns import DEFAULT_SIGNATURE
from gristmill.serving.inference.served_model import SERVING_TAG, ServedModel

if TYPE_CHECKING:
    from gristmill.serving.inference.loaded_model import LoadedModel

__all__ = ["LoadOverride", "SavedModelHandler"]

LoadOverride = Callable[[str, Sequence[str]], Any]
"""From a model's path and tags to what ``tf.saved_model.load`` would give."""


class SavedModelHandler(ModelHandler[Any, PredictionLog, Any]):  # type: ignore[misc]
    """Runs the signatures of a SavedModel; what travels to workers is the specification.

    Args:
        inference_spec_type: has a ``saved_model_spec``.
        load_override_fn: loads the model instead of TensorFlow.

    Raises:
        NotSupportedError: the specification is of a remote endpoint.
        ConfigError: it names no model.
    """

    def __init__(self, inference_spec_type: InferenceSpecType, load_override_fn: LoadOverride | None = None) -> None:
        super().__init__()
        self._model = _served_model(inference_spec_type)
        self._restore = load_override_fn
        self._batching = {
            field.name: value for field, value in inference_spec_type.batch_parameters.ListFields() if value
        }

    def load_model(self) -> LoadedModel:
        """The model; from this process' memory where it is there already."""
        from gristmill.serving.inference.loaded_model import load_model
        from gristmill.serving.inference.methods import Method

        if self._restore is None:
            model = self._model.load()
        else:
            model = load_model(self._model.uri, self._model.tags, self._restore)
        signatures = [model.signature(name) for name in self._model.signatures]
        if len(signatures) > 1 and any(each.method is Method.PREDICT for each in signatures):
            raise ConfigError(
                "an example gets one log, so of several signatures all must classify or regress",
                value=[f"{each.name}: {each.method.value}" for each in signatures],
                hint="call one signature, or RunInferencePerModel with one specification for each",
            )
        return model

    def run_inference(
        self, batch: Sequence[Any], model: LoadedModel, inference_args: dict[str, Any] | None = None
    ) -> list[PredictionLog]:
        """One log per example, in order.

        Args:
            batch: serialized examples, or messages of examples.
            model: what :meth:`load_model` gave.
            inference_args: none are known.

        Raises:
            DataError: an element is something else, or the model fails.
        """
        from gristmill.serving.inference.batch_inference import answers_of
        from gristmill.serving.inference.prediction_logs import prediction_logs

        records = pa.array([_serialized(element) for element in batch], pa.binary())
        rows = pa.RecordBatch.from_arrays([records], names=[RAW_RECORD_COLUMN])
        return [
            PredictionLog.FromString(log)
            for part, answers in answers_of(model, self._model.signatures, rows)
            for log in prediction_logs(part, answers).to_pylist()
        ]

    def get_num_bytes(self, batch: Sequence[Any]) -> int:
        """The bytes of the serialized examples."""
        return sum(len(_serialized(element)) for element in batch)

    def batch_elements_kwargs(self) -> Mapping[str, Any]:
        """What the specification's batch parameters say to ``beam.BatchElements``."""
        return self._batching

    def validate_inference_args(self, inference_args: dict[str, Any] | None) -> None:
        """Refuse arguments: a signature has none beside its inputs.

        Raises:
            ConfigError: some are given.
        """
        if inference_args:
            raise ConfigError("a signature takes no arguments beside its inputs", value=inference_args)


def _served_model(spec: InferenceSpecType) -> ServedModel:
    if spec.WhichOneof("type") == "ai_platform_prediction_model_spec":
        raise NotSupportedError(
            "models behind a remote endpoint are not called",
            value=spec.ai_platform_prediction_model_spec.model_name,
            hint="call the endpoint in a DoFn of your own, or give saved_model_spec",
        )
    saved = spec.saved_model_spec
    if not saved.model_path:
        raise ConfigError("saved_model_spec must have a model_path")
    return ServedModel(
        saved.model_path, tuple(saved.signature_name) or (DEFAULT_SIGNATURE,), tuple(saved.tag) or (SERVING_TAG,)
    )


def _serialized(element: Any) -> bytes:
    if isinstance(element, bytes):
        return element
    if not hasattr(element, "SerializeToString"):
        raise DataError(
            "inference takes tf.train.Example or SequenceExample messages, or their bytes",
            value=type(element).__name__,
        )
    return bytes(element.SerializeToString())
