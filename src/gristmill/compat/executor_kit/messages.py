"""The functions of ``tfx.utils.proto_utils``: messages as proto3 JSON, with the field names as declared."""

from __future__ import annotations

from typing import Any, TypeVar

from google.protobuf import json_format
from google.protobuf.message import Message

from gristmill.dsl.parameter_value import message_to_json

__all__ = ["dict_to_proto", "json_to_proto", "proto_to_dict", "proto_to_json"]

M = TypeVar("M", bound=Message)


def proto_to_json(proto: Message) -> str:
    """A message as JSON text, keys sorted."""
    return message_to_json(proto)


def proto_to_dict(proto: Message) -> dict[str, Any]:
    """A message as a dict."""
    fields: dict[str, Any] = json_format.MessageToDict(proto, preserving_proto_field_name=True)
    return fields


def json_to_proto(json_str: str, message: M) -> M:
    """Read JSON text into ``message`` and return it; fields that are not known are left out."""
    json_format.Parse(json_str, message, ignore_unknown_fields=True)
    return message


def dict_to_proto(json_dict: dict[str, Any], message: M) -> M:
    """Read a dict into ``message`` and return it; fields that are not known are left out."""
    json_format.ParseDict(json_dict, message, ignore_unknown_fields=True)
    return message
