"""Covariance and principal components."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from gristmill.errors import ConfigError
from gristmill.transform.analyzer import Analyzer, Array, Arrays
from gristmill.transform.argument_errors import DENSE_HINT, ArgumentTypeError
from gristmill.transform.scopes import unique_scope
from gristmill.transform.trace import current_trace

__all__ = ["Covariance", "PrincipalComponents", "covariance", "pca"]


@dataclass(frozen=True)
class Covariance(Analyzer):
    """The biased covariance matrix (divided by n), in float64; zeros without rows.

    State: {"n", "mean" [d], "comoment" [d, d]}.
    """

    dimension: int
    dtype: tf.DType

    def outputs(self) -> list[tf.TensorSpec]:
        """The matrix."""
        return [tf.TensorSpec([self.dimension, self.dimension], self.dtype)]

    def create(self) -> dict[str, Any]:
        """No rows."""
        return {"n": 0.0, "mean": np.zeros(self.dimension), "comoment": np.zeros((self.dimension, self.dimension))}

    def add(self, state: dict[str, Any], arrays: Arrays) -> dict[str, Any]:
        """Arrays: rows [n, d]."""
        rows = arrays[0].astype(np.float64)
        if not len(rows):
            return state
        average = rows.mean(axis=0)
        centred = rows - average
        return self.merge(state, {"n": float(len(rows)), "mean": average, "comoment": centred.T @ centred})

    def merge(self, a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
        """The pairwise update of Chan, Golub and LeVeque (1979), for matrices."""
        n = a["n"] + b["n"]
        if n == 0:
            return a
        delta = b["mean"] - a["mean"]
        share = b["n"] / n
        return {
            "n": n,
            "mean": a["mean"] + delta * share,
            "comoment": a["comoment"] + b["comoment"] + np.outer(delta, delta) * (a["n"] * share),
        }

    def extract(self, state: dict[str, Any]) -> list[Array]:
        """The matrix."""
        return [self._matrix(state).astype(self.dtype.as_numpy_dtype)]

    def _matrix(self, state: dict[str, Any]) -> Array:
        matrix: Array = np.asarray(state["comoment"]) / max(state["n"], 1.0)
        return matrix


@dataclass(frozen=True)
class PrincipalComponents(Covariance):
    """The eigenvectors of the covariance with the largest eigenvalues, as columns."""

    output_dim: int = 1

    def outputs(self) -> list[tf.TensorSpec]:
        """[d, output_dim]."""
        return [tf.TensorSpec([self.dimension, self.output_dim], self.dtype)]

    def extract(self, state: dict[str, Any]) -> list[Array]:
        """Eigenvectors by decreasing eigenvalue, with the sign that ``numpy.linalg.eigh`` gives."""
        values, vectors = np.linalg.eigh(self._matrix(state))
        order = np.argsort(-values, kind="stable")
        return [vectors[:, order[: self.output_dim]].astype(self.dtype.as_numpy_dtype)]


def covariance(x: tf.Tensor, dtype: tf.DType, name: str | None = None) -> tf.Tensor:
    """The biased covariance matrix of x's columns.

    Args:
        x: dense [rows, d] numbers.
        dtype: of the result: float32 or float64.
        name: name scope.

    Returns:
        [d, d].

    Raises:
        ArgumentTypeError: x is not dense, or the dtype no float.
        ConfigError: x is not of rank 2 with a known d.
    """
    with unique_scope(name, "covariance"):
        analyzer = Covariance(_dimension(x), _float(dtype))
        matrix: tf.Tensor = current_trace("covariance").analyze(analyzer, [x])[0]
        return matrix


def pca(x: tf.Tensor, output_dim: int, dtype: tf.DType, name: str | None = None) -> tf.Tensor:
    """The first ``output_dim`` principal components of x's columns; ``tf.matmul(x, pca(x, …))`` projects onto them.

    Args:
        x: dense [rows, d] numbers.
        output_dim: how many components, at most d.
        dtype: of the result: float32 or float64.
        name: name scope.

    Returns:
        [d, output_dim]: eigenvectors of the covariance, by decreasing eigenvalue. x is not centred by the projection.

    Raises:
        ArgumentTypeError, ConfigError: as :func:`covariance`, or output_dim is not between 1 and d.
    """
    with unique_scope(name, "pca"):
        dimension = _dimension(x)
        if not 1 <= output_dim <= dimension:
            raise ConfigError(f"output_dim must be between 1 and {dimension}", value=output_dim)
        analyzer = PrincipalComponents(dimension, _float(dtype), output_dim)
        matrix: tf.Tensor = current_trace("pca").analyze(analyzer, [x])[0]
        return matrix


def _dimension(x: Any) -> int:
    if not isinstance(x, tf.Tensor):
        raise ArgumentTypeError("covariance and pca take a dense tensor", value=type(x).__name__, hint=DENSE_HINT)
    if x.shape.rank != 2 or x.shape[1] is None:
        raise ConfigError(
            "covariance and pca take a tensor [rows, d] of a known d",
            value=x.shape,
            hint="put features side by side with tf.stack([a, b], axis=1), or use tf.ensure_shape(x, [None, 3])",
        )
    return int(x.shape[1])


def _float(dtype: Any) -> tf.DType:
    kind = tf.as_dtype(dtype)
    if not kind.is_floating:
        raise ArgumentTypeError(
            "the dtype of covariance and pca must be a float", value=kind.name, hint="dtype=tf.float32 or tf.float64"
        )
    return kind
