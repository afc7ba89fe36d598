"""Statistics of the taxi data equal those that TFX 1.16 made of the same rows."""

from __future__ import annotations

import numpy as np
import pytest
from tensorflow_metadata.proto.v0 import statistics_pb2

from gristmill.data_validation.statistics.accumulator import StatisticsAccumulator

pytestmark = pytest.mark.shared

# Both sides are sketches: a boundary of ours may differ from theirs by this share of the values in between.
RANK_TOLERANCE = 0.003


@pytest.fixture(scope="module", params=["train", "eval"])
def pair(request, taxi_batches, reference_statistics):
    batch = taxi_batches[request.param]
    accumulator = StatisticsAccumulator()
    ours = accumulator.extract(accumulator.add(accumulator.create(), batch))
    return batch, ours.datasets[0], reference_statistics[request.param].datasets[0]


def test_the_split_is_the_one_of_the_reference(pair):
    batch, ours, theirs = pair
    assert batch.num_rows == ours.num_examples == theirs.num_examples


def test_features_types_and_order_are_equal(pair):
    _, ours, theirs = pair
    assert [(f.path, f.type, f.WhichOneof("stats")) for f in ours.features] == [
        (f.path, f.type, f.WhichOneof("stats")) for f in theirs.features
    ]


def test_presence_and_valency_are_equal(pair):
    _, ours, theirs = pair
    for mine, other in _stats(ours, theirs):
        a, b = mine.common_stats, other.common_stats
        for name in ("num_non_missing", "num_missing", "min_num_values", "max_num_values", "tot_num_values"):
            assert getattr(a, name) == getattr(b, name)
        assert a.avg_num_values == b.avg_num_values
        assert _buckets(a.num_values_histogram) == pytest.approx(_buckets(b.num_values_histogram))
        assert a.num_values_histogram.type == b.num_values_histogram.type


def test_numeric_figures_are_equal(pair):
    _, ours, theirs = pair
    for mine, other in _stats(ours, theirs):
        if isinstance(mine, statistics_pb2.NumericStatistics):
            assert (mine.num_zeros, mine.min, mine.max) == (other.num_zeros, other.min, other.max)
            assert mine.mean == pytest.approx(other.mean, rel=1e-6)
            assert mine.std_dev == pytest.approx(other.std_dev, rel=1e-6)
            assert [h.type for h in mine.histograms] == [h.type for h in other.histograms]
            assert all(h.num_nan == 0 for h in mine.histograms)


def test_string_figures_are_equal_and_in_the_same_order(pair):
    _, ours, theirs = pair
    for mine, other in _stats(ours, theirs):
        if isinstance(mine, statistics_pb2.StringStatistics):
            assert mine.unique == other.unique
            assert list(mine.top_values) == list(other.top_values)
            assert mine.rank_histogram == other.rank_histogram
            assert mine.avg_length == other.avg_length
            assert mine.invalid_utf8_count == other.invalid_utf8_count


def test_quantiles_are_equal_within_the_rank_tolerance(pair):
    batch, ours, theirs = pair
    for mine, other in zip(ours.features, theirs.features, strict=True):
        if not mine.num_stats.histograms:
            continue
        values = np.sort(batch.column(mine.path.step[0]).flatten().to_numpy().astype(float))
        quantiles, expected = mine.num_stats.histograms[1], other.num_stats.histograms[1]
        assert len(quantiles.buckets) == len(expected.buckets)
        for a, b in zip(quantiles.buckets, expected.buckets, strict=True):
            assert _rank_distance(values, a.high_value, b.high_value) <= RANK_TOLERANCE
        assert _rank_distance(values, mine.num_stats.median, other.num_stats.median) <= RANK_TOLERANCE


def test_standard_histograms_are_equal_within_the_rank_tolerance(pair):
    _, ours, theirs = pair
    for mine, other in zip(ours.features, theirs.features, strict=True):
        if not mine.num_stats.histograms:
            continue
        a, b = _buckets(mine.num_stats.histograms[0]), _buckets(other.num_stats.histograms[0])
        assert a[:, :2] == pytest.approx(b[:, :2])
        rows = mine.num_stats.common_stats.tot_num_values
        assert np.abs(a[:, 2] - b[:, 2]).max() <= RANK_TOLERANCE * rows


def test_no_other_field_is_set(pair):
    _, ours, theirs = pair
    assert _fields(ours) == _fields(theirs)


def _stats(ours, theirs):
    for mine, other in zip(ours.features, theirs.features, strict=True):
        kind = mine.WhichOneof("stats")
        yield getattr(mine, kind), getattr(other, kind)


def _buckets(histogram):
    return np.array([(b.low_value, b.high_value, b.sample_count) for b in histogram.buckets])


def _rank_distance(values, a, b):
    """Share of the values that lie strictly between two boundaries."""
    low, high = sorted((a, b))
    return max(0, np.searchsorted(values, high) - np.searchsorted(values, low, side="right")) / len(values)


def _fields(message):
    """Names of all fields that are set anywhere in a message."""
    names = set()
    for descriptor, value in message.ListFields():
        names.add(descriptor.full_name)
        if descriptor.message_type is not None:
            for child in value if hasattr(value, "__len__") else [value]:
                names |= _fields(child)
    return names
