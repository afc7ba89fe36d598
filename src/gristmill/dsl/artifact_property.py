"""Typed properties of artifacts, and how a value of each type is kept in a ``metadata_store_pb2.Value``."""

from __future__ import annotations

import enum
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format, message, struct_pb2, symbol_database

from gristmill.errors import ConfigError
from gristmill.proto import metadata_store_pb2

__all__ = ["Property", "PropertyType", "read_value", "write_value"]

# JSON values that are no objects need a key to live under, since the store keeps JSON in a Struct.
_JSON_KEY = "__value__"


class PropertyType(enum.Enum):
    """The types that a property can have."""

    INT = 1
    FLOAT = 2
    STRING = 3
    JSON_VALUE = 4
    PROTO = 5
    BOOLEAN = 6

    @property
    def mlmd(self) -> int:
        """The number of the same type in ``metadata_store_pb2.PropertyType``."""
        return self.value

    @classmethod
    def from_mlmd(cls, number: int) -> PropertyType:
        """The type for a number of ``metadata_store_pb2.PropertyType``."""
        return cls(number)


@dataclass(frozen=True)
class Property:
    """Declares a property of an artifact class.

    Attributes:
        type: the type of its values.
    """

    type: PropertyType


Values = MutableMapping[str, metadata_store_pb2.Value]

_UNSET: dict[PropertyType, Any] = {
    PropertyType.INT: 0,
    PropertyType.FLOAT: 0.0,
    PropertyType.STRING: "",
    PropertyType.JSON_VALUE: None,
    PropertyType.PROTO: None,
    PropertyType.BOOLEAN: False,
}


def read_value(values: Values, key: str, kind: PropertyType) -> Any:
    """The Python value kept under ``key``; the unset value of its type where there is none."""
    if key not in values:
        return _UNSET[kind]
    value = values[key]
    if kind is PropertyType.JSON_VALUE:
        return _read_json(value)
    if kind is PropertyType.PROTO:
        return _read_proto(value, key)
    field = {
        PropertyType.INT: "int_value",
        PropertyType.FLOAT: "double_value",
        PropertyType.STRING: "string_value",
        PropertyType.BOOLEAN: "bool_value",
    }[kind]
    return getattr(value, field)


def write_value(values: Values, key: str, kind: PropertyType, value: object, where: str) -> None:
    """Keep ``value`` under ``key``.

    Raises:
        ConfigError: the value is not of the property's type; ``where`` names the property in the message.
    """
    stored = metadata_store_pb2.Value()
    if kind is PropertyType.INT and isinstance(value, int):
        stored.int_value = int(value)
    elif kind is PropertyType.FLOAT and isinstance(value, int | float):
        stored.double_value = float(value)
    elif kind is PropertyType.STRING and isinstance(value, str | bytes):
        stored.string_value = value if isinstance(value, str) else value.decode("utf-8")
    elif kind is PropertyType.BOOLEAN and isinstance(value, bool):
        stored.bool_value = value
    elif kind is PropertyType.PROTO and isinstance(value, message.Message):
        stored.proto_value.Pack(value)
    elif kind is PropertyType.JSON_VALUE:
        _write_json(stored, value, where)
    else:
        raise ConfigError(
            f"the property {where} takes a value of type {kind.name}",
            value=value,
            hint=f"this is of type {type(value).__name__}",
        )
    if key in values:
        del values[key]
    values[key].CopyFrom(stored)


def _write_json(stored: metadata_store_pb2.Value, value: Any, where: str) -> None:
    wrapped = value if isinstance(value, dict) else {_JSON_KEY: value}
    try:
        json_format.ParseDict(wrapped, stored.struct_value)
    except json_format.ParseError as error:
        raise ConfigError(f"the property {where} takes a JSON value", value=value, hint=str(error)) from error


def _read_json(value: metadata_store_pb2.Value) -> Any:
    if value.WhichOneof("value") == "string_value":
        return value.string_value
    struct: struct_pb2.Struct = value.struct_value
    decoded = _whole_numbers(json_format.MessageToDict(struct))
    return decoded[_JSON_KEY] if set(decoded) == {_JSON_KEY} else decoded


def _whole_numbers(value: Any) -> Any:
    """A Struct keeps every number as a double; whole ones read back as the integers that they were."""
    if isinstance(value, dict):
        return {key: _whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _read_proto(value: metadata_store_pb2.Value, key: str) -> message.Message:
    packed = value.proto_value
    try:
        cls = symbol_database.Default().GetSymbol(packed.TypeName())
    except KeyError as error:
        raise ConfigError(
            f"the message in property {key!r} can only be read when its type is known",
            value=packed.TypeName(),
            hint="import the module that defines this message first",
        ) from error
    result: message.Message = cls()
    packed.Unpack(result)
    return result
