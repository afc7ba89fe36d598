"""Feature columns of a batch as the tensors that a function of a model takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import tensorflow as tf

from gristmill.errors import ConfigError, Place
from gristmill.io.example_codec import encode_examples
from gristmill.io.shard import RAW_RECORD_COLUMN
from gristmill.io.tensors.from_arrow import TensorAdapter

__all__ = ["feature_candidates", "feature_name", "inputs_for", "serialized_examples", "takes_examples"]

_INPUT_SUFFIX = "_input"  # Keras 2 appends it to the names of a Sequential model's inputs


def feature_candidates(input_name: str) -> list[str]:
    """The names of the features that may feed an input, the first choice first."""
    return list(dict.fromkeys([input_name, input_name.removesuffix(_INPUT_SUFFIX)]))


def feature_name(input_name: str, names: set[str]) -> str | None:
    """The feature among ``names`` that feeds an input; None where there is none."""
    return next((name for name in feature_candidates(input_name) if name in names), None)


def takes_examples(specs: Mapping[str, Any]) -> bool:
    """Whether a function takes serialized examples: one dense string input of one dimension."""
    if len(specs) != 1:
        return False
    spec = next(iter(specs.values()))
    return isinstance(spec, tf.TensorSpec) and spec.dtype == tf.string and spec.shape.rank in (None, 1)


def serialized_examples(batch: pa.RecordBatch) -> tf.Tensor:
    """The rows as serialized tf.Examples: the raw records where they were read, else encoded anew."""
    position = batch.schema.get_field_index(RAW_RECORD_COLUMN)
    records = batch.column(position) if position >= 0 else encode_examples(batch)
    return tf.constant(records.to_numpy(zero_copy_only=False), dtype=tf.string)


def inputs_for(
    specs: Mapping[str, Any], batch: pa.RecordBatch, transformed: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Tensors for the named inputs; None where the batch lacks one of the features.

    Args:
        specs: TensorSpec, SparseTensorSpec or RaggedTensorSpec of each input.
        batch: raw feature columns.
        transformed: tensors that preprocessing made; they go before raw features.
    """
    raw = set(batch.schema.names) - {RAW_RECORD_COLUMN}
    inputs: dict[str, Any] = {}
    for name, spec in specs.items():
        made = feature_name(name, set(transformed))
        if made is not None:
            inputs[name] = _fitted(transformed[made], spec, name)
            continue
        column = feature_name(name, raw)
        if column is None:
            return None
        inputs[name] = _fitted(_from_column(batch, column, spec), spec, name)
    return inputs


def _from_column(batch: pa.RecordBatch, column: str, spec: Any) -> Any:
    stored = spec.dtype if spec.dtype == tf.string else (tf.float32 if spec.dtype.is_floating else tf.int64)
    values = batch.column(column)
    if pa.types.is_list(values.type) and stored != tf.string:
        stored = tf.float32 if pa.types.is_floating(values.type.value_type) else tf.int64
    if isinstance(spec, tf.SparseTensorSpec):
        feature = tf.io.VarLenFeature(stored)
    elif isinstance(spec, tf.RaggedTensorSpec):
        feature = tf.io.RaggedFeature(stored, row_splits_dtype=spec.row_splits_dtype)
    else:
        feature = tf.io.FixedLenFeature(_row_shape(values, spec), stored)
    return TensorAdapter({column: feature}).to_tensors(batch)[column]


def _row_shape(values: pa.Array, spec: Any) -> list[int]:
    if spec.shape.rank is None or spec.shape.rank == 1:
        return []
    sizes = list(spec.shape[1:])
    unknown = [index for index, size in enumerate(sizes) if size is None]
    if len(unknown) == 1:
        longest = pc.max(pc.list_value_length(values)).as_py() or 0
        known = int(np.prod([size for size in sizes if size is not None], dtype=np.int64))
        sizes[unknown[0]] = longest // known if known else 0
    return sizes


def _fitted(value: Any, spec: Any, name: str) -> Any:
    """The tensor with the input's dtype and rank."""
    if value.dtype != spec.dtype:
        if tf.string in (value.dtype, spec.dtype):
            raise ConfigError(
                f"the model's input {name!r} has dtype {spec.dtype.name}, the feature {value.dtype.name}",
                place=Place(column=name),
                hint="name the preprocessing in preprocessing_function_names, or use a signature on examples",
            )
        value = tf.cast(value, spec.dtype)
    if not isinstance(spec, tf.TensorSpec):
        return value
    if isinstance(value, tf.SparseTensor):
        value = tf.sparse.to_dense(value)
    if spec.shape.rank is None or value.shape.rank == spec.shape.rank:
        return value
    return tf.reshape(value, [-1, *(1 if size is None else size for size in spec.shape[1:])])
