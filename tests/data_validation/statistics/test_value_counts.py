"""Counts of texts are exact below the bound, and off by no more than stated above it."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from gristmill.data_validation.statistics.distinct_count import estimate, hashes_of
from gristmill.data_validation.statistics.value_counts import (
    Bound,
    add_counts,
    distinct_values,
    merge_counts,
    no_counts,
    ranked,
)

BOUND = Bound(entries=8, content=1000)

texts = st.lists(st.lists(st.sampled_from([bytes([65 + n]) * (n % 5) + b"%d" % n for n in range(40)])), max_size=8)


def counted(batches, bound=BOUND):
    state = no_counts()
    for values in batches:
        counts = Counter(values)
        array = pa.array(list(counts), pa.binary())
        add_counts(state, array, np.array(list(counts.values()), np.int64), None, bound)
    return state


@given(texts)
def test_counts_are_too_low_by_at_most_what_was_lost(batches):
    truth = Counter(value for values in batches for value in values)
    state = counted(batches)
    found = dict(ranked(state, BOUND, 100, 0, False))
    assert state["lost"] <= sum(truth.values()) / BOUND.entries
    for value, count in truth.items():
        assert count - state["lost"] <= found.get(value, 0) <= count
    assert distinct_values(state, BOUND) == len(truth)


@given(texts, texts)
def test_merged_counts_keep_the_bound(left, right):
    truth = Counter(value for values in [*left, *right] for value in values)
    state = merge_counts(counted(left), counted(right), BOUND)
    found = dict(ranked(state, BOUND, 100, 0, False))
    assert all(count - state["lost"] <= found.get(value, 0) <= count for value, count in truth.items())
    assert distinct_values(state, BOUND) == len(truth)


@given(st.lists(st.sampled_from([b"a", b"bb", b"", b"c"])))
def test_below_the_bound_counts_are_exact_and_ordered(values):
    expected = sorted(Counter(values).items(), key=lambda item: (item[1], item[0]), reverse=True)
    assert ranked(counted([values]), BOUND, 100, 1, False) == expected


def test_long_texts_are_bounded_by_their_bytes():
    state = counted([[bytes([n]) * 400 for n in range(50)] * 2])
    ranked(state, BOUND, 100, 0, False)
    assert sum(piece[0].nbytes for piece in state["pieces"]) <= 2 * BOUND.content


def test_many_distinct_values_are_estimated_within_three_standard_errors():
    values = pa.array([b"value %d" % n for n in range(200_000)], pa.binary())
    assert abs(estimate(hashes_of(values)) / 200_000 - 1) < 3 * 0.008


@given(st.lists(st.binary(max_size=6), unique=True))
def test_distinct_bytes_have_distinct_hashes(values):
    assert estimate(hashes_of(pa.array(values, pa.binary()))) == len(values)
