"""The shipped check of accumulators finds each broken law."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from gristmill.engine import Accumulator
from gristmill.testing.engine import ValueCounts, check_accumulator_laws, examples_batch

BATCHES = [examples_batch(0, 5), examples_batch(3, 20), examples_batch(30, 100)]


class Sum(Accumulator[Any, Any]):
    def create(self) -> Any:
        return [0, 0]

    def add(self, state: Any, batch: pa.RecordBatch) -> Any:
        values = batch.column("x").flatten().to_pylist()
        return [state[0] + sum(values), state[1] + len(values)]

    def merge(self, a: Any, b: Any) -> Any:
        return [a[0] + b[0], a[1] + b[1]]

    def extract(self, state: Any) -> Any:
        return state[0] / max(state[1], 1)


def test_lawful_accumulators_pass() -> None:
    check_accumulator_laws(ValueCounts(), BATCHES)
    check_accumulator_laws(Sum(), BATCHES)


class NoIdentity(Sum):
    def create(self) -> Any:
        return [0, 1]


class MergeForgets(Sum):
    def merge(self, a: Any, b: Any) -> Any:
        return a if a[1] else b


class KeepsFirst(Sum):
    def add(self, state: Any, batch: pa.RecordBatch) -> Any:
        values = batch.column("x").flatten().to_pylist()
        return [values[0], 1] if values and not state[1] else state

    def merge(self, a: Any, b: Any) -> Any:
        return a if a[1] else b


class CountsBatches(Sum):
    def add(self, state: Any, batch: pa.RecordBatch) -> Any:
        return [state[0] + bool(batch.num_rows), 0]


class NotPlain(Sum):
    def create(self) -> Any:
        return {1, 2}

    def add(self, state: Any, batch: pa.RecordBatch) -> Any:
        return state

    def merge(self, a: Any, b: Any) -> Any:
        return a

    def extract(self, state: Any) -> Any:
        return len(state)


@pytest.mark.parametrize(
    ("broken", "law"),
    [
        (NoIdentity(), "fresh state merged before"),
        (MergeForgets(), "merging equals adding"),
        (KeepsFirst(), "commutative"),
        (CountsBatches(), "batches of 1 rows"),
    ],
)
def test_each_broken_law_is_named(broken: Accumulator[Any, Any], law: str) -> None:
    with pytest.raises(AssertionError, match=law):
        check_accumulator_laws(broken, BATCHES)


def test_a_state_that_is_no_plain_data_is_found() -> None:
    with pytest.raises(TypeError, match=r"a state cannot hold a builtins\.set"):
        check_accumulator_laws(NotPlain(), BATCHES)


def test_the_comparison_may_have_a_tolerance() -> None:
    class Rough(Sum):
        def merge(self, a: Any, b: Any) -> Any:
            return [(a[0] + b[0]) * (1 + 1e-9), a[1] + b[1]]

    check_accumulator_laws(Rough(), BATCHES, same=lambda a, b: abs(a - b) < 1e-3)
    with pytest.raises(AssertionError):
        check_accumulator_laws(Rough(), BATCHES)


def test_one_batch_cannot_show_the_laws() -> None:
    with pytest.raises(ValueError, match="at least two"):
        check_accumulator_laws(Sum(), BATCHES[:1])
