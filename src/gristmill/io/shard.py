"""A Shard names a piece of input; a reader turns it into record batches; nothing else opens data files.

In memory, examples are ``pyarrow.RecordBatch``es. Each column is one feature of type ``list<int64>``,
``list<float32>`` or ``list<binary>``: one list per row, null where the feature is missing. An empty list is a feature
that is present without values, which is not the same as missing.

A batch may also carry the column ``RAW_RECORD_COLUMN`` of type ``binary``: the serialized tf.Example of each row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa  # a run that reuses everything names shards, and needs no Arrow

__all__ = ["RAW_RECORD_COLUMN", "BatchReader", "Shard"]

RAW_RECORD_COLUMN = "__raw_record__"


@dataclass(frozen=True)
class Shard:
    """One independently readable piece of input.

    Attributes:
        uri: the file, on any file system that ``io.filesystem`` knows.
        format: ``"tfrecord"`` (gzip or plain, told apart by the file's first bytes), ``"parquet"`` or ``"csv"``.
        start: where to begin: a row group of Parquet, a byte offset at the begin of a row of CSV; 0 for TFRecord.
        stop: where to end, in the same unit, exclusive; None reads to the end of the file.
        rows: number of rows, where the writer told it.
    """

    uri: str
    format: str
    start: int = 0
    stop: int | None = None
    rows: int | None = None


class BatchReader(Protocol):
    """Reads one shard as a stream of record batches, in the order of the file."""

    def __call__(self, shard: Shard, /) -> Iterator[pa.RecordBatch]: ...
