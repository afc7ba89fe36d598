"""What is known of a set of CSV files after one pass over all of their rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gristmill.errors import Place
from gristmill.io import filesystem
from gristmill.io.csv.options import ColumnType, CsvOptions
from gristmill.io.shard import Shard

__all__ = ["CsvBlock", "CsvFile", "CsvSchema", "Widening"]

_NOTED = 8  # columns of which the value is told: more would hide that there are many


@dataclass(frozen=True)
class Widening:
    """A value that made its column wider than all values before it did.

    ``after`` STRING means that a column of numbers became text, which deserves a word to the user; INT to FLOAT is the
    common case of a column whose first numbers happened to be whole; whole numbers past 2**24 may be rounded then.

    Attributes:
        column: name of the column.
        before: its type up to here, INT or FLOAT.
        after: its type from here.
        place: file, line and column of the value.
        value: the text found there.
    """

    column: str
    before: ColumnType
    after: ColumnType
    place: Place
    value: str


@dataclass(frozen=True)
class CsvFile:
    """A file as it was when its types were inferred; ``modified`` in seconds since 1970."""

    uri: str
    size: int
    modified: float


@dataclass(frozen=True)
class CsvBlock:
    """A range of whole rows: byte offsets ``start`` to ``stop`` of a file, its first 1-based line, its row count."""

    uri: str
    start: int
    stop: int
    first_line: int
    rows: int


@dataclass(frozen=True)
class CsvSchema:
    """Columns and types of a set of CSV files, and where their rows are.

    Attributes:
        names: the columns, in the order of the files.
        types: the type of each.
        options: the dialect.
        files: the files read.
        blocks: all rows, in ranges that can be read independently.
        widenings: the values that widened a column of numbers, in the order of the files.
    """

    names: tuple[str, ...]
    types: tuple[ColumnType, ...]
    options: CsvOptions
    files: tuple[CsvFile, ...]
    blocks: tuple[CsvBlock, ...]
    widenings: tuple[Widening, ...]

    @property
    def rows(self) -> int:
        """Number of rows in all files."""
        return sum(block.rows for block in self.blocks)

    def shards(self) -> list[Shard]:
        """One shard per block, for :class:`~gristmill.io.csv.reader.CsvReader`."""
        return [Shard(block.uri, "csv", block.start, block.stop, block.rows) for block in self.blocks]

    def named_absolutely(self) -> CsvSchema:
        """The same, with the files' names understood from any working directory."""
        files = tuple(replace(file, uri=filesystem.absolute(file.uri)) for file in self.files)
        blocks = tuple(replace(block, uri=filesystem.absolute(block.uri)) for block in self.blocks)
        return replace(self, files=files, blocks=blocks)

    def text_columns(self) -> Sequence[Widening]:
        """The widenings that turned numbers into text."""
        return [widening for widening in self.widenings if widening.after is ColumnType.STRING]

    def notes(self) -> list[str]:
        """Lines for people: which columns of numbers are wider than they began, and because of which value."""
        texts = {widening.column: widening for widening in self.text_columns()}
        floats = {w.column: w for w in self.widenings if w.after is ColumnType.FLOAT and w.column not in texts}
        return [*_noted("text", texts), *_noted("FLOAT", floats)]


def _noted(kind: str, widenings: Mapping[str, Widening]) -> Iterator[str]:
    for widening in list(widenings.values())[:_NOTED]:
        yield f"column {widening.column!r} is {kind} because of {widening.place}: {widening.value!r}"
    if len(widenings) > _NOTED:
        yield f"{len(widenings) - _NOTED:,} more columns of numbers are {kind} because of a value in them"
