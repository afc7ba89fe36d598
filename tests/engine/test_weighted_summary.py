"""Quantiles from a bounded summary stay within the promised rank error."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gristmill.engine.weighted_summary import collapse, insert, merge, run_lengths, summary_size

SIZE = 64

blocks = st.lists(
    hnp.arrays(np.float64, st.integers(1, 300), elements=st.floats(-1e6, 1e6, width=32)), min_size=1, max_size=12
)


def summary_of(arrays):
    summary = []
    for array in arrays:
        insert(summary, run_lengths(np.sort(array)), SIZE)
    return summary


def worst_rank_error(summary, values):
    """Largest distance between the summary's and the true share of values up to any summarised value."""
    points, weights = collapse(summary)
    ordered = np.sort(values)
    below, upto = np.searchsorted(ordered, points), np.searchsorted(ordered, points, side="right")
    ends = np.cumsum(weights)
    starts = ends - weights
    # A kept value stands for its bin: its true ranks must overlap the bin's, but for the promised error.
    return max(0.0, np.max(np.maximum(starts - upto, below - ends)) / len(values))


@given(blocks)
def test_rank_errors_stay_within_the_promise(arrays):
    summary = summary_of(arrays)
    values = np.concatenate(arrays)
    assert np.isclose(collapse(summary)[1].sum(), len(values))
    assert worst_rank_error(summary, values) <= len(summary) / (2 * SIZE)


@given(blocks, blocks)
def test_merging_loses_no_weight_and_keeps_the_promise(left, right):
    merged = merge(summary_of(left), summary_of(right), SIZE)
    values = np.concatenate([*left, *right])
    assert np.isclose(collapse(merged)[1].sum(), len(values))
    assert worst_rank_error(merged, values) <= len(merged) / (2 * SIZE)


@given(st.lists(hnp.arrays(np.int64, st.integers(1, 200), elements=st.integers(0, SIZE - 1)), min_size=1, max_size=9))
def test_few_distinct_values_are_counted_exactly(arrays):
    values, counts = collapse(summary_of(arrays))
    expected_values, expected_counts = np.unique(np.concatenate(arrays), return_counts=True)
    assert values.tolist() == expected_values.tolist()
    assert counts.tolist() == expected_counts.tolist()


def test_the_size_of_a_level_does_not_depend_on_the_data():
    summary = summary_of(np.random.default_rng(0).normal(size=(400, 200)))
    assert all(level is None or len(level[0]) <= SIZE for level in summary)
    assert len(summary) <= 10


def test_a_smaller_epsilon_makes_a_larger_summary():
    assert summary_size(0.01) < summary_size(0.001)
