"""The header line of CSV files: the names of the columns, equal in all files."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from gristmill.errors import DataError, Place
from gristmill.io.columns import check_names
from gristmill.io.csv.blocks import endless_row, first_row_end, row_end
from gristmill.io.csv.options import CsvOptions
from gristmill.io.csv.rows import line_count, split_fields, text_fault
from gristmill.io.data_file import HEAD_BYTES, kind_of, open_data

__all__ = ["Header", "check_same_header", "read_header"]

_LISTED = 8  # names of columns in one message
_FIRST_READ = 64 << 10  # bytes: longer than any sane header, read again in larger pieces for the others
_OTHER_KINDS = {
    "UTF-16": "convert it: iconv -f UTF-16 -t UTF-8",
    "Parquet": "this is a Parquet file: read it with ImportExampleGen, or narrow the pattern of the input",
} | dict.fromkeys(("gzip", "zip", "bzip2", "xz", "zstd"), "the file is compressed; decompress it first")


class Header:
    """The columns of one file.

    Attributes:
        uri: the file.
        names: its columns.
        data_start: byte offset of the first row behind the header.
        data_line: 1-based line of that row.
    """

    def __init__(self, uri: str, names: Sequence[str], data_start: int, data_line: int) -> None:
        self.uri = uri
        self.names = tuple(names)
        self.data_start = data_start
        self.data_line = data_line


def read_header(uri: str, options: CsvOptions) -> Header:
    """Read the header line; with ``options.column_names`` there is none, and only a byte order mark is skipped.

    Raises:
        DataError: the file is empty, not UTF-8 text, or its header has an empty or a repeated name.
    """
    content, skipped = _first_row(uri, options)
    if options.column_names is not None:
        return Header(uri, _checked(uri, options.column_names, 1), skipped, 1)
    # Blank lines before the header are skipped like all others.
    blank = len(content) - len(content.lstrip(b"\r\n"))
    line = 1 + line_count(content[:blank])
    fields = split_fields(content, options.delimiter)
    if not fields:
        raise DataError(
            "a CSV file must begin with a header line, and this file is empty",
            place=Place(uri=uri),
            hint="remove the file, or give it the header line of the others",
        )
    for field in fields:
        fault = text_fault(field, Place(uri=uri, line=line))
        if fault is not None:
            raise fault
    names = _checked(uri, [field.decode("utf-8") for field in fields], line)
    return Header(uri, names, skipped + len(content), 1 + line_count(content))


def _first_row(uri: str, options: CsvOptions) -> tuple[bytes, int]:
    """The first row that is not blank with the blank lines before it, and how many bytes of mark precede it."""
    content, skipped = b"", 0
    with open_data(uri) as stream:
        while chunk := stream.read(max(_FIRST_READ, len(content))):
            if not content:
                _check_text(uri, chunk)
                skipped = len(codecs.BOM_UTF8) if chunk.startswith(codecs.BOM_UTF8) else 0
                chunk = chunk[skipped:]
            content += chunk
            if end := first_row_end(content, options.delimiter):
                return content[:end], skipped
            if len(content) > options.max_row_bytes:
                raise DataError(
                    f"the first row is longer than {options.max_row_bytes:,} bytes",
                    place=Place(uri=uri, line=1),
                    value=content[:100],
                    hint="check that this is a CSV file; or raise CsvOptions.max_row_bytes",
                )
    if content and row_end(content, options.delimiter, last=True) < len(content):
        raise endless_row(uri, skipped, "a quoted field never ends", options)
    return content, skipped


def _check_text(uri: str, chunk: bytes) -> None:
    hint = _OTHER_KINDS.get(kind_of(chunk[:HEAD_BYTES]))
    if hint is not None:
        raise DataError("a CSV file must be UTF-8 text", place=Place(uri=uri, line=1), value=chunk[:16], hint=hint)


def _checked(uri: str, names: Sequence[str], line: int) -> Sequence[str]:
    seen: set[str] = set()
    for position, name in enumerate(names, start=1):
        if not name or name in seen:
            problem = f"two columns are named {name!r}" if name else f"column {position} has no name"
            raise DataError(
                f"each column of a CSV file needs a name of its own, and {problem}",
                place=Place(uri=uri, line=line),
                value=",".join(names),
                hint="rename the columns in the header line",
            )
        seen.add(name)
    check_names(names, uri)
    return names


def check_same_header(first: Header, other: Header) -> None:
    """Raise DataError when two files differ in their columns or the order of them."""
    if first.names == other.names:
        return
    missing = [name for name in first.names if name not in other.names]
    added = [name for name in other.names if name not in first.names]
    difference = "; ".join(
        text
        for text in (
            f"missing: {_listed(missing)}" if missing else "",
            f"not in the first file: {_listed(added)}" if added else "",
            "same columns in another order" if not missing and not added else "",
        )
        if text
    )
    raise DataError(
        f"all CSV files of a split must have the same header; {difference}",
        place=Place(uri=other.uri, line=1),
        value=",".join(other.names),
        hint=f"make it equal to the header of {first.uri}, or narrow the pattern of the input to files that belong"
        " together",
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name if name.isprintable() else repr(name) for name in names[:_LISTED])
    return shown if len(names) <= _LISTED else f"{shown} and {len(names) - _LISTED:,} more"
