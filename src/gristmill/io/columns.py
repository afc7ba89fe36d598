"""Brings columns of other sources into the form of examples: ``list<int64 | float32 | binary>``.

A scalar becomes a list of one value, and a missing scalar a list of none: the source had the field, and no value in it.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["as_value_lists"]


def as_value_lists(column: pa.Array) -> pa.Array:
    """A scalar column as lists of at most one value each; a column of ``null`` type stays as it is.

    Args:
        column: of any integer, floating, boolean, string or binary type.

    Returns:
        ``list<int64>``, ``list<float32>`` or ``list<binary>`` of the same length, without nulls.
    """
    if pa.types.is_null(column.type):
        return column
    valid = column.is_valid().to_numpy(zero_copy_only=False)
    offsets = np.zeros(len(column) + 1, np.int32)
    np.cumsum(valid, out=offsets[1:])
    values = column if column.null_count == 0 else column.drop_null()
    return pa.ListArray.from_arrays(pa.array(offsets), _as_feature_type(values))


def _as_feature_type(values: pa.Array) -> pa.Array:
    kind = values.type
    if pa.types.is_string(kind):
        return values.view(pa.binary())
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return pc.cast(values, pa.int64())
    if pa.types.is_floating(kind):
        return pc.cast(values, pa.float32(), safe=False)
    return pc.cast(values, pa.binary())
