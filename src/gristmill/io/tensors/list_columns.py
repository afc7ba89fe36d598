"""Views of an Arrow list column as numpy arrays: row lengths and flat values, without a loop over rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import tensorflow as tf

from gristmill.errors import DataError, Place

__all__ = ["ListColumn", "list_column"]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class ListColumn:
    """One feature of a batch.

    Attributes:
        lengths: int64 [rows], the number of values of each row; 0 where the feature is missing.
        values: [sum of lengths], of the feature's dtype; objects of ``bytes`` for strings.
    """

    lengths: npt.NDArray[np.int64]
    values: Array

    @property
    def starts(self) -> npt.NDArray[np.int64]:
        """int64 [rows + 1]: where each row's values begin, and behind the last."""
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(self.lengths)])


def list_column(batch: pa.RecordBatch, name: str, dtype: tf.DType) -> ListColumn:
    """The named column as numpy; a column that the batch lacks is missing in every row.

    Args:
        batch: feature columns of type list or large_list.
        name: the feature.
        dtype: string, int64 or float32; values must be of that kind.

    Raises:
        DataError: the column holds another type.
    """
    index = batch.schema.get_field_index(name)
    if index < 0 or pa.types.is_null(batch.schema.field(index).type):
        return _missing(batch.num_rows, dtype)
    column = batch.column(index)
    if not (pa.types.is_list(column.type) or pa.types.is_large_list(column.type)):
        raise DataError("a feature column must hold lists", place=Place(column=name), value=str(column.type))
    if pa.types.is_null(column.type.value_type):
        return _missing(batch.num_rows, dtype)
    return ListColumn(_lengths(column), _values(column.flatten(), name, dtype))


def _missing(rows: int, dtype: tf.DType) -> ListColumn:
    return ListColumn(np.zeros(rows, np.int64), np.empty(0, dtype.as_numpy_dtype))


def _lengths(column: pa.Array) -> npt.NDArray[np.int64]:
    lengths: npt.NDArray[Any]
    if column.null_count == 0:
        lengths = np.diff(column.offsets.to_numpy())
    else:
        lengths = column.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    return lengths.astype(np.int64, copy=False)


def _values(values: pa.Array, name: str, dtype: tf.DType) -> Array:
    kind = values.type
    fits = (
        (dtype == tf.string and _is_binary(kind))
        or (dtype == tf.int64 and pa.types.is_integer(kind))
        or (dtype == tf.float32 and pa.types.is_floating(kind))
    )
    if not fits:
        raise DataError(
            f"the schema says {dtype.name}, the data holds another type",
            place=Place(column=name),
            value=str(kind),
            hint="correct the schema, or the step that wrote these examples",
        )
    if values.null_count:
        raise DataError("a list of feature values must not hold nulls", place=Place(column=name))
    if dtype == tf.string and not (pa.types.is_binary(kind) or pa.types.is_large_binary(kind)):
        values = values.cast(pa.large_binary() if pa.types.is_large_string(kind) else pa.binary())
    array: Array = values.to_numpy(zero_copy_only=False)
    return array if dtype == tf.string else array.astype(dtype.as_numpy_dtype, copy=False)


def _is_binary(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(
        types.is_binary(kind) or types.is_large_binary(kind) or types.is_string(kind) or types.is_large_string(kind)
    )
