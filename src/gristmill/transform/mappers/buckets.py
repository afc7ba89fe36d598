"""Buckets: numbers become the numbers of the intervals that they fall into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from gristmill.errors import ConfigError
from gristmill.transform.analyzers.quantiles import quantiles
from gristmill.transform.argument_errors import DENSE_HINT, NUMBERS_HINT, ArgumentTypeError
from gristmill.transform.scopes import unique_scope
from gristmill.transform.tensor_values import is_composite, map_values, values_of
from gristmill.transform.trace import active_trace

__all__ = ["apply_buckets", "apply_buckets_with_interpolation", "bucketize", "check_num_buckets", "default_epsilon"]


def bucketize(
    x: Any,
    num_buckets: int,
    epsilon: float | None = None,
    weights: tf.Tensor | None = None,
    elementwise: bool = False,
    name: str | None = None,
) -> Any:
    """The bucket of each value of x, the buckets holding equal shares of the data set.

    Args:
        x: dense, sparse or ragged numbers.
        num_buckets: how many buckets.
        epsilon: allowed error of the boundaries' ranks; min(1 / num_buckets, 0.01) by default.
        weights: a weight per value.
        elementwise: boundaries of their own for each cell of a (dense) row.
        name: name scope.

    Returns:
        int64 of x's shape, 0 to num_buckets - 1. A value equal to a boundary goes to the upper bucket.

    Raises:
        ArgumentTypeError: num_buckets is no integer, or x holds no numbers.
        ConfigError: num_buckets is less than 1, or elementwise with a sparse or ragged x.
    """
    with unique_scope(name, "bucketize"):
        check_num_buckets(num_buckets)
        error = default_epsilon(num_buckets) if epsilon is None else epsilon
        if elementwise and is_composite(x):
            raise ConfigError("elementwise buckets need a dense tensor", value=type(x).__name__, hint=DENSE_HINT)
        boundaries = quantiles(x, num_buckets, error, weights=weights, reduce_instance_dims=not elementwise)
        return _elementwise(x, boundaries) if elementwise else apply_buckets(x, boundaries)


def apply_buckets(x: Any, bucket_boundaries: tf.Tensor | Sequence[float], name: str | None = None) -> Any:
    """The bucket of each value of x.

    Args:
        x: dense, sparse or ragged numbers; compared as float32.
        bucket_boundaries: ascending, [1, n] or a list of n numbers.
        name: name scope.

    Returns:
        int64 of x's shape, 0 to n. A value equal to a boundary goes to the upper bucket; NaN to the last.

    Raises:
        ArgumentTypeError: x holds no numbers.
        ConfigError: the boundaries have another shape.
    """
    with unique_scope(name, "apply_buckets"):
        _check_numeric(x)
        boundaries = _as_boundaries(bucket_boundaries)
        buckets = map_values(x, lambda values: _assign(values, boundaries))
        trace = active_trace()
        if trace is not None:
            count = tf.size(boundaries, out_type=tf.int64)
            static = tf.get_static_value(count)
            trace.annotations.note_range(values_of(buckets), 0, count if static is None else int(static))
            trace.annotations.note_boundaries(values_of(buckets), boundaries)
        return buckets


def apply_buckets_with_interpolation(
    x: Any, bucket_boundaries: tf.Tensor | Sequence[float], name: str | None = None
) -> Any:
    """Each value's place between the boundaries, as a share of their number: 0 at the first, 1 at the last.

    Within a bucket the place is interpolated linearly.

    Args:
        x: dense, sparse or ragged numbers.
        bucket_boundaries: ascending, [1, n] or a list of n numbers.
        name: name scope.

    Returns:
        float32 of x's shape, within [0, 1]. NaN gives 0.5. With one distinct boundary: 0 below it, else 1.

    Raises:
        ConfigError: x holds no numbers, or the boundaries have another shape.
    """
    with unique_scope(name, "apply_buckets_with_interpolation"):
        if not (x.dtype.is_integer or x.dtype.is_floating):
            raise ConfigError("buckets with interpolation need numbers", value=x.dtype.name, hint=NUMBERS_HINT)
        boundaries = tf.reshape(tf.cast(_as_boundaries(bucket_boundaries), tf.float32), [-1])
        return map_values(x, lambda values: _interpolate(tf.cast(values, tf.float32), boundaries))


def check_num_buckets(num_buckets: int) -> None:
    """Raise unless num_buckets is an integer of at least 1."""
    if not isinstance(num_buckets, int | np.integer) or isinstance(num_buckets, bool):
        raise ArgumentTypeError(
            "num_buckets must be an integer",
            value=num_buckets,
            hint="for example 10; tft.apply_buckets takes boundaries of your own",
        )
    if num_buckets < 1:
        raise ConfigError("num_buckets must be at least 1", value=num_buckets)


def default_epsilon(num_buckets: int) -> float:
    """The published default: a hundredth, or less than a bucket's share."""
    return min(1.0 / num_buckets, 0.01)


def _check_numeric(x: Any) -> None:
    if not (x.dtype.is_integer or x.dtype.is_floating):
        raise ArgumentTypeError("buckets need numbers", value=x.dtype.name, hint=NUMBERS_HINT)


def _as_boundaries(boundaries: Any) -> tf.Tensor:
    tensor = tf.convert_to_tensor(boundaries)
    if tensor.shape.rank == 1:
        tensor = tensor[tf.newaxis, :]
    if tensor.shape.rank != 2 or tensor.shape[0] not in (1, None):
        raise ConfigError(
            "bucket boundaries must be of shape [1, n], or a list",
            value=tensor.shape,
            hint="for example [10.0, 20.0]; where each column has boundaries of its own, apply them column by column",
        )
    return tf.cast(tensor, tf.float32)


def _assign(values: tf.Tensor, boundaries: tf.Tensor) -> tf.Tensor:
    """One binary search per value, by the op that every converter knows when the boundaries are constant."""
    values = tf.cast(values, tf.float32)
    known = tf.get_static_value(boundaries)
    if known is not None:
        return tf.cast(tf.raw_ops.Bucketize(input=values, boundaries=known.reshape(-1).tolist()), tf.int64)
    flat = tf.searchsorted(tf.reshape(boundaries, [-1]), tf.reshape(values, [-1]), side="right", out_type=tf.int64)
    return tf.reshape(flat, tf.shape(values))


def _elementwise(x: tf.Tensor, boundaries: tf.Tensor) -> tf.Tensor:
    """x [rows, ...] against boundaries [..., n]: the number of boundaries that are not above each value."""
    reached = tf.cast(x, tf.float32)[..., tf.newaxis] >= boundaries[tf.newaxis]
    return tf.reduce_sum(tf.cast(reached, tf.int64), axis=-1)


def _interpolate(values: tf.Tensor, boundaries: tf.Tensor) -> tf.Tensor:
    count = tf.size(boundaries)
    flat = tf.reshape(values, [-1])
    upper = tf.searchsorted(boundaries, flat, side="right")
    lower_edge = tf.gather(boundaries, tf.clip_by_value(upper - 1, 0, count - 1))
    upper_edge = tf.gather(boundaries, tf.clip_by_value(upper, 0, count - 1))
    within = tf.math.divide_no_nan(flat - lower_edge, upper_edge - lower_edge)
    place = (tf.cast(upper - 1, tf.float32) + within) / tf.cast(tf.maximum(count - 1, 1), tf.float32)
    place = tf.where(flat < boundaries[0], 0.0, tf.where(flat >= boundaries[-1], 1.0, place))
    place = tf.where(tf.math.is_nan(flat), 0.5, place)
    return tf.reshape(place, tf.shape(values))
