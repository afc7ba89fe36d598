"""Distances between distributions keep their mathematics."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import statistics_pb2

from gristmill.data_validation.anomalies.distances import (
    histogram_divergence,
    infinity_norm,
    jensen_shannon_divergence,
    normalized_absolute_difference,
)

counts = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 50).map(float), min_size=1)


def histogram(*buckets, num_nan=0):
    result = statistics_pb2.Histogram(num_nan=num_nan)
    for low, high, count in buckets:
        result.buckets.add(low_value=low, high_value=high, sample_count=count)
    return result


@given(counts, counts)
def test_distances_are_symmetric_and_between_0_and_1(a, b):
    for measure in (jensen_shannon_divergence, normalized_absolute_difference):
        assert measure(a, b) == pytest.approx(measure(b, a))
        assert 0 <= measure(a, b) <= 1
    assert infinity_norm(a, b)[0] == pytest.approx(infinity_norm(b, a)[0])


@given(counts)
def test_a_distribution_has_no_distance_to_itself(a):
    assert infinity_norm(a, a)[0] == 0
    assert jensen_shannon_divergence(a, a) == pytest.approx(0, abs=1e-12)
    assert normalized_absolute_difference(a, a) == 0


def test_distributions_without_a_common_text_are_one_apart():
    assert infinity_norm({"a": 3.0}, {"b": 5.0}) == (1.0, "a")
    assert jensen_shannon_divergence({"a": 3.0}, {"b": 5.0}) == 1.0
    assert normalized_absolute_difference({"a": 3.0}, {"b": 5.0}) == 1.0


def test_a_bucket_is_spread_over_the_finer_buckets_of_the_other_side():
    coarse, fine = histogram((0, 4, 8)), histogram((0, 1, 2), (1, 4, 6))
    assert histogram_divergence(coarse, fine) == pytest.approx(0, abs=1e-12)


def test_infinities_and_nan_are_places_of_their_own():
    a = histogram((-math.inf, 0, 1), (0, 1, 1), num_nan=2)
    assert histogram_divergence(a, a) == pytest.approx(0, abs=1e-12)
    assert histogram_divergence(histogram(num_nan=2), histogram((0, 1, 5))) == 1.0


def test_histograms_apart_are_one_apart():
    assert histogram_divergence(histogram((0, 1, 5)), histogram((2, 3, 5))) == pytest.approx(1)
    assert histogram_divergence(histogram((1, 1, 5)), histogram((2, 2, 5))) == pytest.approx(1)
