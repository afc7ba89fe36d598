"""Drawing a share of the examples, the same ones each time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

__all__ = ["sampled_rows"]


def sampled_rows(batch: pa.RecordBatch, rate: float, first_row: int) -> pa.RecordBatch:
    """The rows of the batch that are in the sample.

    Whether a row is drawn depends on its position in the shard alone (splitmix64 of it, below the rate), so that
    neither batch size nor the number of workers changes the sample.

    Args:
        batch: rows of a shard.
        rate: share to draw, above 0 and at most 1.
        first_row: position of the batch's first row in the shard.
    """
    positions = np.arange(first_row, first_row + batch.num_rows, dtype=np.uint64)
    drawn = _uniform(positions) < rate
    return batch.filter(pa.array(drawn))


def _uniform(numbers: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A number in [0, 1) for each position: the finaliser of splitmix64 (G. Steele et al., 2014)."""
    mixed = (numbers + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (mixed ^ (mixed >> np.uint64(31))) / 2.0**64
