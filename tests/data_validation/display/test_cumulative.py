"""Two histograms of the same values together are finer than each, and say how far two datasets are apart."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import statistics_pb2

from gristmill.data_validation.display.cumulative import finer_buckets, largest_difference


def numpy_can_cut(values: list[float]) -> bool:
    """It makes no ten buckets of a range that has fewer numbers between its ends."""
    try:
        np.histogram(values, bins=10)
    except ValueError:
        return False
    return True


VALUES = st.lists(st.floats(-1000, 1000), min_size=2, max_size=60).filter(numpy_can_cut)


def histograms(values: list[float]) -> list[statistics_pb2.Histogram]:
    """A histogram of ten equal widths and one of ten quantiles."""
    counts, bounds = np.histogram(values, bins=10)
    standard = statistics_pb2.Histogram()
    for count, low, high in zip(counts, bounds[:-1], bounds[1:], strict=True):
        standard.buckets.add(low_value=low, high_value=high, sample_count=count)
    quantiles = statistics_pb2.Histogram(type=statistics_pb2.Histogram.QUANTILES)
    bounds = np.quantile(values, np.linspace(0, 1, 11))
    for low, high in itertools.pairwise(bounds):
        quantiles.buckets.add(low_value=low, high_value=high, sample_count=len(values) / 10)
    return [standard, quantiles]


@given(VALUES)
def test_finer_buckets_hold_all_values_in_order(values: list[float]) -> None:
    buckets = finer_buckets(*histograms(values))
    assert sum(bucket.count for bucket in buckets) == pytest.approx(len(values))
    assert all(bucket.count >= 0 and bucket.low <= bucket.high for bucket in buckets)
    bounds = [bound for bucket in buckets for bound in (bucket.low, bucket.high)]
    assert bounds == sorted(bounds)


@given(VALUES, VALUES)
def test_the_difference_is_a_share_symmetric_and_none_to_itself(one: list[float], other: list[float]) -> None:
    left, right = finer_buckets(*histograms(one)), finer_buckets(*histograms(other))
    found = largest_difference(left, right)
    assert found is not None
    assert 0 <= found <= 1 + 1e-9
    assert found == pytest.approx(largest_difference(right, left))
    assert largest_difference(left, left) == pytest.approx(0)


def test_a_long_tail_does_not_make_equal_data_look_different() -> None:
    draw = np.random.default_rng(0).exponential(size=20_000)
    tail = np.append(draw, 500.0)
    assert largest_difference(finer_buckets(*histograms(draw)), finer_buckets(*histograms(tail))) < 0.001


def test_a_shift_shows() -> None:
    draw = np.random.default_rng(0).normal(size=20_000)
    found = largest_difference(finer_buckets(*histograms(draw)), finer_buckets(*histograms(draw + 1)))
    # The statistic is 2 Φ(1/2) - 1; buckets of a tenth and finer prove almost all of it.
    assert 0.383 - 0.1 < found < 0.383 + 0.02


def test_data_that_does_not_overlap_differs_completely() -> None:
    left, right = finer_buckets(*histograms([1.0, 2.0])), finer_buckets(*histograms([3.0, 4.0]))
    assert largest_difference(left, right) == pytest.approx(1)


def test_one_histogram_is_enough_and_none_has_no_difference() -> None:
    standard, _ = histograms([1.0, 2.0, 4.0])
    assert sum(bucket.count for bucket in finer_buckets(standard, None)) == 3
    assert finer_buckets(None, None) == []
    assert largest_difference([], finer_buckets(standard, None)) is None
