"""Dense, sparse and ragged tensors through one door: their values, and the same tensor with other values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from gristmill.errors import ConfigError, NotSupportedError

__all__ = ["flat_values", "is_composite", "map_values", "reduction_inputs", "values_of"]


def is_composite(x: Any) -> bool:
    """Whether x is sparse or ragged."""
    return isinstance(x, tf.SparseTensor | tf.RaggedTensor)


def values_of(x: Any) -> tf.Tensor:
    """The tensor that holds x's values: x itself when dense."""
    if isinstance(x, tf.SparseTensor):
        return x.values
    if isinstance(x, tf.RaggedTensor):
        return x.flat_values
    return tf.convert_to_tensor(x)


def flat_values(x: Any) -> tf.Tensor:
    """All values of x, [n]; missing values of a sparse tensor are not among them."""
    values = values_of(x)
    return values if values.shape.rank == 1 else tf.reshape(values, [-1])


def map_values(x: Any, function: Callable[[tf.Tensor], tf.Tensor]) -> Any:
    """x with ``function`` applied to its values; the function keeps their shape."""
    if isinstance(x, tf.SparseTensor):
        return tf.SparseTensor(x.indices, function(x.values), x.dense_shape)
    if isinstance(x, tf.RaggedTensor):
        return x.with_flat_values(function(x.flat_values))
    return function(tf.convert_to_tensor(x))


def reduction_inputs(x: Any, reduce_instance_dims: bool) -> list[tf.Tensor]:
    """What an analyzer that reduces over rows needs of x: values, and for sparse cells which of them exist.

    Args:
        x: the tensor.
        reduce_instance_dims: reduce over everything (values are [n]), or over rows alone (values are [rows, ...]).

    Raises:
        ConfigError: rows alone are to be reduced, and the shape of a row is not known.
        NotSupportedError: the same, of a ragged tensor.
    """
    if reduce_instance_dims:
        return [flat_values(x)]
    if isinstance(x, tf.RaggedTensor):
        raise NotSupportedError(
            "a ragged tensor cannot be reduced cell by cell", hint="convert it with to_tensor(shape=…)"
        )
    if not x.shape[1:].is_fully_defined():
        raise ConfigError(
            "to be reduced cell by cell, a tensor must have rows of a known shape",
            value=x.shape,
            hint="fix its shape, for example with sparse_tensor_to_dense_with_shape",
        )
    if isinstance(x, tf.SparseTensor):
        shape = tf.concat([x.dense_shape[:1], tf.constant(x.shape[1:].as_list(), tf.int64)], axis=0)
        present = tf.scatter_nd(x.indices, tf.ones_like(x.values, tf.int32), shape) > 0
        return [tf.scatter_nd(x.indices, x.values, shape), present]
    return [x]
