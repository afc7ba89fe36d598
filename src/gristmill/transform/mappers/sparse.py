"""Reshaping sparse tensors, and positions within segments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from gristmill.errors import ConfigError

__all__ = [
    "deduplicate_tensor_per_row",
    "segment_indices",
    "sparse_tensor_left_align",
    "sparse_tensor_to_dense_with_shape",
]


def sparse_tensor_to_dense_with_shape(
    x: tf.SparseTensor, shape: Sequence[int | None] | tf.TensorShape, default_value: Any = 0
) -> tf.Tensor:
    """x as a dense tensor of a fixed shape.

    Args:
        x: sparse.
        shape: of the result; None for the number of rows. Values outside are an error when the graph runs.
        default_value: where x has no value; ``""`` for strings unless given.
    """
    if not isinstance(x, tf.SparseTensor):
        raise ConfigError(
            "sparse_tensor_to_dense_with_shape takes a SparseTensor",
            value=type(x).__name__,
            hint="a RaggedTensor becomes dense with x.to_tensor(shape=[None, 3]); a dense tensor is used as it is",
        )
    sizes = tf.TensorShape(shape).as_list()
    dense_shape = tf.stack(
        [x.dense_shape[axis] if size is None else tf.constant(size, tf.int64) for axis, size in enumerate(sizes)]
    )
    default = "" if x.dtype == tf.string and default_value == 0 else tf.cast(default_value, x.dtype)
    dense = tf.sparse.to_dense(tf.SparseTensor(x.indices, x.values, dense_shape), default)
    dense.set_shape(sizes)
    return dense


def sparse_tensor_left_align(sparse_tensor: tf.SparseTensor) -> tf.SparseTensor:
    """The values of each row moved to its first cells, in their order; [rows, width]."""
    _require_rank_2("sparse_tensor_left_align", sparse_tensor)
    ordered = tf.sparse.reorder(sparse_tensor)
    rows = ordered.indices[:, 0]
    return tf.SparseTensor(tf.stack([rows, segment_indices(rows)], axis=1), ordered.values, ordered.dense_shape)


def segment_indices(segment_ids: tf.Tensor, name: str | None = None) -> tf.Tensor:
    """The position of each element within its segment: [0, 0, 1, 3, 3] gives [0, 1, 0, 0, 1].

    Args:
        segment_ids: ascending integers [n].
        name: name scope.
    """
    with tf.name_scope(name or "segment_indices"):
        first = tf.searchsorted(segment_ids, segment_ids, side="left", out_type=segment_ids.dtype)
        return tf.range(tf.size(segment_ids, out_type=segment_ids.dtype)) - first


def deduplicate_tensor_per_row(input_tensor: Any, name: str | None = None) -> tf.SparseTensor:
    """The distinct values of each row, in the order of their first occurrence.

    Args:
        input_tensor: dense or sparse, [rows, width].
        name: name scope.

    Returns:
        Sparse [rows, width], left-aligned.
    """
    with tf.name_scope(name or "deduplicate_tensor_per_row"):
        _require_rank_2("deduplicate_tensor_per_row", input_tensor)
        sparse = input_tensor if isinstance(input_tensor, tf.SparseTensor) else _all_cells(input_tensor)
        ordered = tf.sparse.reorder(sparse)
        rows = ordered.indices[:, 0]
        _, value_ids = tf.unique(ordered.values, out_idx=tf.int64)
        pair = rows * (tf.size(value_ids, out_type=tf.int64) + 1) + value_ids
        distinct, pair_ids = tf.unique(pair, out_idx=tf.int64)
        everything = tf.range(tf.size(pair, out_type=tf.int64))
        first = tf.math.unsorted_segment_min(everything, pair_ids, tf.size(distinct, out_type=tf.int64))
        kept_rows = tf.gather(rows, first)
        return tf.SparseTensor(
            tf.stack([kept_rows, segment_indices(kept_rows)], axis=1),
            tf.gather(ordered.values, first),
            ordered.dense_shape,
        )


def _all_cells(dense: tf.Tensor) -> tf.SparseTensor:
    """Every cell of a dense matrix, zeros and empty strings included."""
    shape = tf.shape(dense, out_type=tf.int64)
    rows, columns = tf.meshgrid(tf.range(shape[0]), tf.range(shape[1]), indexing="ij")
    indices = tf.stack([tf.reshape(rows, [-1]), tf.reshape(columns, [-1])], axis=1)
    return tf.SparseTensor(indices, tf.reshape(dense, [-1]), shape)


def _require_rank_2(function: str, x: Any) -> None:
    if x.shape.rank not in (2, None):
        raise ConfigError(
            f"{function} takes a tensor of rank 2: [rows, width]",
            value=x.shape,
            hint="bring it to two dimensions with tf.reshape, or tf.sparse.reshape of a SparseTensor",
        )
