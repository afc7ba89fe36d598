"""The distribution of numbers as fine as two histograms together tell it.

A histogram of equal widths is blind where most values share one bucket; one of quantiles is blind inside its tenths.
The number of values up to a bound is known at every bound of either, so both together are the finer buckets between all
of their bounds. Two datasets are compared, and laid over each other, on these.
"""

from __future__ import annotations

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
    """The largest difference of two cumulative distributions, from 0 to 1 (Kolmogorov and Smirnov's statistic)."""
    totals = [math.fsum(bucket.count for bucket in side) for side in (left, right)]
    if min(totals) <= 0:
        return None
    bounds = sorted({bound for bucket in (*left, *right) for bound in (bucket.low, bucket.high)})
    shares = [_shares_up_to(side, bounds, total) for side, total in zip((left, right), totals, strict=True)]
    return max(abs(one - other) for one, other in zip(shares[0], shares[1], strict=True))


def _shares_up_to(buckets: Sequence[Bucket], bounds: Sequence[float], total: float) -> list[float]:
    """The share of the values at or below each bound; a bucket's values lie evenly between its bounds."""
    shares: list[float] = []
    below, place = 0.0, 0
    for bound in bounds:
        while place < len(buckets) and buckets[place].high <= bound:
            below += buckets[place].count
            place += 1
        partly = 0.0
        if place < len(buckets) and buckets[place].low < bound:
            bucket = buckets[place]
            partly = bucket.count * (bound - bucket.low) / (bucket.high - bucket.low)
        shares.append((below + partly) / total)
    return shares
