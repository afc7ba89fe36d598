"""A ``tf.data.Dataset`` of examples whose cost per batch is a slice.

Rows are decoded natively in large blocks, shuffled and carried over as Arrow, cut into batches by one reshape per
block, and handed to ``tf.data`` as slices of tensors. Nothing happens per row in Python, and per batch only what
``Dataset.from_tensor_slices`` does in C++. Data that fits in memory is decoded once, and shuffled as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.errors import ConfigError
from gristmill.io.tensors.from_arrow import TensorAdapter, type_specs
from gristmill.io.tensors.options import RecordBatchesOptions, TensorFlowDatasetOptions
from gristmill.io.tensors.row_blocks import RowBlocks, whole_batches

__all__ = ["record_batch_factory", "tf_dataset_factory"]


def tf_dataset_factory(
    file_pattern: str | Sequence[str], options: TensorFlowDatasetOptions, schema: schema_pb2.Schema
) -> tf.data.Dataset:
    """Batches of examples as tensors.

    Args:
        file_pattern: files or glob patterns of TFRecord (gzip or plain) or Parquet examples.
        options: batching, shuffling, epochs and the label.
        schema: what the examples hold; the tensors are those of ``feature_spec_from_schema``.

    Returns:
        A dataset of dicts of tensors with ``options.batch_size`` rows, or of pairs (dict, label) when a label key is
        given.

    Raises:
        ConfigError: no file matches, or the label is not in the schema.
        DataError: while iterating, where examples contradict the schema.
    """
    adapter = TensorAdapter(schema)
    label = options.label_key
    if label is not None and label not in adapter.feature_spec:
        raise ConfigError(
            "the label must be one of the features", value=label, hint=f"choose from {sorted(adapter.feature_spec)}"
        )
    blocks = RowBlocks.of(file_pattern, adapter.columns, shuffle=options.shuffle, options=options)
    fixed_size = options.drop_final_batch or options.num_epochs is None
    specs = {
        name: _stacked_spec(spec, options.batch_size if fixed_size else None)
        for name, spec in type_specs(adapter.feature_spec).items()
    }

    def stacks() -> Iterator[Any]:
        for rows, batch_size in whole_batches(
            blocks, options.batch_size, epochs=options.num_epochs, drop_rest=fixed_size
        ):
            tensors = adapter.to_tensors(rows)
            yield _with_label({name: _stack(value, batch_size) for name, value in tensors.items()}, label)

    dataset = tf.data.Dataset.from_generator(stacks, output_signature=_with_label(specs, label))
    dataset = dataset.flat_map(lambda *stack: tf.data.Dataset.from_tensor_slices(stack if len(stack) > 1 else stack[0]))
    if any(isinstance(spec, tf.io.VarLenFeature) for spec in adapter.feature_spec.values()):
        dataset = dataset.map(_trimmed)
    return dataset.prefetch(options.prefetch_buffer_size)


def record_batch_factory(
    file_pattern: str | Sequence[str], options: RecordBatchesOptions, schema: schema_pb2.Schema | None = None
) -> Iterator[pa.RecordBatch]:
    """Batches of examples as Arrow: every feature a list column.

    Args:
        file_pattern: files or glob patterns of TFRecord or Parquet examples.
        options: batching, shuffling and epochs.
        schema: its features are read; None reads every feature.

    Raises:
        ConfigError: no file matches.
    """
    columns = None if schema is None else TensorAdapter(schema).columns
    blocks = RowBlocks.of(file_pattern, columns, shuffle=options.shuffle, options=options)
    cut = whole_batches(blocks, options.batch_size, epochs=options.num_epochs, drop_rest=options.drop_final_batch)
    for rows, batch_size in cut:
        for start in range(0, rows.num_rows, batch_size):
            yield rows.slice(start, batch_size)


def _with_label(features: dict[str, Any], label: str | None) -> Any:
    if label is None:
        return features
    return {name: value for name, value in features.items() if name != label}, features[label]


def _stacked_spec(spec: tf.TypeSpec, batch_size: int | None) -> tf.TypeSpec:
    """The spec of many batches in one tensor: a dimension for the batches in front of the rows'."""
    shape = [None, batch_size, *spec.shape[1:]]
    if isinstance(spec, tf.SparseTensorSpec):
        return tf.SparseTensorSpec(shape, spec.dtype)
    if isinstance(spec, tf.RaggedTensorSpec):
        return tf.RaggedTensorSpec(
            shape, spec.dtype, ragged_rank=spec.ragged_rank + 1, row_splits_dtype=spec.row_splits_dtype
        )
    return tf.TensorSpec(shape, spec.dtype)


def _stack(value: Any, batch_size: int) -> Any:
    """[batches * batch_size, ...] seen as [batches, batch_size, ...]."""
    if isinstance(value, tf.SparseTensor):
        rows = value.indices[:, :1]
        indices = tf.concat([rows // batch_size, rows % batch_size, value.indices[:, 1:]], axis=1)
        head = tf.stack([value.dense_shape[0] // batch_size, tf.constant(batch_size, tf.int64)])
        return tf.SparseTensor(indices, value.values, tf.concat([head, value.dense_shape[1:]], axis=0))
    if isinstance(value, tf.RaggedTensor):
        return tf.RaggedTensor.from_uniform_row_length(value, batch_size)
    return tf.reshape(value, [-1, batch_size, *value.shape[1:]])


def _trimmed(*element: Any) -> Any:
    """Sparse tensors of rank 2 as wide as their longest row, as ``parse_example`` makes them."""
    trimmed = tf.nest.map_structure(_trim, element)
    return trimmed if len(trimmed) > 1 else trimmed[0]


def _trim(value: Any) -> Any:
    if not isinstance(value, tf.SparseTensor) or value.shape.rank != 2:
        return value
    width = tf.reduce_max(tf.concat([value.indices[:, 1] + 1, [0]], axis=0))
    trimmed = tf.SparseTensor(value.indices, value.values, tf.stack([value.dense_shape[0], width]))
    return trimmed
