"""Cuts CSV files into blocks of whole rows, which can be parsed independently and in parallel.

A row ends at a line end outside quotes. As in every common reader, a quote is special only where a field starts; the
field then runs to the next quote that is not doubled. So only the quotes of a block need to be looked at, and when each
of them stands where a well-formed file has it, their parity alone tells inside from outside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gristmill.errors import DataError, Place
from gristmill.io.csv.options import CsvOptions
from gristmill.io.data_file import open_data

__all__ = ["BLOCK_BYTES", "TextBlock", "endless_row", "first_row_end", "read_blocks", "row_end"]

BLOCK_BYTES = 8 << 20  # about 64k rows of 128 bytes: the batch size at which fixed costs vanish
_QUOTE, _LF, _CR = b'"'[0], b"\n"[0], b"\r"[0]
_LINE_END = re.compile(rb"\r\n|\n|\r(?!\Z)")  # a carriage return at the very end may be half of one
_Offsets = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TextBlock:
    """Whole rows of a CSV file.

    Attributes:
        uri: the file.
        start: byte offset of the first row.
        content: the rows, line ends included.
    """

    uri: str
    start: int
    content: bytes

    @property
    def stop(self) -> int:
        """Byte offset behind the last row."""
        return self.start + len(self.content)


def read_blocks(
    uri: str, start: int, stop: int | None, options: CsvOptions, *, first_bytes: int = BLOCK_BYTES
) -> Iterator[TextBlock]:
    """The rows of a byte range that starts and ends where rows do, in blocks of about ``BLOCK_BYTES``.

    Args:
        uri: the file.
        start: where the first row begins.
        stop: where the last row ends; None reads to the end of the file.
        options: the dialect.
        first_bytes: size of the first block, for a caller that wants a taste first.

    Raises:
        DataError: a quoted field never ends, or a row is longer than ``options.max_row_bytes``.
    """
    size, pending = first_bytes, b""
    with open_data(uri) as stream:
        stream.seek(start)
        while True:
            # Blocks stay within their size (unless a row does not), so that reading one again gives one block.
            room = size - len(pending) if len(pending) < size else size
            if stop is not None:
                room = min(room, stop - start - len(pending))
            chunk = stream.read(room)
            pending += chunk
            end = row_end(pending, options.delimiter, last=not chunk)
            if not chunk and end < len(pending):
                raise endless_row(uri, start + end, "a quoted field never ends", options)
            if end:
                yield TextBlock(uri, start, pending[:end])
                start, pending = start + end, pending[end:]
            if not chunk:
                return
            if len(pending) > options.max_row_bytes:
                raise endless_row(uri, start, f"a row is longer than {options.max_row_bytes:,} bytes", options)
            size = BLOCK_BYTES


def endless_row(uri: str, offset: int, rule: str, options: CsvOptions) -> DataError:
    """The error for a row that begins at a byte offset and whose end was not found."""
    return DataError(
        rule,
        place=Place(uri=uri, line=_line_at(uri, offset), offset=offset),
        hint="look for a quote without its partner in this row; or raise CsvOptions.max_row_bytes"
        f" (now {options.max_row_bytes:,})",
    )


def _line_at(uri: str, offset: int) -> int:
    """The 1-based line of a byte offset."""
    feeds, returns = 0, 0
    with open_data(uri) as stream:
        while offset > 0 and (chunk := stream.read(min(offset, BLOCK_BYTES))):
            feeds, returns = feeds + chunk.count(b"\n"), returns + chunk.count(b"\r")
            offset -= len(chunk)
    return 1 + (feeds or returns)


def first_row_end(content: bytes, delimiter: str) -> int:
    """The offset behind the first row that is not blank and surely complete; 0 when there is none yet."""
    begin = len(content) - len(content.lstrip(b"\r\n"))
    starts, stops, is_open = _quoted_spans(content[begin:], delimiter)
    position = begin
    while (line_end := _LINE_END.search(content, position)) is not None:
        span = int(np.searchsorted(starts, line_end.start() - begin)) - 1
        if span < 0 or stops[span] <= line_end.start() - begin:
            return line_end.end()
        if is_open and span == len(starts) - 1:
            return 0
        position = begin + int(stops[span])
    return 0


def row_end(content: bytes, delimiter: str, *, last: bool = False) -> int:
    """The offset behind the last complete row of ``content``, which begins where a row does; 0 when there is none.

    Args:
        content: any cut of a file.
        delimiter: between the fields.
        last: nothing follows, so that the last row needs no line end; an open quote still leaves it incomplete.
    """
    starts, stops, is_open = _quoted_spans(content, delimiter)
    if last and not is_open:
        return len(content)
    limit = int(starts[-1]) if is_open else len(content)
    if end := _last_outside(content, b"\n", limit, starts, stops):
        return end
    # A file of lone carriage returns. One at the very end may be half of a "\r\n": leave it for the next read.
    return _last_outside(content, b"\r", min(limit, len(content) - 1), starts, stops)


def _last_outside(content: bytes, mark: bytes, limit: int, starts: _Offsets, stops: _Offsets) -> int:
    """The offset behind the last ``mark`` before ``limit`` that is outside quotes; 0 when there is none."""
    while (end := content.rfind(mark, 0, limit) + 1) > 0:
        span = int(np.searchsorted(starts, end)) - 1
        if span < 0 or stops[span] < end:
            return end
        limit = int(starts[span])
    return 0


def _quoted_spans(content: bytes, delimiter: str) -> tuple[_Offsets, _Offsets, bool]:
    """Where each quoted part opens, the offset behind its closing quote, and whether the last one is still open."""
    if b'"' not in content:
        none = np.empty(0, np.int64)
        return none, none, False
    text = np.frombuffer(content, np.uint8)
    quotes = np.flatnonzero(text == _QUOTE)
    before = np.where(quotes > 0, text[quotes - 1], _LF)
    at_start = (before == ord(delimiter)) | (before == _LF) | (before == _CR)
    doubled = np.diff(quotes, prepend=-2) == 1
    if np.all((at_start | doubled)[0::2]):
        starts, stops = quotes[0::2], quotes[1::2] + 1
    else:
        starts, stops = _walk_quotes(quotes, at_start)
    is_open = len(stops) < len(starts)
    return starts, np.append(stops, len(content)) if is_open else stops, is_open


def _walk_quotes(quotes: _Offsets, at_start: npt.NDArray[np.bool_]) -> tuple[_Offsets, _Offsets]:
    """The same, quote by quote: for text such as ``5" pipe``, whose quote opens nothing."""
    starts: list[int] = []
    stops: list[int] = []
    positions, can_open = quotes.tolist(), at_start.tolist()
    index = 0
    while index < len(positions):
        if not can_open[index]:
            index += 1
            continue
        starts.append(positions[index])
        index += 1
        while index + 1 < len(positions) and positions[index + 1] == positions[index] + 1:
            index += 2  # a doubled quote
        if index < len(positions):
            stops.append(positions[index] + 1)
        index += 1
    return np.array(starts, np.int64), np.array(stops, np.int64)
