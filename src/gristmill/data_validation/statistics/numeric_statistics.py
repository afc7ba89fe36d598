"""Mean, spread, extremes, quantiles and histograms of a numeric feature.

Integers are treated as floating-point numbers. NaN takes part in nothing but ``num_nan``.

State: ``{"pending": arrays not yet sorted (each [values] or [values, weights]), "pending_values": int, "nan", "zeros":
int, "least", "most", "finite_least", "finite_most": float | None, "plain": {"moments", "summary"}, "weighted": the
same or None}``. Values wait in ``pending`` until one sort is worth its price.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tensorflow_metadata.proto.v0 import statistics_pb2

from gristmill.data_validation.statistics.histograms import median, quantile_histogram, standard_histogram
from gristmill.data_validation.statistics.moments import merge_moments, moments_of, no_moments, standard_deviation
from gristmill.engine.weighted_summary import (
    EMPTY,
    Floats,
    Table,
    collapse,
    insert,
    merge,
    run_lengths,
)

__all__ = ["add_numeric", "fill_numeric_message", "merge_numeric", "no_numeric"]

NumericState = dict[str, Any]

_BLOCK = 32_768  # values that are sorted at once, at least


def no_numeric(weighted: bool) -> NumericState:
    """The state of a feature without values."""
    return {
        "pending": [],
        "pending_values": 0,
        "nan": 0,
        "zeros": 0,
        "least": None,
        "most": None,
        "finite_least": None,
        "finite_most": None,
        "plain": _no_part(),
        "weighted": _no_part() if weighted else None,
    }


def add_numeric(state: NumericState, values: NDArray[Any], weights: Floats | None, size: int) -> None:
    """Take the values of a batch, in place; ``size`` bounds the summaries."""
    if not len(values):
        return
    state["pending_values"] += len(values)
    settles = state["pending_values"] >= _BLOCK
    # What waits is copied: a view of one column would keep the memory of the whole batch, over and over.
    kept = values if settles else values.copy()
    state["pending"].append([kept] if weights is None else [kept, weights])
    if settles:
        _settle(state, size)


def merge_numeric(a: NumericState, b: NumericState, size: int) -> NumericState:
    """The state of both; ``a`` is changed and returned."""
    _take_figures(a, b)
    for part in ("plain", "weighted"):
        if a[part] is not None:
            a[part]["moments"] = merge_moments(a[part]["moments"], b[part]["moments"])
            merge(a[part]["summary"], b[part]["summary"], size)
    a["pending"] += b["pending"]
    a["pending_values"] += b["pending_values"]
    if a["pending_values"] >= _BLOCK:
        _settle(a, size)
    return a


def fill_numeric_message(
    message: statistics_pb2.NumericStatistics,
    state: NumericState,
    *,
    size: int,
    standard_buckets: int,
    quantile_buckets: int,
    with_histograms: bool,
) -> None:
    """Write everything but the common statistics into ``message``; zeros where there were no values."""
    _settle(state, size)
    mean, deviation, middle, histograms = _described(state, "plain", standard_buckets, quantile_buckets)
    message.mean, message.std_dev, message.median = mean, deviation, middle
    message.num_zeros = state["zeros"]
    message.min, message.max = state["least"] or 0.0, state["most"] or 0.0
    if with_histograms:
        message.histograms.extend(histograms)
    if state["weighted"] is None:
        return
    mean, deviation, middle, histograms = _described(state, "weighted", standard_buckets, quantile_buckets)
    weighted = message.weighted_numeric_stats
    weighted.mean, weighted.std_dev, weighted.median = mean, deviation, middle
    if with_histograms:
        weighted.histograms.extend(histograms)


def _no_part() -> dict[str, Any]:
    return {"moments": no_moments(), "summary": []}


def _settle(state: NumericState, size: int) -> None:
    """Sort what is pending and move it into the figures and summaries."""
    pending = state["pending"]
    if not pending:
        return
    values = np.concatenate([piece[0] for piece in pending]) if len(pending) > 1 else pending[0][0]
    weights = None
    if state["weighted"] is not None:
        weights = np.concatenate([piece[1] for piece in pending])
    state["pending"], state["pending_values"] = [], 0
    plain, weighted, nan = _sorted_tables(values, weights)
    state["nan"] += nan
    _take_figures(state, _figures(plain))
    for part, table in (("plain", plain), ("weighted", weighted)):
        if table is not None:
            state[part]["moments"] = merge_moments(state[part]["moments"], moments_of(table))
            insert(state[part]["summary"], table, size)


def _sorted_tables(values: NDArray[Any], weights: Floats | None) -> tuple[Table, Table | None, int]:
    """The table of counts, the table of weights, and the number of NaNs."""
    if weights is None:
        ordered = np.sort(values)
    else:
        order = np.argsort(values, kind="stable")
        ordered, weights = values[order], weights[order]
    nan = 0
    if ordered.dtype.kind == "f" and np.isnan(ordered[-1]):  # sorting puts NaN last
        numbers = int(np.searchsorted(ordered, np.nan))
        nan = len(ordered) - numbers
        ordered = ordered[:numbers]
        weights = None if weights is None else weights[:numbers]
    counts = run_lengths(ordered)
    return counts, None if weights is None else run_lengths(ordered, weights), nan


def _figures(table: Table) -> dict[str, Any]:
    values, counts = table
    if not len(values):
        return {"nan": 0, "zeros": 0, "least": None, "most": None, "finite_least": None, "finite_most": None}
    finite = values if np.isfinite(values[[0, -1]]).all() else values[np.isfinite(values)]
    return {
        "nan": 0,
        "zeros": int(counts[values == 0.0].sum()),
        "least": float(values[0]),
        "most": float(values[-1]),
        "finite_least": float(finite[0]) if len(finite) else None,
        "finite_most": float(finite[-1]) if len(finite) else None,
    }


def _take_figures(a: NumericState, b: NumericState) -> None:
    a["nan"] += b["nan"]
    a["zeros"] += b["zeros"]
    for key, chosen in (("least", min), ("most", max), ("finite_least", min), ("finite_most", max)):
        known = [state[key] for state in (a, b) if state[key] is not None]
        a[key] = chosen(known) if known else None


def _described(
    state: NumericState, part: str, standard_buckets: int, quantile_buckets: int
) -> tuple[float, float, float, list[statistics_pb2.Histogram]]:
    """Mean, standard deviation, median, and the two histograms where there is anything to show."""
    moments = state[part]["moments"]
    table = collapse(state[part]["summary"]) if state[part]["summary"] else EMPTY
    nan = state["nan"]
    histograms = []
    if len(table[0]) and moments[0] > 0:
        finite = None if state["finite_least"] is None else (state["finite_least"], state["finite_most"])
        histograms = [
            standard_histogram(table, standard_buckets, finite, nan),
            quantile_histogram(table, quantile_buckets, (state["least"], state["most"]), nan),
        ]
    elif nan:
        histograms = [standard_histogram(EMPTY, standard_buckets, None, nan)]
        histograms.append(quantile_histogram(EMPTY, quantile_buckets, None, nan))
    return float(moments[1]), standard_deviation(moments), median(table), histograms
