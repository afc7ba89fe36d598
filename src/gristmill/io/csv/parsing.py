"""Parses a block of CSV text with given column types, through Arrow's parser."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.csv as pacsv

from gristmill.io.csv.options import CsvOptions

__all__ = ["parse_block"]

_ANY_TEXT = re.compile(rb"[^\r\n]")


def parse_block(
    content: bytes, names: Sequence[str], types: Mapping[str, pa.DataType], options: CsvOptions
) -> pa.Table:
    """The columns of ``types``, in its order, each of one chunk (or none, without rows).

    Args:
        content: whole rows.
        names: all columns of the file.
        types: the columns wanted, and what to read them as; at least one.
        options: the dialect.

    Raises:
        pa.ArrowInvalid: a row has another number of fields, or a value does not fit its type.
    """
    if _ANY_TEXT.search(content) is None:
        return pa.table({name: pa.array([], kind) for name, kind in types.items()})
    return pacsv.read_csv(
        pa.BufferReader(content),
        # One Arrow block, in the calling thread: parallelism is over our blocks.
        read_options=pacsv.ReadOptions(column_names=names, use_threads=False, block_size=len(content) + 1),
        parse_options=pacsv.ParseOptions(delimiter=options.delimiter, newlines_in_values=b'"' in content),
        convert_options=pacsv.ConvertOptions(
            include_columns=list(types),
            column_types=dict(types),
            null_values=["", *options.null_values],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )
