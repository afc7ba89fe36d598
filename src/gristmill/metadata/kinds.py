"""The three kinds of node that the store keeps, so that what holds for all of them is written once.

A kind knows its messages and the number by which the Type table tells its types. ``NodeKind[Artifact, ArtifactType]``
and its peers carry the message classes as type parameters: a call with ``ARTIFACT`` gives artifacts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from gristmill.proto.metadata_store_pb2 import (
    Artifact,
    ArtifactType,
    Context,
    ContextType,
    Execution,
    ExecutionType,
)

__all__ = ["ARTIFACT", "CONTEXT", "EXECUTION", "AnyKind", "AnyType", "NodeKind", "NodeT", "TypeT", "kind_of_type"]

NodeT = TypeVar("NodeT", bound=Artifact | Execution | Context)
AnyType = ArtifactType | ExecutionType | ContextType
TypeT = TypeVar("TypeT", bound=ArtifactType | ExecutionType | ContextType)


@dataclass(frozen=True)
class NodeKind(Generic[NodeT, TypeT]):
    """One kind of node.

    Attributes:
        name: lower-case word for messages to people.
        node: the node's message class.
        type: the type's message class.
        type_kind: how the Type table numbers this kind (published numbers).
        state_field: the message field, and column, that holds the state; None where nodes have none.
        has_uri: whether the nodes have a uri.
    """

    name: str
    node: type[NodeT]
    type: type[TypeT]
    type_kind: int
    state_field: str | None
    has_uri: bool


EXECUTION = NodeKind("execution", Execution, ExecutionType, 0, "last_known_state", False)
ARTIFACT = NodeKind("artifact", Artifact, ArtifactType, 1, "state", True)
CONTEXT = NodeKind("context", Context, ContextType, 2, None, False)

AnyKind = NodeKind[Any, Any]
_BY_TYPE: dict[type, AnyKind] = {kind.type: kind for kind in (EXECUTION, ARTIFACT, CONTEXT)}


def kind_of_type(type_: AnyType) -> AnyKind:
    """The kind of the nodes that have this type."""
    return _BY_TYPE[type(type_)]
