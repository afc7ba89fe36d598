"""CSV files: types inferred from all rows, then read in parallel blocks, with errors that name file and line."""

from gristmill.io.csv.inference import infer_csv_schema
from gristmill.io.csv.options import ColumnType, CsvOptions
from gristmill.io.csv.reader import CsvReader
from gristmill.io.csv.schema import CsvBlock, CsvFile, CsvSchema, Widening

__all__ = [
    "ColumnType",
    "CsvBlock",
    "CsvFile",
    "CsvOptions",
    "CsvReader",
    "CsvSchema",
    "Widening",
    "infer_csv_schema",
]
