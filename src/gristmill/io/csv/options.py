"""How a CSV file is written, and the types its columns can have."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gristmill.errors import ConfigError

__all__ = ["ColumnType", "CsvOptions"]

DEFAULT_MAX_ROW_BYTES = 64 << 20  # a longer row is an unbalanced quote, not data; bounds memory


class ColumnType(enum.IntEnum):
    """What a column's values can all be read as, narrowest first: the type of a column is the widest of its values.

    EMPTY: no value anywhere. INT: ``-?digits`` that fit 64 bits. FLOAT: a decimal number, ``nan`` or ``inf`` that fits
    32-bit floating point. STRING: everything else, integers beyond 64 bits included.
    """

    EMPTY = 0
    INT = 1
    FLOAT = 2
    STRING = 3


@dataclass(frozen=True)
class CsvOptions:
    """The dialect of CSV files. Fields may be quoted with ``"``, a quote inside doubled; files are UTF-8.

    Attributes:
        delimiter: one ASCII character between the fields.
        column_names: names of the columns, for files without a header line; None reads the header.
        null_values: texts that mean "missing", besides the empty field.
        column_types: types of columns that must not be inferred; a value that does not fit is an error.
        max_row_bytes: longest row accepted, in bytes.
    """

    delimiter: str = ","
    column_names: Sequence[str] | None = None
    null_values: Sequence[str] = ()
    column_types: Mapping[str, ColumnType] = field(default_factory=dict)
    max_row_bytes: int = DEFAULT_MAX_ROW_BYTES

    def __post_init__(self) -> None:
        if len(self.delimiter) != 1 or not self.delimiter.isascii() or self.delimiter in '"\r\n\0':
            raise ConfigError(
                "a CSV delimiter is one ASCII character, not a quote or a line end",
                value=self.delimiter,
                hint="use ',' or '\\t' or ';'",
            )
