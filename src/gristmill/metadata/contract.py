"""The contract between the store's API and a database or server behind it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from gristmill.metadata.kinds import AnyType, NodeKind, NodeT, TypeT
from gristmill.metadata.listing import EVERYWHERE, ListOptions, Scope
from gristmill.metadata.reuse import Reuse
from gristmill.proto.metadata_store_pb2 import (
    Artifact,
    ArtifactType,
    Association,
    Attribution,
    Context,
    Event,
    Execution,
    LineageGraph,
    LineageSubgraphQueryOptions,
    ParentContext,
)

__all__ = ["MetadataBackend"]


class MetadataBackend(ABC):
    """A place that keeps types, nodes and edges. ``gristmill.testing.metadata`` holds the suite that tests these laws.

    Atomicity
        Each call is one transaction: all of it is stored when the call returns, nothing of it when it raises, and no
        reader ever sees a part. A process killed at any instant leaves every call whole or absent. One error leaves
        open which of the two it is: UnknownError, when the connection to a server broke while it was storing.
    Durability
        What a call stored is on the disk when it returns.
    Concurrency
        Any number of threads and processes may call at once, on one backend object or on several. Writes to one
        database happen one after another; a write waits for others up to a bound, then raises AbortedError and has
        stored nothing. No write is lost, and none happens twice. When several open an empty database at once, one makes
        the tables and the others wait for it.
    Ids
        The database gives ids; an id belongs to one node for ever and is never given again. Types, artifacts,
        executions and contexts count separately; a type's id is unique among types of all kinds.
    Uniqueness
        (kind, name, version) of types, (type, name) of nodes that have a name, external ids within types and within
        each kind of node, and (artifact, execution, type) of events. AlreadyExistsError tells of a conflict.
    Texts
        Strings come back as they were given; case, accents and spaces at the end make a difference. A string that the
        database cannot hold is refused with InvalidArgumentError, never cut; so is half of a surrogate pair, wherever a
        method takes a text.
    Growth
        A type gains properties, and never loses or retypes one. Nodes and edges are never removed.
    References
        An edge is stored only between nodes that exist; a node only with a type of its kind that exists.
    Clock
        Times are milliseconds since 1970 UTC by the store's clock. The caller's times are ignored, but an event's.
    Ownership
        Messages that a call receives are not changed and not kept; messages that it gives belong to the caller.
    Forks
        A child of a fork may go on using a backend object on a file or a server, with connections of its own.
    Errors
        Everything that is raised is a ``StatusError`` of ``gristmill.metadata.errors``, or a NotSupportedError.
    """

    @abstractmethod
    def close(self) -> None:
        """Releases connections; a later call opens new ones (a store in memory is gone). Closing twice is harmless."""

    # ---- types

    @abstractmethod
    def put_types(self, types: Sequence[AnyType], *, can_add_fields: bool, can_omit_fields: bool) -> list[int]:
        """Creates types, of one kind or several, or extends the stored ones of the same name and version; their ids."""

    @abstractmethod
    def get_type(self, kind: NodeKind[NodeT, TypeT], name: str, version: str | None) -> TypeT:
        """The type of that name and version; NotFoundError when there is none."""

    @abstractmethod
    def get_types(self, kind: NodeKind[NodeT, TypeT]) -> list[TypeT]:
        """All types of the kind, without the system's."""

    @abstractmethod
    def get_types_by_id(self, kind: NodeKind[NodeT, TypeT], ids: Sequence[int]) -> list[TypeT]:
        """The types with these ids, each once, in the order of ids; ids without a type are skipped."""

    @abstractmethod
    def get_types_by_external_ids(self, kind: NodeKind[NodeT, TypeT], external_ids: Sequence[str]) -> list[TypeT]:
        """The types with these external ids; NotFoundError when there is none of them."""

    # ---- nodes

    @abstractmethod
    def put_nodes(
        self,
        kind: NodeKind[NodeT, TypeT],
        nodes: Sequence[NodeT],
        field_mask_paths: Sequence[str],
        *,
        must_be_unchanged: bool = False,
    ) -> list[int]:
        """Creates the nodes without id and replaces those with one (only the masked fields when there is a mask).

        With ``must_be_unchanged``, a node whose stored update time is another than the message's raises
        FailedPreconditionError: somebody else has changed it since it was read.
        """

    @abstractmethod
    def get_nodes(
        self, kind: NodeKind[NodeT, TypeT], options: ListOptions | None, scope: Scope = EVERYWHERE
    ) -> list[NodeT]:
        """The nodes of the scope, ordered, filtered and cut as the options say; none of a type that does not exist."""

    @abstractmethod
    def get_nodes_by_id(self, kind: NodeKind[NodeT, TypeT], ids: Sequence[int]) -> list[NodeT]:
        """The nodes with these ids, each once, in the order of ids; ids without a node are skipped."""

    @abstractmethod
    def get_nodes_by_external_ids(self, kind: NodeKind[NodeT, TypeT], external_ids: Sequence[str]) -> list[NodeT]:
        """The nodes with these external ids; NotFoundError when there is none of them."""

    @abstractmethod
    def get_node_by_type_and_name(
        self, kind: NodeKind[NodeT, TypeT], type_name: str, name: str, version: str | None
    ) -> NodeT | None:
        """The node of that name among those of a type."""

    @abstractmethod
    def get_artifacts_by_uri(self, uri: str) -> list[Artifact]:
        """The artifacts with exactly this uri."""

    @abstractmethod
    def get_artifacts_and_types(self, ids: Sequence[int]) -> tuple[list[Artifact], list[ArtifactType]]:
        """The artifacts with these ids, and their types, each once."""

    # ---- edges

    @abstractmethod
    def put_events(self, events: Sequence[Event]) -> None:
        """Stores events."""

    @abstractmethod
    def get_events(self, *, execution_ids: Sequence[int] = (), artifact_ids: Sequence[int] = ()) -> list[Event]:
        """The events of these executions, or of these artifacts (one of the two is given)."""

    @abstractmethod
    def put_attributions_and_associations(
        self, attributions: Sequence[Attribution], associations: Sequence[Association]
    ) -> None:
        """Puts artifacts and executions into contexts; repeating is harmless."""

    @abstractmethod
    def get_contexts_of(self, kind: NodeKind[NodeT, TypeT], node_id: int) -> list[Context]:
        """The contexts that a node is in; NotFoundError when there is none."""

    @abstractmethod
    def put_parent_contexts(self, edges: Sequence[ParentContext]) -> None:
        """Makes contexts children of others; cycles are refused."""

    @abstractmethod
    def get_parent_contexts(self, context_id: int) -> list[Context]:
        """The parents of a context."""

    @abstractmethod
    def get_children_contexts(self, context_id: int) -> list[Context]:
        """The children of a context."""

    # ---- lineage

    @abstractmethod
    def put_execution(
        self,
        execution: Execution,
        pairs: Sequence[tuple[Artifact | None, Event | None]],
        contexts: Sequence[Context],
        reuse: Reuse,
        *,
        force_update_time: bool,
    ) -> tuple[int, list[int], list[int]]:
        """Stores an execution with its artifacts, events and contexts; gives their ids."""

    @abstractmethod
    def put_lineage_subgraph(
        self,
        executions: Sequence[Execution],
        artifacts: Sequence[Artifact],
        contexts: Sequence[Context],
        event_edges: Sequence[tuple[int | None, int | None, Event]],
        reuse: Reuse,
    ) -> tuple[list[int], list[int], list[int]]:
        """Stores nodes and the events between them; gives the ids of executions, artifacts and contexts."""

    @abstractmethod
    def get_lineage_subgraph(self, options: LineageSubgraphQueryOptions, paths: Sequence[str]) -> LineageGraph:
        """The part of the lineage graph around the nodes that a filter finds."""
