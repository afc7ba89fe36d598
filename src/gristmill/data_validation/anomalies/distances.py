"""Distances between two distributions of one feature.

A distribution over texts is a mapping to counts; a distribution over numbers is a histogram. Counts are made shares of
their own side first, where the formula says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from tensorflow_metadata.proto.v0 import statistics_pb2

from gristmill.engine.weighted_summary import Floats

__all__ = [
    "histogram_divergence",
    "infinity_norm",
    "jensen_shannon_divergence",
    "normalized_absolute_difference",
]

Counts = Mapping[str, float]


def infinity_norm(a: Counts, b: Counts) -> tuple[float, str]:
    """The largest difference of a text's shares, and the text that has it ("" of two empty sides)."""
    shares = [_shares(side) for side in (a, b)]
    distances = {text: abs(shares[0].get(text, 0.0) - shares[1].get(text, 0.0)) for text in {*a, *b}}
    if not distances:
        return 0.0, ""
    text = min(distances, key=lambda text: (-distances[text], text))
    return distances[text], text


def jensen_shannon_divergence(a: Counts, b: Counts) -> float:
    """The divergence in bits, between 0 and 1 (J. Lin, "Divergence measures based on the Shannon entropy", 1991)."""
    texts = sorted({*a, *b})
    return _divergence(*(np.array([side.get(text, 0.0) for text in texts]) for side in (a, b)))


def normalized_absolute_difference(a: Counts, b: Counts) -> float:
    """The sum of the differences of all texts' counts, over the sum of all counts; 0.0 of two empty sides."""
    total = math.fsum(a.values()) + math.fsum(b.values())
    difference = math.fsum(abs(a.get(text, 0.0) - b.get(text, 0.0)) for text in {*a, *b})
    return difference / total if total else 0.0


def histogram_divergence(a: statistics_pb2.Histogram, b: statistics_pb2.Histogram) -> float:
    """The Jensen-Shannon divergence of two histograms.

    Both are cut along the boundaries of either, a bucket's count being spread evenly over it. A bucket of one value,
    each infinity and NaN are places of their own.
    """
    edges = np.unique([edge for histogram in (a, b) for edge in _finite_edges(histogram)])
    return _divergence(_masses(a, edges), _masses(b, edges))


def _shares(counts: Counts) -> dict[str, float]:
    total = math.fsum(counts.values())
    return {text: count / total for text, count in counts.items()} if total else {}


def _divergence(a: Floats, b: Floats) -> float:
    if not a.sum() or not b.sum():
        return float(bool(a.sum()) != bool(b.sum()))
    p, q = a / a.sum(), b / b.sum()
    middle = (p + q) / 2
    halves = (float(np.sum(side[side > 0] * np.log2(side[side > 0] / middle[side > 0]))) for side in (p, q))
    return min(1.0, max(0.0, sum(halves) / 2))


def _finite_edges(histogram: statistics_pb2.Histogram) -> list[float]:
    edges = (edge for bucket in histogram.buckets for edge in (bucket.low_value, bucket.high_value))
    return [edge for edge in edges if math.isfinite(edge)]


def _masses(histogram: statistics_pb2.Histogram, edges: Floats) -> Floats:
    """Counts on each edge, between each two edges, at both infinities, and of NaN."""
    on_edges, between = np.zeros(len(edges)), np.zeros(max(0, len(edges) - 1))
    below = above = 0.0
    for bucket in histogram.buckets:
        if bucket.low_value == -math.inf:
            below += bucket.sample_count
        elif bucket.high_value == math.inf:
            above += bucket.sample_count
        elif bucket.low_value == bucket.high_value:
            on_edges[np.searchsorted(edges, bucket.low_value)] += bucket.sample_count
        else:
            first, last = np.searchsorted(edges, [bucket.low_value, bucket.high_value])
            widths = np.diff(edges[first : last + 1])
            between[first:last] += bucket.sample_count * (widths / widths.sum())
    return np.concatenate((on_edges, between, [below, above, histogram.num_nan]))
