"""Histograms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from gristmill.errors import ConfigError
from gristmill.transform.analyzers.extrema import min_and_max
from gristmill.transform.analyzers.keys import count_per_key
from gristmill.transform.analyzers.sums import VectorSum
from gristmill.transform.argument_errors import ArgumentTypeError
from gristmill.transform.scopes import unique_scope
from gristmill.transform.tensor_values import flat_values
from gristmill.transform.trace import current_trace

__all__ = ["bucket_of", "histogram"]

_SHIFT = 0.0001  # the published function moves boundaries down by this, so that rounded values stay in their bucket
_DEFAULT_POINTS = 11  # boundaries 0, 0.1, … 1
_BOUNDARIES_HINT = "for example 10 from the smallest to the largest value, or [0.0, 1.0, 10.0] of your own"


def histogram(
    x: Any,
    boundaries: Sequence[float] | tf.Tensor | int | None = None,
    categorical: bool = False,
    name: str | None = None,
) -> tuple[tf.Tensor, tf.Tensor]:
    """How many values fall into each bucket, or are equal to each category.

    Args:
        x: dense, sparse or ragged numbers; categorical also takes strings.
        boundaries: ascending points between which the buckets lie; or how many points, spread evenly from the minimum
            to the maximum; 0, 0.1, … 1 by default. The first and last bucket also take what lies outside.
        categorical: count distinct values instead.
        name: name scope.

    Returns:
        Counts, int64 [n - 1], and boundaries, float32 [1, n], moved down by 0.0001. Categorical: counts [k] and the
        values [k], sorted as strings; int64 where x holds integers.

    Raises:
        ArgumentTypeError: x holds no numbers (nor integers or strings, if categorical).
        ConfigError: fewer than two boundaries.
    """
    with unique_scope(name, "histogram"):
        values = flat_values(x)
        if categorical:
            keys, counts = count_per_key(values)
            return counts, keys if values.dtype == tf.string else tf.strings.to_number(keys, tf.int64)
        if not (values.dtype.is_integer or values.dtype.is_floating):
            raise ArgumentTypeError(
                "a histogram takes numbers",
                value=values.dtype.name,
                hint="categorical=True counts each string or integer by itself",
            )
        points = _points(values, boundaries)
        buckets = int(points.shape[1]) - 1
        placed = bucket_of(values, points)
        per_batch = tf.math.bincount(placed, minlength=buckets, maxlength=buckets, dtype=tf.int64)
        total = current_trace("histogram").analyze(VectorSum(tf.int64, (buckets,)), [per_batch[tf.newaxis]])[0]
        return total, points


def bucket_of(values: tf.Tensor, points: tf.Tensor) -> tf.Tensor:
    """The bucket of each value [n] between points [1, m]: int32 from 0 to m - 2."""
    inner = points[0, 1:-1]
    return tf.searchsorted(inner, tf.cast(values, tf.float32), side="right")


def _points(values: tf.Tensor, boundaries: Any) -> tf.Tensor:
    if boundaries is None:
        points = tf.range(_DEFAULT_POINTS, dtype=tf.float32) / (_DEFAULT_POINTS - 1)
    elif isinstance(boundaries, int):
        if boundaries < 2:
            raise ConfigError("a histogram needs at least two boundaries", value=boundaries, hint=_BOUNDARIES_HINT)
        smallest, largest = min_and_max(values, True)
        points = tf.linspace(tf.cast(smallest, tf.float32), tf.cast(largest, tf.float32), boundaries)
    else:
        points = tf.reshape(tf.cast(tf.convert_to_tensor(boundaries), tf.float32), [-1])
    if points.shape[0] is None or points.shape[0] < 2:
        raise ConfigError(
            "a histogram needs at least two boundaries, of a known number", value=points.shape, hint=_BOUNDARIES_HINT
        )
    return points[tf.newaxis, :] - _SHIFT
