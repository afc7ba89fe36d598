"""Mean and population variance."""

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

__all__ = ["Moments", "float_dtype", "mean", "mean_and_var", "merge_moments", "var"]


@dataclass(frozen=True)
class Moments(Analyzer):
    """Mean and population variance in float64, ignoring NaN and infinities; 0 and 0 without any value.

    State: {"n", "mean", "m2"}: float64 arrays of the reduced shape; m2 is the sum of squared differences from the mean.
    """

    dtype: tf.DType
    shape: tuple[int, ...]

    def outputs(self) -> list[tf.TensorSpec]:
        """Mean and variance."""
        return [tf.TensorSpec(self.shape, self.dtype)] * 2

    def create(self) -> dict[str, Array]:
        """No values."""
        return {key: np.zeros(self.shape, np.float64) for key in ("n", "mean", "m2")}

    def add(self, state: dict[str, Array], arrays: Arrays) -> dict[str, Array]:
        """Arrays: values [n, ...], and optionally which of them exist."""
        if not len(arrays[0]):
            return state
        values = arrays[0].astype(np.float64)
        present = np.isfinite(values)
        if len(arrays) > 1:
            present &= arrays[1]
        if present.all():
            n = np.full(self.shape, float(len(values)))
            average = values.mean(axis=0)
            m2 = np.square(values - average).sum(axis=0)
        else:
            n = present.sum(axis=0, dtype=np.float64)
            average = np.where(present, values, 0.0).sum(axis=0) / np.maximum(n, 1.0)
            m2 = np.square(np.where(present, values, average) - average).sum(axis=0)
        return merge_moments(state, {"n": n, "mean": average, "m2": m2})

    def merge(self, a: dict[str, Array], b: dict[str, Array]) -> dict[str, Array]:
        """See :func:`merge_moments`."""
        return merge_moments(a, b)

    def extract(self, state: dict[str, Array]) -> list[Array]:
        """Mean and variance."""
        kind = self.dtype.as_numpy_dtype
        variance = state["m2"] / np.maximum(state["n"], 1.0)
        return [np.asarray(state["mean"]).astype(kind), np.asarray(variance).astype(kind)]


def merge_moments(a: dict[str, Array], b: dict[str, Array]) -> dict[str, Array]:
    """Moments of two parts together (Chan, Golub, LeVeque: Updating Formulae and a Pairwise Algorithm, 1979)."""
    n = a["n"] + b["n"]
    share = b["n"] / np.maximum(n, 1.0)
    delta = b["mean"] - a["mean"]
    return {
        "n": n,
        "mean": a["mean"] + delta * share,
        "m2": a["m2"] + b["m2"] + np.square(delta) * a["n"] * share,
    }


def float_dtype(x: Any, output_dtype: tf.DType | None) -> tf.DType:
    """The dtype of averages of x: x's own when it is a float, float32 for integers.

    Raises:
        ArgumentTypeError: x is no number, or the wanted dtype is no float.
    """
    if not (x.dtype.is_integer or x.dtype.is_floating):
        raise ArgumentTypeError(
            "means, variances and z-scores are of numbers",
            value=x.dtype.name,
            hint=NUMBERS_HINT,
        )
    if output_dtype is None:
        return x.dtype if x.dtype.is_floating else tf.float32
    dtype = tf.as_dtype(output_dtype)
    if not dtype.is_floating:
        raise ArgumentTypeError("output_dtype must be a float", value=dtype.name, hint="for example tf.float32")
    return dtype


def mean_and_var(x: Any, reduce_instance_dims: bool, output_dtype: tf.DType | None) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and variance of x in one analyzer."""
    inputs = reduction_inputs(x, reduce_instance_dims)
    analyzer = Moments(float_dtype(x, output_dtype), tuple(inputs[0].shape[1:]))
    average, variance = current_trace("mean and var").analyze(analyzer, inputs)
    return average, variance


def mean(
    x: Any, reduce_instance_dims: bool = True, name: str | None = None, output_dtype: tf.DType | None = None
) -> tf.Tensor:
    """The mean of x over the data set, ignoring NaN and infinities; 0 without any value.

    Args:
        x: dense, sparse or ragged numbers.
        reduce_instance_dims: True gives a scalar; False keeps the shape of a row.
        name: name scope.
        output_dtype: a float dtype; x's own by default, float32 for integers.

    Raises:
        ArgumentTypeError: x is no number, or output_dtype no float.
    """
    with unique_scope(name, "mean"):
        return mean_and_var(x, reduce_instance_dims, output_dtype)[0]


def var(
    x: Any, reduce_instance_dims: bool = True, name: str | None = None, output_dtype: tf.DType | None = None
) -> tf.Tensor:
    """The population variance (divided by n) of x over the data set; see :func:`mean`."""
    with unique_scope(name, "var"):
        return mean_and_var(x, reduce_instance_dims, output_dtype)[1]
