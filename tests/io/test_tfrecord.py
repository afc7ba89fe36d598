from __future__ import annotations

import gzip
import importlib
import itertools
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import ConfigError, DataError, Place
from gristmill.io import _native, filesystem
from gristmill.io.example_codec import encode_examples
from gristmill.io.tfrecord import frame_records, gzip_block, read_record_blocks, read_records, write_records


def _mask(crc: int) -> int:
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _frame(record: bytes) -> bytes:
    """The frame by the letter of its definition."""
    length = struct.pack("<Q", len(record))
    header = length + struct.pack("<I", _mask(_native.crc32c(length, portable=True)))
    return header + record + struct.pack("<I", _mask(_native.crc32c(record, portable=True)))


def _write(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)


def _array(records: list[bytes]) -> pa.BinaryArray:
    return pa.array(records, pa.binary())


def _crc32c_bit_by_bit(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


# --- checksums and frames -------------------------------------------------------------------------------------------


def test_crc32c_gives_the_check_value_of_its_definition() -> None:
    assert _native.crc32c(b"123456789") == 0xE3069283


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_crc32c_is_the_same_with_and_without_the_processors_own_instructions(data: bytes) -> None:
    assert _native.crc32c(data) == _native.crc32c(data, portable=True) == _crc32c_bit_by_bit(data)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=100)))
def test_frames_are_those_of_the_definition(records: list[bytes]) -> None:
    assert frame_records(_array(records)) == b"".join(_frame(record) for record in records)


def test_a_slice_is_framed_without_its_neighbours() -> None:
    assert frame_records(_array([b"a", b"b", b"c"]).slice(1, 1)) == _frame(b"b")


def test_a_null_record_cannot_be_framed() -> None:
    with pytest.raises(DataError, match="must not be null") as caught:
        frame_records(pa.array([b"a", None], pa.binary()))
    assert caught.value.place == Place(record=1)
    with pytest.raises(DataError, match="Arrow type binary"):
        frame_records(pa.array(["a"]))


# --- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("root", ["local", "memory"])
def test_what_was_written_is_read(tmp_path: Path, compress: bool, root: str) -> None:
    uri = str(tmp_path / "a") if root == "local" else f"memory://tfrecord/{compress}"
    records = [b"", b"x", b"y" * 100_000, b""]
    write_records(uri, records, compress=compress)
    assert list(read_records(uri)) == records
    assert filesystem.read_bytes(uri).startswith(b"\x1f\x8b") is compress


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(max_size=50), max_size=40), st.lists(st.integers(0, 40)), st.integers(1, 10), st.booleans())
def test_blocks_hold_all_records_in_order_however_the_file_is_cut(
    tmp_path_factory: pytest.TempPathFactory, records: list[bytes], cuts: list[int], block_rows: int, compress: bool
) -> None:
    bounds = [0, *sorted(cut % (len(records) + 1) for cut in cuts), len(records)]
    parts = [frame_records(_array(records[a:b])) for a, b in itertools.pairwise(bounds)]
    data = b"".join(gzip_block(part) if compress else part for part in parts)
    uri = _write(tmp_path_factory.mktemp("blocks") / "a", data)
    blocks = list(read_record_blocks(uri, block_rows=block_rows))
    assert [len(block) for block in blocks[:-1]] == [block_rows] * (len(blocks) - 1)
    assert all(0 < len(block) <= block_rows for block in blocks)
    assert [record for block in blocks for record in block.to_pylist()] == records


def test_records_that_span_many_reads_are_whole(tmp_path: Path) -> None:
    records = [bytes([i]) * (3 << 20) for i in range(4)]
    write_records(str(tmp_path / "a.gz"), records, compress=True)
    assert list(read_records(str(tmp_path / "a.gz"))) == records


def test_a_block_ends_early_where_records_are_large(tmp_path: Path) -> None:
    write_records(str(tmp_path / "a.gz"), (bytes(40 << 20) for _ in range(3)), compress=True)
    assert [len(block) for block in read_record_blocks(str(tmp_path / "a.gz"))] == [2, 1]


@pytest.mark.parametrize("data", [b"", gzip_block(b""), gzip_block(b"") * 3])
def test_a_file_without_records_gives_no_blocks(tmp_path: Path, data: bytes) -> None:
    assert list(read_record_blocks(_write(tmp_path / "a", data))) == []


def test_zeros_behind_the_last_gzip_member_are_padding(tmp_path: Path) -> None:
    assert list(read_records(_write(tmp_path / "a", gzip_block(_frame(b"a")) + bytes(512)))) == [b"a"]


def test_other_gzip_writers_are_read(tmp_path: Path) -> None:
    data = gzip.compress(_frame(b"a"), 9) + gzip_block(_frame(b"b"))
    assert list(read_records(_write(tmp_path / "a", data))) == [b"a", b"b"]


def test_a_plain_file_whose_first_length_looks_like_gzip_is_read(tmp_path: Path) -> None:
    record = bytes(0x088B1F)  # as little-endian bytes: 1f 8b 08, gzip's magic
    assert list(read_records(_write(tmp_path / "a", _frame(record)))) == [record]


def test_gzip_members_do_not_depend_on_the_time() -> None:
    member = gzip_block(b"abc" * 100)
    assert member[4:8] == bytes(4)
    assert gzip.decompress(member) == b"abc" * 100


def test_block_rows_must_be_positive_and_says_so_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="block_rows"):
        read_record_blocks(str(tmp_path / "never opened"), block_rows=0)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"(?s)must be there.*missing\n  Hint: check the path"):
        list(read_records(str(tmp_path / "missing")))


# --- damage ---------------------------------------------------------------------------------------------------------

_RECORDS = [b"first", b"", b"third record"]
_DATA = b"".join(_frame(record) for record in _RECORDS)
_STARTS = [0, 21, 37, len(_DATA)]


def _fails(uri: str) -> tuple[list[bytes], DataError]:
    got: list[bytes] = []
    with pytest.raises(DataError) as caught:
        got.extend(record for block in read_record_blocks(uri, block_rows=1) for record in block.to_pylist())
    return got, caught.value


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("size", sorted(set(range(1, len(_DATA))) - set(_STARTS)))
def test_a_file_cut_inside_a_record_names_file_record_and_offset(tmp_path: Path, size: int, compress: bool) -> None:
    uri = _write(tmp_path / "a", gzip_block(_DATA[:size]) if compress else _DATA[:size])
    got, error = _fails(uri)
    whole = sum(size >= start for start in _STARTS[1:])
    assert got == _RECORDS[:whole]
    assert error.place == Place(uri=uri, record=whole, offset=_STARTS[whole])


@pytest.mark.parametrize("bit", range(len(_DATA) * 8))
def test_every_flipped_bit_is_found_in_its_record(tmp_path: Path, bit: int) -> None:
    data = bytearray(_DATA)
    data[bit // 8] ^= 1 << bit % 8
    uri = _write(tmp_path / "a", bytes(data))
    got, error = _fails(uri)
    record = sum(bit // 8 >= start for start in _STARTS[1:])
    assert got == _RECORDS[:record]
    assert "checksum" in str(error)
    assert error.place == Place(uri=uri, record=record, offset=_STARTS[record])


def _header(length: int) -> bytes:
    packed = struct.pack("<Q", length)
    return packed + struct.pack("<I", _mask(_native.crc32c(packed)))


def test_a_length_above_the_bound_is_refused(tmp_path: Path) -> None:
    _, error = _fails(_write(tmp_path / "a", _frame(b"ok") + _header(2**30 + 1) + bytes(100)))
    assert "longer than 1 GiB" in str(error)
    assert error.place == Place(uri=str(tmp_path / "a"), record=1, offset=18)


def test_a_length_that_the_file_does_not_hold_is_a_cut_off_record(tmp_path: Path) -> None:
    _, error = _fails(_write(tmp_path / "a", _header(2**30) + bytes(100)))
    assert "cut off" in str(error)


@pytest.mark.parametrize("size", range(3, len(gzip_block(_DATA)), 5))
def test_a_gzip_file_that_is_cut_off_names_the_file(tmp_path: Path, size: int) -> None:
    _, error = _fails(_write(tmp_path / "a", gzip_block(_DATA)[:size]))
    assert error.place is not None
    assert error.place.uri == str(tmp_path / "a")


def test_a_damaged_gzip_member_names_the_record_that_was_due(tmp_path: Path) -> None:
    second = bytearray(gzip_block(_frame(b"second")))
    second[-5] ^= 1  # gzip's own checksum
    uri = _write(tmp_path / "a", gzip_block(_frame(b"first")) + bytes(second))
    _, error = _fails(uri)
    assert "gzip file must be whole" in str(error)
    assert error.place is not None
    assert error.place.uri == uri


def test_a_gzip_file_that_is_cut_off_keeps_the_records_before(tmp_path: Path) -> None:
    cut = gzip_block(_frame(b"first")) + gzip_block(_frame(b"second"))[:-9]
    got, error = _fails(_write(tmp_path / "a", cut))
    assert got[0] == b"first"
    assert "it is cut off" in str(error)
    assert error.place == Place(uri=str(tmp_path / "a"), record=len(got), offset=21 if len(got) == 1 else 43)


@settings(max_examples=150)
@given(st.data())
def test_any_damage_ends_in_records_or_in_an_error_that_names_the_place(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = data.draw(st.sampled_from([_DATA, gzip_block(_DATA), gzip_block(_frame(b"a")) + gzip_block(_DATA)]))
    content = bytearray(whole[: data.draw(st.just(len(whole)) | st.integers(0, len(whole)))])
    for value in data.draw(st.lists(st.integers(0, 255), max_size=4)):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = value
    content += data.draw(st.binary(max_size=20))
    uri = _write(tmp_path_factory.getbasetemp() / "damaged", bytes(content))
    try:
        list(read_records(uri))
    except DataError as error:
        place, hint = error.place, error.hint
    else:
        return
    assert place is not None
    assert (place.uri, place.record is None, place.offset is None) == (uri, False, False)
    assert hint


def test_bytes_behind_the_last_gzip_member_are_refused(tmp_path: Path) -> None:
    _, error = _fails(_write(tmp_path / "a", gzip_block(_DATA) + b"rubbish"))
    assert "gzip file must be whole" in str(error)


def test_a_file_that_is_something_else_is_refused(tmp_path: Path) -> None:
    _, error = _fails(_write(tmp_path / "a", b"column_a,column_b\n1,2\n"))
    assert "not a TFRecord file" in str(error)


def test_a_gzip_bomb_is_refused_at_its_first_record(tmp_path: Path) -> None:
    uri = _write(tmp_path / "a", gzip.compress(bytes(256 << 20), 1))
    tracemalloc.start()
    try:
        _, error = _fails(uri)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # A run of zeros is no record: the checksum of the length 0 is not 0.
    assert error.place == Place(uri=uri, record=0, offset=0)
    assert peak < 16 << 20


# --- other readers ----------------------------------------------------------------------------------------------------


@pytest.fixture
def tf() -> Any:
    importlib.import_module("gristmill.io.tensors")  # settles TensorFlow's logging before its import
    return importlib.import_module("tensorflow")


@pytest.mark.tensorflow
def test_tensorflow_reads_and_parses_files_of_several_gzip_members(tmp_path: Path, tf: Any) -> None:
    rows = 5_000
    batch = pa.record_batch(
        {
            "n": pa.array([[i] for i in range(rows)]),
            "f": pa.array([[i / 2] for i in range(rows)], pa.list_(pa.float32())),
            "s": pa.array([[str(i)] if i % 3 else None for i in range(rows)]),
        }
    )
    members = [gzip_block(frame_records(encode_examples(batch.slice(at, 1_000)))) for at in range(0, rows, 1_000)]
    uri = _write(tmp_path / "a.gz", b"".join(members))
    spec = {
        "n": tf.io.FixedLenFeature([], tf.int64),
        "f": tf.io.FixedLenFeature([], tf.float32),
        "s": tf.io.FixedLenFeature([], tf.string, default_value=""),
    }
    dataset = tf.data.TFRecordDataset(uri, compression_type="GZIP").batch(rows)
    (parsed,) = [tf.io.parse_example(records, spec) for records in dataset]
    assert parsed["n"].numpy().tolist() == list(range(rows))
    assert parsed["f"].numpy().tolist() == [i / 2 for i in range(rows)]
    assert parsed["s"].numpy().tolist() == [str(i).encode() if i % 3 else b"" for i in range(rows)]


@pytest.mark.tensorflow
def test_files_that_tensorflow_wrote_are_read(tmp_path: Path, tf: Any) -> None:
    records = [b"", b"a" * 1_000, b"b"]
    for compression in ("", "GZIP"):
        with tf.io.TFRecordWriter(str(tmp_path / "a"), compression) as writer:
            for record in records:
                writer.write(record)
        assert list(read_records(str(tmp_path / "a"))) == records


@pytest.mark.tensorflow
def test_encoding_equals_tensorflows_own_examples(tf: Any) -> None:
    example = tf.train.Example()
    example.features.feature["trip"].int64_list.value.extend([1, -1])
    example.features.feature["trip_miles"].float_list.value.append(2.5)
    example.features.feature["company"].bytes_list.SetInParent()
    batch = pa.record_batch(
        {
            "trip": pa.array([[1, -1]]),
            "trip_miles": pa.array([[2.5]], pa.list_(pa.float32())),
            "company": pa.array([[]], pa.list_(pa.binary())),
        }
    )
    assert encode_examples(batch)[0].as_py() == example.SerializeToString(deterministic=True)
