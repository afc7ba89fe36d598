"""A ``tf.data.Dataset`` of examples whose cost per batch is a slice.

Rows are decoded natively in large blocks, shuffled and carried over as Arrow, cut into batches by one reshape per
block, and handed to ``tf.data`` as slices of tensors. Nothing happens in Python per row or per batch. Data that fits in
memory is decoded once, and from the second epoch on shuffled as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.errors import ConfigError
from gristmill.io.tensors.batch_stack import batches_of, stack, stack_spec
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
        name: stack_spec(spec, options.batch_size if fixed_size else None)
        for name, spec in type_specs(adapter.feature_spec).items()
    }
    trimmed = {name for name, spec in adapter.feature_spec.items() if isinstance(spec, tf.io.VarLenFeature)}

    def stacks() -> Iterator[dict[str, Any]]:
        for rows, batch_size in whole_batches(
            blocks, options.batch_size, epochs=options.num_epochs, drop_rest=fixed_size
        ):
            tensors = adapter.to_tensors(rows)
            yield {name: stack(value, batch_size, trim=name in trimmed) for name, value in tensors.items()}

    dataset = tf.data.Dataset.from_generator(stacks, output_signature=specs).flat_map(batches_of)
    if label is not None:
        dataset = dataset.map(lambda features: _with_label(features, label))
    return dataset.prefetch(options.prefetch_buffer_size)


def record_batch_factory(
    file_pattern: str | Sequence[str],
    options: RecordBatchesOptions,
    schema: schema_pb2.Schema | None = None,
    *,
    with_records: bool = False,
) -> Iterator[pa.RecordBatch]:
    """Batches of examples as Arrow: every feature a list column.

    Args:
        file_pattern: files or glob patterns of TFRecord or Parquet examples.
        options: batching, shuffling and epochs.
        schema: its features are read; None reads every feature.
        with_records: also give the serialized examples, as column ``RAW_RECORD_COLUMN``.

    Raises:
        ConfigError: no file matches.
    """
    columns = None if schema is None else TensorAdapter(schema).columns
    blocks = RowBlocks.of(file_pattern, columns, shuffle=options.shuffle, options=options, with_records=with_records)
    cut = whole_batches(blocks, options.batch_size, epochs=options.num_epochs, drop_rest=options.drop_final_batch)
    for rows, batch_size in cut:
        for start in range(0, rows.num_rows, batch_size):
            yield rows.slice(start, batch_size)


def _with_label(features: dict[str, Any], label: str) -> tuple[dict[str, Any], Any]:
    return {name: value for name, value in features.items() if name != label}, features[label]
