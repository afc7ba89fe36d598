"""The contract on a SQL database: each method is one transaction around the row functions of this package."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import select

from gristmill.metadata import errors
from gristmill.metadata.contract import MetadataBackend
from gristmill.metadata.kinds import ARTIFACT, CONTEXT, AnyType, NodeKind, NodeT, TypeT, kind_of_type
from gristmill.metadata.listing import EVERYWHERE, ListOptions, Scope
from gristmill.metadata.reuse import Reuse
from gristmill.metadata.sql import edge_rows, lineage_reads, lineage_writes, node_rows, node_writes, type_rows
from gristmill.metadata.sql.damage import damage_told
from gristmill.metadata.sql.database import Database, Transaction
from gristmill.metadata.texts import check_texts
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

__all__ = ["SqlBackend"]

Found = TypeVar("Found")


class SqlBackend(MetadataBackend):
    """A metadata store in a database that ``open_database`` has opened."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __repr__(self) -> str:
        return f"SqlBackend({self._database.target})"

    def close(self) -> None:
        self._database.close()

    def put_types(self, types: Sequence[AnyType], *, can_add_fields: bool, can_omit_fields: bool) -> list[int]:
        allowed = {"can_add_fields": can_add_fields, "can_omit_fields": can_omit_fields}
        return self._database.write(
            lambda tx: [type_rows.put_type(tx, kind_of_type(type_), type_, **allowed) for type_ in types]
        )

    def get_type(self, kind: NodeKind[NodeT, TypeT], name: str, version: str | None) -> TypeT:
        check_texts(name, version)
        found = self._database.read(lambda tx: type_rows.find_type(tx, kind, name, version))
        if found is None:
            of_version = f" in version {version!r}" if version else ""
            raise errors.NotFoundError(f"there is no {kind.name} type {name!r}{of_version}")
        return found

    def get_types(self, kind: NodeKind[NodeT, TypeT]) -> list[TypeT]:
        return self._database.read(lambda tx: type_rows.user_types(tx, kind))

    def get_types_by_id(self, kind: NodeKind[NodeT, TypeT], ids: Sequence[int]) -> list[TypeT]:
        return list(self._database.read(lambda tx: type_rows.types_by_id(tx, kind, ids)).values())

    def get_types_by_external_ids(self, kind: NodeKind[NodeT, TypeT], external_ids: Sequence[str]) -> list[TypeT]:
        _check_external_ids(external_ids)
        found = self._database.read(lambda tx: type_rows.types_by_external_ids(tx, kind, external_ids))
        return _some(found, external_ids, f"{kind.name} types")

    def put_nodes(
        self,
        kind: NodeKind[NodeT, TypeT],
        nodes: Sequence[NodeT],
        field_mask_paths: Sequence[str],
        *,
        must_be_unchanged: bool = False,
    ) -> list[int]:
        check_texts(*field_mask_paths)
        return self._database.write(
            lambda tx: node_writes.put_nodes(
                tx, kind, nodes, mask=field_mask_paths, must_be_unchanged=must_be_unchanged
            )
        )

    def get_nodes(
        self, kind: NodeKind[NodeT, TypeT], options: ListOptions | None, scope: Scope = EVERYWHERE
    ) -> list[NodeT]:
        _check_options(options)
        check_texts(scope.type_name, scope.type_version)
        return self._database.read(lambda tx: node_rows.list_nodes(tx, kind, options or ListOptions(), scope))

    def get_nodes_by_id(self, kind: NodeKind[NodeT, TypeT], ids: Sequence[int]) -> list[NodeT]:
        return self._database.read(lambda tx: node_rows.nodes_by_column(tx, kind, "id", ids))

    def get_nodes_by_external_ids(self, kind: NodeKind[NodeT, TypeT], external_ids: Sequence[str]) -> list[NodeT]:
        _check_external_ids(external_ids)
        found = self._database.read(lambda tx: node_rows.nodes_by_column(tx, kind, "external_id", external_ids))
        return _some(found, external_ids, f"{kind.name}s")

    def get_node_by_type_and_name(
        self, kind: NodeKind[NodeT, TypeT], type_name: str, name: str, version: str | None
    ) -> NodeT | None:
        check_texts(type_name, name, version)
        return self._database.read(lambda tx: node_rows.node_by_type_and_name(tx, kind, type_name, name, version))

    def get_artifacts_by_uri(self, uri: str) -> list[Artifact]:
        check_texts(uri)
        return self._database.read(lambda tx: node_rows.nodes_by_column(tx, ARTIFACT, "uri", [uri]))

    def get_artifacts_and_types(self, ids: Sequence[int]) -> tuple[list[Artifact], list[ArtifactType]]:
        def work(tx: Transaction) -> tuple[list[Artifact], list[ArtifactType]]:
            artifacts = node_rows.nodes_by_column(tx, ARTIFACT, "id", ids)
            types = type_rows.types_by_id(tx, ARTIFACT, [artifact.type_id for artifact in artifacts])
            return artifacts, list(types.values())

        return self._database.read(work)

    def put_events(self, events: Sequence[Event]) -> None:
        self._database.write(lambda tx: edge_rows.put_events(tx, events))

    def get_events(self, *, execution_ids: Sequence[int] = (), artifact_ids: Sequence[int] = ()) -> list[Event]:
        column, ids = ("execution_id", execution_ids) if execution_ids else ("artifact_id", artifact_ids)
        return self._database.read(lambda tx: edge_rows.events_where(tx, column, ids))

    def put_attributions_and_associations(
        self, attributions: Sequence[Attribution], associations: Sequence[Association]
    ) -> None:
        self._database.write(lambda tx: edge_rows.put_attributions_and_associations(tx, attributions, associations))

    def get_contexts_of(self, kind: NodeKind[NodeT, TypeT], node_id: int) -> list[Context]:
        def work(tx: Transaction) -> list[Context]:
            table = tx.tables.membership(kind)
            members = select(table.c.context_id).where(table.c[f"{kind.name}_id"] == node_id)
            return node_rows.nodes_where(tx, CONTEXT, tx.tables.of(CONTEXT).node.c.id.in_(members))

        found = self._database.read(work)
        if not found:
            raise errors.NotFoundError(f"{kind.name} {node_id} is in no context")
        return found

    def put_parent_contexts(self, edges: Sequence[ParentContext]) -> None:
        self._database.write(lambda tx: edge_rows.put_parent_contexts(tx, edges))

    def get_parent_contexts(self, context_id: int) -> list[Context]:
        return self._relatives(context_id, have="context_id", want="parent_context_id")

    def get_children_contexts(self, context_id: int) -> list[Context]:
        return self._relatives(context_id, have="parent_context_id", want="context_id")

    def _relatives(self, context_id: int, *, have: str, want: str) -> list[Context]:
        def work(tx: Transaction) -> list[Context]:
            columns = tx.tables.parent_context.c
            ids = select(columns[want]).where(columns[have] == context_id)
            return node_rows.nodes_where(tx, CONTEXT, tx.tables.of(CONTEXT).node.c.id.in_(ids))

        return self._database.read(work)

    def put_execution(
        self,
        execution: Execution,
        pairs: Sequence[tuple[Artifact | None, Event | None]],
        contexts: Sequence[Context],
        reuse: Reuse,
        *,
        force_update_time: bool,
    ) -> tuple[int, list[int], list[int]]:
        return self._database.write(
            lambda tx: lineage_writes.put_execution(
                tx, execution, pairs, contexts, reuse, force_update_time=force_update_time
            )
        )

    def put_lineage_subgraph(
        self,
        executions: Sequence[Execution],
        artifacts: Sequence[Artifact],
        contexts: Sequence[Context],
        event_edges: Sequence[tuple[int | None, int | None, Event]],
        reuse: Reuse,
    ) -> tuple[list[int], list[int], list[int]]:
        return self._database.write(
            lambda tx: lineage_writes.put_lineage_subgraph(tx, executions, artifacts, contexts, event_edges, reuse)
        )

    def get_lineage_subgraph(self, options: LineageSubgraphQueryOptions, paths: Sequence[str]) -> LineageGraph:
        def work(tx: Transaction) -> LineageGraph:
            with damage_told("the stored lineage"):
                return lineage_reads.get_lineage_subgraph(tx, options, paths)

        return self._database.read(work)


def _check_options(options: ListOptions | None) -> None:
    if options is not None and options.limit is not None and options.limit < 0:
        raise errors.InvalidArgumentError("the limit of a listing must not be negative", value=options.limit)


def _check_external_ids(external_ids: Sequence[str]) -> None:
    check_texts(*external_ids)
    if "" in external_ids:
        raise errors.InvalidArgumentError("an external id to look for must not be empty")


def _some(found: list[Found], asked: Sequence[str], what: str) -> list[Found]:
    if asked and not found:
        raise errors.NotFoundError(f"there are no {what} with these external ids", value=list(asked))
    return found
