"""Bad files of data: what lies in the input's folder, which step reads it, and what the message must name."""

from __future__ import annotations

import datetime
import decimal
import gzip
import io
import os
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from gristmill.io import _native
from gristmill.io.example_codec import encode_examples
from gristmill.io.tfrecord import frame_records, gzip_block

__all__ = ["BAD_FILES", "OTHER_KIND", "RECORDS", "BadFile", "csv_rows", "flipped", "frames", "record"]

Content = bytes | Callable[[Path], object]
"""What a file holds, or how to make what lies at its path."""

CSV, IMPORT = "CsvExampleGen", "ImportExampleGen"


@dataclass(frozen=True)
class BadFile:
    """A case.

    Attributes:
        files: what lies in the input's folder, by name.
        told: texts that the message must hold.
        step: the component that reads the folder.
        arguments: what else it is given.
    """

    files: Mapping[str, Content]
    told: tuple[str, ...]
    step: str = CSV
    arguments: str = ""


def csv_rows(count: int, *last: bytes) -> bytes:
    """A file of two columns, ``n`` of numbers and ``word``, whose line ``count + 2`` is the first of ``last``."""
    return b"n,word\n" + b"".join(b"%d,w%d\n" % (row, row % 3) for row in range(count)) + b"".join(last)


def csv(content: bytes, *told: str, name: str = "x.csv", arguments: str = "") -> BadFile:
    return BadFile({name: content}, (f"data/{name}", *told), CSV, arguments)


def flipped(data: bytes, position: int) -> bytes:
    """The data with one bit turned."""
    damaged = bytearray(data)
    damaged[position] ^= 4
    return bytes(damaged)


# --- records ----------------------------------------------------------------------------------------------------------

ROWS = pa.record_batch({"n": [[row] for row in range(20)], "word": [[b"w%d" % (row % 3)] for row in range(20)]})
RECORDS: list[bytes] = encode_examples(ROWS).to_pylist()
OTHER_KIND: bytes = encode_examples(pa.record_batch({"n": [[1.5]]}))[0].as_py()
"""A record in which ``n`` is a float."""


def frames(*records: bytes) -> bytes:
    """The records as a plain TFRecord file."""
    return frame_records(pa.array(records, pa.binary()))


FILE = frames(*RECORDS)
STARTS = [len(frames(*RECORDS[:number])) for number in range(len(RECORDS) + 1)]


def header(length: int) -> bytes:
    """The head of a record that claims this length, with the right checksum."""
    packed = struct.pack("<Q", length)
    crc = _native.crc32c(packed)
    return packed + struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def record(number: int) -> str:
    """The place of one of ``RECORDS``, or of what follows them."""
    return f"record {number:,}, byte offset {STARTS[number]:,}"


def imported(content: Content, *told: str, name: str = "x.tfrecord", arguments: str = "") -> BadFile:
    return BadFile({name: content}, (f"data/{name}", *told), IMPORT, arguments)


# --- Parquet ----------------------------------------------------------------------------------------------------------


def parquet(table: pa.Table, **options: Any) -> bytes:
    """The bytes of a Parquet file."""
    stream = io.BytesIO()
    pq.write_table(table, stream, **options)
    return stream.getvalue()


TABLE = parquet(pa.table({"n": list(range(1000)), "word": ["w"] * 1000}), write_page_checksum=True)


def wrong_column(values: list[Any], kind: pa.DataType | None, *told: str) -> BadFile:
    table = pa.table({"fine": [1] * len(values), "wrong": pa.array(values, kind)})
    return imported(parquet(table), "column 'wrong'", *told, name="x.parquet")


# --- things that are no files -----------------------------------------------------------------------------------------


def link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def link_to_nothing(path: Path) -> None:
    path.symlink_to("gone")


# --- the cases --------------------------------------------------------------------------------------------------------

CSV_FILES = {
    "a row that is too short": csv(csv_rows(30, b"7\n"), "line 32", "expected 2 fields, got 1", "'7'"),
    "a row that is too long": csv(csv_rows(30, b"7,w,8\n"), "line 32", "expected 2 fields, got 3", "'7,w,8'"),
    "a name twice in the header": csv(b"n,n\n1,2\n", "line 1", "two columns are named 'n'"),
    "a column without a name": csv(b"n,\n1,2\n", "line 1", "column 2 has no name"),
    "an empty CSV file": csv(b"", "this file is empty"),
    "a header alone": csv(b"n,word\n", "must have rows"),
    "Latin-1 in a column of text": csv(csv_rows(30, b"7,caf\xe9\n"), "line 32, column 'word'", "UTF-8", "iconv"),
    "Latin-1 in a column of numbers": csv(csv_rows(30, b"\xe9,w\n"), "line 32, column 'n'", "UTF-8", "iconv"),
    "Latin-1 in the header": csv(b"n,caf\xe9\n1,2\n", "line 1", "UTF-8", "iconv"),
    "UTF-16": csv("n,word\n1,w\n".encode("utf-16"), "line 1", "iconv -f UTF-16"),
    "UTF-16 without its mark": csv("n,word\n1,w\n".encode("utf-16-le"), "line 1", "NUL", "UTF-16"),
    "a NUL byte": csv(csv_rows(30, b"7,w\0\n"), "line 32, column 'word'", "NUL", r"b'w\x00'"),
    "a quote that never closes": csv(csv_rows(30, b'7,"w\n8,w\n'), "line 32", "quoted field never ends"),
    "a quote in the header that never closes": csv(b'"' + csv_rows(50_000), "line 1", "quoted field never ends"),
    "another type than was fixed": csv(
        csv_rows(30, b"n/a,w\n"),
        "line 32, column 'n': 'n/a'",
        "not INT",
        "null_values",
        arguments="csv_options=CsvOptions(column_types={'n': ColumnType.INT})",
    ),
    "another delimiter": csv(b"n;price\n1;2\n2;2,5\n", "line 3", "CsvOptions(delimiter=';')"),
    "the name that records have": csv(b"__raw_record__\nx\n", "column '__raw_record__'"),
    "a compressed CSV file": csv(gzip.compress(csv_rows(3)), "decompress", name="x.csv.gz"),
    "a zip archive as CSV": csv(b"PK\x03\x04" + bytes(30), "decompress", name="x.zip"),
    "Parquet as CSV": csv(TABLE, "ImportExampleGen", name="x.parquet"),
    "records as CSV": csv(FILE, "line 1", "NUL"),
    "another header": BadFile(
        {"a.csv": csv_rows(3), "b.csv": b"n,world\n1,w\n"},
        ("data/b.csv, line 1", "missing: word", "not in the first file: world", "data/a.csv"),
    ),
    "a file beside that is no CSV": BadFile(
        {"a.csv": csv_rows(3), "notes.md": b"# Notes\n"}, ("data/notes.md, line 1", "narrow the pattern")
    ),
    "a folder without files": BadFile({"deeper/x.csv": csv_rows(3)}, ("none matches", "data: '*'", "'**/'")),
    "a pipe": BadFile({"a.csv": csv_rows(3), "b.csv": os.mkfifo}, ("data/b.csv", "a pipe", "narrow the pattern")),
    "a link to itself": BadFile({"b.csv": link_to_itself}, ("data/b.csv", "symbolic links", "link")),
    "a link to nothing": BadFile({"b.csv": link_to_nothing}, ("data/b.csv", "must be there")),
    "a name that is not UTF-8": BadFile({os.fsdecode(b"x\xff.csv"): csv_rows(3)}, (r"data/x\xff.csv", "name")),
}

RECORD_FILES = {
    "a record that is cut off": imported(FILE[:-7], record(19), "cut off"),
    "a gzip file that is cut off": imported(gzip_block(FILE)[:-7], record(20), "cut off", name="x.gz"),
    "a gzip file of a record that is cut off": imported(gzip_block(FILE[:-7]), record(19), name="x.gz"),
    "a flipped bit": imported(flipped(FILE, STARTS[2] + 15), record(2), "checksum"),
    "a flipped bit in a length": imported(flipped(FILE, STARTS[2]), record(2), "checksum"),
    "a flipped bit in gzip": imported(flipped(gzip_block(FILE), -6), record(0), "gzip", name="x.gz"),
    "bytes behind gzip": imported(gzip_block(FILE) + b"junk", record(20), "other bytes", name="x.gz"),
    "a file of no bytes": imported(b"", "must have rows"),
    "a gzip file of no records": imported(gzip.compress(b""), "must have rows", name="x.gz"),
    "a length past the end": imported(FILE + header(1 << 29), record(20), "cut off"),
    "a length past all bounds": imported(FILE + header(1 << 40), record(20), "1 GiB"),
    "a record that is no message": imported(frames(*RECORDS[:3], b"\xff\xffno message"), record(3), "tf.Example"),
    "a gzip bomb": imported(gzip.compress(bytes(64 << 20), 1), record(0), name="x.gz"),
    "a CSV file as records": imported(csv_rows(3), record(0), "CsvExampleGen", name="x.csv"),
    "a short text as records": imported(b"hi\n", record(0), "narrow the pattern", name="x.txt"),
    "Parquet as records": imported(TABLE, record(0), "FORMAT_PARQUET", name="x.data"),
    "zlib as records": imported(zlib.compress(FILE), record(0), "narrow the pattern"),
    "a pipe as records": imported(os.mkfifo, "a pipe"),
}

PARQUET_FILES = {
    "a Parquet file that is cut off": imported(TABLE[:-50], "whole and undamaged", name="x.parquet"),
    "the head of a Parquet file": imported(TABLE[:60], "whole and undamaged", name="x.parquet"),
    "a flipped bit in a page": imported(flipped(TABLE, 100), "whole and undamaged", name="x.parquet"),
    "a flipped bit in the footer": imported(flipped(TABLE, -8), "whole and undamaged", name="x.parquet"),
    "a Parquet file of no bytes": imported(b"", "whole and undamaged", name="x.parquet"),
    "a CSV file named Parquet": imported(csv_rows(3), "whole and undamaged", name="x.parquet"),
    "records read as Parquet": imported(
        FILE, "whole and undamaged", arguments="payload_format=example_gen_pb2.FORMAT_PARQUET"
    ),
    "Parquet without rows": imported(parquet(pa.table({"n": pa.array([], pa.int64())})), "rows", name="x.parquet"),
    "Parquet without columns": imported(parquet(pa.table({})), "must have rows", name="x.parquet"),
    "two Parquet columns of one name": imported(
        parquet(pa.table([[1], [2]], names=["n", "n"])), "column 'n'", "name of its own", name="x.parquet"
    ),
    "a Parquet column with a NUL in its name": imported(
        parquet(pa.table({"n\0": [1]})), r"column 'n\x00'", "NUL", name="x.parquet"
    ),
    "the Parquet column of records": imported(
        parquet(pa.table({"__raw_record__": [1]})), "column '__raw_record__'", name="x.parquet"
    ),
    "a struct": wrong_column([{"a": 1}], None, "struct<a: int64>"),
    "a list of structs": wrong_column([[{"a": 1}]], None, "struct<a: int64>"),
    "a list of lists": wrong_column([[[1]]], None, "list<element: int64>"),
    "a map": wrong_column([[("a", 1)]], pa.map_(pa.string(), pa.int64()), "map<string, int64"),
    "a timestamp": wrong_column([datetime.datetime(2026, 1, 2)], None, "timestamp[us]"),
    "a date": wrong_column([datetime.date(2026, 1, 2)], None, "date32[day]"),
    "a time": wrong_column([datetime.time(3, 4)], None, "time64[us]"),
    "a duration": wrong_column([datetime.timedelta(1)], None, "duration[us]"),
    "a decimal": wrong_column([decimal.Decimal("1.5")], None, "decimal128(2, 1)"),
    "a number past int64": wrong_column([1, 1 << 63], pa.uint64(), "uint64", "9223372036854775808"),
    "a list with a number past int64": wrong_column([[1 << 63]], pa.list_(pa.uint64()), "9223372036854775808"),
    "a number past float32": wrong_column([1.0, 1e300], None, "1e+300"),
    "a list with a null": wrong_column([[1, None]], None, "a list holds a null"),
}

BAD_FILES = {**CSV_FILES, **RECORD_FILES, **PARQUET_FILES}
