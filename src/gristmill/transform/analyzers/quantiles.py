"""Quantiles: the boundaries that cut the data into buckets of equal weight."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from gristmill.errors import ConfigError
from gristmill.transform.analyzer import Analyzer, Array, Arrays
from gristmill.transform.analyzers.quantile_sketch import (
    Sketch,
    add_values,
    capacity_for,
    create_sketch,
    merge_sketches,
    quantiles_of,
)
from gristmill.transform.argument_errors import ArgumentTypeError
from gristmill.transform.scopes import unique_scope
from gristmill.transform.tensor_values import flat_values, reduction_inputs
from gristmill.transform.trace import current_trace

__all__ = ["Quantiles", "quantiles"]


@dataclass(frozen=True)
class Quantiles(Analyzer):
    """Boundaries between buckets, per cell; zeros without any value.

    State: a list of sketches, one per cell of the reduced shape.
    """

    num_buckets: int
    epsilon: float
    shape: tuple[int, ...]
    weighted: bool

    def outputs(self) -> list[tf.TensorSpec]:
        """float32: [1, num_buckets - 1] for a scalar reduction, else the row's shape + [num_buckets - 1]."""
        return [tf.TensorSpec([*(self.shape or (1,)), self.num_buckets - 1], tf.float32)]

    def create(self) -> list[Sketch]:
        """One empty sketch per cell."""
        return [create_sketch() for _ in range(math.prod(self.shape))]

    def add(self, state: list[Sketch], arrays: Arrays) -> list[Sketch]:
        """Arrays: values [n, ...]; then weights [n] if weighted, else optionally which cells exist."""
        capacity = capacity_for(self.epsilon)
        weights = arrays[1] if self.weighted else None
        present = arrays[1].reshape(len(arrays[1]), -1) if len(arrays) > 1 and not self.weighted else None
        cells = arrays[0].reshape(len(arrays[0]), -1)
        for position in range(len(state)):
            values = cells[:, position] if present is None else cells[present[:, position], position]
            state[position] = add_values(state[position], values, weights, capacity)
        return state

    def merge(self, a: list[Sketch], b: list[Sketch]) -> list[Sketch]:
        """Cell by cell."""
        capacity = capacity_for(self.epsilon)
        return [merge_sketches(left, right, capacity) for left, right in zip(a, b, strict=True)]

    def extract(self, state: list[Sketch]) -> list[Array]:
        """The boundaries."""
        fractions = np.arange(1, self.num_buckets) / self.num_buckets
        cells = [quantiles_of(cell, fractions) if any(cell["levels"]) else np.zeros(len(fractions)) for cell in state]
        shape = [*(self.shape or (1,)), self.num_buckets - 1]
        return [np.asarray(cells, np.float32).reshape(shape)]


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
            raise ArgumentTypeError("quantiles takes numbers", value=x.dtype.name)
        if num_buckets < 1 or not 0 < epsilon < 1:
            raise ConfigError("quantiles needs num_buckets >= 1 and 0 < epsilon < 1", value=(num_buckets, epsilon))
        inputs = reduction_inputs(x, reduce_instance_dims)
        if weights is not None:
            if not reduce_instance_dims:
                raise ConfigError("weights need reduce_instance_dims=True")
            inputs = [inputs[0], tf.cast(flat_values(weights), tf.float32)]
        shape = tuple(inputs[0].shape[1:])
        analyzer = Quantiles(num_buckets, epsilon, shape, weights is not None)
        boundaries: tf.Tensor = current_trace("quantiles").analyze(analyzer, inputs)[0]
        return boundaries
