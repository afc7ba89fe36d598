"""Quantiles: the boundaries that cut the data into buckets of equal weight."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from gristmill.engine.weighted_summary import Floats, Summary, Table, collapse, insert, merge, run_lengths, summary_size
from gristmill.errors import ConfigError
from gristmill.transform.analyzer import Analyzer, Array, Arrays
from gristmill.transform.argument_errors import NUMBERS_HINT, ArgumentTypeError
from gristmill.transform.scopes import unique_scope
from gristmill.transform.tensor_values import flat_values, reduction_inputs
from gristmill.transform.trace import current_trace

__all__ = ["Quantiles", "quantiles"]


@dataclass(frozen=True)
class Quantiles(Analyzer):
    """Boundaries between buckets, per cell; zeros without any value.

    State: a list of weighted summaries, one per cell of the reduced shape.
    """

    num_buckets: int
    epsilon: float
    shape: tuple[int, ...]
    weighted: bool

    def outputs(self) -> list[tf.TensorSpec]:
        """float32: [1, num_buckets - 1] for a scalar reduction, else the row's shape + [num_buckets - 1]."""
        return [tf.TensorSpec([*(self.shape or (1,)), self.num_buckets - 1], tf.float32)]

    def create(self) -> list[Summary]:
        """One empty summary per cell."""
        return [[] for _ in range(math.prod(self.shape))]

    def add(self, state: list[Summary], arrays: Arrays) -> list[Summary]:
        """Arrays: values [n, ...]; then weights [n] if weighted, else optionally which cells exist."""
        size = summary_size(self.epsilon)
        weights = arrays[1] if self.weighted else None
        present = arrays[1].reshape(len(arrays[1]), -1) if len(arrays) > 1 and not self.weighted else None
        cells = arrays[0].reshape(len(arrays[0]), -1)
        for position, summary in enumerate(state):
            values = cells[:, position] if present is None else cells[present[:, position], position]
            insert(summary, _table(values, weights), size)
        return state

    def merge(self, a: list[Summary], b: list[Summary]) -> list[Summary]:
        """Cell by cell."""
        size = summary_size(self.epsilon)
        return [merge(left, right, size) for left, right in zip(a, b, strict=True)]

    def extract(self, state: list[Summary]) -> list[Array]:
        """The boundaries."""
        boundaries = np.asarray([_boundaries(collapse(cell), self.num_buckets) for cell in state], np.float32)
        return [boundaries.reshape([*(self.shape or (1,)), self.num_buckets - 1])]


def _table(values: Array, weights: Array | None) -> Table:
    """Values without NaN, ascending, and the weight of each."""
    if weights is None:
        present = values[~np.isnan(values)] if values.dtype.kind == "f" else values
        return run_lengths(np.sort(present))
    keep = np.flatnonzero(~np.isnan(values.astype(np.float64)) & (weights > 0))
    order = keep[np.argsort(values[keep], kind="stable")]
    return run_lengths(values[order], weights[order].astype(np.float64))


def _boundaries(table: Table, num_buckets: int) -> Floats:
    """For each i, the smallest value with more than i / num_buckets of the weight at or below; zeros without values."""
    values, weights = table
    if not len(values):
        return np.zeros(num_buckets - 1)
    cumulative = np.cumsum(weights)
    ranks = np.arange(1, num_buckets) * cumulative[-1] / num_buckets  # exact where the weight divides evenly
    found = np.searchsorted(cumulative, ranks, side="right")
    boundaries: Floats = values[np.minimum(found, len(values) - 1)]
    return boundaries


def quantiles(
    x: Any,
    num_buckets: int,
    epsilon: float,
    weights: tf.Tensor | None = None,
    reduce_instance_dims: bool = True,
    name: str | None = None,
) -> tf.Tensor:
    """The boundaries that cut x's values into buckets of equal weight.

    Boundary i is the smallest value with more than i / num_buckets of the weight at or below it, so that a value equal
    to a boundary belongs to the upper bucket. The extremes are not among the boundaries. NaN is left out.

    Args:
        x: dense, sparse or ragged numbers.
        num_buckets: how many buckets.
        epsilon: allowed error of a rank, as a fraction of the total weight.
        weights: a weight per value: dense, of x's shape (or [rows] for x of rank 1).
        reduce_instance_dims: True takes all values together; False gives boundaries for each cell of a row.
        name: name scope.

    Returns:
        float32 [1, num_buckets - 1], or the row's shape + [num_buckets - 1]. Zeros without any value.

    Raises:
        ArgumentTypeError: x holds no numbers.
        ConfigError: fewer than one bucket, an epsilon outside (0, 1), or weights cell by cell.
    """
    with unique_scope(name, "quantiles"):
        if not (x.dtype.is_integer or x.dtype.is_floating):
            raise ArgumentTypeError("quantiles takes numbers", value=x.dtype.name, hint=NUMBERS_HINT)
        if num_buckets < 1 or not 0 < epsilon < 1:
            raise ConfigError(
                "quantiles needs num_buckets >= 1 and 0 < epsilon < 1",
                value=(num_buckets, epsilon),
                hint="epsilon is the error of a boundary as a share of all values, for example 0.01",
            )
        inputs = reduction_inputs(x, reduce_instance_dims)
        if weights is not None:
            if not reduce_instance_dims:
                raise ConfigError(
                    "weights need reduce_instance_dims=True", hint="leave weights out, or elementwise=True of bucketize"
                )
            inputs = [inputs[0], tf.cast(flat_values(weights), tf.float32)]
        shape = tuple(inputs[0].shape[1:])
        analyzer = Quantiles(num_buckets, epsilon, shape, weights is not None)
        boundaries: tf.Tensor = current_trace("quantiles").analyze(analyzer, inputs)[0]
        return boundaries
