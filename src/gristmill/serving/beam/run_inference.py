"""Transforms that apply models to examples, by the names of ``tfx_bsl.public.beam.run_inference``.

An example is a ``tf.train.Example`` (or ``SequenceExample``, where the signature parses it) or its bytes, alone or in a
pair with a key, which then stays with the predictions. A prediction is a
:class:`~gristmill.proto.prediction_log_pb2.PredictionLog`, whose bytes are those of TensorFlow Serving's message of
that name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apache_beam as beam
from apache_beam.ml.inference import base
from apache_beam.utils.shared import Shared

from gristmill.errors import ConfigError
from gristmill.proto.model_spec_pb2 import InferenceSpecType
from gristmill.proto.prediction_log_pb2 import PredictionLog
from gristmill.serving.beam.model_handler import LoadOverride, SavedModelHandler

__all__ = [
    "CreateModelHandler",
    "RunInference",
    "RunInferenceOnKeyedBatches",
    "RunInferencePerModel",
    "RunInferencePerModelOnKeyedBatches",
]


def CreateModelHandler(inference_spec_type: InferenceSpecType) -> SavedModelHandler:  # noqa: N802 - published name
    """A handler for ``apache_beam.ml.inference.base.RunInference``, and for Beam's handlers around handlers.

    Args:
        inference_spec_type: which model and signatures.

    Raises:
        NotSupportedError: a remote endpoint.
    """
    return SavedModelHandler(inference_spec_type)


class RunInference(beam.PTransform):  # type: ignore[misc]
    """One log for each example; pairs (key, example) become pairs (key, log).

    Args:
        inference_spec_type: which model and signatures.
        load_override_fn: loads the model instead of TensorFlow.
    """

    def __init__(self, inference_spec_type: InferenceSpecType, load_override_fn: LoadOverride | None = None) -> None:
        super().__init__()
        self._handler = SavedModelHandler(inference_spec_type, load_override_fn)

    def expand(self, examples: beam.PCollection) -> beam.PCollection:
        """The logs."""
        return examples | "Infer" >> base.RunInference(base.MaybeKeyedModelHandler(self._handler))


class _OfModels(beam.PTransform):  # type: ignore[misc]
    """Applies one or more models to the same examples."""

    def __init__(
        self, inference_spec_types: Iterable[InferenceSpecType], load_override_fn: LoadOverride | None = None
    ) -> None:
        super().__init__()
        self._handlers = _handlers(inference_spec_types, load_override_fn)


class RunInferencePerModel(_OfModels):
    """A tuple of logs for each example, one of each model; pairs (key, example) become pairs (key, tuple).

    Args:
        inference_spec_types: which models; the tuple is in this order.
        load_override_fn: loads the models instead of TensorFlow.
    """

    def expand(self, examples: beam.PCollection) -> beam.PCollection:
        """The tuples of logs."""
        sizes = self._handlers[0].batch_elements_kwargs()
        return examples | "Batch" >> beam.BatchElements(**sizes) | "Infer" >> beam.ParDo(_PerExample(self._handlers))


class RunInferenceOnKeyedBatches(_OfModels):
    """Pairs (key, examples) become pairs (key, logs), with the logs in the order of the examples.

    Args:
        inference_spec_type: which model and signatures.
        load_override_fn: loads the model instead of TensorFlow.
    """

    def __init__(self, inference_spec_type: InferenceSpecType, load_override_fn: LoadOverride | None = None) -> None:
        super().__init__([inference_spec_type], load_override_fn)

    def expand(self, examples: beam.PCollection) -> beam.PCollection:
        """The pairs of key and logs."""
        inferred = examples | "Infer" >> beam.ParDo(_PerBatch(self._handlers))
        return inferred | "Only model" >> beam.MapTuple(lambda key, logs: (key, logs[0]))


class RunInferencePerModelOnKeyedBatches(_OfModels):
    """Pairs (key, examples) become pairs (key, lists of logs), with one list of each model.

    Args:
        inference_spec_types: which models; the lists are in this order.
        load_override_fn: loads the models instead of TensorFlow.
    """

    def expand(self, examples: beam.PCollection) -> beam.PCollection:
        """The pairs of key and lists of logs."""
        return examples | "Infer" >> beam.ParDo(_PerBatch(self._handlers))


def _handlers(
    specs: Iterable[InferenceSpecType], load_override_fn: LoadOverride | None
) -> tuple[SavedModelHandler, ...]:
    handlers = tuple(SavedModelHandler(spec, load_override_fn) for spec in specs)
    if not handlers:
        raise ConfigError("inference_spec_types must name at least one model")
    return handlers


class _Inference(beam.DoFn):  # type: ignore[misc]
    """Runs all models on a batch; each is loaded once per process."""

    def __init__(self, handlers: Sequence[SavedModelHandler]) -> None:
        super().__init__()
        self._handlers = [(handler, Shared()) for handler in handlers]

    def setup(self) -> None:
        """Load the models."""
        self._models = [(handler, shared.acquire(handler.load_model)) for handler, shared in self._handlers]

    def _logs(self, examples: Sequence[Any]) -> tuple[list[PredictionLog], ...]:
        return tuple(handler.run_inference(examples, model) for handler, model in self._models)


class _PerExample(_Inference):
    def process(self, batch: Sequence[Any]) -> Iterator[Any]:
        """The tuple of logs of each example of a batch, with its key where it has one."""
        if isinstance(batch[0], tuple):
            keys, examples = zip(*batch, strict=True)
            yield from zip(keys, zip(*self._logs(examples), strict=True), strict=True)
        else:
            yield from zip(*self._logs(batch), strict=True)


class _PerBatch(_Inference):
    def process(self, keyed: tuple[Any, Sequence[Any]]) -> Iterator[tuple[Any, tuple[list[PredictionLog], ...]]]:
        """The lists of logs of a keyed batch."""
        key, examples = keyed
        yield key, self._logs(examples)
