"""The density of each value, as the data set's histogram tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from gristmill.errors import ConfigError
from gristmill.transform.analyzers.histogram import bucket_of, histogram
from gristmill.transform.argument_errors import ArgumentTypeError
from gristmill.transform.scopes import unique_scope

__all__ = ["estimated_probability_density"]


def estimated_probability_density(
    x: tf.Tensor,
    boundaries: Sequence[float] | tf.Tensor | int | None = None,
    categorical: bool = False,
    name: str | None = None,
) -> tf.Tensor:
    """For each value of x, the estimated density at it; or, categorical, the share of the values equal to it.

    Args:
        x: dense floats [rows] or [rows, 1]; integers or strings if categorical.
        boundaries: see ``histogram``.
        categorical: take values as categories.
        name: name scope.

    Returns:
        float32 of x's shape: the bucket's share of all values, divided by its width.

    Raises:
        ArgumentTypeError: x is not dense.
        ConfigError: x has more than one value per row.
    """
    with unique_scope(name, "estimated_probability_density"):
        if not isinstance(x, tf.Tensor):
            raise ArgumentTypeError(
                "densities are estimated for a dense tensor",
                value=type(x).__name__,
                hint="use tft.sparse_tensor_to_dense_with_shape(x, [None, 1])",
            )
        if x.shape.rank not in (1, 2) or (x.shape.rank == 2 and x.shape[1] != 1):
            raise ConfigError(
                "densities are estimated for one value per row",
                value=x.shape,
                hint="take each column by itself, for example x[:, 0]",
            )
        flat = tf.reshape(x, [-1])
        density = _shares(flat) if categorical else _densities(flat, boundaries)
        return tf.reshape(density, tf.shape(x))


def _shares(flat: tf.Tensor) -> tf.Tensor:
    counts, values = histogram(flat, categorical=True)
    equal = (flat if flat.dtype == tf.string else tf.cast(flat, tf.int64))[:, tf.newaxis] == values
    total = tf.reduce_sum(counts)
    found = tf.reduce_sum(tf.where(equal, counts[tf.newaxis], tf.zeros_like(counts)[tf.newaxis]), axis=1)
    return tf.cast(found / tf.maximum(total, 1), tf.float32)


def _densities(flat: tf.Tensor, boundaries: Any) -> tf.Tensor:
    counts, points = histogram(flat, boundaries)
    widths = points[0, 1:] - points[0, :-1]
    total = tf.cast(tf.maximum(tf.reduce_sum(counts), 1), tf.float32)
    return tf.gather(tf.math.divide_no_nan(tf.cast(counts, tf.float32), total * widths), bucket_of(flat, points))
