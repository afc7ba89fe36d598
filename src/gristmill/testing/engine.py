"""The contract of the engine as tests that every engine inherits, and the check of accumulators.

    class TestMyEngine(EngineConformance):
        @pytest.fixture
        def engine(self):
            return MyEngine()

Needs pytest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from gristmill.engine import Accumulator, Engine, LocalEngine
from gristmill.engine.side_by_side import SideBySide
from gristmill.engine.summing_sink import SummingSink
from gristmill.errors import DataError, Place
from gristmill.io import filesystem
from gristmill.io.examples import ExamplesSink, read_examples
from gristmill.io.shard import Shard
from gristmill.testing.accumulators import check_accumulator_laws

__all__ = ["EngineConformance", "ValueCounts", "check_accumulator_laws"]

_ROWS = 1000


class ValueCounts(Accumulator[dict[int, int], dict[int, int]]):
    """How often each value of the feature ``x`` occurs: an accumulator that no lost or doubled row escapes."""

    def create(self) -> dict[int, int]:
        return {}

    def add(self, state: dict[int, int], batch: pa.RecordBatch) -> dict[int, int]:
        return self.merge(state, dict(Counter(batch.column("x").flatten().to_pylist())))

    def merge(self, a: dict[int, int], b: dict[int, int]) -> dict[int, int]:
        return {value: a.get(value, 0) + b.get(value, 0) for value in sorted(a.keys() | b.keys())}

    def extract(self, state: dict[int, int]) -> dict[int, int]:
        return state


def examples_batch(start: int, stop: int) -> pa.RecordBatch:
    """Rows whose feature ``x`` counts from ``start`` to ``stop``."""
    return pa.record_batch({"x": pa.array([[value] for value in range(start, stop)], pa.list_(pa.int64()))})


def write_shards(directory: str, count: int, *, rows: int = _ROWS, batch_rows: int = 17) -> list[Shard]:
    """Files with ``rows`` rows in all, in order, cut into at least ``count`` shards."""
    sink = ExamplesSink({"all": directory}, prefix="x", rows_per_shard=-(-rows // count))
    for start in range(0, rows, batch_rows):
        batch = examples_batch(start, min(start + batch_rows, rows))
        sink.append("all", sink.encode("all", batch), batch.num_rows)
    return sink.finish()["all"]


def values_in(shards: list[Shard]) -> list[int]:
    """The values of ``x`` in the order of the files."""
    batches = [batch for shard in shards for batch in read_examples(shard)]
    return [value for batch in batches for value in batch.column("x").flatten().to_pylist()]


def odd_and_even(batch: pa.RecordBatch) -> Mapping[str, pa.RecordBatch]:
    """Deals rows out by their value; an output without rows is left out."""
    odd = pa.array([row[0] % 2 == 1 for row in batch.column("x").to_pylist()], pa.bool_())
    parts = {"odd": batch.filter(odd), "even": batch.filter(pa.compute.invert(odd))}
    return {name: part for name, part in parts.items() if part.num_rows}


def read_counting(shard: Shard) -> Iterator[pa.RecordBatch]:
    """A reader without files: the shard's uri says how many rows there are."""
    yield examples_batch(0, int(shard.uri))


def read_until_damage(shard: Shard) -> Iterator[pa.RecordBatch]:
    """A reader that fails in the second of its shards, after rows."""
    yield examples_batch(0, 10)
    if shard.uri != "good":
        raise DataError("the data is damaged here")


def fail_on_large(batch: pa.RecordBatch) -> Mapping[str, pa.RecordBatch]:
    """A map function that fails late."""
    if max(batch.column("x").flatten().to_pylist()) > _ROWS // 2:
        raise KeyError("the user's own mistake")
    return {"all": batch}


def refuse_large(batch: pa.RecordBatch) -> Mapping[str, pa.RecordBatch]:
    """A map function that finds a fault late."""
    if max(batch.column("x").flatten().to_pylist()) > _ROWS // 2:
        raise DataError("values must be small", place=Place(column="x"))
    return {"all": batch}


class SmallCounts(ValueCounts):
    """Finds the same fault."""

    def add(self, state: dict[int, int], batch: pa.RecordBatch) -> dict[int, int]:
        refuse_large(batch)
        return super().add(state, batch)


class FailingCounts(ValueCounts):
    """Fails late."""

    def add(self, state: dict[int, int], batch: pa.RecordBatch) -> dict[int, int]:
        fail_on_large(batch)
        return super().add(state, batch)


def number_faults(shard: Shard) -> Iterator[pa.RecordBatch]:
    """A reader whose shards fail, each at a place of its own, but for the first few."""
    number = int(shard.uri)
    if number >= 3:
        place = Place(uri=f"file-{number}", line=number, record=7, column="x")
        raise DataError("values must be known", place=place, value=("n/a", number), hint="fill the gap")
    yield examples_batch(number, number + 1)


class FloatSum(Accumulator[float, float]):
    """Shows the order in which states are merged in its last digits."""

    def create(self) -> float:
        return 0.0

    def add(self, state: float, batch: pa.RecordBatch) -> float:
        return state + float(sum(1 / (1 + value) for value in batch.column("x").flatten().to_pylist()))

    def merge(self, a: float, b: float) -> float:
        return a + b

    def extract(self, state: float) -> float:
        return state


class LargeStates(Accumulator[NDArray[np.int64], int]):
    """States of eight megabytes each: beyond what a message or an element of a cluster may hold."""

    def create(self) -> NDArray[np.int64]:
        return np.zeros(1 << 20, np.int64)

    def add(self, state: NDArray[np.int64], batch: pa.RecordBatch) -> NDArray[np.int64]:
        np.add.at(state, batch.column("x").flatten().to_numpy(), 1)
        return state

    def merge(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
        return a + b

    def extract(self, state: NDArray[np.int64]) -> int:
        return int(state.sum())


class EngineConformance:
    """What every engine does. Functions and classes here live at module level, so that a cluster can ship them."""

    @pytest.fixture
    def engine(self) -> Engine:
        raise NotImplementedError("give the engine to be tested as the fixture 'engine'")

    @pytest.mark.parametrize("count", [1, 2, 7, 40])
    def test_aggregate_sees_every_row_once_however_many_shards_there_are(
        self, engine: Engine, tmp_path: Path, count: int
    ) -> None:
        shards = write_shards(str(tmp_path), count)
        assert engine.aggregate(shards, ValueCounts()) == dict.fromkeys(range(_ROWS), 1)

    def test_states_are_merged_in_the_order_of_the_local_engine(self, engine: Engine) -> None:
        for count in (5, 37, 300):  # less than one group of states, several, and groups of groups
            shards = [Shard(str(index), "test") for index in range(count)]
            expected = LocalEngine(1).aggregate(shards, FloatSum(), reader=read_counting)
            assert engine.aggregate(shards, FloatSum(), reader=read_counting) == expected

    def test_states_may_be_large(self, engine: Engine) -> None:
        shards = [Shard("10", "test")] * 20
        assert engine.aggregate(shards, LargeStates(), reader=read_counting) == 200

    def test_of_several_faults_the_first_is_raised_with_all_that_it_says(self, engine: Engine, tmp_path: Path) -> None:
        shards = [Shard(str(index), "test") for index in range(20)]
        sink = ExamplesSink({"odd": str(tmp_path / "odd"), "even": str(tmp_path / "even")}, prefix="x")
        for run in (
            lambda: engine.aggregate(shards, ValueCounts(), reader=number_faults),
            lambda: engine.map(shards, odd_and_even, sink, reader=number_faults),
        ):
            with pytest.raises(DataError, match="values must be known") as caught:
                run()
            assert caught.value.place == Place(uri="file-3", line=3, record=7, column="x")
            assert "('n/a', 3)" in str(caught.value)
            assert caught.value.hint == "fill the gap"
        assert filesystem.walk_files(str(tmp_path)) == []

    def test_aggregate_of_no_shards_is_the_empty_result(self, engine: Engine) -> None:
        assert engine.aggregate([], ValueCounts()) == {}

    def test_shards_without_rows_change_nothing(self, engine: Engine, tmp_path: Path) -> None:
        empty = ExamplesSink({"e": str(tmp_path / "empty")}, prefix="x").finish()["e"]
        shards = empty + write_shards(str(tmp_path / "some"), 2, rows=20) + empty
        assert engine.aggregate(shards, ValueCounts()) == dict.fromkeys(range(20), 1)

    def test_aggregate_uses_the_reader_it_is_given(self, engine: Engine) -> None:
        shards = [Shard("3", "test"), Shard("1", "test")]
        assert engine.aggregate(shards, ValueCounts(), reader=read_counting) == {0: 2, 1: 1, 2: 1}

    @pytest.mark.parametrize("count", [1, 7, 40])
    def test_map_keeps_the_order_of_the_input_in_each_output(self, engine: Engine, tmp_path: Path, count: int) -> None:
        shards = write_shards(str(tmp_path / "in"), count)
        directories = {name: str(tmp_path / name) for name in ("odd", "even")}
        written = engine.map(shards, odd_and_even, ExamplesSink(directories, prefix="x"))
        assert values_in(written["odd"]) == list(range(1, _ROWS, 2))
        assert values_in(written["even"]) == list(range(0, _ROWS, 2))

    def test_map_of_no_shards_writes_outputs_without_rows(self, engine: Engine, tmp_path: Path) -> None:
        written = engine.map([], odd_and_even, ExamplesSink({"odd": str(tmp_path)}, prefix="x"))
        assert values_in(written["odd"]) == []
        assert filesystem.list_dir(str(tmp_path)) == ["x-00000-of-00001.gz"]

    @pytest.mark.parametrize("count", [1, 7, 40])
    def test_rows_can_be_added_up_on_their_way_into_files(self, engine: Engine, tmp_path: Path, count: int) -> None:
        shards = write_shards(str(tmp_path / "in"), count)
        directories = {name: str(tmp_path / name) for name in ("odd", "even")}
        sink = SummingSink(ExamplesSink(directories, prefix="x"), ValueCounts())
        written = engine.map(shards, odd_and_even, sink)
        assert sink.merged() == dict.fromkeys(range(_ROWS), 1)
        assert values_in(written["odd"]) == list(range(1, _ROWS, 2))

    def test_accumulators_can_share_a_pass(self, engine: Engine, tmp_path: Path) -> None:
        shards = write_shards(str(tmp_path), 7)
        together = engine.aggregate(shards, SideBySide([ValueCounts(), FloatSum()]))
        assert together == [engine.aggregate(shards, ValueCounts()), engine.aggregate(shards, FloatSum())]

    def test_a_damaged_shard_raises_its_own_error(self, engine: Engine) -> None:
        shards = [Shard("good", "test"), Shard("damaged", "test")]
        with pytest.raises(DataError, match="the data is damaged here"):
            engine.aggregate(shards, ValueCounts(), reader=read_until_damage)

    def test_a_fault_in_the_rows_names_their_file(self, engine: Engine, tmp_path: Path) -> None:
        shards = write_shards(str(tmp_path / "in"), 4)
        with pytest.raises(DataError, match=r"(?s)must be small.*x-00002-of-0000\d.gz, column 'x'"):
            engine.aggregate(shards, SmallCounts())
        with pytest.raises(DataError, match=r"(?s)must be small.*x-00002-of-0000\d.gz, column 'x'"):
            engine.map(shards, refuse_large, ExamplesSink({"all": str(tmp_path / "out")}, prefix="x"))

    def test_an_error_of_the_accumulator_is_raised_as_it_is(self, engine: Engine, tmp_path: Path) -> None:
        with pytest.raises(KeyError, match="the user's own mistake"):
            engine.aggregate(write_shards(str(tmp_path), 4), FailingCounts())

    def test_an_error_of_the_map_function_leaves_no_file(self, engine: Engine, tmp_path: Path) -> None:
        shards = write_shards(str(tmp_path / "in"), 4)
        out = str(tmp_path / "out")
        with pytest.raises(KeyError, match="the user's own mistake"):
            engine.map(shards, fail_on_large, ExamplesSink({"all": out}, prefix="x", rows_per_shard=100))
        assert not filesystem.exists(out) or filesystem.list_dir(out) == []

    def test_a_damaged_shard_leaves_no_file(self, engine: Engine, tmp_path: Path) -> None:
        shards = [Shard("good", "test"), Shard("damaged", "test"), Shard("good", "test")]
        with pytest.raises(DataError, match="the data is damaged here"):
            engine.map(
                shards,
                odd_and_even,
                ExamplesSink({name: str(tmp_path / name) for name in ("odd", "even")}, prefix="x"),
                reader=read_until_damage,
            )
        assert filesystem.walk_files(str(tmp_path)) == []
