"""Infers the type of every column from all rows of all files: in blocks, in parallel, in bounded memory.

An optimistic pass: each block is parsed with the types that all rows before it agreed on, at the speed of Arrow's
parser. Only where that fails are the values looked at one by one. Blocks are examined in parallel, but their findings
are taken in the order of the files, so that neither the types nor the reported places depend on timing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gristmill.errors import ConfigError, DataError, Place
from gristmill.io import filesystem
from gristmill.io.cores import usable_cores
from gristmill.io.csv.blocks import TextBlock, read_blocks
from gristmill.io.csv.header import Header, check_same_header, read_header
from gristmill.io.csv.options import ColumnType, CsvOptions
from gristmill.io.csv.parsing import parse_block
from gristmill.io.csv.rows import fault_in, line_count, line_of_row
from gristmill.io.csv.schema import CsvBlock, CsvFile, CsvSchema, Widening
from gristmill.io.csv.values import classify, suspicious
from gristmill.io.data_file import unreadable

__all__ = ["infer_csv_schema"]

_TASTE_BYTES = 64 << 10  # the first block: settles the usual types before large blocks are tried with them
_PARSED_AS = {ColumnType.EMPTY: pa.null(), ColumnType.INT: pa.int64(), ColumnType.FLOAT: pa.float64()}


def infer_csv_schema(
    uris: Sequence[str], options: CsvOptions | None = None, *, workers: int | None = None
) -> CsvSchema:
    """Read all rows of all files once; see ``ColumnType`` for the types.

    Args:
        uris: the files, which belong together: one header, one type per column.
        options: the dialect.
        workers: threads; all cores by default.

    Raises:
        ConfigError: no files, or ``column_types`` names a column that is not there.
        DataError: a file that is empty, has only a header, no UTF-8 text, rows of the wrong width, another header…;
            names the file and, where there is one, line, column and value.
    """
    if not uris:
        raise ConfigError("no CSV files to read", hint="check the pattern of the input")
    options = options or CsvOptions()
    headers = [read_header(uri, options) for uri in uris]
    for header in headers[1:]:
        check_same_header(headers[0], header)
    workers = workers or usable_cores()
    inference = _Inference(headers[0].names, options, window=2 * workers)
    with ThreadPoolExecutor(workers) as pool:
        for header in headers:
            inference.read_file(header, pool)
    return inference.schema()


@dataclass(frozen=True)
class _Findings:
    """What one block showed: its rows, its line ends, and the columns that need a look at each value."""

    rows: int
    lines: int
    texts: Mapping[str, pa.Array]
    kinds: Mapping[str, npt.NDArray[np.uint8]]


@dataclass
class _Inference:
    names: tuple[str, ...]
    options: CsvOptions
    window: int
    types: dict[str, ColumnType] = field(init=False)
    files: list[CsvFile] = field(default_factory=list)
    blocks: list[CsvBlock] = field(default_factory=list)
    widenings: list[Widening] = field(default_factory=list)
    _widenings: list[Widening] = field(default_factory=list)  # of the file being read, as its blocks were looked at

    def __post_init__(self) -> None:
        unknown = sorted(set(self.options.column_types) - set(self.names))
        if unknown:
            raise ConfigError(
                "CsvOptions.column_types names a column that the files do not have",
                value=unknown[0],
                hint=f"the columns are: {', '.join(self.names)}",
            )
        self.types = {name: self.options.column_types.get(name, ColumnType.EMPTY) for name in self.names}

    def schema(self) -> CsvSchema:
        return CsvSchema(
            self.names,
            tuple(self.types[name] for name in self.names),
            self.options,
            tuple(self.files),
            tuple(self.blocks),
            tuple(self.widenings),
        )

    def read_file(self, header: Header, pool: ThreadPoolExecutor) -> None:
        """Examine a file's blocks in parallel; take their findings in the order of the file."""
        try:
            status = filesystem.file_status(header.uri)
        except OSError as error:
            raise unreadable(header.uri, error) from error
        line, rows = header.data_line, 0
        for block, future in self._examined(header, pool):
            try:
                findings = future.result()
            except (pa.ArrowInvalid, _NulByteError) as error:
                raise fault_in(block.content, self.names, self.options, block.uri, line, str(error)) from None
            for name in findings.kinds:
                self._take(block, findings, name, line)
            if findings.rows:
                self.blocks.append(CsvBlock(block.uri, block.start, block.stop, line, findings.rows))
            line, rows = line + findings.lines, rows + findings.rows
        if not rows:
            raise DataError(
                "a CSV file must have rows, and this one has none",
                place=Place(uri=header.uri),
                hint="remove the file, or narrow the pattern of the input",
            )
        self.files.append(CsvFile(header.uri, status.size, status.modified))
        self.widenings += sorted(self._widenings, key=self._position)
        self._widenings.clear()

    def _examined(self, header: Header, pool: ThreadPoolExecutor) -> Iterator[tuple[TextBlock, Future[_Findings]]]:
        """The blocks of a file in order, with their findings under way: a window of them, which bounds memory."""
        window: deque[tuple[TextBlock, Future[_Findings]]] = deque()
        blocks = read_blocks(header.uri, header.data_start, None, self.options, first_bytes=_TASTE_BYTES)
        # The first block alone: what follows is tried with the types that it showed.
        limit = 1
        try:
            for block in blocks:
                window.append((block, pool.submit(self._examine, block.content, dict(self.types))))
                if len(window) >= limit:
                    yield window.popleft()
                    limit = self.window
            while window:
                yield window.popleft()
        finally:
            for _, future in window:
                future.cancel()

    def _examine(self, content: bytes, types: Mapping[str, ColumnType]) -> _Findings:
        """Look at one block, given the types of all rows of some blocks before it. Runs in any thread."""
        if b"\0" in content:
            raise _NulByteError
        # Text takes any value, so only the other columns need a look; one column must be parsed to count rows.
        narrow = {name: _PARSED_AS[kind] for name, kind in types.items() if kind is not ColumnType.STRING}
        hexadecimal = _may_hold_hexadecimal(content)
        try:
            table = parse_block(content, self.names, narrow or {self.names[0]: pa.binary()}, self.options)
            narrow = {name: kind for name, kind in narrow.items() if _is_doubtful(table[name], hexadecimal)}
        except pa.ArrowInvalid:
            if not narrow:  # text takes any value, so it is the rows
                raise
        if narrow:
            table = parse_block(content, self.names, dict.fromkeys(narrow, pa.binary()), self.options)
        texts = {name: table[name].combine_chunks() for name in narrow}
        doubtful = {name: text for name, text in texts.items() if not _surely_fits(text, narrow[name], hexadecimal)}
        kinds = {name: classify(text) for name, text in doubtful.items()}
        return _Findings(table.num_rows, line_count(content), doubtful, kinds)

    def _take(self, block: TextBlock, findings: _Findings, name: str, first_line: int) -> None:
        """Widen a column by the values of a block, one step at a time, in the order of the rows."""
        kinds, current = findings.kinds[name], self.types[name]
        while (wider := np.flatnonzero(kinds > current)).size:
            row = int(wider[0])
            widened = ColumnType(int(kinds[row]))
            if current is not ColumnType.EMPTY or name in self.options.column_types:
                line = first_line + line_of_row(block.content, row, self.options.delimiter)
                value = findings.texts[name][row].as_py().decode("utf-8", "replace")
                self._report(Widening(name, current, widened, Place(uri=block.uri, line=line, column=name), value))
            current = widened
        self.types[name] = current

    def _report(self, widening: Widening) -> None:
        if widening.column in self.options.column_types:
            raise DataError(
                f"column {widening.column!r} holds a value that is not {widening.before.name}",
                place=widening.place,
                value=widening.value,
                hint=f"declare missing markers with CsvOptions(null_values=[{widening.value!r}]),"
                " or read the column as text",
            )
        self._widenings.append(widening)

    def _position(self, widening: Widening) -> tuple[int, int]:
        return widening.place.line or 0, self.names.index(widening.column)


class _NulByteError(Exception):
    """A block holds a NUL byte; where, is for the thread that knows its line."""


def _is_doubtful(column: pa.ChunkedArray, hexadecimal: bool) -> bool:
    """Whether Arrow may have parsed as numbers what is text by our grammar."""
    if pa.types.is_float64(column.type):
        return any(suspicious(chunk) for chunk in column.chunks)
    return hexadecimal and pa.types.is_int64(column.type)


def _surely_fits(texts: pa.Array, kind: pa.DataType, hexadecimal: bool) -> bool:
    """Whether all values are of a type, found out faster than by classifying each."""
    if pa.types.is_null(kind):
        return bool(texts.null_count == len(texts))
    try:
        numbers = pc.cast(texts, kind)
    except pa.ArrowInvalid:
        return False
    return not _is_doubtful(pa.chunked_array([numbers]), hexadecimal)


def _may_hold_hexadecimal(content: bytes) -> bool:
    """Whether ``0x`` stands anywhere, which Arrow would read as an integer."""
    text = np.frombuffer(content, np.uint8)
    crosses = np.flatnonzero((text[1:] | 0x20) == ord("x"))
    return bool(np.any(text[crosses] == ord("0")))
