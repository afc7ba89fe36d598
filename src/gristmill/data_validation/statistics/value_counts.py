"""How often each byte string was seen: exact below a bound, heavy hitters above it.

State: ``{"pieces": [[binary array of distinct values, int64 counts, float64 weights | None], ...], "piece_rows": int,
"lost": int, "hashes": None | uint64 array}``. Pieces wait until there are enough of them to be grouped.

Error above the bound (Misra and Gries, in the mergeable form of P. Agarwal et al., "Mergeable summaries", 2012): every
count is too low by at most ``lost``, which is at most the number of values divided by the bound; a value that is left
out was seen at most ``lost`` times. The number of distinct values is then an estimate (see ``distinct_count``). Weights
follow the fate of their counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gristmill.data_validation.statistics.distinct_count import estimate, hashes_of, merge_hashes
from gristmill.engine.weighted_summary import Floats

__all__ = ["Bound", "CountsState", "add_counts", "distinct_values", "merge_counts", "no_counts", "ranked"]

CountsState = dict[str, Any]

# Pieces are regrouped when they hold this many times the bound: each row is regrouped a bounded number of times.
_PIECES_FACTOR = 2


@dataclass(frozen=True)
class Bound:
    """How much a table of counts may hold.

    Attributes:
        entries: distinct values.
        content: bytes of all of them together.
    """

    entries: int = 65_536
    content: int = 16 * 2**20


def no_counts() -> CountsState:
    """The state before the first value."""
    return {"pieces": [], "piece_rows": 0, "lost": 0, "hashes": None}


def add_counts(
    state: CountsState, values: pa.Array, counts: NDArray[np.int64], weights: Floats | None, bound: Bound
) -> None:
    """Take distinct values with their counts, in place."""
    if not len(values):
        return
    state["pieces"].append([values, counts, weights])
    state["piece_rows"] += len(values)
    if state["hashes"] is not None:
        state["hashes"] = merge_hashes(state["hashes"], hashes_of(values))
    content = _content(state["pieces"])
    if state["piece_rows"] > _PIECES_FACTOR * bound.entries or content > _PIECES_FACTOR * bound.content:
        _regroup(state, bound)


def merge_counts(a: CountsState, b: CountsState, bound: Bound) -> CountsState:
    """The state of both; ``a`` is changed and returned."""
    if a["hashes"] is not None or b["hashes"] is not None:
        a["hashes"] = merge_hashes(_all_hashes(a), _all_hashes(b))
    a["lost"] += b["lost"]
    a["pieces"] += b["pieces"]
    a["piece_rows"] += b["piece_rows"]
    if len(a["pieces"]) > 1:
        _regroup(a, bound)
    return a


def distinct_values(state: CountsState, bound: Bound) -> int:
    """The number of distinct values; an estimate once the bound was passed."""
    _regroup(state, bound)
    return estimate(state["hashes"]) if state["hashes"] is not None else int(state["piece_rows"])


def ranked(
    state: CountsState, bound: Bound, limit: int, threshold: float, by_weight: bool
) -> list[tuple[bytes, float]]:
    """The most frequent values with their count or weight, by count and then value, both descending.

    Args:
        state: the counts.
        bound: the bound they were collected with.
        limit: number of values.
        threshold: values with a smaller count or weight are left out.
        by_weight: rank by weight instead of count.
    """
    _regroup(state, bound)
    if not state["pieces"]:
        return []
    values, counts, weights = state["pieces"][0]
    frequencies = weights if by_weight else counts
    table = pa.table({"value": values, "frequency": frequencies})
    table = table.filter(pc.greater_equal(table["frequency"], threshold))
    order = pc.sort_indices(table, sort_keys=[("frequency", "descending"), ("value", "descending")])
    top = table.take(order[:limit])
    return list(zip(top["value"].to_pylist(), map(float, top["frequency"].to_pylist()), strict=True))


def _content(pieces: list[list[Any]]) -> int:
    return sum(piece[0].nbytes for piece in pieces)


def _all_hashes(state: CountsState) -> NDArray[np.uint64]:
    hashes = state["hashes"]
    if hashes is None:
        hashes = np.empty(0, np.uint64)
        for piece in state["pieces"]:
            hashes = merge_hashes(hashes, hashes_of(piece[0]))
    return np.asarray(hashes)


def _regroup(state: CountsState, bound: Bound) -> None:
    """Join all pieces into one and bring it under the bound."""
    pieces = state["pieces"]
    if len(pieces) > 1:
        columns = {
            "value": pa.chunked_array([piece[0] for piece in pieces]),
            "count": np.concatenate([piece[1] for piece in pieces]),
        }
        sums = [("count", "sum")]
        if pieces[0][2] is not None:
            columns["weight"] = np.concatenate([piece[2] for piece in pieces])
            sums.append(("weight", "sum"))
        grouped = pa.table(columns).group_by("value", use_threads=False).aggregate(sums).combine_chunks()
        weights = grouped["weight_sum"].to_numpy() if len(sums) > 1 else None
        pieces[:] = [[_one_array(grouped["value"]), grouped["count_sum"].to_numpy(), weights]]
    if pieces:
        _limit(state, bound)
    state["piece_rows"] = sum(len(piece[0]) for piece in state["pieces"])


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _limit(state: CountsState, bound: Bound) -> None:
    values, counts, weights = state["pieces"][0]
    kept = _entries_within(values, counts, bound)
    if kept >= len(values):
        return
    if state["hashes"] is None:
        state["hashes"] = hashes_of(values)
    # The largest count that does not fit is taken from every count: what is gone was no heavier than that.
    taken = int(np.partition(counts, len(counts) - kept - 1)[len(counts) - kept - 1])
    chosen = np.flatnonzero(counts > taken)
    state["lost"] += taken
    state["pieces"] = []
    if len(chosen):
        left = None if weights is None else weights[chosen]
        state["pieces"] = [[values.take(pa.array(chosen)), counts[chosen] - taken, left]]


def _entries_within(values: pa.Array, counts: NDArray[np.int64], bound: Bound) -> int:
    """How many of the most frequent values fit."""
    if len(values) <= bound.entries and values.nbytes <= bound.content:
        return len(values)
    lengths = pc.binary_length(values).to_numpy()
    heaviest = np.argsort(-counts, kind="stable")
    return min(bound.entries, int(np.searchsorted(np.cumsum(lengths[heaviest]), bound.content, side="right")))
