"""Checks that an accumulator obeys the laws of ``gristmill.engine.contract``, for ours and for those of users.

def test_my_accumulator_obeys_the_laws():
    check_accumulator_laws(MyAccumulator(), [batch_a, batch_b, batch_c])
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from gristmill.engine import state_codec
from gristmill.engine.contract import Accumulator

__all__ = ["check_accumulator_laws"]

State = TypeVar("State")
Result = TypeVar("Result")

_BATCH_ROWS = (1, 3, 7, 64)  # cuts that fall differently into any batch; 1 is the hardest
_MOST_ROWS = 300  # of a batch that is cut into single rows: more would take long and show nothing new


def check_accumulator_laws(
    accumulator: Accumulator[State, Result],
    batches: Sequence[pa.RecordBatch],
    *,
    same: Callable[[Result, Result], bool] | None = None,
    seed: int = 0,
) -> None:
    """Check every law on the rows given.

    Args:
        accumulator: what is checked.
        batches: at least two, with rows that differ: the checks see only what these rows can show.
        same: whether two results are equal, up to the tolerance that the accumulator states; ``==`` by default (of
            numpy arrays: all elements).
        seed: of the shuffled row orders.

    Raises:
        AssertionError: a law is broken; the message says which, with both results.
        ValueError: fewer than two batches.
    """
    if len(batches) < 2:
        raise ValueError("the laws of merging need at least two batches")
    laws = _Laws(accumulator, list(batches), same or _equal)
    laws.check_identity()
    laws.check_merging()
    laws.check_serialisation()
    laws.check_cuts()
    laws.check_row_order(np.random.default_rng(seed))


class _Laws:
    """States are made anew for every use: ``add`` and ``merge`` may consume what they are given."""

    def __init__(
        self, accumulator: Accumulator[Any, Any], batches: list[pa.RecordBatch], same: Callable[[Any, Any], bool]
    ) -> None:
        self._accumulator = accumulator
        self._batches = batches
        self._same = same

    def _expected(self) -> Any:
        return self._accumulator.extract(self._state(self._batches))

    def _state(self, batches: Sequence[pa.RecordBatch]) -> Any:
        return reduce(self._accumulator.add, batches, self._accumulator.create())

    def _states(self) -> list[Any]:
        return [self._state([batch]) for batch in self._batches]

    def _require(self, law: str, state: Any) -> None:
        expected, actual = self._expected(), self._accumulator.extract(state)
        if not self._same(expected, actual):
            name = type(self._accumulator).__name__
            raise AssertionError(f"{name} breaks a law: {law}\n  expected {expected!r}\n  got      {actual!r}")

    def check_identity(self) -> None:
        merge, create = self._accumulator.merge, self._accumulator.create
        self._require("a fresh state merged before changes nothing", merge(create(), self._state(self._batches)))
        self._require("a fresh state merged behind changes nothing", merge(self._state(self._batches), create()))
        empty = [batch.slice(0, 0) for batch in self._batches]
        self._require("batches without rows change nothing", self._state([*empty, *self._batches, *empty]))

    def check_merging(self) -> None:
        merge = self._accumulator.merge
        self._require("merging equals adding", reduce(merge, self._states()))
        self._require("merge is commutative", reduce(merge, reversed(self._states())))
        right_first = reduce(lambda right, left: merge(left, right), reversed(self._states()))
        self._require("merge is associative", right_first)

    def check_serialisation(self) -> None:
        merge = self._accumulator.merge
        self._require("a state survives serialisation", _stored(self._state(self._batches)))
        self._require("merged states survive serialisation", reduce(merge, map(_stored, self._states())))
        half = len(self._batches) // 2
        resumed = reduce(self._accumulator.add, self._batches[half:], _stored(self._state(self._batches[:half])))
        self._require("rows may be added to a state that was serialised", resumed)
        self._require(
            "a fresh state survives serialisation",
            merge(_stored(self._accumulator.create()), self._state(self._batches)),
        )

    def check_cuts(self) -> None:
        for rows in _BATCH_ROWS:
            if rows == 1 and max(batch.num_rows for batch in self._batches) > _MOST_ROWS:
                continue
            cut = [batch.slice(start, rows) for batch in self._batches for start in range(0, batch.num_rows, rows)]
            self._require(f"batches of {rows} rows give the same result", self._state(cut))
            shards = [self._state(cut[start::5]) for start in range(5)]
            self._require(f"shards of batches of {rows} rows do", reduce(self._accumulator.merge, shards))

    def check_row_order(self, random: np.random.Generator) -> None:
        shuffled = [batch.take(pa.array(random.permutation(batch.num_rows))) for batch in reversed(self._batches)]
        self._require("the order of the rows does not matter", self._state(shuffled))


def _stored(state: Any) -> Any:
    return state_codec.loads(state_codec.dumps(state))


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_equal(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple) and type(a) is type(b):
        return len(a) == len(b) and all(map(_equal, a, b))
    return bool(np.all(a == b))
