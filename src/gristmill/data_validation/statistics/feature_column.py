"""One column of a batch, flattened: its values, and how many of them each row holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from gristmill.errors import DataError, NotSupportedError, Place

__all__ = ["FLOAT", "INT", "STRING", "UNKNOWN", "FeatureColumn", "flatten"]

INT, FLOAT, STRING, UNKNOWN = "INT", "FLOAT", "STRING", ""


@dataclass(frozen=True)
class FeatureColumn:
    """A feature's part of a batch.

    Attributes:
        kind: ``INT``, ``FLOAT``, ``STRING``, or ``UNKNOWN`` when the column has no values and no type.
        values: all values of all rows in order, without nulls: int64, float64 or float32, or (large) binary.
        lengths: int64, values per present row; None when every present row holds exactly one.
        present: bool, which rows hold the feature (perhaps with an empty list); None when all do.
        rows: number of rows.
    """

    kind: str
    values: pa.Array
    lengths: NDArray[np.int64] | None
    present: NDArray[np.bool_] | None
    rows: int

    @property
    def present_rows(self) -> int:
        """Rows that hold the feature."""
        return self.rows if self.present is None else int(np.count_nonzero(self.present))

    def per_present_row(self, row_weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """The weights of the rows that hold the feature."""
        return row_weights if self.present is None else row_weights[self.present]

    def per_value(self, row_weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """The weight of the row that each value is in."""
        weights = self.per_present_row(row_weights)
        return weights if self.lengths is None else np.repeat(weights, self.lengths)


def flatten(name: str, array: pa.Array) -> FeatureColumn:
    """The flattened column.

    Args:
        name: the feature, for errors.
        array: a list of numbers, booleans, strings or binaries, or one such value, for each row.

    Raises:
        NotSupportedError: lists of lists and structs.
        DataError: a list holds a null, or the values are of another type.
    """
    rows = len(array)
    present = None if array.null_count == 0 else array.is_valid().to_numpy(zero_copy_only=False)
    if not _is_list(array.type):
        return _column(name, array.drop_null(), None, present, rows)
    if pa.types.is_fixed_size_list(array.type):
        array = array.cast(pa.list_(array.type.value_type))
    lengths = np.diff(array.offsets.to_numpy()).astype(np.int64)
    if present is not None:
        lengths = lengths[present]
    values = array.flatten()
    if values.null_count:
        raise DataError(
            "A list of feature values holds a null",
            place=Place(column=name),
            hint="write null for the whole list where the feature is missing, and leave single missing values out",
        )
    only_ones = len(values) == len(lengths) and bool((lengths == 1).all())
    return _column(name, values, None if only_ones else lengths, present, rows)


def _is_list(data_type: pa.DataType) -> bool:
    return bool(
        pa.types.is_list(data_type) or pa.types.is_large_list(data_type) or pa.types.is_fixed_size_list(data_type)
    )


def _column(name: str, values: pa.Array, lengths: Any, present: Any, rows: int) -> FeatureColumn:
    kind, typed = _typed(name, values)
    return FeatureColumn(kind, typed, lengths, present, rows)


def _typed(name: str, values: pa.Array) -> tuple[str, pa.Array]:
    data_type = values.type
    if pa.types.is_null(data_type):
        return UNKNOWN, values
    if pa.types.is_boolean(data_type):
        return INT, values.cast(pa.int8())
    if pa.types.is_integer(data_type):
        return INT, values
    if pa.types.is_floating(data_type):
        return FLOAT, values.cast(pa.float32()) if pa.types.is_float16(data_type) else values
    if pa.types.is_dictionary(data_type):
        return _typed(name, values.cast(data_type.value_type))
    if pa.types.is_binary(data_type) or pa.types.is_string(data_type):
        return STRING, values.view(pa.binary()) if pa.types.is_string(data_type) else values
    if pa.types.is_large_binary(data_type) or pa.types.is_large_string(data_type):
        return STRING, values.cast(pa.large_binary()).cast(pa.binary())
    if _is_list(data_type) or pa.types.is_struct(data_type):
        raise NotSupportedError(
            "Statistics of nested features are not available",
            place=Place(column=name),
            value=str(data_type),
            hint="flatten the lists, or leave the feature out with StatsOptions(feature_allowlist=[...])",
        )
    raise DataError(
        "A feature holds numbers, booleans, strings or bytes",
        place=Place(column=name),
        value=str(data_type),
        hint="cast the column to one of these types",
    )
