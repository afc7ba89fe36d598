"""Record batches become tensors, column by column, in numpy: no loop over rows, no copy but TensorFlow's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.errors import ConfigError, DataError, Place
from gristmill.io.tensors.adapter_config import TensorAdapterConfig
from gristmill.io.tensors.feature_spec import FeatureSpec, feature_spec_from_schema
from gristmill.io.tensors.list_columns import Array, ListColumn, list_column
from gristmill.io.tensors.representations import index_keys

__all__ = ["TensorAdapter", "source_columns", "type_specs"]


class TensorAdapter:
    """Turns record batches of examples into tensors, as a schema or a feature spec says.

    Args:
        source: a schema, a mapping of tensor name to feature spec, or the published configuration.
        names: the tensors to make; all by default.

    ``FixedLenFeature`` gives a dense tensor [rows, *shape], ``VarLenFeature`` a SparseTensor [rows, longest row],
    ``SparseFeature`` a SparseTensor [rows, *size], ``RaggedFeature`` a RaggedTensor. Dtypes: string, int64, float32.
    """

    def __init__(
        self,
        source: schema_pb2.Schema | Mapping[str, FeatureSpec] | TensorAdapterConfig,
        names: Iterable[str] | None = None,
    ) -> None:
        specs = _feature_spec(source)
        wanted = list(specs) if names is None else list(names)
        unknown = [name for name in wanted if name not in specs]
        if unknown:
            raise ConfigError("a tensor was asked for that the schema does not describe", value=unknown)
        self.feature_spec: dict[str, FeatureSpec] = {name: specs[name] for name in wanted}
        self._original = source.original_type_specs if isinstance(source, TensorAdapterConfig) else None

    @property
    def columns(self) -> list[str]:
        """The feature columns that the tensors are made of, sorted."""
        return sorted({column for name, spec in self.feature_spec.items() for column in source_columns(name, spec)})

    def to_tensors(self, batch: pa.RecordBatch) -> dict[str, Any]:
        """The tensors of one batch, by name.

        Raises:
            DataError: a column has another type than the spec says, or a required value is missing.
        """
        with tf.device("CPU:0"):
            return {name: _tensor(batch, name, spec) for name, spec in self.feature_spec.items()}

    def ToBatchTensors(  # noqa: N802 - the published name
        self, record_batch: pa.RecordBatch, produce_eager_tensors: bool | None = None
    ) -> dict[str, Any]:
        """The published name of :meth:`to_tensors`; tensors are always eager."""
        if produce_eager_tensors is False:
            raise ConfigError("tensors are eager here", hint="leave produce_eager_tensors out")
        return self.to_tensors(record_batch)

    def TypeSpecs(self) -> dict[str, tf.TypeSpec]:  # noqa: N802 - the published name
        """The type spec of each tensor; the first dimension is None."""
        return type_specs(self.feature_spec)

    def OriginalTypeSpecs(self) -> dict[str, tf.TypeSpec]:  # noqa: N802 - the published name
        """The type specs of the tensors of which these are a projection; of these, where they are all."""
        return dict(self._original) if self._original is not None else self.TypeSpecs()


def _feature_spec(
    source: schema_pb2.Schema | Mapping[str, FeatureSpec] | TensorAdapterConfig,
) -> dict[str, FeatureSpec]:
    if isinstance(source, TensorAdapterConfig):
        return dict(source.feature_spec)
    return feature_spec_from_schema(source) if isinstance(source, schema_pb2.Schema) else dict(source)


def source_columns(name: str, spec: FeatureSpec) -> list[str]:
    """The feature columns that the tensor ``name`` is made of."""
    if isinstance(spec, tf.io.SparseFeature):
        return [*index_keys(spec), spec.value_key]
    if isinstance(spec, tf.io.RaggedFeature):
        partitions = [part.key for part in spec.partitions if isinstance(part, tf.io.RaggedFeature.RowLengths)]
        return [spec.value_key or name, *partitions]
    return [name]


def type_specs(feature_spec: Mapping[str, FeatureSpec]) -> dict[str, tf.TypeSpec]:
    """The tensor type of each feature spec, with an unknown number of rows."""
    return {name: _type_spec(spec) for name, spec in feature_spec.items()}


def _type_spec(spec: FeatureSpec) -> tf.TypeSpec:
    if isinstance(spec, tf.io.FixedLenFeature):
        return tf.TensorSpec([None, *spec.shape], spec.dtype)
    if isinstance(spec, tf.io.VarLenFeature):
        return tf.SparseTensorSpec([None, None], spec.dtype)
    if isinstance(spec, tf.io.SparseFeature):
        return tf.SparseTensorSpec([None, *_sizes(spec)], spec.dtype)
    outer, inner = _ragged_levels(spec)
    shape: list[int | None] = [None, None]
    shape += [each.length if isinstance(each, tf.io.RaggedFeature.UniformRowLength) else None for each in outer]
    return tf.RaggedTensorSpec(
        [*shape, *inner], spec.dtype, ragged_rank=len(outer) + 1, row_splits_dtype=spec.row_splits_dtype
    )


def _sizes(spec: FeatureSpec) -> list[int]:
    return [spec.size] if isinstance(spec.size, int) else list(spec.size)


def _tensor(batch: pa.RecordBatch, name: str, spec: FeatureSpec) -> Any:
    if isinstance(spec, tf.io.FixedLenFeature):
        return _dense(list_column(batch, name, spec.dtype), name, spec)
    if isinstance(spec, tf.io.VarLenFeature):
        return _varlen(list_column(batch, name, spec.dtype), spec.dtype)
    if isinstance(spec, tf.io.SparseFeature):
        return _sparse(batch, name, spec)
    return _ragged(batch, name, spec)


def _dense(column: ListColumn, name: str, spec: FeatureSpec) -> tf.Tensor:
    rows = len(column.lengths)
    width = int(np.prod(spec.shape, dtype=np.int64))
    values = column.values
    wrong = column.lengths != width
    if wrong.any():
        values = _filled(column, name, spec, width, wrong)
    return tf.constant(values.reshape([rows, *spec.shape]), dtype=spec.dtype)


def _filled(column: ListColumn, name: str, spec: FeatureSpec, width: int, wrong: Array) -> Array:
    """The values with the spec's default in the rows that have none."""
    bad = wrong if spec.default_value is None else wrong & (column.lengths != 0)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise DataError(
            f"the schema gives this feature a fixed shape of {width} value(s) in every example",
            place=Place(record=row, column=name),
            value=f"{int(column.lengths[row])} values (record counted within its batch)",
            hint="give the feature a default in the schema, or remove its shape so that it may be missing",
        )
    filled = np.empty((len(wrong), width), column.values.dtype)
    default = np.asarray(spec.default_value, dtype=None if spec.dtype != tf.string else object).reshape(-1)
    filled[wrong] = default
    filled[~wrong] = column.values.reshape(-1, width)
    return filled


def _varlen(column: ListColumn, dtype: tf.DType) -> tf.SparseTensor:
    lengths = column.lengths
    longest = int(lengths.max(initial=0))
    indices = np.zeros((len(column.values), 2), np.int64)
    if longest <= 1:
        indices[:, 0] = np.flatnonzero(lengths)
    else:
        indices[:, 0] = np.repeat(np.arange(len(lengths)), lengths)
        indices[:, 1] = np.arange(len(column.values)) - np.repeat(column.starts[:-1], lengths)
    return tf.SparseTensor(indices, tf.constant(column.values, dtype=dtype), [len(lengths), longest])


def _sparse(batch: pa.RecordBatch, name: str, spec: FeatureSpec) -> tf.SparseTensor:
    values = list_column(batch, spec.value_key, spec.dtype)
    indices = [list_column(batch, key, tf.int64) for key in index_keys(spec)]
    rows = len(values.lengths)
    columns = [np.repeat(np.arange(rows), values.lengths)]
    for key, index, size in zip(index_keys(spec), indices, _sizes(spec), strict=True):
        if not np.array_equal(index.lengths, values.lengths):
            raise DataError(f"the indices of {name!r} and its values differ in number", place=Place(column=key))
        if len(index.values) and (index.values.min() < 0 or index.values.max() >= size):
            raise DataError(f"an index of {name!r} is outside 0..{size - 1}", place=Place(column=key))
        columns.append(index.values)
    tensor = tf.SparseTensor(
        np.stack(columns, axis=1).astype(np.int64), tf.constant(values.values, dtype=spec.dtype), [rows, *_sizes(spec)]
    )
    return tensor if spec.already_sorted else tf.sparse.reorder(tensor)


def _ragged(batch: pa.RecordBatch, name: str, spec: FeatureSpec) -> tf.RaggedTensor:
    values = list_column(batch, spec.value_key or name, spec.dtype)
    splits_dtype = spec.row_splits_dtype.as_numpy_dtype
    outer, inner = _ragged_levels(spec)
    per_row = _divided(values.lengths, int(np.prod(inner, dtype=np.int64)), name)  # items of the level built so far
    result: Any = tf.constant(values.values.reshape([-1, *inner]), dtype=spec.dtype)
    for partition in reversed(outer):
        if isinstance(partition, tf.io.RaggedFeature.RowLengths):
            lengths = list_column(batch, partition.key, tf.int64)
            _check_row_lengths(lengths, per_row, partition.key)
            result = tf.RaggedTensor.from_row_lengths(result, lengths.values.astype(splits_dtype), validate=False)
            per_row = lengths.lengths
        else:
            result = tf.RaggedTensor.from_uniform_row_length(result, partition.length)
            per_row = _divided(per_row, partition.length, name)
    return tf.RaggedTensor.from_row_lengths(result, per_row.astype(splits_dtype), validate=False)


def _ragged_levels(spec: FeatureSpec) -> tuple[list[Any], list[int]]:
    """The partitions that make ragged levels, and the lengths of those at the end that make dense inner dimensions."""
    outer = list(spec.partitions)
    inner: list[int] = []
    while outer and isinstance(outer[-1], tf.io.RaggedFeature.UniformRowLength):
        inner.insert(0, outer.pop().length)
    return outer, inner


def _divided(per_row: Array, length: int, name: str) -> Array:
    if np.any(per_row % length):
        raise DataError(f"rows of {name!r} must hold a multiple of {length} values", place=Place(column=name))
    divided: Array = per_row // length
    return divided


def _check_row_lengths(lengths: ListColumn, per_row: Array, key: str) -> None:
    totals = np.zeros(len(per_row), np.int64)
    np.add.at(totals, np.repeat(np.arange(len(per_row)), lengths.lengths), lengths.values)
    if not np.array_equal(totals, per_row):
        raise DataError("row lengths must add up to the number of values of each example", place=Place(column=key))
