"""Examples are written and read in both payload formats."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gristmill.errors import ConfigError, DataError
from gristmill.io import filesystem
from gristmill.io.example_codec import encode_examples
from gristmill.io.examples import ExamplesSink, file_shards, read_examples, read_raw_records, split_shards
from gristmill.io.shard import RAW_RECORD_COLUMN, Shard

FORMATS = pytest.mark.parametrize("file_format", ["tfrecords_gzip", "parquet"])


def batch(start: int = 0, rows: int = 3) -> pa.RecordBatch:
    values = range(start, start + rows)
    return pa.record_batch(
        {
            "f": pa.array([[value / 2] if value % 2 else None for value in values], pa.list_(pa.float32())),
            "i": pa.array([[value, -value] for value in values], pa.list_(pa.int64())),
            "s": pa.array([[str(value).encode()] if value % 3 else [] for value in values], pa.list_(pa.binary())),
        }
    )


def fill(sink: ExamplesSink, *batches: pa.RecordBatch, output: str = "train") -> None:
    for each in batches:
        sink.append(output, sink.encode(output, each), each.num_rows)


def read_all(shards: list[Shard]) -> list[dict[str, object]]:
    return [row for shard in shards for part in read_examples(shard) for row in part.to_pylist()]


@pytest.fixture(params=["local", "memory"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    uri = str(tmp_path) if request.param == "local" else f"memory://examples-{uuid.uuid4().hex}"
    yield uri
    filesystem.remove_tree(uri)


@FORMATS
def test_what_is_written_is_read_back(root: str, file_format: str) -> None:
    directory = filesystem.join(root, "Split-train")
    sink = ExamplesSink({"train": directory}, prefix="data", file_format=file_format)
    fill(sink, batch(0), batch(3, 5))
    written = sink.finish()["train"]
    extension = "gz" if file_format == "tfrecords_gzip" else "parquet"
    assert filesystem.list_dir(directory) == [f"data-00000-of-00001.{extension}"]
    assert [(shard.uri, shard.rows) for shard in written] == [
        (filesystem.join(directory, f"data-00000-of-00001.{extension}"), 8)
    ]
    assert read_all(written) == batch(0, 8).to_pylist()
    assert read_all(split_shards(root, "train")) == batch(0, 8).to_pylist()


@FORMATS
def test_shards_are_bounded_and_numbered_in_order(root: str, file_format: str) -> None:
    sink = ExamplesSink({"train": root}, prefix="data", file_format=file_format, rows_per_shard=7)
    fill(sink, *(batch(start) for start in range(0, 15, 3)))
    written = sink.finish()["train"]
    assert [shard.rows for shard in written] == [6, 6, 3]
    assert [name.partition(".")[0] for name in filesystem.list_dir(root)] == [
        f"data-{index:05d}-of-00003" for index in range(3)
    ]
    assert read_all(written) == batch(0, 15).to_pylist()


@FORMATS
def test_nothing_is_visible_before_the_end_and_nothing_is_left_after_an_abort(root: str, file_format: str) -> None:
    sink = ExamplesSink(
        {"train": filesystem.join(root, "train"), "eval": filesystem.join(root, "eval")},
        prefix="data",
        file_format=file_format,
        rows_per_shard=3,
    )
    fill(sink, batch(0), batch(3), batch(6))
    assert filesystem.glob("*/*", root=root) == []
    sink.abort()
    assert not filesystem.exists(filesystem.join(root, "train")) or not filesystem.list_dir(
        filesystem.join(root, "train")
    )


@FORMATS
def test_an_output_without_rows_has_one_file_without_rows(root: str, file_format: str) -> None:
    written = ExamplesSink({"eval": root}, prefix="data", file_format=file_format).finish()["eval"]
    assert [shard.rows for shard in written] == [0]
    assert read_all(written) == []
    assert read_all(file_shards([written[0].uri])) == []


@FORMATS
def test_serialized_records_are_accepted(root: str, file_format: str) -> None:
    records = encode_examples(batch())
    sink = ExamplesSink({"train": root}, prefix="data", file_format=file_format)
    fill(sink, pa.record_batch({RAW_RECORD_COLUMN: records}))
    shards = sink.finish()["train"]
    assert read_all(shards) == batch().to_pylist()
    assert [part.column(0).to_pylist() for shard in shards for part in read_raw_records(shard)] == [records.to_pylist()]


@FORMATS
def test_features_can_be_chosen_and_records_come_along(root: str, file_format: str) -> None:
    sink = ExamplesSink({"train": root}, prefix="data", file_format=file_format)
    fill(sink, batch())
    (shard,) = sink.finish()["train"]
    (part,) = read_examples(shard, features=["s", "absent"])
    assert part.schema.names == ["absent", "s"]
    assert part.column("absent").type == pa.null()
    (part,) = read_examples(shard, features=["i"], with_records=True)
    assert part.schema.names == ["i", RAW_RECORD_COLUMN]
    assert part.column(RAW_RECORD_COLUMN).to_pylist() == encode_examples(batch()).to_pylist()
    assert [part.num_rows for part in read_examples(shard, batch_rows=2)] == [2, 1]


def test_parquet_batches_of_another_schema_start_another_file(tmp_path: Path) -> None:
    sink = ExamplesSink({"train": str(tmp_path)}, prefix="data", file_format="parquet")
    fill(sink, batch(), batch(3).select(["i"]), batch(6).select(["i"]))
    assert [shard.rows for shard in sink.finish()["train"]] == [3, 6]


@FORMATS
def test_rows_are_there_although_no_wanted_feature_is(tmp_path: Path, file_format: str) -> None:
    sink = ExamplesSink({"train": str(tmp_path)}, prefix="data", file_format=file_format)
    fill(sink, batch())
    (shard,) = sink.finish()["train"]
    for wanted in ([], ["absent"]):
        (part,) = read_examples(shard, features=wanted)
        assert (part.num_rows, part.schema.names) == (3, wanted)


def test_a_parquet_file_of_others_with_lists_that_are_all_empty_holds_a_missing_feature(tmp_path: Path) -> None:
    path = str(tmp_path / "x.parquet")
    pq.write_table(pa.table({"a": pa.array([[], None], pa.list_(pa.null()))}), path)
    (shard,) = file_shards([path])
    (part,) = read_examples(shard)
    assert part.column("a").type == pa.null()
    (records,) = read_raw_records(shard)
    assert records.column(0).to_pylist() == encode_examples(part).to_pylist()


def test_a_parquet_file_of_others_with_two_columns_of_one_name_is_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "x.parquet")
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]), path)
    with pytest.raises(DataError, match=r"(?s)name of its own.*x.parquet, column 'a'"):
        read_all(file_shards([path]))


def test_a_plain_tfrecord_and_other_names_are_read(tmp_path: Path) -> None:
    from gristmill.io.tfrecord import write_records

    directory = tmp_path / "Split-x"
    write_records(str(directory / "part1"), encode_examples(batch(0)).to_pylist(), compress=False)
    write_records(str(directory / "part2"), encode_examples(batch(3)).to_pylist(), compress=True)
    (directory / "_SUCCESS").write_text("")
    assert read_all(split_shards(str(tmp_path), "x")) == batch(0, 6).to_pylist()


def test_a_split_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "Split-train").mkdir()
    with pytest.raises(DataError, match=r"(?s)have the split 'eval'.*Split-eval.*Hint: the splits there are: train"):
        split_shards(str(tmp_path), "eval")


def test_damage_names_file_and_record(tmp_path: Path) -> None:
    sink = ExamplesSink({"train": str(tmp_path)}, prefix="data")
    fill(sink, pa.record_batch({RAW_RECORD_COLUMN: pa.array([b"", b"\xff"], pa.binary())}))
    with pytest.raises(DataError, match=r"data-00000-of-00001.gz, record 1"):
        read_all(sink.finish()["train"])


def test_what_cannot_be_written_or_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="tfrecords_gzip or parquet"):
        ExamplesSink({}, prefix="x", file_format="avro")
    with pytest.raises(ConfigError, match="directory of its own"):
        ExamplesSink({"train": str(tmp_path), "eval": str(tmp_path)}, prefix="x")
    with pytest.raises(DataError, match="without any feature"):
        fill(ExamplesSink({"train": str(tmp_path)}, prefix="x", file_format="parquet"), batch().select([]))
    with pytest.raises(ConfigError, match="output 'eval'"):
        fill(ExamplesSink({"train": str(tmp_path)}, prefix="x"), batch(), output="eval")
    with pytest.raises(ConfigError, match="reader of that format"):
        list(read_examples(Shard("x.csv", "csv")))


class TestParquetOfOthers:
    def write(self, tmp_path: Path, table: pa.Table, **options: int) -> str:
        path = str(tmp_path / "x.parquet")
        pq.write_table(table, path, **options)
        return path

    def test_columns_become_features(self, tmp_path: Path) -> None:
        table = pa.table(
            {
                "b": pa.array([True, None, False]),
                "d": pa.array(["x", "y", "x"]).dictionary_encode(),
                "f": pa.array([0.5, None, 2.0]),
                "fixed": pa.array([[1, 2], [5, 6], [3, 4]], pa.list_(pa.int8(), 2)),
                "i": pa.array([1, None, 3], pa.uint32()),
                "large": pa.array([["ä"], [], None], pa.large_list(pa.large_string())),
                "n": pa.nulls(3),
                "s": pa.array(["ä", None, ""]),
            }
        )
        (part,) = read_examples(Shard(self.write(tmp_path, table), "parquet"))
        assert part.to_pydict() == {
            "b": [[1], [], [0]],
            "d": [[b"x"], [b"y"], [b"x"]],
            "f": [[0.5], [], [2.0]],
            "fixed": [[1, 2], [5, 6], [3, 4]],
            "i": [[1], [], [3]],
            "large": [["ä".encode()], [], None],
            "n": [None, None, None],
            "s": [["ä".encode()], [], [b""]],
        }
        kinds = {name: str(kind) for name, kind in zip(part.schema.names, part.schema.types, strict=True)}
        assert kinds["fixed"] == kinds["i"] == "list<item: int64>"
        assert kinds["f"] == "list<item: float>"
        assert kinds["s"] == kinds["d"] == "list<item: binary>"
        assert encode_examples(part).null_count == 0

    @pytest.mark.parametrize(
        "column",
        [
            pa.array([{"a": 1}]),
            pa.array([1e39]),
            pa.array([2**63], pa.uint64()),
            pa.array([[1, None]]),
            pa.array([1], pa.timestamp("s")),
            pa.array([[[1]]]),
        ],
        ids=["struct", "float32", "int64", "null-in-list", "time", "nested"],
    )
    def test_what_no_feature_holds_is_named(self, tmp_path: Path, column: pa.Array) -> None:
        path = self.write(tmp_path, pa.table({"bad": column}))
        with pytest.raises(DataError, match=r"(?s)x.parquet, column 'bad'.*Hint"):
            list(read_examples(Shard(path, "parquet")))

    def test_row_groups_are_shards(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        from gristmill.io.parquet import parquet_shards

        path = self.write(tmp_path, pa.table({"i": list(range(10))}), row_group_size=2)
        shards = parquet_shards(path, 4)
        assert [(shard.start, shard.stop, shard.rows) for shard in shards] == [(0, 2, 4), (2, 4, 4), (4, 5, 2)]
        assert [row["i"] for row in read_all(shards)] == [[value] for value in range(10)]

    @pytest.mark.parametrize("keep", [0, 3, 60])
    def test_a_damaged_file_is_named(self, tmp_path: Path, keep: int) -> None:
        path = Path(self.write(tmp_path, pa.table({"i": list(range(100))})))
        path.write_bytes(path.read_bytes()[:keep])
        for function in (lambda: file_shards([str(path)]), lambda: read_all([Shard(str(path), "parquet")])):
            with pytest.raises(DataError, match=r"(?s)Parquet file must be whole.*x.parquet"):
                function()
