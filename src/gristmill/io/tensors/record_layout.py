"""The columns that a reader of examples promises: those of a schema, and perhaps the raw records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from gristmill.errors import DataError, Place
from gristmill.io.example_codec import decode_examples
from gristmill.io.examples import read_examples
from gristmill.io.shard import RAW_RECORD_COLUMN, Shard

__all__ = ["RecordLayout"]


@dataclass(frozen=True)
class RecordLayout:
    """Reads examples into columns that are the same in every batch. Travels to workers.

    Attributes:
        features: the feature columns; None for those that occur.
        raw_column: the column that gets the records, each a list of one; empty for none.
        batch_rows: rows per batch, at most.
    """

    features: pa.Schema | None
    raw_column: str
    batch_rows: int

    @property
    def arrow_schema(self) -> pa.Schema:
        """All columns, the raw records last."""
        fields = list(self.features or [])
        raw = [pa.field(self.raw_column, pa.list_(pa.binary()))] if self.raw_column else []
        return pa.schema([*fields, *raw])

    def read_shard(self, shard: Shard) -> Iterator[pa.RecordBatch]:
        """The batches of a file."""
        batches = read_examples(
            shard, features=self._names(), batch_rows=self.batch_rows, with_records=bool(self.raw_column)
        )
        for batch in batches:
            yield self.conformed(batch)

    def decode(self, records: Sequence[bytes]) -> Iterator[pa.RecordBatch]:
        """The batch of some serialized examples."""
        column = pa.array(records, pa.binary())
        batch = decode_examples(column, features=self._names())
        yield self.conformed(batch.append_column(RAW_RECORD_COLUMN, column) if self.raw_column else batch)

    def conformed(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with the columns and types promised; a feature without a value in the batch is null in every row.

        Raises:
            DataError: a feature is of another type.
        """
        if self.features is None:
            columns = {name: batch.column(name) for name in batch.schema.names if name != RAW_RECORD_COLUMN}
        else:
            columns = {field.name: _typed(batch, field) for field in self.features}
        if self.raw_column:
            columns[self.raw_column] = _lists_of_one(batch.column(RAW_RECORD_COLUMN))
        return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))

    def _names(self) -> list[str] | None:
        return None if self.features is None else list(self.features.names)


def _typed(batch: pa.RecordBatch, field: pa.Field) -> pa.Array:
    column = batch.column(field.name)
    if column.type == field.type:
        return column
    if pa.types.is_null(column.type):
        return pa.nulls(batch.num_rows, field.type)
    raise DataError(
        f"the schema says {field.type}, the data holds another type",
        place=Place(column=field.name),
        value=str(column.type),
        hint="correct the schema, or the step that wrote these examples",
    )


def _lists_of_one(records: pa.BinaryArray) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(np.arange(len(records) + 1, dtype=np.int32)), records)
