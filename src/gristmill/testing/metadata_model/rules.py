"""What becomes of a type or node when it is put, and which are refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from gristmill.metadata import errors
from gristmill.metadata.kinds import CONTEXT, AnyKind, AnyType, kind_of_type
from gristmill.proto import metadata_store_pb2 as messages
from gristmill.proto.metadata_store_pb2 import Value
from gristmill.testing.metadata_model.state import STRUCT_MARKER

__all__ = [
    "check_external_id",
    "check_properties",
    "check_unique",
    "created",
    "grown",
    "masked",
    "replaced",
    "require",
    "with_external_ids",
]

_MAPS = ("properties", "custom_properties")
_VALUE_TYPES = {
    "int_value": messages.INT,
    "double_value": messages.DOUBLE,
    "string_value": messages.STRING,
    "struct_value": messages.STRUCT,
    "proto_value": messages.PROTO,
    "bool_value": messages.BOOLEAN,
}


def require(holds: bool, error: Callable[[str], errors.StatusError], what: str) -> None:
    """Raises the error unless it holds."""
    if not holds:
        raise error(what)


def grown(stored: Any, given: Any, can_add: bool, can_omit: bool) -> Any:
    """A stored type with the properties of another message of it; the rest stays."""
    have, want = dict(stored.properties), dict(given.properties)
    may_grow = can_add or not want.keys() - have.keys()
    may_omit = can_omit or not have.keys() - want.keys()
    retyped = any(have[name] != want[name] for name in have.keys() & want.keys())
    require(may_grow and may_omit and not retyped, errors.AlreadyExistsError, "other properties")
    goal = deepcopy(stored)
    for name, data_type in want.items():
        goal.properties[name] = data_type
    return goal


def _fields(kind: AnyKind) -> list[str]:
    """The fields that an update replaces."""
    return ["external_id", *(["uri"] if kind.has_uri else []), *([kind.state_field] if kind.state_field else [])]


def created(kind: AnyKind, given: Any) -> Any:
    """A new node."""
    node = kind.node(type_id=given.type_id)
    _copy_fields(node, given, ["name", *_fields(kind), *_MAPS])
    return node


def replaced(kind: AnyKind, before: Any, given: Any) -> Any:
    """A stored node with the fields of another; what the other leaves out is gone, but type and name."""
    node = deepcopy(before)
    _copy_fields(node, given, [*_fields(kind), *_MAPS, *(["name"] if kind is CONTEXT else [])])
    return node


def masked(kind: AnyKind, before: Any, given: Any, mask: Sequence[str]) -> Any:
    """A stored node with the masked fields of another; paths that name no field are ignored."""
    node = deepcopy(before)
    _copy_fields(node, given, [path for path in mask if path in (*_fields(kind), *_MAPS)])
    if kind is CONTEXT and "name" in mask and given.name:
        node.name = given.name
    for path in mask:
        map_name, dot, name = path.partition(".")
        if dot and map_name in _MAPS:
            goal, wanted = getattr(node, map_name), getattr(given, map_name)
            if name in goal:
                del goal[name]
            if name in wanted:
                goal[name].CopyFrom(wanted[name])
    return node


def _copy_fields(goal: Any, given: Any, fields: Sequence[str]) -> None:
    for name in fields:
        goal.ClearField(name)
        if name in _MAPS:
            goal.MergeFrom(type(goal)(**{name: dict(getattr(given, name))}))
        elif given.HasField(name) or name == "uri":  # which comes back set, though it were never given
            setattr(goal, name, getattr(given, name))


def check_properties(kind: AnyKind, node: Any, types: Mapping[int, AnyType]) -> None:
    """A node has a type of its kind, the properties that this declares, and values that can be stored."""
    type_ = types.get(node.type_id)
    if type_ is None or kind_of_type(type_) is not kind:
        raise errors.NotFoundError("no such type")
    for name, value in node.properties.items():
        fits = type_.properties.get(name) == _VALUE_TYPES.get(value.WhichOneof("value") or "", messages.UNKNOWN)
        require(fits, errors.InvalidArgumentError, "a property that the type does not declare")
    storable = all(_is_storable(value) for name in _MAPS for value in getattr(node, name).values())
    require(storable, errors.InvalidArgumentError, "a value that would not come back")


def _is_storable(value: Value) -> bool:
    match value.WhichOneof("value"):
        case None:
            return False
        case "double_value":
            return math.isfinite(value.double_value)
        case "string_value":
            return value.string_value != "__MLMD_NULL__" and not value.string_value.startswith(STRUCT_MARKER)
        case "proto_value":
            return bool(value.proto_value.type_url)
    return True


def check_unique(node: Any, nodes: Mapping[int, Any]) -> None:
    """No other node has its type and name, or its external id."""
    if node.HasField("name"):
        taken = {(n.type_id, n.name) for n in nodes.values() if n.id != node.id and n.HasField("name")}
        require((node.type_id, node.name) not in taken, errors.AlreadyExistsError, "the name")
    check_external_id(node, nodes)


def check_external_id(message: Any, others: Mapping[int, Any]) -> None:
    """No other message has its external id; an empty one is one."""
    if message.HasField("external_id"):
        taken = {n.external_id for n in others.values() if n.id != message.id and n.HasField("external_id")}
        require(message.external_id not in taken, errors.AlreadyExistsError, "the external id")


def with_external_ids(among: Sequence[Any], external_ids: Sequence[str]) -> list[Any]:
    """Those that have one of the external ids; one at least, if any is asked for."""
    require("" not in external_ids, errors.InvalidArgumentError, "an empty external id")
    found = [message for message in among if message.external_id in external_ids]
    require(bool(found) or not external_ids, errors.NotFoundError, "none of the external ids")
    return found
