"""Brings columns of other sources into the form of examples: ``list<int64 | float32 | binary>``.

A scalar becomes a list of one value, and a missing scalar a list of none: the source had the field, and no value in it.
Lists keep their nulls: a missing feature. Lists of Arrow type ``null`` hold nothing that has a kind: missing as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gristmill.errors import DataError, Place
from gristmill.io.shard import RAW_RECORD_COLUMN

__all__ = ["as_example_batch", "as_value_lists", "check_names", "with_features"]


def as_example_batch(batch: pa.RecordBatch, uri: str) -> pa.RecordBatch:
    """The batch with every column as a feature, sorted by name.

    Args:
        batch: columns of numbers, booleans, strings or bytes, or of lists of them; Arrow's ``null`` type stays.
        uri: where it comes from, for errors.

    Raises:
        DataError: a column has another type or a name that no feature can have, a list holds a null, or a number fits
            neither int64 nor float32.
    """
    names = sorted(batch.schema.names)
    if not names:
        return batch  # from_arrays could not know its number of rows
    for name, after in pairwise(names):
        if name == after:
            raise DataError(
                "each column needs a name of its own",
                place=Place(uri=uri, column=name),
                hint="rename the columns when the file is written",
            )
    check_names(names, uri)
    return pa.RecordBatch.from_arrays([_as_feature(batch.column(name), name, uri) for name in names], names=names)


def check_names(names: Sequence[str], uri: str | None) -> None:
    """Raise DataError for a name that no feature of a file can have."""
    for name in names:
        if name == RAW_RECORD_COLUMN or "\0" in name:
            problem = "holds a NUL character" if "\0" in name else "is that of columns of serialized examples"
            raise DataError(
                f"a column cannot have this name: it {problem}",
                place=Place(uri=uri, column=name),
                hint="rename the column when the file is written",
            )


def with_features(batch: pa.RecordBatch, features: Sequence[str] | None) -> pa.RecordBatch:
    """The batch with these features, sorted by name; one that it does not have is a column of Arrow type ``null``.

    Args:
        batch: of examples; given back as it is where it has these features and no others.
        features: all when None.
    """
    if features is None or set(features) == set(batch.schema.names):
        return batch
    if not features:
        return batch.select([])  # which keeps the number of rows
    names, absent = sorted(set(features)), pa.nulls(batch.num_rows)
    columns = [batch.column(name) if name in batch.schema.names else absent for name in names]
    return pa.RecordBatch.from_arrays(columns, names=names)


def _as_feature(column: pa.Array, name: str, uri: str) -> pa.Array:
    place = Place(uri=uri, column=name)
    if pa.types.is_string_view(column.type) or pa.types.is_binary_view(column.type):
        column = column.cast(pa.binary())  # Arrow cannot filter views
    try:
        return _as_lists(column) if _is_list(column.type) else as_value_lists(column)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OverflowError) as error:
        raise DataError(
            f"a column must hold numbers, strings or bytes, or lists of them, that fit int64 or float32: {error}",
            place=place,
            value=str(column.type),
            hint="drop the column, or cast it when the file is written",
        ) from None


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _as_lists(column: pa.Array) -> pa.Array:
    """A list column of any kind as lists of a feature's type."""
    plain = column.cast(pa.list_(column.type.value_type))
    values = plain.flatten()
    if values.null_count:
        raise pa.ArrowInvalid("a list holds a null")
    if pa.types.is_null(values.type):
        return pa.nulls(len(plain))
    lengths = pc.fill_null(pc.list_value_length(plain), 0).to_numpy(zero_copy_only=False)
    offsets = np.zeros(len(plain) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    missing = plain.is_null() if plain.null_count else None
    return pa.ListArray.from_arrays(pa.array(offsets), _as_feature_values(values), mask=missing)


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
    return pa.ListArray.from_arrays(pa.array(offsets), _as_feature_values(values))


def _as_feature_values(values: pa.Array) -> pa.Array:
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _as_feature_values(values.dictionary_decode())
    if pa.types.is_string(kind):
        return values.view(pa.binary())
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return pc.cast(values, pa.int64())
    if pa.types.is_floating(kind):
        return _as_float32(values)
    if any(is_kind(kind) for is_kind in _OTHER_TEXTS):
        return pc.cast(values, pa.binary())
    if not pa.types.is_binary(kind):
        raise pa.ArrowNotImplementedError(f"no feature can hold {kind}")
    return values


_OTHER_TEXTS = (
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_large_binary,
    pa.types.is_binary_view,
    pa.types.is_fixed_size_binary,
)


def _as_float32(values: pa.Array) -> pa.Array:
    """Rounded to 32 bits; a finite number that would become infinite is an OverflowError."""
    single = pc.cast(values, pa.float32(), safe=False)
    if pa.types.is_float64(values.type):
        overflow = np.isinf(single.to_numpy()) & np.isfinite(values.to_numpy())
        if overflow.any():
            raise OverflowError(f"{values[int(np.flatnonzero(overflow)[0])]} is too large")
    return single
