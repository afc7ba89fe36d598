"""The local engine: the contract, and what threads must not change."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pytest

from gristmill.engine import Accumulator, Engine, LocalEngine, Progress, engine_for
from gristmill.errors import ConfigError, DataError
from gristmill.io.examples import ExamplesSink
from gristmill.io.shard import Shard
from gristmill.testing.engine import (
    EngineConformance,
    ValueCounts,
    examples_batch,
    odd_and_even,
    write_shards,
)


class TestLocalEngineAlone(EngineConformance):
    @pytest.fixture
    def engine(self) -> Engine:
        return LocalEngine(workers=1)


class TestLocalEngineWithMoreThreadsThanCores(EngineConformance):
    @pytest.fixture
    def engine(self) -> Engine:
        return LocalEngine(workers=5)


class Concatenation(Accumulator[list[int], list[int]]):
    """Breaks the law of commutativity, which shows the order in which states are merged."""

    def create(self) -> list[int]:
        return []

    def add(self, state: list[int], batch: pa.RecordBatch) -> list[int]:
        return state + batch.column("x").flatten().to_pylist()

    def merge(self, a: list[int], b: list[int]) -> list[int]:
        return a + b

    def extract(self, state: list[int]) -> list[int]:
        return state


@pytest.mark.parametrize("workers", [1, 2, 9])
@pytest.mark.parametrize("count", [1, 3, 8, 21])
def test_states_are_merged_in_the_order_of_the_shards(tmp_path: Path, workers: int, count: int) -> None:
    shards = write_shards(str(tmp_path), count, rows=300)
    assert LocalEngine(workers).aggregate(shards, Concatenation()) == list(range(300))


def test_files_are_equal_whatever_the_number_of_workers(tmp_path: Path) -> None:
    shards = write_shards(str(tmp_path / "in"), 6)
    written = {}
    for workers in (1, 4):
        directories = {name: str(tmp_path / str(workers) / name) for name in ("odd", "even")}
        sink = ExamplesSink(directories, prefix="x", rows_per_shard=100)
        outputs = LocalEngine(workers).map(shards, odd_and_even, sink)
        written[workers] = [Path(shard.uri).read_bytes() for name in ("odd", "even") for shard in outputs[name]]
    assert written[1] == written[4]


def test_progress_counts_rows_up_to_the_total_from_the_calling_thread(tmp_path: Path) -> None:
    reports: list[tuple[Progress, int]] = []
    engine = LocalEngine(4, lambda progress: reports.append((progress, threading.get_ident())))
    shards = write_shards(str(tmp_path / "in"), 5)
    engine.aggregate(shards, ValueCounts(), stage="counting")
    engine.map(shards, odd_and_even, ExamplesSink({name: str(tmp_path / name) for name in ("odd", "even")}, prefix="x"))
    counted = [progress for progress, _ in reports if progress.stage == "counting"]
    assert counted[-1] == Progress("counting", 1000, 1000, "rows")
    assert [progress.done for progress in counted] == sorted(progress.done for progress in counted)
    assert reports[-1][0].done == 1000
    assert {thread for _, thread in reports} == {threading.get_ident()}


def test_the_total_is_unknown_when_a_shard_does_not_tell_its_rows(tmp_path: Path) -> None:
    reports: list[Progress] = []
    shards = [Shard(shard.uri, shard.format) for shard in write_shards(str(tmp_path), 2)]
    LocalEngine(2, reports.append).aggregate(shards, ValueCounts())
    assert reports[-1] == Progress("", 1000, None, "rows")


def numbered_failures(shard: Shard) -> Iterator[pa.RecordBatch]:
    yield examples_batch(0, 3)
    if int(shard.uri) >= 3:
        raise DataError(f"shard {shard.uri}")


def everything(batch: pa.RecordBatch) -> Mapping[str, pa.RecordBatch]:
    return {"all": batch}


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_of_several_errors_the_first_of_the_input_is_raised(tmp_path: Path, workers: int) -> None:
    shards = [Shard(str(index), "test") for index in range(20)]
    engine = LocalEngine(workers)
    with pytest.raises(DataError, match=r"shard 3$"):
        engine.aggregate(shards, ValueCounts(), reader=numbered_failures)
    with pytest.raises(DataError, match=r"shard 3$"):
        engine.map(shards, everything, ExamplesSink({"all": str(tmp_path)}, prefix="x"), reader=numbered_failures)
    assert list(tmp_path.iterdir()) == []


def test_no_more_batches_are_read_ahead_than_there_is_room_for(tmp_path: Path) -> None:
    workers, alive, most = 3, 0, 0
    lock = threading.Lock()

    def read(shard: Shard) -> Iterator[pa.RecordBatch]:
        nonlocal alive, most
        for _ in range(50):
            with lock:
                alive += 1
                most = max(most, alive)
            yield examples_batch(0, 2)

    class Counting(ExamplesSink):
        def append(self, output: str, block: object, rows: int) -> None:
            nonlocal alive
            with lock:
                alive -= 1
            super().append(output, block, rows)

    for count in (1, 10):
        shards = [Shard(str(index), "test") for index in range(count)]
        LocalEngine(workers).map(shards, everything, Counting({"all": str(tmp_path)}, prefix="x"), reader=read)
        assert most <= 4 * workers
        assert alive == 0


def test_readers_are_closed_when_the_work_fails(tmp_path: Path) -> None:
    opened, closed = [], []

    def read(shard: Shard) -> Iterator[pa.RecordBatch]:
        opened.append(shard.uri)
        try:
            for start in range(20):
                yield examples_batch(start, start + 1)
        finally:
            closed.append(shard.uri)

    def fail(batch: pa.RecordBatch) -> Mapping[str, pa.RecordBatch]:
        raise RuntimeError("stop")

    shards = [Shard(str(index), "test") for index in range(9)]
    with pytest.raises(RuntimeError, match="stop"):
        LocalEngine(2).map(shards, fail, ExamplesSink({"all": str(tmp_path)}, prefix="x"), reader=read)
    assert sorted(opened) == sorted(closed)


def test_an_interrupt_of_the_caller_ends_the_work(tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        raise KeyboardInterrupt

    shards = write_shards(str(tmp_path / "in"), 8)
    engine = LocalEngine(2, interrupt)
    with pytest.raises(KeyboardInterrupt):
        engine.aggregate(shards, ValueCounts())
    with pytest.raises(KeyboardInterrupt):
        engine.map(shards, everything, ExamplesSink({"all": str(tmp_path / "out")}, prefix="x"))
    assert list((tmp_path / "out").iterdir()) == []


def workers_of(*flags: str) -> int:
    engine = engine_for(flags)
    assert isinstance(engine, LocalEngine)
    return engine.workers


def test_beam_flags_choose_the_local_engine_and_its_threads() -> None:
    assert workers_of() == LocalEngine().workers
    assert workers_of("--direct_num_workers=3", "--direct_running_mode=multi_processing") == 3
    assert workers_of("--runner", "DirectRunner", "--direct_num_workers", "4") == 4
    assert workers_of("--direct_num_workers=0") == LocalEngine().workers
    assert workers_of("--runner=apache_beam.runners.direct.DirectRunner", "--direct_num_workers=2") == 2


def test_flags_that_make_no_sense_are_refused_with_a_hint() -> None:
    with pytest.raises(ConfigError, match=r"(?s)no runner of this name.*'FlinkRuner'.*did you mean 'FlinkRunner'"):
        engine_for(["--runner=FlinkRuner"])
    with pytest.raises(ConfigError, match="direct_num_workers must be a number"):
        engine_for(["--direct_num_workers=many"])
    with pytest.raises(ConfigError, match="at least one worker"):
        LocalEngine(0)


def test_a_runner_of_beams_without_beam_names_the_extra() -> None:
    script = (
        "import sys; sys.modules['apache_beam'] = None\n"
        "from gristmill.engine import engine_for\n"
        "from gristmill.errors import MissingExtraError\n"
        "try: engine_for(['--runner=FnApiRunner'])\n"
        "except MissingExtraError as error: print(error)"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert "pip install 'gristmill[beam]'" in told


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts the open files of the process by Linux's /proc")
@pytest.mark.parametrize("workers", [1, 8])
def test_work_that_fails_leaves_no_file_open(tmp_path: Path, workers: int) -> None:
    shards = write_shards(str(tmp_path / "in"), 12)
    damaged = Path(shards[7].uri)
    damaged.write_bytes(damaged.read_bytes()[:-9])
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    directories = {name: str(tmp_path / name) for name in ("odd", "even")}
    for _ in range(3):
        with pytest.raises(DataError, match="whole and undamaged"):
            LocalEngine(workers).aggregate(shards, ValueCounts())
        with pytest.raises(DataError, match="whole and undamaged"):
            LocalEngine(workers).map(shards, odd_and_even, ExamplesSink(directories, prefix="x"))
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before
