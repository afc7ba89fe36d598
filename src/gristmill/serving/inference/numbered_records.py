"""Reads the serialized records of a shard in batches that know where they come from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from gristmill.errors import Place
from gristmill.io.examples import read_raw_records
from gristmill.io.shard import Shard

__all__ = ["NumberedRecords", "place_of"]

_URI = b"gristmill.uri"
_FIRST = b"gristmill.first_record"
_BATCH_ROWS = 16384
"""Rows of a batch: outputs may be much larger than examples, and some batches are in work at once."""


@dataclass(frozen=True)
class NumberedRecords:
    """A reader of shards for the engine: one column of records, with file and record number in the schema's metadata.

    Attributes:
        batch_rows: rows per batch, at most.
    """

    batch_rows: int = _BATCH_ROWS

    def __call__(self, shard: Shard, /) -> Iterator[pa.RecordBatch]:
        first = 0
        for batch in read_raw_records(shard, batch_rows=self.batch_rows):
            yield batch.replace_schema_metadata({_URI: shard.uri.encode(), _FIRST: str(first).encode()})
            first += batch.num_rows


def place_of(batch: pa.RecordBatch, row: int = 0) -> Place:
    """Where a row of a batch comes from; as far as the batch knows."""
    known = batch.schema.metadata or {}
    uri = known[_URI].decode() if _URI in known else None
    return Place(uri=uri, record=int(known.get(_FIRST, b"0")) + row)
