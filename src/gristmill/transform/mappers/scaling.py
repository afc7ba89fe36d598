"""Scaling: to a range, and to mean 0 and variance 1."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from gristmill.errors import ConfigError
from gristmill.transform.analyzers.extrema import min_and_max
from gristmill.transform.analyzers.moments import float_dtype, mean_and_var
from gristmill.transform.scopes import unique_scope
from gristmill.transform.tensor_values import is_composite, map_values

__all__ = ["check_range", "scale_by_min_max", "scale_to_0_1", "scale_to_z_score", "scaled_to_range", "standardized"]


def scale_by_min_max(
    x: Any, output_min: float = 0.0, output_max: float = 1.0, elementwise: bool = False, name: str | None = None
) -> Any:
    """x scaled linearly so that its extremes over the data set become ``output_min`` and ``output_max``.

    Args:
        x: dense, sparse or ragged numbers.
        output_min: the new minimum.
        output_max: the new maximum.
        elementwise: scale each cell of a (dense) row by its own extremes.
        name: name scope.

    Returns:
        float32 of x's shape. Where all values of the data set are equal: output_min + sigmoid(x) * range.

    Raises:
        ConfigError: output_min is not less than output_max.
    """
    with unique_scope(name, "scale_by_min_max"):
        return _scale_by_min_max(x, output_min, output_max, elementwise)


def scale_to_0_1(x: Any, elementwise: bool = False, name: str | None = None) -> Any:
    """x scaled to the range 0 to 1; see :func:`scale_by_min_max`."""
    with unique_scope(name, "scale_to_0_1"):
        return _scale_by_min_max(x, 0.0, 1.0, elementwise)


def scale_to_z_score(
    x: Any, elementwise: bool = False, name: str | None = None, output_dtype: tf.DType | None = None
) -> Any:
    """x minus its mean over the data set, divided by its (population) standard deviation.

    Args:
        x: dense, sparse or ragged numbers.
        elementwise: scale each cell of a (dense) row by its own moments.
        name: name scope.
        output_dtype: a float dtype; x's own by default, float32 for integers.

    Returns:
        Of x's shape. Where the variance is 0: x minus its mean.
    """
    with unique_scope(name, "scale_to_z_score"):
        _refuse_composite_cells(x, elementwise)
        dtype = float_dtype(x, output_dtype)
        mean, variance = mean_and_var(x, not elementwise, dtype)
        return map_values(x, lambda values: standardized(values, mean, variance))


def standardized(values: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor) -> tf.Tensor:
    """(values - mean) / sqrt(variance), or values - mean where the variance is 0; of the mean's dtype."""
    centred = tf.cast(values, mean.dtype) - mean
    return tf.where(variance > 0, tf.math.divide_no_nan(centred, tf.sqrt(variance)), centred)


def check_range(output_min: float, output_max: float) -> None:
    """Raise ConfigError unless output_min is less than output_max."""
    if output_min >= output_max:
        raise ConfigError("output_min must be less than output_max", value=(output_min, output_max))


def scaled_to_range(
    values: tf.Tensor, smallest: tf.Tensor, largest: tf.Tensor, output_min: float, output_max: float
) -> tf.Tensor:
    """values scaled from [smallest, largest] to [output_min, output_max], float32; by a sigmoid if all are equal."""
    values, smallest, largest = (tf.cast(each, tf.float32) for each in (values, smallest, largest))
    share = tf.where(
        smallest < largest,
        tf.math.divide_no_nan(values - smallest, largest - smallest),
        tf.math.sigmoid(values),
    )
    return share * (output_max - output_min) + output_min


def _scale_by_min_max(x: Any, output_min: float, output_max: float, elementwise: bool) -> Any:
    check_range(output_min, output_max)
    _refuse_composite_cells(x, elementwise)
    smallest, largest = min_and_max(x, not elementwise)
    return map_values(x, lambda values: scaled_to_range(values, smallest, largest, output_min, output_max))


def _refuse_composite_cells(x: Any, elementwise: bool) -> None:
    if elementwise and is_composite(x):
        raise ConfigError(
            "elementwise scaling takes a dense tensor",
            value=type(x).__name__,
            hint="make it dense first, for example with sparse_tensor_to_dense_with_shape",
        )
