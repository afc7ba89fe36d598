from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import ConfigError, DataError, Place
from gristmill.io import _native
from gristmill.io.example_codec import encode_examples
from gristmill.io.hash_buckets import hash_buckets


def _bucket(record: bytes, total: int) -> int:
    return int(hashlib.sha256(record).hexdigest(), 16) % total


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300)), st.integers(1, 10) | st.integers(1, 2**32 - 1))
def test_a_bucket_is_the_digest_modulo_the_total(records: list[bytes], total: int) -> None:
    found = hash_buckets(pa.array(records, pa.binary()), total)
    assert found.dtype == np.uint32
    assert found.tolist() == [_bucket(record, total) for record in records]


def test_a_slice_has_the_buckets_of_its_records() -> None:
    records = pa.array([bytes([i]) for i in range(10)], pa.binary())
    assert hash_buckets(records.slice(3, 4), 7).tolist() == hash_buckets(records, 7).tolist()[3:7]


@pytest.mark.parametrize("total", [0, -1, 2**32])
def test_a_total_out_of_range_is_a_config_error(total: int) -> None:
    with pytest.raises(ConfigError, match="number of hash buckets"):
        hash_buckets(pa.array([b""], pa.binary()), total)


def test_a_null_record_is_a_data_error() -> None:
    with pytest.raises(DataError, match="must not be null") as caught:
        hash_buckets(pa.array([b"", b"", None], pa.binary()), 2)
    assert caught.value.place == Place(record=2)


@settings(deadline=None)
@given(st.binary(max_size=1000))
def test_sha256_equals_hashlib_with_and_without_the_processors_own_instructions(data: bytes) -> None:
    expected = hashlib.sha256(data).digest()
    assert _native.sha256(data) == expected
    assert _native.sha256(data, portable=True) == expected


def _converter(cells: list[str]) -> tuple[Callable[[str], Any], pa.DataType]:
    """The narrowest of INT < FLOAT < STRING that reads every cell which is not empty."""
    for convert, kind in ((int, pa.int64()), (float, pa.float64())):
        try:
            for cell in filter(None, cells):
                convert(cell)
        except ValueError:
            continue
        return convert, kind
    return str.encode, pa.binary()


def _read_features(path: Path) -> pa.RecordBatch:
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    columns = {}
    for name in rows[0]:
        cells = [row[name] for row in rows]
        convert, kind = _converter(cells)
        columns[name] = pa.array([[convert(cell)] if cell else [] for cell in cells], pa.list_(kind))
    return pa.record_batch(columns)


@pytest.mark.shared
def test_taxi_rows_fall_into_the_splits_that_tfx_gives_them(shared: Path) -> None:
    batch = _read_features(shared / "data" / "chicago_taxi_big_tipper" / "data.csv")
    buckets = hash_buckets(encode_examples(batch), 3)
    # Rows of Split-train and Split-eval as TFX 1.16 wrote them, with its default of 2 : 1 buckets.
    assert (int((buckets < 2).sum()), int((buckets == 2).sum())) == (9_963, 5_039)
