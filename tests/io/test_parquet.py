"""Parquet files of others: which types are features, and which files are refused."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import DataError
from gristmill.io.examples import ExamplesSink
from gristmill.io.parquet import parquet_shards, read_parquet
from gristmill.io.shard import Shard


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [
        row
        for shard in parquet_shards(str(path), 100)
        for batch in read_parquet(shard)
        for row in batch.to_pylist()
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "kind", "features"),
    [
        ([True, None], pa.bool_(), [[1], []]),
        ([1, 2], pa.uint64(), [[1], [2]]),
        ([1, -2], pa.int8(), [[1], [-2]]),
        (np.array([0.5, 2], np.float16), pa.float16(), [[0.5], [2.0]]),
        ([0.5, float("inf")], pa.float64(), [[0.5], [float("inf")]]),
        (["a", None], pa.string(), [[b"a"], []]),
        (["a", None], pa.large_string(), [[b"a"], []]),
        (["a", None], pa.string_view(), [[b"a"], []]),
        ([b"ab", None], pa.binary(2), [[b"ab"], []]),
        ([b"ab", None], pa.binary_view(), [[b"ab"], []]),
        (["a", None], pa.dictionary(pa.int32(), pa.string()), [[b"a"], []]),
        ([[True], None], pa.list_(pa.bool_()), [[1], None]),
        ([["a", "b"], []], pa.large_list(pa.large_string()), [[b"a", b"b"], []]),
        ([["a"], None], pa.list_(pa.dictionary(pa.int32(), pa.string())), [[b"a"], None]),
        ([[1, 2], [3, 4]], pa.list_(pa.int32(), 2), [[1, 2], [3, 4]]),
        ([None, None], pa.null(), [None, None]),
    ],
    ids=str,
)
def test_columns_that_can_be_features_are_read(tmp_path: Path, values: Any, kind: pa.DataType, features: Any) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(
        pa.table({"column": pa.array(values).cast(kind) if kind == pa.null() else pa.array(values, kind)}), path
    )
    assert [row["column"] for row in rows_of(path)] == features


@pytest.mark.parametrize("position", range(20, 200, 30))
def test_a_damaged_page_of_our_own_files_is_found(tmp_path: Path, position: int) -> None:
    sink = ExamplesSink({"all": str(tmp_path)}, prefix="x", file_format="parquet")
    batch = pa.record_batch({"n": [[row] for row in range(500)]})
    sink.append("all", sink.encode("all", batch), batch.num_rows)
    [shard] = sink.finish()["all"]
    path = Path(shard.uri)
    damaged = bytearray(path.read_bytes())
    damaged[position] ^= 0x55
    path.write_bytes(damaged)
    with pytest.raises(DataError, match="must be whole and undamaged"):
        rows_of(path)


def _file(codec: str) -> bytes:
    stream = io.BytesIO()
    table = pa.table({"n": list(range(40)), "f": [0.5] * 40, "s": ["text"] * 40, "l": [[1, 2]] * 40})
    pq.write_table(table, stream, compression=codec, row_group_size=10)
    return stream.getvalue()


FILES = [_file(codec) for codec in ("none", "snappy", "gzip", "zstd")]


@settings(max_examples=200)
@given(st.data())
def test_any_damage_ends_in_rows_or_in_an_error_that_names_the_file(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(data.draw(st.sampled_from(FILES)))
    for position, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=6)
    ):
        content[position] = value
    keep = data.draw(st.integers(0, len(content)) | st.just(len(content)))
    path = tmp_path_factory.getbasetemp() / "damaged.parquet"
    path.write_bytes(content[:keep])
    try:
        rows_of(path)
    except DataError as error:
        place, hint = error.place, error.hint
    else:
        return
    assert place is not None
    assert place.uri == str(path)
    assert hint


def test_a_shard_names_its_row_groups(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(FILES[0])
    [part] = read_parquet(Shard(str(path), "parquet", 1, 2))
    assert part.column("n").to_pylist() == [[row] for row in range(10, 20)]


def test_a_shard_of_a_file_that_has_become_shorter_is_an_error_that_names_it(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"a\.parquet"):
        list(read_parquet(Shard(str(tmp_path / "a.parquet"), "parquet", 1, 3)))


def sizes_of_batches(table: pa.Table, path: Path, **options: Any) -> list[int]:
    pq.write_table(table, path, **options)
    [shard] = parquet_shards(str(path), table.num_rows)
    batches = list(read_parquet(shard))
    assert pa.Table.from_batches(batches).num_rows == table.num_rows
    return [batch.num_rows for batch in batches]


def test_batches_of_large_values_have_fewer_rows(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).bytes(200 << 20)
    images = pa.table({"image": [noise[start : start + (1 << 20)] for start in range(0, len(noise), 1 << 20)]})
    images = images.append_column("label", pa.array(range(200)))
    assert max(sizes_of_batches(images, tmp_path / "images.parquet")) <= 128
    [shard] = parquet_shards(str(tmp_path / "images.parquet"), 200)
    assert [batch.num_rows for batch in read_parquet(shard, features=["label"])] == [200]


def test_batches_of_many_columns_have_fewer_rows(tmp_path: Path) -> None:
    """Also where the file has packed each column into a few bytes."""
    rows, columns = 40_000, 1000
    column = pa.array([1.0] * rows, pa.float32())
    wide = {f"number.{each}": column for each in range(columns)}
    sizes = sizes_of_batches(pa.table(wide), tmp_path / "wide.parquet")
    assert len(sizes) == 5
    assert max(sizes) * columns * 16 <= 128 << 20
    [shard] = parquet_shards(str(tmp_path / "wide.parquet"), rows)
    assert [batch.num_rows for batch in read_parquet(shard, features=["number.1", "number.2"])] == [rows]
