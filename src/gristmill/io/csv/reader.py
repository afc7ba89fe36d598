"""Reads CSV shards as record batches of examples, with the types that inference found."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import pyarrow as pa

from gristmill.errors import ConfigError, DataError, Place
from gristmill.io import filesystem
from gristmill.io.columns import as_value_lists
from gristmill.io.csv.blocks import TextBlock, read_blocks
from gristmill.io.csv.header import read_header
from gristmill.io.csv.options import ColumnType
from gristmill.io.csv.parsing import parse_block
from gristmill.io.csv.rows import fault_in, line_count
from gristmill.io.csv.schema import CsvFile, CsvSchema
from gristmill.io.data_file import unreadable
from gristmill.io.shard import Shard

__all__ = ["CsvReader"]

_PARSED_AS = {
    ColumnType.EMPTY: pa.null(),
    ColumnType.INT: pa.int64(),
    ColumnType.FLOAT: pa.float64(),
    ColumnType.STRING: pa.string(),  # checks UTF-8
}


class CsvReader:
    """Turns CSV shards into batches: a ``BatchReader``.

    A column becomes ``list<int64>``, ``list<float32>`` (rounded from a 64-bit parse) or ``list<binary>``, of one value
    per row, or none where the field is empty; a column that is empty everywhere has Arrow's ``null`` type.

    Args:
        schema: of the files that the shards belong to.
    """

    def __init__(self, schema: CsvSchema) -> None:
        self.schema = schema

    def __getstate__(self) -> dict[str, CsvSchema]:
        """The schema, with its files named as any process finds them."""
        return {"schema": self.schema.named_absolutely()}

    def __call__(self, shard: Shard, /) -> Iterator[pa.RecordBatch]:
        """The rows of a shard: one of ``schema.shards()``, or a whole file.

        Raises:
            ConfigError: the shard is not of the schema's.
            DataError: the file changed since its types were inferred, or holds text that is not UTF-8.
        """
        self._check_unchanged(shard.uri)
        start, line = self._beginning(shard)
        for block in read_blocks(shard.uri, start, shard.stop, self.schema.options):
            batch = self._parse(block, line)
            line += line_count(block.content)
            if batch.num_rows:
                yield batch

    def _parse(self, block: TextBlock, first_line: int) -> pa.RecordBatch:
        schema = self.schema
        types = {name: _PARSED_AS[kind] for name, kind in zip(schema.names, schema.types, strict=True)}
        try:
            table = parse_block(block.content, schema.names, types, schema.options)
        except pa.ArrowInvalid as error:
            raise fault_in(block.content, schema.names, schema.options, block.uri, first_line, str(error)) from None
        columns = [as_value_lists(column.combine_chunks()) for column in table.columns]
        return pa.RecordBatch.from_arrays(columns, names=list(schema.names))

    def _beginning(self, shard: Shard) -> tuple[int, int]:
        """Byte offset and 1-based line of the shard's first row."""
        line = self._lines.get((shard.uri, shard.start))
        if line is not None:
            return shard.start, line
        if shard.start:
            raise ConfigError(
                "a CSV shard must begin where a block of its schema does",
                place=Place(uri=shard.uri, offset=shard.start),
                hint="take the shards from CsvSchema.shards()",
            )
        header = read_header(shard.uri, self.schema.options)
        return header.data_start, header.data_line

    @cached_property
    def _lines(self) -> dict[tuple[str, int], int]:
        return {(block.uri, block.start): block.first_line for block in self.schema.blocks}

    @cached_property
    def _files(self) -> dict[str, CsvFile]:
        return {file.uri: file for file in self.schema.files}

    def _check_unchanged(self, uri: str) -> None:
        file = self._files.get(uri)
        if file is None:
            raise ConfigError("a CSV shard must be of a file that its schema was inferred from", place=Place(uri=uri))
        try:
            status = filesystem.file_status(uri)
        except OSError as error:
            raise unreadable(uri, error) from error
        if (status.size, status.modified) != (file.size, file.modified):
            raise DataError(
                "a CSV file changed while it was being read",
                place=Place(uri=uri),
                value=f"{file.size:,} bytes before, {status.size:,} bytes now",
                hint="run again when nothing writes to it",
            )
