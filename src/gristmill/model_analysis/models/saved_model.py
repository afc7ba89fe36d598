"""Predictions of a restored SavedModel, by its signatures or by calling the model on features."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from gristmill.errors import ConfigError, DataError, Place
from gristmill.io.tensors import tensors_to_batch
from gristmill.io.tensors.model_inputs import inputs_for, serialized_examples, takes_examples
from gristmill.model_analysis.metrics.plan import ModelMetric
from gristmill.model_analysis.models.predictor import ModelOutputs
from gristmill.proto.model_analysis_config_pb2 import ModelSpec

import tensorflow as tf  # isort: skip - after io.tensors, which quiets it

__all__ = ["SavedModelPredictor"]

_DEFAULT_BATCH = 16384
"""Rows per call: dispatch costs about 18 ms a call, so fewer rows would be slower; more would cost memory."""

_DEFAULT_PREPROCESSING = ("transformed_features", "transformed_labels")
_DEFAULT_SIGNATURES = ("predict", "serving_default")


class SavedModelPredictor:
    """A :class:`Predictor` over a restored SavedModel.

    Args:
        restored: what ``tf.saved_model.load`` gives.
        path: where it came from, for messages.
        carried: the metrics it was compiled with.
    """

    def __init__(self, restored: Any, path: str, carried: Sequence[ModelMetric]) -> None:
        self._restored = restored
        self._path = path
        self._carried = tuple(carried)

    def carried_metrics(self) -> Sequence[ModelMetric]:
        """See :class:`Predictor`."""
        return self._carried

    def outputs(self, batch: pa.RecordBatch, spec: ModelSpec) -> ModelOutputs:
        """See :class:`Predictor`.

        Raises:
            ConfigError: a function or signature that the model lacks, or features that it needs and the batch lacks.
        """
        size = spec.inference_batch_size or _DEFAULT_BATCH
        parts = [self._part(batch.slice(start, size), spec) for start in range(0, max(batch.num_rows, 1), size)]
        return joined(parts)

    def _part(self, batch: pa.RecordBatch, spec: ModelSpec) -> ModelOutputs:
        transformed = self._transformed(batch, spec)
        predictions = as_arrays(self._predict(batch, spec, transformed))
        return ModelOutputs(predictions, tensors_to_batch(transformed) if transformed else None)

    def _transformed(self, batch: pa.RecordBatch, spec: ModelSpec) -> dict[str, Any]:
        made: dict[str, Any] = {}
        names = list(spec.preprocessing_function_names)
        if any("@" in name for name in names):
            raise ConfigError(
                "preprocessing functions of the form function@feature do not exist here",
                place=Place(uri="eval_config.model_specs.preprocessing_function_names"),
                value=names,
                hint="save the function with the model, and give its attribute or signature name",
            )
        for name in names or _DEFAULT_PREPROCESSING:
            function = self._function(name)
            if function is None and names:
                raise ConfigError(
                    f"the model has no attribute or signature {name!r}",
                    place=Place(uri=self._path),
                    hint=f"it has the functions {', '.join(self._function_names())}",
                )
            if function is not None:
                outputs = call(function, batch, {})
                if outputs is None:
                    raise self._missing_inputs(name, function, batch)
                made.update(outputs if isinstance(outputs, Mapping) else {name: outputs})
        return made

    def _predict(self, batch: pa.RecordBatch, spec: ModelSpec, transformed: Mapping[str, Any]) -> Any:
        name = spec.signature_name
        if not name:
            if callable(self._restored):
                found = call(self._restored, batch, transformed)
                if found is not None:
                    return found
            name = next((known for known in _DEFAULT_SIGNATURES if known in self._restored.signatures), "")
        function = self._function(name) if name else None
        if function is None:
            raise ConfigError(
                f"the model has no signature {name!r}" if name else "the model has no signature to predict with",
                place=Place(uri=self._path),
                hint=f"it has {', '.join(self._function_names()) or 'none'}; set signature_name in the model spec",
            )
        outputs = call(function, batch, transformed)
        if outputs is None:
            raise self._missing_inputs(name, function, batch)
        return outputs

    def _function(self, name: str) -> Any:
        if name in self._restored.signatures:
            return self._restored.signatures[name]
        found = self._restored
        for part in name.split("."):
            found = getattr(found, part, None)
        return found if callable(found) else None

    def _function_names(self) -> list[str]:
        attributes = [
            name
            for name in vars(self._restored)
            if not name.startswith("_") and callable(getattr(self._restored, name, None))
        ]
        return sorted({*self._restored.signatures, *attributes})

    def _missing_inputs(self, name: str, function: Any, batch: pa.RecordBatch) -> ConfigError:
        wanted = sorted({item for _, specs in signatures(function) for item in specs})
        if not wanted:
            return ConfigError(
                f"the model's function {name!r} was saved without inputs",
                place=Place(uri=self._path),
                hint="call it (get_concrete_function) before the model is saved, or save it as a signature",
            )
        missing = [item for item in wanted if item not in batch.schema.names]
        return ConfigError(
            f"the model's function {name!r} needs features that the examples do not have",
            place=Place(uri=self._path),
            value=missing,
            hint="name the model's preprocessing in preprocessing_function_names, or use a signature on examples",
        )


def call(function: Any, batch: pa.RecordBatch, transformed: Mapping[str, Any]) -> Any:
    """Call a restored function on features or serialized examples; None where the batch lacks a feature."""
    for concrete, specs in signatures(function):
        if takes_examples(specs) and not set(specs) & {*batch.schema.names, *transformed}:
            return _invoke(concrete, function, {next(iter(specs)): serialized_examples(batch)})
        inputs = inputs_for(specs, batch, transformed)
        if inputs is not None:
            return _invoke(concrete, function, inputs)
    return None


def signatures(function: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The concrete functions with their inputs by name, those with the most inputs first; training ones left out."""
    bound = function if hasattr(function, "structured_input_signature") else getattr(function, "__call__", function)  # noqa: B004 - a restored layer keeps its functions there
    concretes = [function] if bound is function else []
    if hasattr(function, "concrete_functions"):
        concretes = list(function.concrete_functions)
    elif hasattr(bound, "concrete_functions"):
        concretes = list(bound.concrete_functions)
    found = []
    for concrete in concretes:
        positional, named = concrete.structured_input_signature
        if any(value is True for value in (*positional[1:], *named.values())):
            continue  # the training flavour of a Keras call
        specs = _named_specs(positional, named)
        if specs:
            found.append((concrete, specs))
    yield from sorted(found, key=lambda pair: -len(pair[1]))


def _named_specs(positional: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """The tensors that a function takes, by name: keywords, a mapping as first argument, or named positions."""
    specs = {name: value for name, value in named.items() if isinstance(value, tf.TypeSpec)}
    for place, value in enumerate(positional):
        if isinstance(value, Mapping):
            specs.update({name: item for name, item in value.items() if isinstance(item, tf.TypeSpec)})
        elif isinstance(value, tf.TypeSpec):
            specs[_position_name(value, place)] = value
    return specs


def _position_name(spec: Any, place: int) -> str:
    return getattr(spec, "name", None) or f"inputs_{place}"


def _invoke(concrete: Any, function: Any, inputs: Mapping[str, Any]) -> Any:
    positional, named = concrete.structured_input_signature
    arguments = [_argument(value, inputs, place) for place, value in enumerate(positional)]
    keywords = {name: inputs.get(name, value) for name, value in named.items()}
    try:
        return function(*arguments, **keywords)
    except tf.errors.OpError as error:
        raise DataError(
            "the model failed on a batch of examples",
            value=error.message,
            hint="its signature must take the examples as they are, with gaps where they have gaps",
        ) from error


def _argument(value: Any, inputs: Mapping[str, Any], place: int) -> Any:
    if isinstance(value, Mapping):
        return {name: inputs.get(name, item) for name, item in value.items()}
    return inputs[_position_name(value, place)] if isinstance(value, tf.TypeSpec) else value


def as_arrays(outputs: Any) -> NDArray[Any] | dict[str, NDArray[Any]]:
    """Model outputs as numpy; a mapping with one entry is that entry."""
    if isinstance(outputs, Mapping):
        arrays = {str(name): _array(value) for name, value in outputs.items()}
        return next(iter(arrays.values())) if len(arrays) == 1 else arrays
    if isinstance(outputs, list | tuple):
        return as_arrays({f"output_{index}": value for index, value in enumerate(outputs)})
    return _array(outputs)


def _array(value: Any) -> NDArray[Any]:
    if isinstance(value, tf.SparseTensor):
        value = tf.sparse.to_dense(value)
    elif isinstance(value, tf.RaggedTensor):
        value = value.to_tensor()
    return np.asarray(value)


def joined(parts: Sequence[ModelOutputs]) -> ModelOutputs:
    """The outputs of consecutive pieces of a batch as one."""
    if len(parts) == 1:
        return parts[0]
    first = parts[0].predictions
    predictions: Any
    if isinstance(first, Mapping):
        predictions = {name: np.concatenate([part.predictions[name] for part in parts]) for name in first}
    else:
        predictions = np.concatenate([np.asarray(part.predictions) for part in parts])
    batches = [part.transformed for part in parts if part.transformed is not None]
    if not batches:
        return ModelOutputs(predictions)
    table = pa.Table.from_batches(batches).combine_chunks()
    return ModelOutputs(predictions, table.to_batches()[0])
