"""A mergeable sketch of weighted quantiles whose rank error stays below a chosen epsilon.

A *summary* is a sorted list of (value, weight) points. Up to ``capacity`` points it is exact. Beyond, it is thinned to
``capacity`` points: the total weight is cut into that many equal pieces, and each piece is carried by the value at its
middle, so that no rank moves by more than half a piece, 1 / (2 capacity) of the weight.

Summaries are kept in levels, like the digits of a binary counter: two of one level merge, are thinned, and become one
of the next level. A value is thinned once per level; n batches make log2(n) levels. The total error is therefore at
most (log2(n) + 1) / (2 capacity) of the weight (the scheme of Munro and Paterson, Selection and Sorting with Limited
Storage, 1980). ``capacity_for`` leaves room for 2**15 batches of 65,536 rows.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["add_values", "capacity_for", "create_sketch", "merge_sketches", "quantiles_of"]

Points = npt.NDArray[np.float64]
Summary = tuple[Points, Points]  # values, ascending and distinct; weights > 0
Sketch = dict[str, Any]  # {"levels": list of [values, weights] or None}

_LEVELS = 16  # log2 of the number of batches that the error bound allows for, plus one
_LEAST_CAPACITY = 2048  # 32 KiB a summary; makes coarse requests precise, and small data exact


def capacity_for(epsilon: float) -> int:
    """Points per summary for a rank error of at most ``epsilon`` of the total weight."""
    return max(_LEAST_CAPACITY, math.ceil(_LEVELS / (2 * epsilon)))


def create_sketch() -> Sketch:
    """The sketch of no values."""
    return {"levels": []}


def add_values(sketch: Sketch, values: Any, weights: Any | None, capacity: int) -> Sketch:
    """The sketch after more values.

    Args:
        sketch: consumed.
        values: [n] numbers; NaN is left out.
        weights: [n] non-negative numbers; None counts each value once.
        capacity: points per summary.
    """
    summary = _summary(values, weights)
    return _put(sketch, _thin(summary, capacity), 0, capacity) if len(summary[0]) else sketch


def merge_sketches(a: Sketch, b: Sketch, capacity: int) -> Sketch:
    """The sketch of both parts; consumes both."""
    for level, summary in enumerate(b["levels"]):
        if summary is not None:
            a = _put(a, (summary[0], summary[1]), level, capacity)
    return a


def quantiles_of(sketch: Sketch, fractions: Any) -> Points:
    """For each fraction, the smallest value with more than that fraction of the weight at or below it.

    Args:
        sketch: of at least one value.
        fractions: numbers in [0, 1).
    """
    values, weights = _joined([(each[0], each[1]) for each in sketch["levels"] if each is not None])
    cumulative = np.cumsum(weights)
    ranks = np.asarray(fractions) * cumulative[-1]
    found = np.searchsorted(cumulative, ranks, side="right")
    quantiles: Points = values[np.minimum(found, len(values) - 1)]
    return quantiles


def _summary(values: Any, weights: Any | None) -> Summary:
    values = np.asarray(values).reshape(-1)
    if weights is None:
        present = values[~np.isnan(values)] if values.dtype.kind == "f" else values
        return _grouped_sorted(np.sort(present))
    values = values.astype(np.float64)
    weights = np.asarray(weights, np.float64).reshape(-1)
    keep = ~np.isnan(values) & (weights > 0)
    return _joined([(values[keep], weights[keep])])


def _grouped_sorted(ordered: Any) -> Summary:
    """Distinct values of a sorted array, with their counts."""
    if not len(ordered):
        return np.empty(0), np.empty(0)
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    counts = np.diff(np.append(starts, len(ordered)))
    return ordered[starts].astype(np.float64), counts.astype(np.float64)


def _joined(parts: list[Summary]) -> Summary:
    """One summary of several, or of unsorted points."""
    values = np.concatenate([part[0] for part in parts])
    weights = np.concatenate([part[1] for part in parts])
    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    if not len(values):
        return values, weights
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    return values[starts], np.add.reduceat(weights, starts)


def _thin(summary: Summary, capacity: int) -> Summary:
    values, weights = summary
    if len(values) <= capacity:
        return summary
    cumulative = np.cumsum(weights)
    total = cumulative[-1]
    middles = (np.arange(capacity) + 0.5) * (total / capacity)
    chosen = values[np.minimum(np.searchsorted(cumulative, middles, side="right"), len(values) - 1)]
    return _joined([(chosen, np.full(capacity, total / capacity))])


def _put(sketch: Sketch, summary: Summary, level: int, capacity: int) -> Sketch:
    levels = sketch["levels"]
    while True:
        levels.extend([None] * (level + 1 - len(levels)))
        present = levels[level]
        if present is None:
            levels[level] = [summary[0], summary[1]]
            return sketch
        levels[level] = None
        summary = _thin(_joined([(present[0], present[1]), summary]), capacity)
        level += 1
