"""Which split a row belongs to depends on the row alone."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gristmill.engine import LocalEngine
from gristmill.errors import ConfigError, DataError
from gristmill.io.csv import CsvReader, infer_csv_schema
from gristmill.io.example_codec import decode_examples, encode_examples
from gristmill.io.examples import ExamplesSink
from gristmill.io.shard import RAW_RECORD_COLUMN
from gristmill.io.splits import HashSplitter, Split

THREE = (Split("a", 3), Split("b", 1), Split("c", 4))


def batch_of(values: list[Any], kind: pa.DataType) -> pa.RecordBatch:
    n = pa.array([[index] for index in range(len(values))], pa.list_(pa.int64()))
    return pa.record_batch({"key": pa.array(values, pa.list_(kind)), "n": n})


def split_of(key: bytes) -> str:
    """The published rule, in plain Python."""
    bucket = int(hashlib.sha256(key).hexdigest(), 16) % 8
    return "a" if bucket < 3 else "b" if bucket < 4 else "c"


def feature_bytes(values: list[Any]) -> bytes:
    """A serialized Feature, written by hand: lists of at most a few short values."""
    if isinstance(values[0], int):
        packed = b"".join(varint(value % (1 << 64)) for value in values)
        inner, tag = b"\x0a" + varint(len(packed)) + packed, b"\x1a"
    else:
        inner, tag = b"".join(b"\x0a" + varint(len(value)) + value for value in values), b"\x0a"
    return tag + varint(len(inner)) + inner


def varint(value: int) -> bytes:
    out = b""
    while value >= 0x80:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


KEYS = st.lists(st.lists(st.binary(max_size=200), min_size=1, max_size=3), min_size=1, max_size=8)
INT_KEYS = st.lists(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=3), min_size=1, max_size=8)


@given(KEYS | INT_KEYS, st.booleans(), st.booleans())
def test_a_partition_feature_decides_by_its_serialized_value(keys: list[Any], raw: bool, as_records: bool) -> None:
    batch = batch_of(keys, pa.int64() if isinstance(keys[0][0], int) else pa.binary())
    given_batch = pa.record_batch({RAW_RECORD_COLUMN: encode_examples(batch)}) if raw else batch
    splitter = HashSplitter(THREE, partition_feature="key", as_records=as_records)
    parts = splitter(given_batch)
    expected: dict[str, list[int]] = {}
    for index, key in enumerate(keys):
        expected.setdefault(split_of(feature_bytes(key)), []).append(index)
    assert {name: rows(part) for name, part in parts.items()} == expected


def rows(part: pa.RecordBatch) -> list[int]:
    if part.schema.names == [RAW_RECORD_COLUMN]:
        part = decode_examples(part.column(0))
    return [value for (value,) in part.column("n").to_pylist()]


def test_the_whole_record_decides_by_default() -> None:
    batch = batch_of([[b"x"]] * 50, pa.binary())
    records = encode_examples(batch)
    parts = HashSplitter(THREE)(batch)
    for name, part in parts.items():
        assert part.schema.names == [RAW_RECORD_COLUMN]
        assert {split_of(record) for record in part.column(0).to_pylist()} == {name}
    assert sorted(index for part in parts.values() for index in rows(part)) == list(range(50))
    assert HashSplitter(THREE)(pa.record_batch({RAW_RECORD_COLUMN: records})).keys() == parts.keys()
    features = HashSplitter(THREE, as_records=False)(batch)
    assert {name: rows(part) for name, part in features.items()} == {name: rows(part) for name, part in parts.items()}


def test_one_split_takes_everything() -> None:
    batch = batch_of([[b"x"], [b"y"]], pa.binary())
    assert rows(HashSplitter([Split("all", 1)])(batch)["all"]) == [0, 1]


@pytest.mark.parametrize("key", [None, []])
def test_a_row_without_the_partition_feature_is_an_error(key: list[bytes] | None) -> None:
    with pytest.raises(DataError, match=r"(?s)must have a value.*column 'key'.*Hint"):
        HashSplitter(THREE, partition_feature="key")(batch_of([[b"x"], key], pa.binary()))


def test_a_partition_feature_that_no_row_has_is_an_error() -> None:
    batch = batch_of([[b"x"]], pa.binary())
    with pytest.raises(DataError, match="must have a value"):
        HashSplitter(THREE, partition_feature="other")(batch)


def test_numbers_with_a_fraction_are_no_keys() -> None:
    for splits in (THREE, [Split("all", 1)]):
        with pytest.raises(DataError, match=r"(?s)bytes or int64.*list<.*float"):
            HashSplitter(splits, partition_feature="key")(batch_of([[1.5]], pa.float32()))


@pytest.mark.parametrize("splits", [[], [Split("a", 0)], [Split("a", 1), Split("a", 1)]])
def test_splits_need_names_and_buckets(splits: list[Split]) -> None:
    with pytest.raises(ConfigError, match="names of their own"):
        HashSplitter(splits)


@pytest.mark.shared
def test_the_taxi_rows_fall_into_the_splits_of_the_reference_run(shared: Path, tmp_path: Path) -> None:
    schema = infer_csv_schema([str(shared / "data/chicago_taxi_big_tipper/data.csv")])
    sink = ExamplesSink({name: str(tmp_path / name) for name in ("train", "eval")}, prefix="data_tfrecord")
    written = LocalEngine().map(schema.shards(), HashSplitter(), sink, reader=CsvReader(schema))
    for name, (shard,) in written.items():
        statistics = (shared / f"reference/taxi/stats_{name}.pbtxt").read_text()
        assert f"num_examples: {shard.rows}\n" in statistics
        assert shard.uri.endswith("data_tfrecord-00000-of-00001.gz")
