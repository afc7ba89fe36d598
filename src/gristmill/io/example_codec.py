"""tf.Example ⇄ Arrow: serialized records to record batches and back.

A feature is a column of type ``list<int64>``, ``list<float32>`` or ``list<binary>``. What a row says:

======================  ==========================================
row                     in the record
======================  ==========================================
null                    the key is not there
empty list              the key with a kind and no values
any row, column of      the key with a ``Feature`` that has no kind
Arrow type ``null``
======================  ==========================================

Reading, a missing key and a ``Feature`` without a kind both give null. Byte strings stay bytes; they need not be UTF-8.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.types as pat

from gristmill.errors import ConfigError, DataError, Place
from gristmill.io import _native
from gristmill.io.codec_fault import data_error

__all__ = ["decode_examples", "encode_examples"]

_CAST_HINT = "cast the column to a list of int64, float32 or binary first"


def encode_examples(batch: pa.RecordBatch) -> pa.BinaryArray:
    """Serialize each row as a tf.Example, byte for byte as protobuf's deterministic serialisation does.

    Args:
        batch: columns of lists (any list type) of integers, booleans, floats, strings or bytes, or of Arrow type
            ``null``. Integers become int64, floats float32 (rounded, out of range to infinity), strings UTF-8.

    Returns:
        One record per row. Keys are sorted bytewise, but where one begins with another the longer comes first: the
        order that Python protobuf has, on which TFX's splits depend.

    Raises:
        ConfigError: a column's type cannot be a feature, two columns have one name, or a name holds a NUL.
        DataError: a list holds a null, a number does not fit, or the records would take 2 GiB or more (encode fewer
            rows at a time).
    """
    _require_names(batch.schema.names)
    _require_unique_names(batch.schema)
    columns = [_feature_column(name, column) for name, column in zip(batch.schema.names, batch.columns, strict=True)]
    # A batch without columns still has rows, which from_arrays could not know.
    rows = pa.RecordBatch.from_arrays(columns, names=batch.schema.names) if columns else batch
    try:
        return pa.array(_native.encode_examples(rows))
    except _native.CodecError as fault:
        raise data_error(fault) from None


def decode_examples(
    records: pa.BinaryArray, *, features: Sequence[str] | None = None, place: Place | None = None
) -> pa.RecordBatch:
    """Parse serialized tf.Examples into columns.

    Args:
        records: one tf.Example each; fewer than 2 GiB together.
        features: the columns wanted; all that occur when None. The values of other features are not looked into.
        place: where the records come from; its ``record`` is the place of the first of them in the file. For errors.

    Returns:
        One row per record and one column per feature, sorted by name, of type ``list<int64>``, ``list<float32>`` or
        ``list<binary>``. A feature to which no record gives a kind (one asked for that never occurs, too) is a column
        of Arrow type ``null``.

    Raises:
        ConfigError: ``records`` is not of type binary, or a name in ``features`` holds a NUL.
        DataError: a record is not a tf.Example, a feature changes its kind between records, there are more different
            features than can be discovered at once, or a name holds a NUL. Names the record and, where known, the
            feature.
    """
    if not pat.is_binary(records.type):
        raise ConfigError("serialized examples must be of Arrow type binary", value=str(records.type))
    wanted = None if features is None else list(features)
    _require_names(wanted or [])
    try:
        return pa.record_batch(_native.decode_examples(records, wanted))
    except _native.CodecError as fault:
        raise data_error(fault, place) from None


def _require_names(names: Sequence[str]) -> None:
    """Names cross to the native codec as C strings."""
    for name in names:
        if "\0" in name:
            raise ConfigError("a feature's name must not hold a NUL character", value=name)


def _require_unique_names(schema: pa.Schema) -> None:
    if len(set(schema.names)) == len(schema.names):
        return
    twice = next(name for name in schema.names if schema.names.count(name) > 1)
    raise ConfigError("a batch must not have two columns of one name", place=Place(column=twice))


def _feature_column(name: str, column: pa.Array) -> pa.Array:
    """The column in one of the types that the native codec takes."""
    target = _feature_type(name, column.type)
    if column.type == target:
        return column
    try:
        return column.cast(target)
    except pa.ArrowInvalid as error:
        raise DataError(f"a value cannot be stored in a tf.Example: {error}", place=Place(column=name)) from error
    except pa.ArrowNotImplementedError as error:
        raise _not_a_feature(name, column.type) from error


def _feature_type(name: str, kind: pa.DataType) -> pa.DataType:
    if pat.is_null(kind):
        return kind
    if any(is_list(kind) for is_list in _LIST_TYPES):
        item = kind.value_type.value_type if pat.is_dictionary(kind.value_type) else kind.value_type
        for is_type, target in _ITEM_TYPES:
            if is_type(item):
                return pa.list_(target)
    raise _not_a_feature(name, kind)


def _not_a_feature(name: str, kind: pa.DataType) -> ConfigError:
    return ConfigError(
        "a feature must be a column of lists of numbers, strings or bytes",
        place=Place(column=name),
        value=str(kind),
        hint=_CAST_HINT,
    )


_TypeTest = Callable[[pa.DataType], bool]

_LIST_TYPES: tuple[_TypeTest, ...] = (
    pat.is_list,
    pat.is_large_list,
    pat.is_fixed_size_list,
    pat.is_list_view,
    pat.is_large_list_view,
)

_ITEM_TYPES: tuple[tuple[_TypeTest, pa.DataType], ...] = (
    (pat.is_integer, pa.int64()),
    (pat.is_boolean, pa.int64()),
    (pat.is_floating, pa.float32()),
    (pat.is_binary, pa.binary()),
    (pat.is_large_binary, pa.binary()),
    (pat.is_binary_view, pa.binary()),
    (pat.is_fixed_size_binary, pa.binary()),
    (pat.is_string, pa.binary()),
    (pat.is_large_string, pa.binary()),
    (pat.is_string_view, pa.binary()),
)
