"""A bounded, mergeable summary of weighted numbers, from which any quantile can be read.

A *table* is a pair of float64 arrays of equal length: strictly ascending values and their weights. A *summary* is a
list of levels, each empty or a table of at most ``size`` entries. Tables go in at level 0. Two tables on one level
become one: kept as it is while it has at most ``size`` entries (nothing is lost), otherwise compressed and carried one
level up, as in binary addition.

Error: compression groups neighbours into ``size`` bins of equal weight, each standing for itself by its middle entry,
so it moves a rank by at most ``weight / (2 * size)``. A table is compressed once per level it climbs, so the rank error
of the whole is at most ``levels / (2 * size)`` of the total weight, and zero while the column has no more than
``size`` distinct values. ``levels`` is the logarithm of the number of blocks. (The scheme is that of Manku, Rajagopalan
and Lindsay, "Approximate medians and other quantiles in one pass", 1998.)
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["EMPTY", "Floats", "Summary", "Table", "collapse", "insert", "merge", "run_lengths", "summary_size"]

Floats: TypeAlias = NDArray[np.float64]
Table: TypeAlias = tuple[Floats, Floats]
Summary: TypeAlias = list["Table | None"]

EMPTY: Table = (np.empty(0), np.empty(0))

# 1,000 inner quantiles make the standard histogram; four entries for each keep its buckets smooth.
_LEAST_SIZE = 4096
# Levels that the error is promised for: 2**20 blocks of at least 32,768 values.
_PROMISED_LEVELS = 20


def summary_size(epsilon: float) -> int:
    """Entries per level that keep the rank error below ``epsilon`` of the total weight."""
    return max(_LEAST_SIZE, int(np.ceil(_PROMISED_LEVELS / (2 * epsilon))))


def run_lengths(ascending: NDArray[np.generic], weights: Floats | None = None) -> Table:
    """The table of a sorted array without NaN; each value weighs ``weights``, or one."""
    if not len(ascending):
        return EMPTY
    starts = np.flatnonzero(np.concatenate(([True], ascending[1:] != ascending[:-1])))
    values = ascending[starts].astype(np.float64)
    if weights is None:
        return values, np.diff(starts, append=len(ascending)).astype(np.float64)
    return values, np.add.reduceat(weights, starts)


def insert(summary: Summary, table: Table, size: int, level: int = 0) -> None:
    """Add a table to the summary, in place."""
    if not len(table[0]):
        return
    if len(table[0]) > size:
        table = _compressed(table, size)
    while True:
        if level == len(summary):
            summary.append(None)
        resident = summary[level]
        if resident is None:
            summary[level] = table
            return
        union = _union(resident, table)
        if len(union[0]) <= size:
            summary[level] = union
            return
        summary[level] = None
        table = _compressed(union, size)
        level += 1


def merge(a: Summary, b: Summary, size: int) -> Summary:
    """The summary of both; ``a`` is changed and returned."""
    for level, table in enumerate(b):
        if table is not None:
            insert(a, (table[0], table[1]), size, level)
    return a


def collapse(summary: Summary) -> Table:
    """All levels as one table, without further loss."""
    result = EMPTY
    for table in summary:
        if table is not None:
            result = _union(result, (table[0], table[1])) if len(result[0]) else (table[0], table[1])
    return result


def _union(a: Table, b: Table) -> Table:
    values = np.concatenate((a[0], b[0]))
    order = np.argsort(values, kind="stable")
    return run_lengths(values[order], np.concatenate((a[1], b[1]))[order])


def _compressed(table: Table, size: int) -> Table:
    values, weights = table
    ends = np.cumsum(weights)
    bins = ((ends - weights / 2) * (size / ends[-1])).astype(np.int64)
    starts = np.flatnonzero(np.diff(bins, prepend=-1))
    bin_weights = np.add.reduceat(weights, starts)
    bin_ends = np.cumsum(bin_weights)
    middles = np.searchsorted(ends, bin_ends - bin_weights / 2)
    return values[middles], bin_weights
