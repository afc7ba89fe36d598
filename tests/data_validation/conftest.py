"""The taxi data as the reference run saw it: typed columns, empty cells as empty lists, split by a hash of the row."""

from __future__ import annotations

import csv
import hashlib
import struct
from pathlib import Path

import pyarrow as pa
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

_ARROW_TYPES = {"int": pa.int64(), "float": pa.float32(), "text": pa.binary()}
_PARSERS = {"int": int, "float": float, "text": str.encode}
# Field numbers of tensorflow.Feature: bytes_list, float_list, int64_list.
_LIST_FIELDS = {"text": 1, "float": 2, "int": 3}


@pytest.fixture(scope="session")
def taxi_batches(shared: Path) -> dict[str, pa.RecordBatch]:
    """The rows of the splits `train` and `eval` of the reference run."""
    with open(shared / "data/chicago_taxi_big_tipper/data.csv", newline="") as file:
        header, *rows = csv.reader(file)
    kinds = {name: _kind([row[index] for row in rows]) for index, name in enumerate(header)}
    split_rows: dict[str, list[dict[str, str]]] = {"train": [], "eval": []}
    for row in rows:
        cells = dict(zip(header, row, strict=True))
        bucket = int(hashlib.sha256(_tf_example(cells, kinds)).hexdigest(), 16) % 3
        split_rows["train" if bucket < 2 else "eval"].append(cells)
    return {split: _batch(cells, kinds) for split, cells in split_rows.items()}


@pytest.fixture(scope="session")
def reference_statistics(shared: Path) -> dict[str, statistics_pb2.DatasetFeatureStatisticsList]:
    """The statistics of both splits that TFX made."""
    return {
        split: text_format.Parse(
            (shared / f"reference/taxi/stats_{split}.pbtxt").read_text(), statistics_pb2.DatasetFeatureStatisticsList()
        )
        for split in ("train", "eval")
    }


@pytest.fixture(scope="session")
def reference_schema(shared: Path) -> schema_pb2.Schema:
    """The schema that TFX made."""
    return text_format.Parse((shared / "reference/taxi/schema.pbtxt").read_text(), schema_pb2.Schema())


@pytest.fixture(scope="session")
def reference_anomalies(shared: Path) -> dict[str, anomalies_pb2.Anomalies]:
    """The anomalies of both splits that TFX made."""
    return {
        split: text_format.Parse(
            (shared / f"reference/taxi/anomalies_{split}.pbtxt").read_text(), anomalies_pb2.Anomalies()
        )
        for split in ("train", "eval")
    }


def _kind(cells: list[str]) -> str:
    present = [cell for cell in cells if cell]
    for kind in ("int", "float"):
        try:
            for cell in present:
                _PARSERS[kind](cell)
        except ValueError:
            continue
        return kind
    return "text"


def _batch(rows: list[dict[str, str]], kinds: dict[str, str]) -> pa.RecordBatch:
    columns = {}
    for name, kind in sorted(kinds.items()):
        values = [[_PARSERS[kind](row[name])] if row[name] else [] for row in rows]
        columns[name] = pa.array(values, pa.list_(_ARROW_TYPES[kind]))
    return pa.RecordBatch.from_pydict(columns)


def _tf_example(cells: dict[str, str], kinds: dict[str, str]) -> bytes:
    """A serialized tf.Example with its features in the order of their names."""
    features = b""
    for name, cell in sorted(cells.items()):
        kind = kinds[name]
        values = _field(1, _wire_value(kind, cell)) if cell else b""
        feature = _field(_LIST_FIELDS[kind], values)
        features += _field(1, _field(1, name.encode()) + _field(2, feature))
    return _field(1, features)


def _wire_value(kind: str, cell: str) -> bytes:
    if kind == "int":
        return _varint(int(cell))
    return struct.pack("<f", float(cell)) if kind == "float" else cell.encode()


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    value &= 2**64 - 1
    encoded = bytearray()
    while value > 127:
        encoded.append(value & 127 | 128)
        value >>= 7
    return bytes([*encoded, value])
