"""Values as text: messages and JSON values in several formats, lists of primitives."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format, message, text_format

from gristmill.dsl.placeholder.expression import Placeholder, as_text
from gristmill.dsl.placeholder.scope import Scope
from gristmill.errors import ConfigError

__all__ = ["ListSerializationFormat", "ProtoSerializationFormat", "Serialized", "SerializedList"]


class ProtoSerializationFormat(enum.Enum):
    """How a message is written. INLINE_FILE_TEXT_FORMAT is text format in a file that the launcher writes."""

    TEXT_FORMAT = 1
    JSON = 2
    BINARY = 3
    INLINE_FILE_TEXT_FORMAT = 4


class ListSerializationFormat(enum.Enum):
    """How a list is written."""

    JSON = 1
    COMMA_SEPARATED_STR = 2


@dataclass(frozen=True, eq=False)
class Serialized(Placeholder):
    """A message or JSON value in one of the formats."""

    of: Placeholder
    format: ProtoSerializationFormat

    def value_in(self, scope: Scope) -> str | bytes | None:
        value = self.of.value_in(scope)
        if value is None:
            return None
        if self.format is ProtoSerializationFormat.JSON:
            return _json(value)
        if not isinstance(value, message.Message):
            raise ConfigError(f"only a message can be written as {self.format.name}", value=value, hint="use JSON")
        if self.format is ProtoSerializationFormat.BINARY:
            return bytes(value.SerializeToString(deterministic=True))
        return str(text_format.MessageToString(value))


@dataclass(frozen=True, eq=False)
class SerializedList(Placeholder):
    """A list of primitives as one text."""

    of: Placeholder
    format: ListSerializationFormat

    def value_in(self, scope: Scope) -> str | None:
        value = self.of.value_in(scope)
        if value is None:
            return None
        items = json.loads(value) if isinstance(value, str) else value
        if not isinstance(items, list | tuple) or not all(isinstance(item, str | int | float) for item in items):
            raise ConfigError(
                "serialize_list() takes a list of text, numbers or booleans",
                value=value,
                hint="serialize() takes messages and values of other types",
            )
        if self.format is ListSerializationFormat.JSON:
            return json.dumps(list(items))
        return ",".join(f'"{item}"' if isinstance(item, str) else as_text(item) for item in items)


def _json(value: Any) -> str:
    if isinstance(value, message.Message):
        return str(json_format.MessageToJson(value, preserving_proto_field_name=True, sort_keys=True, indent=None))
    return json.dumps(plain(value), sort_keys=True)


def plain(value: Any) -> Any:
    """A value made of lists, dicts and messages as plain JSON data."""
    if isinstance(value, message.Message):
        return json_format.MessageToDict(value, preserving_proto_field_name=True)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value
