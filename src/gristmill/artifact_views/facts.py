"""What every artifact has: an id, a type, a place, a state, and properties."""

from __future__ import annotations

import json
from typing import Any

from google.protobuf import json_format
from markupsafe import Markup

from gristmill.display.elements import key_values
from gristmill.display.texts import shortened
from gristmill.dsl.artifact import Artifact
from gristmill.proto import metadata_store_pb2
from gristmill.redaction import json_within, without_secrets, without_secrets_within

__all__ = ["facts", "property_text", "property_value"]

_SHOWN = 500  # characters of a property; a longer one is for a program
_OWN = "gristmill_"  # begins the names of properties that the runner writes for itself, such as digests


def facts(artifact: Artifact) -> Markup:
    """Id, place, state and properties."""
    message = artifact.mlmd_artifact
    pairs: list[tuple[str, str]] = [("type", artifact.type_name)]
    if artifact.id:
        pairs.append(("id", str(artifact.id)))
    pairs += [("name", without_secrets(artifact.name))] if artifact.name else []
    pairs += [("place", without_secrets(artifact.uri) or "(no URI)")]
    pairs += [("state", artifact.state)] if artifact.state else []
    names = sorted(
        {*message.properties, *message.custom_properties} - {"state"}, key=lambda name: (_is_own(name), name)
    )
    for name in names:
        declared = name in message.properties
        value = message.properties[name] if declared else message.custom_properties[name]
        pairs.append((name, property_text(name, value)))
    return key_values(pairs)


def _is_own(name: str) -> bool:
    return name.startswith(_OWN)


def property_text(name: str, value: metadata_store_pb2.Value) -> str:
    """A property for people: cut where it is long, without secrets."""
    shown = without_secrets_within(property_value(value), name)
    text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
    return shortened(text, _SHOWN)


def property_value(value: metadata_store_pb2.Value) -> Any:
    """A property as a JSON value; a text that is JSON is what it says."""
    kind = value.WhichOneof("value")
    if kind is None:
        return ""
    found = getattr(value, kind)
    if kind in ("struct_value", "proto_value"):
        return json_format.MessageToDict(found) if kind == "struct_value" else str(found)
    return json_within(found)
