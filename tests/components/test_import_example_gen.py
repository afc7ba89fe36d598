"""ImportExampleGen: files of examples that exist already."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gristmill.components import ImportExampleGen
from gristmill.errors import DataError, NotSupportedError
from gristmill.io.example_codec import encode_examples
from gristmill.io.tfrecord import read_records, write_records
from gristmill.proto import example_gen_pb2

from .journeys import execute, rows_of

BATCH = pa.RecordBatch.from_pydict(
    {
        "n": pa.array([[number] for number in range(60)], pa.list_(pa.int64())),
        "word": pa.array(
            [[b"w%d" % (number % 3)] if number % 5 else None for number in range(60)], pa.list_(pa.binary())
        ),
    }
)
RECORDS = encode_examples(BATCH).to_pylist()


def all_numbers(examples: object) -> list[int]:
    return sorted(row["n"] for split in ("train", "eval") for row in rows_of(examples, split))


@pytest.mark.parametrize("compress", [True, False])
def test_records_come_through_unchanged(tmp_path: Path, compress: bool) -> None:
    write_records(str(tmp_path / "data" / "some.tfrecord"), RECORDS, compress=compress)
    examples = execute(ImportExampleGen(str(tmp_path / "data")), tmp_path)["examples"]
    written = [
        record
        for split in ("train", "eval")
        for file in sorted(Path(examples.path(split=split)).iterdir())
        for record in read_records(str(file))
    ]
    assert sorted(written) == sorted(RECORDS)


def test_parquet_is_known_by_its_ending_or_by_the_payload_format(tmp_path: Path) -> None:
    made = []
    for name, payload in (("a.parquet", "FORMAT_TF_EXAMPLE"), ("b.columns", "FORMAT_PARQUET")):
        folder = tmp_path / name
        folder.mkdir()
        pq.write_table(pa.Table.from_batches([BATCH]), folder / name)
        number = example_gen_pb2.PayloadFormat.Value(payload)
        made.append(execute(ImportExampleGen(str(folder), payload_format=number), tmp_path)["examples"])
    assert all_numbers(made[0]) == all_numbers(made[1]) == list(range(60))
    assert rows_of(made[0], "eval") == rows_of(made[1], "eval")


def test_records_and_parquet_deal_a_row_to_the_same_split(tmp_path: Path) -> None:
    (tmp_path / "columns").mkdir()
    pq.write_table(pa.Table.from_batches([BATCH]), tmp_path / "columns" / "a.parquet")
    write_records(str(tmp_path / "records" / "a"), RECORDS, compress=True)
    columns = execute(ImportExampleGen(str(tmp_path / "columns")), tmp_path)["examples"]
    records = execute(ImportExampleGen(str(tmp_path / "records")), tmp_path)["examples"]
    assert [row["n"] for row in rows_of(columns, "eval")] == [row["n"] for row in rows_of(records, "eval")]


def test_records_can_be_written_as_parquet(tmp_path: Path) -> None:
    write_records(str(tmp_path / "data" / "a"), RECORDS, compress=True)
    made = execute(
        ImportExampleGen(str(tmp_path / "data"), output_file_format=example_gen_pb2.FILE_FORMAT_PARQUET), tmp_path
    )
    assert all_numbers(made["examples"]) == list(range(60))
    assert made.path("examples", "Split-eval", "data_parquet-00000-of-00001.parquet").is_file()


def test_a_record_that_is_no_example_is_named(tmp_path: Path) -> None:
    write_records(str(tmp_path / "data" / "a"), [*RECORDS, b"garbage"], compress=True)
    with pytest.raises(DataError, match=r"record 60"):
        execute(ImportExampleGen(str(tmp_path / "data")), tmp_path)


def test_other_payloads_are_refused() -> None:
    with pytest.raises(NotSupportedError, match="FORMAT_PROTO"):
        ImportExampleGen("data", payload_format=example_gen_pb2.FORMAT_PROTO)
