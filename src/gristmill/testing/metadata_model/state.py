"""What a metadata store holds, as dictionaries of messages."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from gristmill.metadata.kinds import ARTIFACT, CONTEXT, EXECUTION, AnyKind, AnyType, kind_of_type
from gristmill.metadata.system_types import SYSTEM_TYPES
from gristmill.proto.metadata_store_pb2 import Event, Value
from gristmill.testing.metadata_model.conditions import Row

__all__ = ["KINDS", "STRUCT_MARKER", "State"]

KINDS: tuple[AnyKind, ...] = (ARTIFACT, EXECUTION, CONTEXT)
STRUCT_MARKER = "mlmd-struct::"
"""What the published format puts before the text that it makes of a struct."""


def _system_types() -> dict[int, AnyType]:
    kinds = {kind.type_kind: kind for kind in KINDS}
    return {
        number: kinds[type_kind].type(id=number, name=name)
        for number, (name, type_kind) in enumerate(SYSTEM_TYPES, start=1)
    }


@dataclass
class State:
    """Messages in here are replaced, never changed, so that a copy of the dictionaries is a copy of all.

    Attributes:
        types: of all kinds, by id.
        nodes: by the name of their kind and their id, as a store gives them but for the name of their type.
        events: in the order of storing.
        members: (context, node) by the name of the node's kind, in the order of storing.
        parents: (child, parent).
    """

    types: dict[int, AnyType] = field(default_factory=_system_types)
    nodes: dict[str, dict[int, Any]] = field(default_factory=lambda: {kind.name: {} for kind in KINDS})
    events: list[Event] = field(default_factory=list)
    members: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: {ARTIFACT.name: [], EXECUTION.name: []})
    parents: list[tuple[int, int]] = field(default_factory=list)

    def copy(self) -> State:
        """A state that does not change with this one."""
        return State(
            dict(self.types),
            {kind: dict(nodes) for kind, nodes in self.nodes.items()},
            list(self.events),
            {kind: list(pairs) for kind, pairs in self.members.items()},
            list(self.parents),
        )

    def types_of(self, kind: AnyKind) -> list[Any]:
        """The types of a kind, in the order of their ids."""
        return [type_ for _, type_ in sorted(self.types.items()) if kind_of_type(type_) is kind]

    def type_named(self, kind: AnyKind, name: str, version: str | None) -> Any:
        """The type of that name and version, or None."""
        same = [t for t in self.types_of(kind) if t.name == name and t.version == (version or "")]
        return same[0] if same else None

    def nodes_of(self, kind: AnyKind) -> list[Any]:
        """The nodes of a kind as a store gives them, in the order of their ids."""
        nodes = deepcopy([node for _, node in sorted(self.nodes[kind.name].items())])
        for node in nodes:
            node.type = self.types[node.type_id].name
        return nodes

    def nodes_with(self, kind: AnyKind, ids: Sequence[int] | set[int]) -> list[Any]:
        """Those with one of the ids."""
        return [node for node in self.nodes_of(kind) if node.id in ids]

    def events_with(self, kind: AnyKind, ids: Sequence[int] | set[int]) -> list[Event]:
        """The events of nodes of a kind."""
        return [event for event in self.events if getattr(event, f"{kind.name}_id") in ids]

    def contexts_of(self, kind: AnyKind, node_id: int) -> list[Any]:
        """The contexts that a node is in."""
        return self.nodes_with(CONTEXT, [context for context, member in self.members[kind.name] if member == node_id])

    def members_of(self, kind: AnyKind, context_id: int) -> list[Any]:
        """The nodes of a kind in a context."""
        return self.nodes_with(kind, [member for context, member in self.members[kind.name] if context == context_id])

    def relatives(self, context_id: int, *, parents: bool) -> list[Any]:
        """The parents of a context, or its children."""
        have, want = (0, 1) if parents else (1, 0)
        return self.nodes_with(CONTEXT, [edge[want] for edge in self.parents if edge[have] == context_id])

    def rows(self, kind: AnyKind, node: Any, owner: str) -> list[Row]:
        """The rows that a filter's owner stands for, seen from a node."""
        if owner == "":
            return [_row(node)]
        if owner.startswith(("properties.", "custom_properties.")):
            map_name, _, name = owner.partition(".")
            values = getattr(node, map_name)
            return [_value_row(values[name])] if name in values else []
        if owner.startswith("events_"):
            return [_row(event) for event in self.events_with(kind, [node.id])]
        if owner.startswith("contexts_"):
            return [_row(context) for context in self.contexts_of(kind, node.id)]
        if owner.startswith(("parent_contexts_", "child_contexts_")):
            return [_row(other) for other in self.relatives(node.id, parents=owner.startswith("parent"))]
        other = ARTIFACT if owner.startswith("artifacts_") else EXECUTION
        return [_row(member) for member in self.members_of(other, node.id)]


def _value_row(value: Value) -> Row:
    """A filter sees a struct as the text that the published format makes of it."""
    if not value.HasField("struct_value"):
        return _row(value)
    content = value.struct_value.SerializeToString(deterministic=True)
    return {**_row(value), "string_value": f"{STRUCT_MARKER}{base64.b64encode(content).decode('ascii')}"}


def _row(message: Any) -> Row:
    fields = [name for name, described in message.DESCRIPTOR.fields_by_name.items() if described.message_type is None]
    return {name: getattr(message, name) if message.HasField(name) else None for name in fields}
