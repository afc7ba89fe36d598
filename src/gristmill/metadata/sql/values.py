"""Property values as columns of a property row, and back.

Structs live in ``string_value`` behind a marker, as published. What the published format cannot hold is refused before
it is written, since it would come back as something else, here or in another reader of the same database.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from typing import Any

from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import DecodeError
from google.protobuf.struct_pb2 import Struct

from gristmill.metadata import errors
from gristmill.metadata.sql.damage import damage
from gristmill.proto import metadata_store_pb2 as messages

__all__ = ["VALUE_COLUMNS", "property_type", "set_value", "to_columns"]

VALUE_COLUMNS = ("int_value", "double_value", "string_value", "proto_value", "bool_value")

_STRUCT_MARKER = "mlmd-struct::"
_NULL_MARKER = "__MLMD_NULL__"  # how the original library spells NULL inside its own results
_NO_VALUE: dict[str, Any] = dict.fromkeys(VALUE_COLUMNS)

_TYPES = {
    "int_value": messages.INT,
    "double_value": messages.DOUBLE,
    "string_value": messages.STRING,
    "struct_value": messages.STRUCT,
    "proto_value": messages.PROTO,
    "bool_value": messages.BOOLEAN,
}


def property_type(value: messages.Value) -> int:
    """The PropertyType that a value has; UNKNOWN for an empty one."""
    chosen = value.WhichOneof("value")
    return int(_TYPES[chosen]) if chosen else int(messages.UNKNOWN)


def to_columns(value: messages.Value, name: str) -> dict[str, Any]:
    """The columns of a property row.

    Raises:
        InvalidArgumentError: the value is empty, or the database format cannot hold it.
    """
    chosen = value.WhichOneof("value")
    if chosen is None:
        raise errors.InvalidArgumentError(
            f"the value of property {name!r} is empty", hint="set one of its fields, or leave the property out"
        )
    check, encode = _ENCODERS.get(chosen, (None, None))
    content = getattr(value, chosen)
    if check is not None:
        check(content, name)
    column = "string_value" if chosen == "struct_value" else chosen
    return {**_NO_VALUE, column: content if encode is None else encode(content)}


def set_value(
    value: messages.Value,
    integer: int | None,
    number: float | None,
    text: str | None,
    message: bytes | None,
    truth: object,
) -> None:
    """Fills a value from the ``VALUE_COLUMNS`` of a property row; leaves it empty when the row holds none."""
    if text is not None:
        _read_text(text, value)
    elif integer is not None:
        value.int_value = integer
    elif number is not None:
        value.double_value = number
    elif truth is not None:
        value.bool_value = bool(truth)
    elif message is not None:
        _read_message(message, value)


def _read_text(text: str, value: messages.Value) -> None:
    """A marked struct, or a string. A string that only looks marked stays a string."""
    if text.startswith(_STRUCT_MARKER):
        try:
            value.struct_value.ParseFromString(base64.b64decode(text[len(_STRUCT_MARKER) :], validate=True))
            value.struct_value.SetInParent()
            return
        except (DecodeError, ValueError):
            value.ClearField("struct_value")
    value.string_value = text


def _read_message(content: bytes, value: messages.Value) -> None:
    try:
        value.proto_value.ParseFromString(content)
    except DecodeError as error:
        raise damage("a stored proto_value is no serialized Any message") from error


def _check_double(content: float, name: str) -> None:
    if not math.isfinite(content):
        raise errors.InvalidArgumentError(
            f"the number in property {name!r} must be finite: databases do not store NaN and infinities alike",
            value=content,
            hint="leave the property out, or store a string",
        )


def _check_string(content: str, name: str) -> None:
    if content == _NULL_MARKER or content.startswith(_STRUCT_MARKER):
        raise errors.InvalidArgumentError(
            f"the string in property {name!r} is reserved by the database format",
            value=content,
            hint=f"choose a string that is not {_NULL_MARKER} and does not start with {_STRUCT_MARKER}",
        )


def _check_message(content: AnyMessage, name: str) -> None:
    if not content.type_url:
        raise errors.InvalidArgumentError(
            f"the message in property {name!r} has no type_url", hint="fill it with Any.Pack(message)"
        )


def _encode_struct(content: Struct) -> str:
    return _STRUCT_MARKER + base64.b64encode(content.SerializeToString(deterministic=True)).decode("ascii")


def _encode_message(content: AnyMessage) -> bytes:
    return bytes(content.SerializeToString(deterministic=True))


_ENCODERS: dict[str, tuple[Callable[[Any, str], None] | None, Callable[[Any], Any] | None]] = {
    "double_value": (_check_double, None),
    "string_value": (_check_string, None),
    "struct_value": (None, _encode_struct),
    "proto_value": (_check_message, _encode_message),
}
