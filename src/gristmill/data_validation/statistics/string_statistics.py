"""Distinct and frequent values, lengths and encoding of a string feature.

A value that is not UTF-8 is counted under ``__BYTES_VALUE__`` and in ``invalid_utf8_count``. Where the small bound is
asked for (``use_sketch_based_topk_uniques``), a value of more than 1,024 bytes is counted under ``__LARGE_BYTES__``.

State: ``{"values", "bytes", "invalid": int, "shortest", "longest": int | None, "counts": see value_counts}``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from tensorflow_metadata.proto.v0 import statistics_pb2

from gristmill.data_validation.statistics.value_counts import (
    Bound,
    add_counts,
    distinct_values,
    merge_counts,
    no_counts,
    ranked,
)
from gristmill.engine.weighted_summary import Floats

__all__ = [
    "SMALL_BOUND",
    "add_strings",
    "fill_bytes_message",
    "fill_string_message",
    "merge_strings",
    "no_strings",
]

StringState = dict[str, Any]

INVALID_UTF8_PLACEHOLDER = b"__BYTES_VALUE__"
LARGE_PLACEHOLDER = b"__LARGE_BYTES__"

SMALL_BOUND = Bound(entries=1024, content=2**20)
_LARGE = 1024  # bytes


def no_strings() -> StringState:
    """The state of a feature without values."""
    return {"values": 0, "bytes": 0, "invalid": 0, "shortest": None, "longest": None, "counts": no_counts()}


def add_strings(state: StringState, values: pa.Array, weights: Floats | None, bound: Bound, text: bool = True) -> None:
    """Take the values of a batch, in place.

    Args:
        state: what was counted so far.
        values: a binary array without nulls.
        weights: the weight of each value, where examples are weighted.
        bound: what the table of counts may hold.
        text: whether values have to be UTF-8; False for images and other payloads.
    """
    if not len(values):
        return
    encoded = values.dictionary_encode()
    distinct, codes = encoded.dictionary, encoded.indices.to_numpy()
    counts = np.bincount(codes, minlength=len(distinct))
    sums = None if weights is None else np.bincount(codes, weights, minlength=len(distinct)).astype(np.float64)
    lengths = pc.binary_length(distinct).to_numpy()
    state["values"] += len(values)
    state["bytes"] += int(lengths @ counts)
    _widen(state, int(lengths.min()), int(lengths.max()))
    if text:
        distinct, invalid = _valid_text(distinct)
        state["invalid"] += int(counts[invalid].sum())
    if bound is SMALL_BOUND:
        distinct = pc.if_else(pc.greater(pc.binary_length(distinct), _LARGE), LARGE_PLACEHOLDER, distinct)
    if distinct is not encoded.dictionary:
        distinct, counts, sums = _regrouped(distinct, counts, sums)
    add_counts(state["counts"], distinct, counts, sums, bound)


def merge_strings(a: StringState, b: StringState, bound: Bound) -> StringState:
    """The state of both; ``a`` is changed and returned."""
    for key in ("values", "bytes", "invalid"):
        a[key] += b[key]
    if b["shortest"] is not None:
        _widen(a, b["shortest"], b["longest"])
    a["counts"] = merge_counts(a["counts"], b["counts"], bound)
    return a


def fill_string_message(
    message: statistics_pb2.StringStatistics,
    state: StringState,
    *,
    bound: Bound,
    top_values: int,
    rank_buckets: int,
    frequency_threshold: float,
    weighted_threshold: float | None,
) -> None:
    """Write everything but the common statistics into ``message``.

    Args:
        message: receives the figures.
        state: what was counted.
        bound: the bound that it was counted with.
        top_values: number of top values.
        rank_buckets: number of buckets of the rank histogram.
        frequency_threshold: rarer values are left out.
        weighted_threshold: the same for weights; None when examples are not weighted.
    """
    message.unique = distinct_values(state["counts"], bound)
    message.avg_length = state["bytes"] / state["values"] if state["values"] else 0.0
    message.invalid_utf8_count = state["invalid"]
    most = max(top_values, rank_buckets)
    _fill_ranking(message, ranked(state["counts"], bound, most, frequency_threshold, False), top_values, rank_buckets)
    if weighted_threshold is not None:
        heaviest = ranked(state["counts"], bound, most, weighted_threshold, True)
        _fill_ranking(message.weighted_string_stats, heaviest, top_values, rank_buckets)


def fill_bytes_message(message: statistics_pb2.BytesStatistics, state: StringState, bound: Bound) -> None:
    """Write everything but the common statistics into ``message``."""
    message.unique = distinct_values(state["counts"], bound)
    message.avg_num_bytes = state["bytes"] / state["values"] if state["values"] else 0.0
    message.min_num_bytes = state["shortest"] or 0
    message.max_num_bytes = state["longest"] or 0
    message.max_num_bytes_int = state["longest"] or 0


def _widen(state: StringState, shortest: int, longest: int) -> None:
    state["shortest"] = shortest if state["shortest"] is None else min(state["shortest"], shortest)
    state["longest"] = longest if state["longest"] is None else max(state["longest"], longest)


def _valid_text(distinct: pa.Array) -> tuple[pa.Array, NDArray[np.bool_]]:
    """The values with placeholders for those that are not UTF-8, and which those are."""
    invalid = np.zeros(len(distinct), bool)
    try:
        distinct.cast(pa.string())
    except pa.ArrowInvalid:
        invalid = np.array([not _is_utf8(value) for value in distinct.to_pylist()])
        distinct = pc.if_else(pa.array(invalid), INVALID_UTF8_PLACEHOLDER, distinct)
    return distinct, invalid


def _regrouped(
    values: pa.Array, counts: NDArray[np.int64], sums: Floats | None
) -> tuple[pa.Array, NDArray[np.int64], Floats | None]:
    """Distinct values again, where several have become one placeholder."""
    encoded = values.dictionary_encode()
    codes, size = encoded.indices.to_numpy(), len(encoded.dictionary)
    joined = np.bincount(codes, counts, size).astype(np.int64)  # exact: counts of a batch are far below 2**53
    return encoded.dictionary, joined, None if sums is None else np.bincount(codes, sums, size).astype(np.float64)


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _fill_ranking(
    message: statistics_pb2.StringStatistics | statistics_pb2.WeightedStringStatistics,
    ranking: list[tuple[bytes, float]],
    top_values: int,
    rank_buckets: int,
) -> None:
    for value, frequency in ranking[:top_values]:
        message.top_values.add(value=value.decode(), frequency=frequency)
    message.rank_histogram.SetInParent()
    for rank, (value, frequency) in enumerate(ranking[:rank_buckets]):
        message.rank_histogram.buckets.add(low_rank=rank, high_rank=rank, label=value.decode(), sample_count=frequency)
