"""Sums and sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from gristmill.errors import NotSupportedError
from gristmill.transform.analyzer import Analyzer, Array, Arrays
from gristmill.transform.argument_errors import NUMBERS_HINT, ArgumentTypeError
from gristmill.transform.scopes import unique_scope
from gristmill.transform.tensor_values import reduction_inputs
from gristmill.transform.trace import current_trace

__all__ = ["VectorSum", "size", "sum"]

_SUM_DTYPES = {
    tf.float16: tf.float32,
    tf.float32: tf.float32,
    tf.float64: tf.float64,
    **dict.fromkeys([tf.int8, tf.int16, tf.int32, tf.int64], tf.int64),
    **dict.fromkeys([tf.uint8, tf.uint16, tf.uint32, tf.uint64], tf.uint64),
}


@dataclass(frozen=True)
class VectorSum(Analyzer):
    """Sum over the first dimension; floats are added up in float64. State: {"total"}: an array of the reduced shape."""

    dtype: tf.DType
    shape: tuple[int, ...]

    def outputs(self) -> list[tf.TensorSpec]:
        """The sum."""
        return [tf.TensorSpec(self.shape, self.dtype)]

    def create(self) -> dict[str, Array]:
        """Zeros."""
        return {"total": np.zeros(self.shape, self._wide())}

    def add(self, state: dict[str, Array], arrays: Arrays) -> dict[str, Array]:
        """Arrays: values [n, ...]; sparse cells without a value hold 0."""
        return {"total": state["total"] + np.sum(arrays[0], axis=0, dtype=self._wide())}

    def merge(self, a: dict[str, Array], b: dict[str, Array]) -> dict[str, Array]:
        """Cell by cell."""
        return {"total": a["total"] + b["total"]}

    def extract(self, state: dict[str, Array]) -> list[Array]:
        """The sum."""
        return [np.asarray(state["total"]).astype(self.dtype.as_numpy_dtype)]

    def _wide(self) -> Any:
        return np.float64 if self.dtype.is_floating else self.dtype.as_numpy_dtype


def sum(x: Any, reduce_instance_dims: bool = True, name: str | None = None) -> tf.Tensor:
    """The sum of x over the data set.

    Args:
        x: dense, sparse or ragged numbers.
        reduce_instance_dims: True gives a scalar; False keeps the shape of a row.
        name: name scope.

    Returns:
        int64 for signed integers, uint64 for unsigned ones, float32 for float16, else x's dtype.

    Raises:
        ArgumentTypeError: another dtype, or an unsigned sparse tensor cell by cell.
        NotSupportedError: a ragged tensor cell by cell.
    """
    with unique_scope(name, "sum"):
        if x.dtype not in _SUM_DTYPES:
            raise ArgumentTypeError("sum takes numbers", value=x.dtype.name, hint=NUMBERS_HINT)
        if not reduce_instance_dims and isinstance(x, tf.SparseTensor) and x.dtype in {tf.uint32, tf.uint64}:
            raise ArgumentTypeError(
                "a sparse tensor cannot be summed cell by cell in this dtype",
                value=x.dtype.name,
                hint="cast it to tf.int64",
            )
        inputs = reduction_inputs(x, reduce_instance_dims)
        analyzer = VectorSum(_SUM_DTYPES[x.dtype], tuple(inputs[0].shape[1:]))
        total: tf.Tensor = current_trace("sum").analyze(analyzer, inputs[:1])[0]
        return total


def size(x: Any, reduce_instance_dims: bool = True, name: str | None = None) -> tf.Tensor:
    """The number of values of x in the data set, int64; missing values of a sparse tensor are not counted.

    Args:
        x: dense, sparse or ragged.
        reduce_instance_dims: True counts all; False counts cell by cell.
        name: name scope.
    """
    with unique_scope(name, "size"):
        if isinstance(x, tf.RaggedTensor) and not reduce_instance_dims:
            raise NotSupportedError(
                "the cells of a ragged tensor cannot be counted",
                hint="sum tf.ones_like(x, tf.int64).to_tensor(shape=[None, 3]) cell by cell, or leave "
                "reduce_instance_dims=False out to count all values",
            )
        inputs = reduction_inputs(x, reduce_instance_dims)
        ones = tf.cast(inputs[1], tf.int64) if len(inputs) > 1 else tf.ones_like(inputs[0], tf.int64)
        total: tf.Tensor = current_trace("size").analyze(VectorSum(tf.int64, tuple(ones.shape[1:])), [ones])[0]
        return total
