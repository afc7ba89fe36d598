"""A feature spec as the published message that says how columns become a tensor: ``TensorRepresentation``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.errors import ConfigError, Place

__all__ = ["TensorRepresentations", "index_keys", "representation_of", "representations_of"]

TensorRepresentations = dict[str, schema_pb2.TensorRepresentation]
"""The representation of each tensor, by its name."""


def representations_of(feature_spec: Mapping[str, Any]) -> TensorRepresentations:
    """The representation of each tensor of a feature spec."""
    return {name: representation_of(name, spec) for name, spec in feature_spec.items()}


def representation_of(name: str, spec: Any) -> schema_pb2.TensorRepresentation:
    """The representation of one tensor.

    Raises:
        ConfigError: a ragged feature is partitioned by something else than row lengths.
    """
    made = schema_pb2.TensorRepresentation()
    if isinstance(spec, tf.io.FixedLenFeature):
        _describe_dense(made.dense_tensor, name, spec)
    elif isinstance(spec, tf.io.VarLenFeature):
        made.varlen_sparse_tensor.column_name = name
    elif isinstance(spec, tf.io.SparseFeature):
        sizes = [spec.size] if isinstance(spec.size, int) else spec.size
        made.sparse_tensor.dense_shape.dim.extend(schema_pb2.FixedShape.Dim(size=size) for size in sizes)
        made.sparse_tensor.index_column_names.extend(index_keys(spec))
        made.sparse_tensor.value_column_name = spec.value_key
        made.sparse_tensor.already_sorted = spec.already_sorted
    else:
        _describe_ragged(made.ragged_tensor, name, spec)
    return made


def _describe_dense(dense: Any, name: str, spec: Any) -> None:
    dense.column_name = name
    dense.shape.SetInParent()
    dense.shape.dim.extend(schema_pb2.FixedShape.Dim(size=size) for size in spec.shape)
    default = spec.default_value
    if default is None:
        return
    if spec.dtype == tf.string:
        dense.default_value.bytes_value = default.encode() if isinstance(default, str) else default
    elif spec.dtype == tf.int64:
        dense.default_value.int_value = default
    else:
        dense.default_value.float_value = default


def _describe_ragged(ragged: Any, name: str, spec: Any) -> None:
    kinds = schema_pb2.TensorRepresentation
    ragged.feature_path.step.append(spec.value_key or name)
    ragged.row_partition_dtype = kinds.INT32 if spec.row_splits_dtype == tf.int32 else kinds.INT64
    for part in spec.partitions:
        if isinstance(part, tf.io.RaggedFeature.RowLengths):
            ragged.partition.add(row_length=part.key)
        elif isinstance(part, tf.io.RaggedFeature.UniformRowLength):
            ragged.partition.add(uniform_row_length=part.length)
        else:
            raise ConfigError("only row lengths partition a ragged feature", place=Place(column=name), value=part)


def index_keys(spec: Any) -> list[str]:
    """The columns of indices of a sparse feature."""
    return [spec.index_key] if isinstance(spec.index_key, str) else list(spec.index_key)
