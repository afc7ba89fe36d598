"""What ``native/module.cpp`` offers. Every call releases the GIL while it works."""

from typing import Protocol

class _ArrowArray(Protocol):
    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...

class CodecError(ValueError):
    """What is wrong with the data."""

    args: tuple[str, int | None, int | None, str | None]
    """Rule, record, byte offset of the record in its stream, feature."""

class Export:
    """An Arrow array to be taken once: ``pa.array(export)``, or ``pa.record_batch(export)`` for a struct."""

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...

class FrameReader:
    """Cuts a stream of TFRecord bytes into blocks of records. One thread at a time."""

    def __init__(self, block_rows: int) -> None: ...
    def feed(self, piece: bytes, start: int) -> int:
        """Take bytes from ``start`` on until the piece ends or the block is full; where it stopped."""

    def take(self) -> Export:
        """The block's records (``binary``); only between two records. The reader goes on with an empty block."""

    def finish(self) -> None:
        """The stream has ended: a CodecError where it did so inside a record."""

    @property
    def full(self) -> bool: ...
    @property
    def block_records(self) -> int:
        """Complete records in the block."""

    @property
    def records(self) -> int:
        """Complete records since the start of the stream."""

    @property
    def record_offset(self) -> int:
        """Byte of the stream at which the current record began."""

def encode_examples(batch: _ArrowArray) -> Export: ...
def decode_examples(records: _ArrowArray, features: list[str] | None) -> Export: ...
def frame_records(records: _ArrowArray) -> bytes: ...
def hash_buckets(records: _ArrowArray, total: int) -> bytes:
    """Native-endian uint32, one per record."""

def is_frame_header(data: bytes) -> bool:
    """Whether the first 12 bytes are a record's length with its checksum."""

def crc32c(data: bytes, *, portable: bool = False) -> int:
    """Not masked. ``portable`` leaves the processor's own instructions aside."""

def sha256(data: bytes, *, portable: bool = False) -> bytes:
    """32 bytes. ``portable`` leaves the processor's own instructions aside."""
