"""Histograms as messages, read from a table of values and weights.

Quantile histograms give each bucket the weight between its boundaries; where several boundaries fall on one value, the
buckets that end there share its weight evenly. Standard histograms have buckets of equal width and are interpolated
from a fine quantile histogram, which is why their counts are fractional; a value on a boundary counts below it.
"""

from __future__ import annotations

import numpy as np
from tensorflow_metadata.proto.v0 import statistics_pb2

from gristmill.engine.weighted_summary import Floats, Table

__all__ = ["median", "quantile_histogram", "standard_histogram"]

_FINE_BUCKETS_PER_BUCKET = 100  # inner quantiles for each bucket of a standard histogram
_ROUNDING = 1 - 1e-12  # a rank that is a whole number in exact arithmetic must not slip to the next value


def median(table: Table) -> float:
    """The smallest value that at least half of the weight does not exceed; 0.0 of an empty table."""
    if not len(table[0]):
        return 0.0
    ends = np.cumsum(table[1])
    return float(table[0][np.searchsorted(ends, ends[-1] / 2 * _ROUNDING)])


def quantile_histogram(
    table: Table, buckets: int, limits: tuple[float, float] | None = None, num_nan: int = 0
) -> statistics_pb2.Histogram:
    """A histogram of ``buckets`` buckets between quantiles; without buckets when the table is empty.

    Args:
        table: values and weights.
        buckets: number of buckets.
        limits: exact smallest and largest value, where the table is a summary that may have lost them.
        num_nan: values that are no number.
    """
    histogram = statistics_pb2.Histogram(type=statistics_pb2.Histogram.QUANTILES, num_nan=num_nan)
    if len(table[0]):
        boundaries, ends = _quantiles(table, buckets, limits)
        _fill(histogram, boundaries, _bucket_weights(boundaries, ends))
    return histogram


def standard_histogram(
    table: Table, buckets: int, limits: tuple[float, float] | None = None, num_nan: int = 0
) -> statistics_pb2.Histogram:
    """A histogram of equally wide buckets over the finite values; infinite ones get a bucket at their end.

    Args:
        table: values and weights.
        buckets: number of buckets; only one is made when all finite values are equal.
        limits: exact smallest and largest *finite* value.
        num_nan: values that are no number.
    """
    histogram = statistics_pb2.Histogram(type=statistics_pb2.Histogram.STANDARD, num_nan=num_nan)
    values, weights = table
    finite = np.isfinite(values)
    below, above = (float(weights[values == end].sum()) for end in (-np.inf, np.inf))
    finite_table = (values[finite], weights[finite])
    low, high = limits or _ends(finite_table)
    if below:
        histogram.buckets.add(low_value=-np.inf, high_value=-np.inf, sample_count=below)
    if len(finite_table[0]):
        _fill(histogram, *_equal_width(finite_table, buckets, (low, high)))
    if above:
        histogram.buckets.add(low_value=np.inf, high_value=np.inf, sample_count=above)
    return histogram


def _ends(table: Table) -> tuple[float, float]:
    values = table[0]
    return (float(values[0]), float(values[-1])) if len(values) else (np.inf, -np.inf)


def _quantiles(table: Table, buckets: int, limits: tuple[float, float] | None) -> tuple[Floats, Floats]:
    """Boundaries of equally heavy buckets and the weight up to and with each of them; ``buckets + 1`` of each."""
    values, weights = table
    ends = np.cumsum(weights)
    ranks = np.arange(buckets + 1) * (ends[-1] / buckets)
    chosen = np.minimum(np.searchsorted(ends, ranks * _ROUNDING), len(values) - 1)
    boundaries = values[chosen]
    if limits is not None:
        boundaries[0], boundaries[-1] = limits
    return boundaries, ends[chosen]


def _bucket_weights(boundaries: Floats, ends: Floats) -> Floats:
    highs, high_ends = boundaries[1:], ends[1:]
    firsts = np.flatnonzero(np.concatenate(([True], highs[1:] != highs[:-1])))
    group_ends = high_ends[firsts]
    # What lies on the very first boundary belongs to the first bucket alone, unless that bucket is this one value.
    at_first = ends[0] if boundaries[0] != highs[0] else 0.0
    group_weights = np.diff(group_ends, prepend=at_first)
    sizes = np.diff(firsts, append=len(highs))
    weights = np.repeat(group_weights / sizes, sizes)
    weights[0] += at_first
    return weights


def _equal_width(table: Table, buckets: int, limits: tuple[float, float]) -> tuple[Floats, Floats]:
    """Edges and weights of equally wide buckets."""
    low, high = limits
    total = table[1].sum()
    if low == high:
        return np.array([low, high]), np.array([total])
    width = high / buckets / 2 - low / buckets / 2  # of half of all values: high - low itself may overflow
    edges = np.append(2 * (low / 2 + width * np.arange(buckets)), high)
    fine, ends = _quantiles(table, buckets * _FINE_BUCKETS_PER_BUCKET, limits)
    below = _weight_up_to(edges[1:-1], fine, _bucket_weights(fine, ends))
    return edges, np.diff(np.concatenate(([0.0], below, [total])))


def _weight_up_to(points: Floats, boundaries: Floats, weights: Floats) -> Floats:
    """Weight at or below each point, where each bucket's weight is spread evenly over it."""
    lows, highs = boundaries[:-1], boundaries[1:]
    # Halves, because a difference of two doubles may overflow; that of the two smallest is 0 then.
    spans = highs / 2 - lows / 2
    single = (lows == highs) | (spans == 0)
    with np.errstate(over="ignore"):  # a point far behind a narrow bucket
        shares = np.clip((points[:, None] / 2 - lows / 2) / np.where(single, 1.0, spans), 0.0, 1.0)
    shares = np.where(single, highs <= points[:, None], shares)
    return np.asarray((shares * weights).sum(axis=1))


def _fill(histogram: statistics_pb2.Histogram, boundaries: Floats, weights: Floats) -> None:
    for low, high, weight in zip(boundaries[:-1].tolist(), boundaries[1:].tolist(), weights.tolist(), strict=True):
        histogram.buckets.add(low_value=low, high_value=high, sample_count=weight)
