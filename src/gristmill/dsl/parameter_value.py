"""A parameter's value as it is stored and handed to executors: a primitive, JSON text, or a placeholder for these."""

from __future__ import annotations

import inspect
import json
import types
import typing
from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format, message

from gristmill.dsl.placeholder.expression import Placeholder, sub_expressions
from gristmill.dsl.placeholder.functions import make_dict, make_list
from gristmill.dsl.placeholder.serialization import ProtoSerializationFormat
from gristmill.errors import ConfigError

__all__ = ["is_json_type", "is_message_type", "message_to_json", "stored_value"]

_PRIMITIVES = (bool, int, float, str, bytes)
_JSON_VALUES = "JSON has text, numbers, True, False, None, and lists and dicts of these"


def is_message_type(kind: Any) -> bool:
    """Whether a declared type is a protobuf message class."""
    return inspect.isclass(kind) and issubclass(kind, message.Message)


def is_json_type(kind: Any) -> bool:
    """Whether a declared type is a list, a dict, a union of JSON types, or ``Any``: kept as JSON text."""
    origin = typing.get_origin(kind) or kind
    return origin in (list, dict, Any, typing.Union, types.UnionType)


def message_to_json(value: message.Message) -> str:
    """A message as proto3 JSON text on one line, with the field names as declared, keys sorted."""
    text: str = json_format.MessageToJson(value, preserving_proto_field_name=True, sort_keys=True, indent=None)
    return text


def stored_value(value: Any, kind: Any, where: str) -> Any:
    """The stored form of a parameter's value.

    Args:
        value: what the user passed; not None.
        kind: the declared type, as in ExecutionParameter.
        where: component and parameter, for messages.

    Raises:
        ConfigError: the value is not of the declared type.
    """
    if isinstance(value, Placeholder):
        return value
    if any(True for _ in sub_expressions(value)):
        return _deferred(value, where)
    if is_message_type(kind):
        return message_to_json(_message(value, kind, where))
    if is_json_type(kind):
        return _json_text(value, kind, where)
    return _primitive(value, kind, where)


def _deferred(value: Any, where: str) -> Placeholder:
    """A list or dict with placeholders in it becomes one placeholder, for its JSON text."""
    nested: Placeholder = _nested(value, where)
    return nested.serialize(ProtoSerializationFormat.JSON)


def _nested(value: Any, where: str) -> Any:
    if isinstance(value, Mapping):
        return make_dict({key: _nested(item, where) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return make_list([_nested(item, where) for item in value])
    if isinstance(value, Placeholder | str | int | float | bool | None):
        return value
    raise ConfigError(
        f"{where} mixes placeholders with something that is no JSON value", value=value, hint=_JSON_VALUES
    )


def _message(value: Any, kind: type[message.Message], where: str) -> message.Message:
    if isinstance(value, kind):
        return value
    rule = f"{where} must be an object of {kind.__name__}"
    fields = ", ".join(field.name for field in kind.DESCRIPTOR.fields)
    try:
        if isinstance(value, Mapping):
            return json_format.ParseDict(dict(value), kind())
        if isinstance(value, str):
            return json_format.Parse(value, kind())
    except json_format.ParseError as error:
        raise ConfigError(f"{rule}: {_first_line(error)}", value=value, hint=f"the fields are: {fields}") from error
    raise ConfigError(rule, value=value, hint="pass the message, a dict of its fields, or its JSON text")


def _first_line(error: Exception) -> str:
    """The parser's message without what it says of the fields, which it calls by their JSON names."""
    return str(error).partition("\n")[0].rstrip(".")


def _json_text(value: Any, kind: Any, where: str) -> str:
    """Lists and dicts as JSON; text is taken as JSON already unless the type allows plain text too."""
    if isinstance(value, str) and str not in typing.get_args(kind):
        try:
            json.loads(value)
        except json.JSONDecodeError as error:
            raise ConfigError(
                f"{where} must be JSON: {error}", value=value, hint="pass the list or dict itself, or its JSON text"
            ) from error
        return value
    origin = typing.get_origin(kind) or kind
    if origin in (list, dict) and not isinstance(value, list | tuple if origin is list else Mapping):
        raise ConfigError(
            f"{where} must be a {origin.__name__}", value=value, hint=f"this is of type {type(value).__name__}"
        )
    try:
        return json.dumps(value, sort_keys=True)
    except TypeError as error:
        raise ConfigError(f"{where} must be a JSON value: {error}", value=value, hint=_JSON_VALUES) from error


def _primitive(value: Any, kind: Any, where: str) -> Any:
    allowed = kind if isinstance(kind, tuple) else (kind,)
    if any(allowed_kind in (None, Any) for allowed_kind in allowed):
        allowed = _PRIMITIVES
    if isinstance(value, bool) and bool not in allowed:
        if int in allowed:
            return int(value)
    elif isinstance(value, int) and int not in allowed and float in allowed:
        return float(value)
    elif isinstance(value, allowed):
        return _plain(value)
    names = " or ".join(allowed_kind.__name__ for allowed_kind in allowed)
    raise ConfigError(f"{where} must be of type {names}", value=value, hint=f"this is of type {type(value).__name__}")


def _plain(value: Any) -> Any:
    """The member of a ``str`` enumeration as its text, np.float64 as float: what the store holds and executors get."""
    bases = (kind for kind in _PRIMITIVES if isinstance(value, kind))
    base: Any = next(bases, None)
    if base is None or type(value) is base:
        return value
    return base.__getitem__(value, slice(None)) if base in (str, bytes) else base.__pos__(value)
