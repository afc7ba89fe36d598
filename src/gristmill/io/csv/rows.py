"""Walks the rows of a block one by one, with their lines: slow and exact, for messages to people.

Every function here takes the content of a :class:`~gristmill.io.csv.blocks.TextBlock`. Line numbers count from 0 at the
block's first line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gristmill.errors import DataError, Place
from gristmill.io.csv.options import CsvOptions

__all__ = ["Row", "fault_in", "iterate_rows", "line_count", "line_of_row", "split_fields", "text_fault"]

_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True)
class Row:
    """One row as it stands in the file: the line on which it starts, and its raw fields without their quotes."""

    line: int
    fields: tuple[bytes, ...]


def iterate_rows(content: bytes, delimiter: str) -> Iterator[Row]:
    """The rows of a block; blank lines are skipped."""
    separator = re.escape(delimiter.encode())
    field = re.compile(rb'((?:"(?:[^"]+|"")*+"?)?+[^' + separator + rb"\r\n]*+)(" + separator + rb"|\r\n|\n|\r|\Z)")
    line, fields, position, separator_byte = 0, list[bytes](), 0, delimiter.encode()
    while position < len(content):
        match = field.match(content, position)
        assert match is not None  # every part of the pattern may be empty
        raw, end = match.groups()
        fields.append(_unquote(raw))
        position = match.end()
        if end == separator_byte and position < len(content):
            continue
        if end == separator_byte:
            fields.append(b"")
        first_line = line
        line += sum(_lines_within(text) for text in fields) + 1
        if fields != [b""] or raw:
            yield Row(first_line, tuple(fields))
        fields = []


def _unquote(raw: bytes) -> bytes:
    if not raw.startswith(b'"'):
        return raw
    text = raw[1:]
    end = text.replace(b'""', b"\0\0").find(b'"')
    inner, rest = (text, b"") if end < 0 else (text[:end], text[end + 1 :])
    return inner.replace(b'""', b'"') + rest


def _lines_within(text: bytes) -> int:
    return len(_LINE_END.findall(text)) if b"\n" in text or b"\r" in text else 0


def line_count(content: bytes) -> int:
    """Number of line ends in a block; numpy counts them without holding up other threads."""
    text = np.frombuffer(content, np.uint8)
    return int(np.count_nonzero(text == ord("\n")) or np.count_nonzero(text == ord("\r")))


def line_of_row(content: bytes, index: int, delimiter: str) -> int:
    """The 0-based line on which the row of this index starts."""
    if b'"' not in content:
        lines = (number for number, text in enumerate(_LINE_END.split(content)) if text)
    else:
        lines = (row.line for row in iterate_rows(content, delimiter))
    for position, line in enumerate(lines):
        if position == index:
            return line
    raise IndexError(index)


def split_fields(content: bytes, delimiter: str) -> tuple[bytes, ...]:
    """The fields of the first row; empty when there is none."""
    return next((row.fields for row in iterate_rows(content, delimiter)), ())


def fault_in(
    content: bytes, names: Sequence[str], options: CsvOptions, uri: str, first_line: int, parser_message: str
) -> DataError:
    """The error for a block that did not parse: its first row that is too short, too long, or not UTF-8 text.

    Args:
        content: the block.
        names: the columns that every row must have.
        options: the dialect.
        uri: the file.
        first_line: 1-based line on which the block begins.
        parser_message: what the parser said, shown if nothing else is found.
    """
    for row in iterate_rows(content, options.delimiter):
        line = first_line + row.line
        if len(row.fields) != len(names):
            return _wrong_width(row, names, Place(uri=uri, line=line), options.delimiter)
        for name, value in zip(names, row.fields, strict=True):
            fault = text_fault(value, Place(uri=uri, line=line, column=name))
            if fault is not None:
                return fault
    return DataError(
        f"these CSV rows cannot be parsed: {parser_message}",
        place=Place(uri=uri, line=first_line),
        hint="look at the rows from that line on",
    )


def _wrong_width(row: Row, names: Sequence[str], place: Place, delimiter: str) -> DataError:
    kind = "short" if len(row.fields) < len(names) else "long"
    return DataError(
        f"a row is too {kind}: expected {len(names)} fields, got {len(row.fields)}",
        place=place,
        value=delimiter.encode().join(row.fields).decode("utf-8", "replace"),
        hint=_other_delimiter(names, delimiter)
        or "quote fields that hold the delimiter or a line end, and give every row all of its fields",
    )


def _other_delimiter(names: Sequence[str], delimiter: str) -> str:
    """A hint for files of another delimiter: the header is one name then, and that holds it."""
    found = [mark for mark in ";\t|," if mark != delimiter and mark in names[0] and len(names) == 1]
    return f"if the delimiter of the file is {found[0]!r}, say so: CsvOptions(delimiter={found[0]!r})" if found else ""


def text_fault(value: bytes, place: Place) -> DataError | None:
    """The error for a field that is not UTF-8 text; None for one that is."""
    if b"\0" in value:
        return DataError(
            "a CSV file is text, and a NUL byte is not",
            place=place,
            value=value,
            hint="the file is damaged, binary, or in UTF-16; convert it to UTF-8 text",
        )
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return DataError(
            "a CSV file must be UTF-8",
            place=place,
            value=value,
            hint="convert it, for example with: iconv -f LATIN1 -t UTF-8",
        )
    return None
