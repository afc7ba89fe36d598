"""TFRecord files: a sequence of byte strings, each framed by its length and checksums, plain or gzip.

Reading streams: memory is bounded by a block (``block_rows`` records, fewer where they are large), not by the file,
and a length that a header claims takes no memory before its bytes arrive. A gzip file may consist of any number of
members, so that blocks can be compressed on their own and simply be appended. Whether a file is gzip is told by its
first bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO, cast

import pyarrow as pa
import pyarrow.compute as pc
from isal import igzip, isal_zlib

from gristmill.errors import ConfigError, DataError, Place
from gristmill.io import _native
from gristmill.io.codec_fault import data_error
from gristmill.io.data_file import HEAD_BYTES, kind_of, open_data
from gristmill.io.filesystem import atomic_output

__all__ = ["frame_records", "framed_bytes", "gzip_block", "read_record_blocks", "read_records", "write_records"]

_GZIP_MAGIC = b"\x1f\x8b\x08"  # RFC 1952: ID1, ID2, and the only compression method there is
_HEADER_BYTES = 12  # of a record: its length and the length's checksum
_FRAME_BYTES = _HEADER_BYTES + 4  # and the checksum of its data
_GZIP_WINDOW = 31  # zlib's way to say: with gzip's header and trailer, of any window size
_COMPRESSED_BYTES = 1 << 18  # per read of a gzip file
_PIECE_BYTES = 1 << 20  # per read: bounds what a compressed byte can expand to at once; larger is not faster
_OTHER_KINDS = {
    "Parquet": "this is a Parquet file: let its name end in .parquet, or import it with payload_format=FORMAT_PARQUET",
    "text": "this looks like text: read CSV files with CsvExampleGen, or narrow the pattern of the input",
    "gzip": "the decompressed bytes are no records: narrow the pattern of the input, or fetch the file again",
} | dict.fromkeys(("zip", "bzip2", "xz", "zstd"), "decompress the file first: it may be plain, or gzip")
_GZIP_LEVEL = 1  # isal's best speed per size on examples: 0.9 GB/s, 11 % of the size (docs/design/codec.md)
_ISAL_ERROR = cast(type[Exception], isal_zlib.error)  # isal's stubs declare the class as an instance
_WRITE_BLOCK_BYTES = 16 << 20  # framed and compressed at once by write_records


def read_record_blocks(uri: str, *, block_rows: int = 65536) -> Iterator[pa.BinaryArray]:
    """The records of a file, in order, in blocks.

    Args:
        uri: a TFRecord file, plain or gzip. An empty file holds no records.
        block_rows: records per block, at most; a block also ends once it holds 64 MiB.

    Yields:
        Arrays without nulls and never empty.

    Raises:
        ConfigError: ``block_rows`` is less than 1.
        DataError: the file cannot be read, is cut off or damaged, or a record is longer than 1 GiB. Names the file, the
            record and its byte offset (in the decompressed stream, for a gzip file). Blocks before that one have been
            yielded.
    """
    if block_rows < 1:
        raise ConfigError("block_rows must be at least 1", value=block_rows)
    return _read_blocks(uri, block_rows)


def read_records(uri: str) -> Iterator[bytes]:
    """The records of a file one by one; see :func:`read_record_blocks`."""
    for block in read_record_blocks(uri):
        yield from block.to_pylist()


def write_records(uri: str, records: Iterable[bytes], *, compress: bool) -> None:
    """Write a file that appears under its name when it is complete.

    Args:
        uri: the file.
        records: their bytes.
        compress: gzip, in members of about 16 MiB of records.
    """
    with atomic_output(uri) as output:
        for block in _gather(records):
            framed = frame_records(block)
            output.write(gzip_block(framed) if compress else framed)


def frame_records(records: pa.BinaryArray) -> bytes:
    """The records with their lengths and checksums: what a plain TFRecord file of them holds.

    Raises:
        DataError: a record is null, or the array is not of type binary.
    """
    try:
        return _native.frame_records(records)
    except _native.CodecError as fault:
        raise data_error(fault) from None


def framed_bytes(records: pa.BinaryArray) -> int:
    """How many bytes records without nulls take with their frames."""
    return _FRAME_BYTES * len(records) + int(pc.sum(pc.binary_length(records)).as_py() or 0)


def gzip_block(data: bytes) -> bytes:
    """One gzip member; members may follow each other in a file. The same bytes give the same member."""
    return cast(bytes, igzip.compress(data, compresslevel=_GZIP_LEVEL, mtime=0))


def _gather(records: Iterable[bytes]) -> Iterator[pa.BinaryArray]:
    block: list[bytes] = []
    size = 0
    for record in records:
        block.append(record)
        size += len(record)
        if size >= _WRITE_BLOCK_BYTES:
            yield pa.array(block, pa.binary())
            block, size = [], 0
    if block:
        yield pa.array(block, pa.binary())


def _read_blocks(uri: str, block_rows: int) -> Iterator[pa.BinaryArray]:
    reader = _native.FrameReader(block_rows)
    try:
        with open_data(uri) as stream:
            for piece in _pieces(uri, stream, reader):
                start = 0
                while start < len(piece):
                    start = reader.feed(piece, start)
                    if reader.full:
                        yield pa.array(reader.take())
        reader.finish()
    except _native.CodecError as fault:
        raise data_error(fault, Place(uri=uri), hint=_hint(uri, reader)) from None
    if reader.block_records:
        yield pa.array(reader.take())


def _pieces(uri: str, stream: BinaryIO, reader: _native.FrameReader) -> Iterator[bytes]:
    """The bytes of the records with their frames, decompressed where need be."""
    head = stream.read(_HEADER_BYTES)
    stream.seek(0)
    # A plain file can begin like gzip does, when its first record's length says so; then the checksum tells.
    if head.startswith(_GZIP_MAGIC) and not _native.is_frame_header(head):
        yield from _decompressed(uri, stream, reader)
    else:
        yield from iter(lambda: stream.read(_PIECE_BYTES), b"")


def _decompressed(uri: str, stream: BinaryIO, reader: _native.FrameReader) -> Iterator[bytes]:
    try:
        yield from _members(stream)
    except (EOFError, _ISAL_ERROR) as error:
        raise DataError(
            f"a gzip file must be whole and undamaged: {error}",
            place=Place(uri=uri, record=reader.records, offset=reader.record_offset),
            hint="the offset counts decompressed bytes; fetch or write the file again",
        ) from None


def _members(stream: BinaryIO) -> Iterator[bytes]:
    """The decompressed bytes of all gzip members; unlike from a GzipFile, also all that come before a fault."""
    member = isal_zlib.decompressobj(_GZIP_WINDOW)
    while chunk := stream.read(_COMPRESSED_BYTES):
        while chunk:
            if member.eof:
                chunk = chunk.lstrip(b"\0")  # as all readers do: tapes and block devices pad with zeros
                if not chunk:
                    break
                if not _GZIP_MAGIC.startswith(chunk[: len(_GZIP_MAGIC)]):
                    raise EOFError("there are other bytes behind it")
                member = isal_zlib.decompressobj(_GZIP_WINDOW)
            yield member.decompress(chunk, _PIECE_BYTES)
            chunk = member.unused_data if member.eof else member.unconsumed_tail
    if not member.eof:
        raise EOFError("it is cut off")


def _hint(uri: str, reader: _native.FrameReader) -> str:
    """What to do about a fault: a file whose very first record is none is probably something else."""
    if reader.records:
        return "fetch or write the file again; the records before this one are whole"
    with open_data(uri) as stream:
        kind = kind_of(stream.read(HEAD_BYTES))
    return _OTHER_KINDS.get(kind, "narrow the pattern of the input if this is no TFRecord file; else fetch it again")
