"""Minimum and maximum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from gristmill.transform.analyzer import Analyzer, Array, Arrays
from gristmill.transform.argument_errors import NUMBERS_HINT, ArgumentTypeError
from gristmill.transform.scopes import unique_scope
from gristmill.transform.tensor_values import reduction_inputs
from gristmill.transform.trace import current_trace

__all__ = ["max", "min", "min_and_max"]

_UNORDERED = {tf.uint32, tf.uint64, tf.string, tf.bool}  # the published function refuses them, too


@dataclass(frozen=True)
class Extrema(Analyzer):
    """Smallest and largest value, ignoring NaN. Without any value: NaN, or the dtype's limits for integers.

    State: {"min", "max"}: arrays of the reduced shape, or None before any value.
    """

    dtype: tf.DType
    shape: tuple[int, ...]

    def outputs(self) -> list[tf.TensorSpec]:
        """Minimum and maximum, of the reduced shape."""
        return [tf.TensorSpec(self.shape, self.dtype)] * 2

    def create(self) -> dict[str, Array]:
        """The limits that any value replaces."""
        low, high = self._limits()
        return {"min": np.full(self.shape, high), "max": np.full(self.shape, low)}

    def add(self, state: dict[str, Array], arrays: Arrays) -> dict[str, Array]:
        """Arrays: values [n, ...], and optionally which of them exist."""
        values = arrays[0]
        if not len(values):
            return state
        low, high = self._limits()
        smallest, largest = values, values
        if len(arrays) > 1:
            smallest, largest = np.where(arrays[1], values, high), np.where(arrays[1], values, low)
        batch = {"min": np.fmin.reduce(smallest, axis=0), "max": np.fmax.reduce(largest, axis=0)}
        return self.merge(state, batch)

    def merge(self, a: dict[str, Array], b: dict[str, Array]) -> dict[str, Array]:
        """Cell by cell."""
        return {"min": np.fmin(a["min"], b["min"]), "max": np.fmax(a["max"], b["max"])}

    def extract(self, state: dict[str, Array]) -> list[Array]:
        """Minimum and maximum."""
        return [np.asarray(state["min"]), np.asarray(state["max"])]

    def _limits(self) -> tuple[Any, Any]:
        kind = self.dtype.as_numpy_dtype
        if self.dtype.is_floating:
            return kind("nan"), kind("nan")
        limits = np.iinfo(kind)
        return kind(limits.min), kind(limits.max)


def min_and_max(x: Any, reduce_instance_dims: bool) -> tuple[tf.Tensor, tf.Tensor]:
    """Both extrema of x in one analyzer, of x's dtype."""
    if x.dtype in _UNORDERED:
        raise ArgumentTypeError(
            "min and max take signed integers, floats, uint8 and uint16", value=x.dtype.name, hint=NUMBERS_HINT
        )
    inputs = reduction_inputs(x, reduce_instance_dims)
    analyzer = Extrema(x.dtype, tuple(inputs[0].shape[1:]))
    smallest, largest = current_trace("min and max").analyze(analyzer, inputs)
    return smallest, largest


def min(x: Any, reduce_instance_dims: bool = True, name: str | None = None) -> tf.Tensor:
    """The smallest value of x over the data set, ignoring NaN.

    Args:
        x: dense, sparse or ragged; signed integers, floats, uint8 or uint16.
        reduce_instance_dims: True gives a scalar; False keeps the shape of a row.
        name: name scope.

    Returns:
        A tensor of x's dtype. Without any value: NaN, or the dtype's largest integer.

    Raises:
        ArgumentTypeError: another dtype.
    """
    with unique_scope(name, "min"):
        return min_and_max(x, reduce_instance_dims)[0]


def max(x: Any, reduce_instance_dims: bool = True, name: str | None = None) -> tf.Tensor:
    """The largest value of x over the data set; see :func:`min`. Without any value: NaN, or the smallest integer."""
    with unique_scope(name, "max"):
        return min_and_max(x, reduce_instance_dims)[1]
