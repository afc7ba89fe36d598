"""Many batches in one tensor, to be cut apart by ``tf.data`` without a copy per row.

A dense or ragged tensor [batches * batch_size, ...] is seen as [batches, batch_size, ...]. A sparse tensor cannot be
sliced cheaply: its values and indices stay whole, and each batch is told where its own begin and end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

__all__ = ["SparseStack", "batches_of", "stack", "stack_spec"]


class SparseStack(NamedTuple):
    """A sparse tensor of many batches.

    Attributes:
        values: [n], ordered by row.
        indices: int64 [n, rank]; rows counted within their batch.
        begin: int64 [batches, 2]: where the values of each batch begin, and 0.
        size: int64 [batches, 2]: how many values each batch has, and the rank.
        shape: int64 [batches, rank]: the dense shape of each batch.
    """

    values: Any
    indices: Any
    begin: Any
    size: Any
    shape: Any


def stack(value: Any, batch_size: int, *, trim: bool) -> Any:
    """The tensor of a whole number of batches, ready to be cut.

    Args:
        value: eager, dense, sparse (ordered by row) or ragged.
        batch_size: divides the number of rows.
        trim: make a sparse tensor of rank 2 as wide as the longest row of each batch, as ``parse_example`` does.
    """
    if isinstance(value, tf.SparseTensor):
        return _stacked_sparse(value, batch_size, trim)
    if isinstance(value, tf.RaggedTensor):
        return tf.RaggedTensor.from_uniform_row_length(value, batch_size)
    return tf.reshape(value, [-1, batch_size, *value.shape[1:]])


def stack_spec(spec: tf.TypeSpec, batch_size: int | None) -> Any:
    """The type of what :func:`stack` makes of a tensor of this type; batch_size None for any."""
    if isinstance(spec, tf.SparseTensorSpec):
        rank = spec.shape.rank
        place, position = tf.TensorSpec([None, 2], tf.int64), tf.TensorSpec([None, rank], tf.int64)
        return SparseStack(tf.TensorSpec([None], spec.dtype), position, place, place, position)
    shape = [None, batch_size, *spec.shape[1:]]
    if isinstance(spec, tf.RaggedTensorSpec):
        return tf.RaggedTensorSpec(
            shape, spec.dtype, ragged_rank=spec.ragged_rank + 1, row_splits_dtype=spec.row_splits_dtype
        )
    return tf.TensorSpec(shape, spec.dtype)


def batches_of(stacks: Mapping[str, Any]) -> tf.data.Dataset:
    """The batches of some stacks, by tensor name, one after the other, as dicts of tensors."""
    sparse = {name: value for name, value in stacks.items() if isinstance(value, SparseStack)}
    places = {name: (value.begin, value.size, value.shape) for name, value in sparse.items()}
    cut = tf.data.Dataset.from_tensor_slices({**stacks, **places})
    if not sparse:
        return cut

    def joined(batch: dict[str, Any]) -> dict[str, Any]:
        return {name: _batch_of(sparse[name], *value) if name in sparse else value for name, value in batch.items()}

    return cut.map(joined)


def _stacked_sparse(value: tf.SparseTensor, batch_size: int, trim: bool) -> SparseStack:
    indices = value.indices.numpy()
    shape = value.dense_shape.numpy()
    batches = int(shape[0]) // batch_size
    rows = indices[:, 0]
    cuts = np.searchsorted(rows, np.arange(batches + 1) * batch_size)
    shapes = np.tile(shape, (batches, 1))
    shapes[:, 0] = batch_size
    if trim:
        lengths = np.bincount(rows, minlength=batches * batch_size)
        shapes[:, 1] = lengths.reshape(batches, batch_size).max(axis=1)
    local = np.concatenate([rows[:, np.newaxis] % batch_size, indices[:, 1:]], axis=1)
    begin = np.stack([cuts[:-1], np.zeros(batches, np.int64)], axis=1)
    size = np.stack([np.diff(cuts), np.full(batches, len(shape))], axis=1)
    return SparseStack(value.values, local, begin, size, shapes)


def _batch_of(whole: SparseStack, begin: Any, size: Any, shape: Any) -> tf.SparseTensor:
    indices = tf.slice(whole.indices, begin, size)
    return tf.SparseTensor(indices, tf.slice(whole.values, begin[:1], size[:1]), shape)
