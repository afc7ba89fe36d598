"""The distribution of numbers as fine as two histograms together tell it.

A histogram of equal widths is blind where most values share one bucket; one of quantiles is blind inside its tenths.
The number of values up to a bound is known at every bound of either, so both together are the finer buckets between all
of their bounds. Two datasets are compared, and laid over each other, on these.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Sequence
from typing import Any

from gristmill.display.charts import Bucket

__all__ = ["finer_buckets", "largest_difference"]


def finer_buckets(standard: Any, quantiles: Any) -> list[Bucket]:
    """Buckets between all finite bounds of a standard histogram and one of quantiles; a single value has no width.

    Args:
        standard: a ``Histogram`` message, or None.
        quantiles: a ``Histogram`` message, or None.
    """
    told = [one for one in (standard, quantiles) if one is not None and one.buckets]
    if not told:
        return []
    low = min(bucket.low_value for one in told for bucket in one.buckets if math.isfinite(bucket.low_value))
    counts: dict[float, float] = {}
    for one in told:
        for bound, count in _counts_up_to(one):
            counts[bound] = max(counts.get(bound, 0.0), count)
    bounds = sorted(bound for bound in counts if math.isfinite(bound))
    upwards = list(itertools.accumulate((counts[bound] for bound in bounds), max))
    edges = list(zip([low, *bounds[:-1]], bounds, strict=True))
    return [
        Bucket(start, end, count - before)
        for (start, end), before, count in zip(edges, [0.0, *upwards[:-1]], upwards, strict=True)
        if count > before or end > start
    ]


def _counts_up_to(histogram: Any) -> list[tuple[float, float]]:
    """Bounds, with the number of values at or below each."""
    sums = itertools.accumulate(bucket.sample_count for bucket in histogram.buckets)
    return list(dict(zip((bucket.high_value for bucket in histogram.buckets), sums, strict=True)).items())


def largest_difference(left: Sequence[Bucket], right: Sequence[Bucket]) -> float | None:
    """The largest difference of two cumulative distributions that their buckets prove, from 0 to 1.

    It is Kolmogorov and Smirnov's statistic with the benefit of the doubt: where one side's share up to a bound is
    known, the other's lies between its shares up to its own bounds around it. Data of the same source has almost none,
    however far apart its largest values are.
    """
    if min(math.fsum(bucket.count for bucket in side) for side in (left, right)) <= 0:
        return None
    return max(_proved(left, right), _proved(right, left))


def _proved(known: Sequence[Bucket], other: Sequence[Bucket]) -> float:
    """The largest distance of the shares up to the bounds of ``known`` from what the other side's may be there."""
    bounds, shares = _shares(other)
    largest = 0.0
    for bound, share in zip(*_shares(known), strict=True):
        least = shares[bisect.bisect_right(bounds, bound) - 1] if bound >= bounds[0] else 0.0
        most = shares[min(bisect.bisect_left(bounds, bound), len(bounds) - 1)] if bound >= other[0].low else 0.0
        largest = max(largest, least - share, share - most)
    return largest


def _shares(buckets: Sequence[Bucket]) -> tuple[list[float], list[float]]:
    """The upper bounds of the buckets, with the share of the values at or below each."""
    sums = list(itertools.accumulate(bucket.count for bucket in buckets))
    return [bucket.high for bucket in buckets], [count / sums[-1] for count in sums]
