"""Presence and number of values per example: the figures that every feature has.

State: ``{"present", "values", "least", "most": int, "lengths": Summary, "weighted": [present, values] | None}``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tensorflow_metadata.proto.v0 import statistics_pb2

from gristmill.data_validation.statistics.feature_column import FeatureColumn
from gristmill.data_validation.statistics.histograms import quantile_histogram
from gristmill.engine.weighted_summary import Floats, Table, collapse, insert, merge, run_lengths

__all__ = ["add_common", "common_message", "merge_common", "no_common"]

CommonState = dict[str, Any]

# Lengths up to this are counted with one bincount; a longer list is rare enough to pay for a sort.
_COUNTED_LENGTH = 4096


def no_common(weighted: bool) -> CommonState:
    """The state of a feature not seen yet."""
    return {
        "present": 0,
        "values": 0,
        "least": None,
        "most": 0,
        "lengths": [],
        "weighted": [0.0, 0.0] if weighted else None,
    }


def add_common(state: CommonState, column: FeatureColumn, row_weights: Floats | None, size: int) -> None:
    """Count a batch's column, in place; ``size`` bounds the summary of lengths."""
    present = column.present_rows
    if not present:
        return
    table = _length_table(column, present)
    state["present"] += present
    state["values"] += len(column.values)
    least, most = int(table[0][0]), int(table[0][-1])
    state["least"] = least if state["least"] is None else min(state["least"], least)
    state["most"] = max(state["most"], most)
    insert(state["lengths"], table, size)
    if row_weights is not None:
        weights = column.per_present_row(row_weights)
        state["weighted"][0] += float(weights.sum())
        state["weighted"][1] += float(weights.sum() if column.lengths is None else (weights * column.lengths).sum())


def merge_common(a: CommonState, b: CommonState, size: int) -> CommonState:
    """The state of both; ``a`` is changed and returned."""
    leasts = [state["least"] for state in (a, b) if state["least"] is not None]
    a["present"] += b["present"]
    a["values"] += b["values"]
    a["least"] = min(leasts, default=None)
    a["most"] = max(a["most"], b["most"])
    merge(a["lengths"], b["lengths"], size)
    if a["weighted"] is not None:
        a["weighted"] = [mine + other for mine, other in zip(a["weighted"], b["weighted"], strict=True)]
    return a


def common_message(
    state: CommonState, rows: int, total_weight: float | None, buckets: int
) -> statistics_pb2.CommonStatistics:
    """The figures as a message.

    Args:
        state: what was counted.
        rows: examples in all; those without the feature are missing.
        total_weight: weight of all examples, where they are weighted.
        buckets: buckets of the histogram of values per example.
    """
    present, values = state["present"], state["values"]
    message = statistics_pb2.CommonStatistics(
        num_non_missing=present,
        num_missing=rows - present,
        min_num_values=state["least"] or 0,
        max_num_values=state["most"],
        avg_num_values=values / present if present else 0.0,
        tot_num_values=values,
    )
    if present:
        limits = (float(state["least"]), float(state["most"]))
        message.num_values_histogram.CopyFrom(quantile_histogram(collapse(state["lengths"]), buckets, limits))
    if total_weight is not None:
        weight, weighted_values = state["weighted"]
        message.weighted_common_stats.num_non_missing = weight
        message.weighted_common_stats.num_missing = max(0.0, total_weight - weight)
        message.weighted_common_stats.avg_num_values = weighted_values / weight if weight else 0.0
        message.weighted_common_stats.tot_num_values = weighted_values
    return message


def _length_table(column: FeatureColumn, present: int) -> Table:
    if column.lengths is None:
        return np.array([1.0]), np.array([float(present)])
    lengths: NDArray[np.int64] = column.lengths
    if lengths.max() > _COUNTED_LENGTH:
        return run_lengths(np.sort(lengths))
    counts = np.bincount(lengths)
    seen = np.flatnonzero(counts)
    return seen.astype(np.float64), counts[seen].astype(np.float64)
