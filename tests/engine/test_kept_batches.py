"""Batches that are kept between passes: the same rows as from the files, for as long as they fit."""

from __future__ import annotations

import threading
from pathlib import Path

import pyarrow as pa
import pytest

from gristmill.engine import LocalEngine
from gristmill.engine.kept_batches import KeptBatches
from gristmill.errors import DataError
from gristmill.io.examples import read_examples
from gristmill.io.shard import Shard
from gristmill.testing.engine import ValueCounts, write_shards

PASSES = 3


@pytest.fixture
def shards(tmp_path: Path) -> list[Shard]:
    return write_shards(str(tmp_path), 4, rows=400)


def rows(batches: list[pa.RecordBatch]) -> list[dict[str, object]]:
    return [row for batch in batches for row in batch.to_pylist()]


@pytest.mark.parametrize("limit", [1, 5_000, 1 << 30])
def test_every_pass_gets_the_rows_of_the_files_whether_or_not_they_fit(shards: list[Shard], limit: int) -> None:
    expected = [rows(list(read_examples(shard))) for shard in shards]
    with KeptBatches(LocalEngine(), shards, limit) as kept:
        for number in range(1, PASSES + 1):
            reader = kept.reader(last=number == PASSES)
            assert [rows(list(reader(shard))) for shard in shards] == expected


@pytest.mark.parametrize("features", [[], ["x"], ["absent", "x"]])
def test_features_are_those_that_a_reading_of_the_file_gives(shards: list[Shard], features: list[str]) -> None:
    with KeptBatches(LocalEngine(), shards) as kept:
        for _ in range(2):
            [batch] = kept.reader(features)(shards[0])
            [expected] = read_examples(shards[0], features=features)
            assert (batch, batch.num_rows) == (expected, expected.num_rows)


def test_engines_find_the_same_in_every_pass(shards: list[Shard]) -> None:
    engine = LocalEngine(workers=3)
    expected = engine.aggregate(shards, ValueCounts())
    with KeptBatches(engine, shards) as kept:
        assert [engine.aggregate(shards, ValueCounts(), reader=kept.reader()) for _ in range(PASSES)] == [expected] * 3


def test_files_are_not_needed_again_once_their_rows_are_kept(shards: list[Shard]) -> None:
    with KeptBatches(LocalEngine(), shards) as kept:
        first = [rows(list(kept.reader()(shard))) for shard in shards]
        for shard in shards:
            Path(shard.uri).unlink()
        assert [rows(list(kept.reader(last=True)(shard))) for shard in shards] == first
        with pytest.raises(DataError, match=r"x-00000"):  # given away
            list(kept.reader()(shards[0]))


def test_files_are_read_before_anybody_asks(shards: list[Shard]) -> None:
    expected = [rows(list(read_examples(shard))) for shard in shards]
    with KeptBatches(LocalEngine(), shards) as kept:
        for thread in ahead():
            thread.join()
        for shard in shards:
            Path(shard.uri).unlink()
        assert [rows(list(kept.reader()(shard))) for shard in shards] == expected


def test_a_shard_that_was_left_in_the_middle_is_read_from_its_begin_the_next_time(shards: list[Shard]) -> None:
    expected = rows(list(read_examples(shards[0])))
    with KeptBatches(LocalEngine(), shards) as kept:
        begun = kept.reader()(shards[0])
        next(begun)
        begun.close()  # type: ignore[attr-defined]
        assert rows(list(kept.reader()(shards[0]))) == expected


def test_a_damaged_file_is_reported_by_the_pass_and_not_by_reading_ahead(shards: list[Shard]) -> None:
    damaged = Path(shards[0].uri)
    damaged.write_bytes(damaged.read_bytes()[:-30])
    with KeptBatches(LocalEngine(), shards) as kept, pytest.raises(DataError, match=damaged.name):
        list(kept.reader()(shards[0]))


def test_no_thread_outlives_the_context_even_after_an_error(shards: list[Shard]) -> None:
    with pytest.raises(RuntimeError), KeptBatches(LocalEngine(), shards):
        raise RuntimeError
    assert not ahead()


def ahead() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "gristmill-ahead"]
