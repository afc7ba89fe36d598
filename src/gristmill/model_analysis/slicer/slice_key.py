"""A slice key names a part of the rows: a tuple of (column, value) pairs, sorted by column.

The empty key ``()`` is the overall slice. Values are ``str`` (bytes features, decoded as UTF-8), ``int`` or ``float``.
A cross-slice key is a pair of slice keys: (baseline, comparison).
"""

from __future__ import annotations

from gristmill.proto.metrics_for_slice_pb2 import SingleSliceKey, SliceKey

__all__ = [
    "OVERALL_SLICE_KEY",
    "CrossSliceKeyType",
    "SliceKeyOrCrossSliceKeyType",
    "SliceKeyType",
    "SliceValue",
    "deserialize_slice_key",
    "is_cross_slice_key",
    "serialize_slice_key",
    "stringify_slice_key",
]

SliceValue = str | int | float
SliceKeyType = tuple[tuple[str, SliceValue], ...]
CrossSliceKeyType = tuple[SliceKeyType, SliceKeyType]
SliceKeyOrCrossSliceKeyType = SliceKeyType | CrossSliceKeyType

OVERALL_SLICE_KEY: SliceKeyType = ()


def is_cross_slice_key(key: SliceKeyOrCrossSliceKeyType) -> bool:
    """Whether ``key`` is a pair of slice keys: its first member is a tuple of pairs, or the empty overall key."""
    return len(key) == 2 and (not key[0] or isinstance(key[0][0], tuple))


def stringify_slice_key(key: SliceKeyType) -> str:
    """``Overall``, ``hour:12``, or ``day_X_hour:3_X_12`` for a key of several columns."""
    if not key:
        return "Overall"
    return "_X_".join(column for column, _ in key) + ":" + "_X_".join(str(value) for _, value in key)


def serialize_slice_key(key: SliceKeyType) -> SliceKey:
    """The message of a slice key. Floats are stored with 32 bits, as the published message has it."""
    message = SliceKey()
    for column, value in key:
        single = message.single_slice_keys.add(column=column)
        if isinstance(value, str):
            single.bytes_value = value.encode()
        elif isinstance(value, int):
            single.int64_value = value
        else:
            single.float_value = value
    return message


def deserialize_slice_key(message: SliceKey) -> SliceKeyType:
    """The slice key of a message."""
    return tuple((single.column, _value(single)) for single in message.single_slice_keys)


def _value(single: SingleSliceKey) -> SliceValue:
    kind = single.WhichOneof("kind")
    if kind == "int64_value":
        return single.int64_value
    return single.float_value if kind == "float_value" else single.bytes_value.decode()
