"""The contract over the wire: each method is one call of the published service, listings are fetched page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gristmill.metadata import errors
from gristmill.metadata.contract import MetadataBackend
from gristmill.metadata.filter_tokens import check_encodable
from gristmill.metadata.kinds import ARTIFACT, CONTEXT, EXECUTION, AnyType, NodeKind, NodeT, TypeT
from gristmill.metadata.listing import EVERYWHERE, ListOptions, OrderByField, Position, Scope
from gristmill.metadata.reuse import Reuse
from gristmill.metadata.wire.calls import Calls
from gristmill.metadata.wire.paging import ORDER_FIELDS, token
from gristmill.metadata.wire.protocol import KINDS, LARGEST_PAGE, title_of
from gristmill.metadata.wire.target import WireTarget
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
    ListOperationOptions,
    ParentContext,
)

__all__ = ["WireBackend"]


class WireBackend(MetadataBackend):
    """A metadata store behind a server."""

    def __init__(self, target: WireTarget) -> None:
        self._call = Calls(target)
        self._call("GetContextTypes")  # tells now, and not at the first use, when there is no server

    def __repr__(self) -> str:
        return f"WireBackend({self._call.target})"

    def close(self) -> None:
        self._call.close()

    # ---- types

    def put_types(self, types: Sequence[AnyType], *, can_add_fields: bool, can_omit_fields: bool) -> list[int]:
        by_kind = {f"{kind.name}_types": [type_ for type_ in types if isinstance(type_, kind.type)] for kind in KINDS}
        answer = self._call("PutTypes", can_add_fields=can_add_fields, can_omit_fields=can_omit_fields, **by_kind)
        ids = {kind.type: iter(getattr(answer, f"{kind.name}_type_ids")) for kind in KINDS}
        return [next(ids[type(type_)]) for type_ in types]

    def get_type(self, kind: NodeKind[NodeT, TypeT], name: str, version: str | None) -> TypeT:
        answer = self._call(f"Get{title_of(kind)}Type", type_name=name, type_version=version)
        found: TypeT = getattr(answer, f"{kind.name}_type")
        return found

    def get_types(self, kind: NodeKind[NodeT, TypeT]) -> list[TypeT]:
        return self._types(kind, f"Get{title_of(kind)}Types")

    def get_types_by_id(self, kind: NodeKind[NodeT, TypeT], ids: Sequence[int]) -> list[TypeT]:
        return self._types(kind, f"Get{title_of(kind)}TypesByID", type_ids=_checked_ids(ids))

    def get_types_by_external_ids(self, kind: NodeKind[NodeT, TypeT], external_ids: Sequence[str]) -> list[TypeT]:
        if not external_ids:
            return []
        return self._types(kind, f"Get{title_of(kind)}TypesByExternalIds", external_ids=external_ids)

    def _types(self, kind: NodeKind[NodeT, TypeT], method: str, **fields: Any) -> list[TypeT]:
        return list(getattr(self._call(method, **fields), f"{kind.name}_types"))

    # ---- nodes

    def put_nodes(
        self,
        kind: NodeKind[NodeT, TypeT],
        nodes: Sequence[NodeT],
        field_mask_paths: Sequence[str],
        *,
        must_be_unchanged: bool = False,
    ) -> list[int]:
        fields: dict[str, Any] = {f"{kind.name}s": nodes, "update_mask": {"paths": field_mask_paths}}
        if must_be_unchanged:
            if kind is not ARTIFACT:
                raise errors.UnimplementedError("the service compares update times of artifacts only")
            fields["options"] = {"abort_if_latest_updated_time_changed": True}
        return list(getattr(self._call(f"Put{title_of(kind)}s", **fields), f"{kind.name}_ids"))

    def get_nodes(
        self, kind: NodeKind[NodeT, TypeT], options: ListOptions | None, scope: Scope = EVERYWHERE
    ) -> list[NodeT]:
        options = options or ListOptions()
        if options.limit is not None and options.limit < 0:
            raise errors.InvalidArgumentError("the limit of a listing must not be negative", value=options.limit)
        check_encodable(options.filter_query or "")
        method, fields = _listing_call(kind, scope)
        found: list[NodeT] = []
        for page in self._pages(method, fields, options, scope.after, f"{kind.name}s"):
            found += page
            if options.limit and len(found) >= options.limit:
                return found[: options.limit]
        return found

    def _pages(
        self, method: str, fields: dict[str, Any], options: ListOptions, after: Position | None, key: str
    ) -> Iterator[list[Any]]:
        order = ListOperationOptions.OrderByField(
            field=ORDER_FIELDS[options.order_by or OrderByField.ID], is_asc=options.is_asc
        )
        asked = ListOperationOptions(order_by_field=order, filter_query=options.filter_query)
        asked.max_result_size = min(options.limit or LARGEST_PAGE, LARGEST_PAGE)
        if after is not None:
            asked.next_page_token = token(asked, after)
        while True:
            answer = self._call(method, options=asked, **fields)
            yield list(getattr(answer, key))
            if not answer.next_page_token:
                return
            asked.next_page_token = answer.next_page_token

    def get_nodes_by_id(self, kind: NodeKind[NodeT, TypeT], ids: Sequence[int]) -> list[NodeT]:
        method, key = f"Get{title_of(kind)}sByID", f"{kind.name}s"
        found: list[NodeT] = []
        for batch in _batches(_checked_ids(ids)):
            found += getattr(self._call(method, **{f"{kind.name}_ids": batch}), key)
        return found

    def get_nodes_by_external_ids(self, kind: NodeKind[NodeT, TypeT], external_ids: Sequence[str]) -> list[NodeT]:
        if not external_ids:
            return []
        answer = self._call(f"Get{title_of(kind)}sByExternalIds", external_ids=external_ids)
        return list(getattr(answer, f"{kind.name}s"))

    def get_node_by_type_and_name(
        self, kind: NodeKind[NodeT, TypeT], type_name: str, name: str, version: str | None
    ) -> NodeT | None:
        fields = {"type_name": type_name, "type_version": version, f"{kind.name}_name": name}
        answer = self._call(f"Get{title_of(kind)}ByTypeAndName", **fields)
        return getattr(answer, kind.name) if answer.HasField(kind.name) else None

    def get_artifacts_by_uri(self, uri: str) -> list[Artifact]:
        return list(self._call("GetArtifactsByURI", uris=[uri]).artifacts)

    def get_artifacts_and_types(self, ids: Sequence[int]) -> tuple[list[Artifact], list[ArtifactType]]:
        artifacts: list[Artifact] = []
        types: dict[int, ArtifactType] = {}
        for batch in _batches(_checked_ids(ids)):
            answer = self._call("GetArtifactsByID", artifact_ids=batch, populate_artifact_types=True)
            artifacts += answer.artifacts
            types |= {type_.id: type_ for type_ in answer.artifact_types}
        return artifacts, [types[key] for key in sorted(types)]

    # ---- edges

    def put_events(self, events: Sequence[Event]) -> None:
        self._call("PutEvents", events=events)

    def get_events(self, *, execution_ids: Sequence[int] = (), artifact_ids: Sequence[int] = ()) -> list[Event]:
        if execution_ids:
            method, field, ids = "GetEventsByExecutionIDs", "execution_ids", execution_ids
        else:
            method, field, ids = "GetEventsByArtifactIDs", "artifact_ids", artifact_ids
        return [event for batch in _batches(_checked_ids(ids)) for event in self._call(method, **{field: batch}).events]

    def put_attributions_and_associations(
        self, attributions: Sequence[Attribution], associations: Sequence[Association]
    ) -> None:
        self._call("PutAttributionsAndAssociations", attributions=attributions, associations=associations)

    def get_contexts_of(self, kind: NodeKind[NodeT, TypeT], node_id: int) -> list[Context]:
        answer = self._call(f"GetContextsBy{title_of(kind)}", **{f"{kind.name}_id": _checked_ids([node_id])[0]})
        return list(answer.contexts)

    def put_parent_contexts(self, edges: Sequence[ParentContext]) -> None:
        self._call("PutParentContexts", parent_contexts=edges)

    def get_parent_contexts(self, context_id: int) -> list[Context]:
        return list(self._call("GetParentContextsByContext", context_id=context_id).contexts)

    def get_children_contexts(self, context_id: int) -> list[Context]:
        return list(self._call("GetChildrenContextsByContext", context_id=context_id).contexts)

    # ---- lineage

    def put_execution(
        self,
        execution: Execution,
        pairs: Sequence[tuple[Artifact | None, Event | None]],
        contexts: Sequence[Context],
        reuse: Reuse,
        *,
        force_update_time: bool,
    ) -> tuple[int, list[int], list[int]]:
        options = {
            "reuse_context_if_already_exist": reuse.contexts,
            "force_reuse_context": reuse.contexts_by_id,
            "reuse_artifact_if_already_exist_by_external_id": reuse.artifacts_by_external_id,
            "force_update_time": force_update_time,
        }
        answer = self._call(
            "PutExecution",
            execution=execution,
            artifact_event_pairs=[{"artifact": artifact, "event": event} for artifact, event in pairs],
            contexts=contexts,
            options=options,
        )
        return answer.execution_id, list(answer.artifact_ids), list(answer.context_ids)

    def put_lineage_subgraph(
        self,
        executions: Sequence[Execution],
        artifacts: Sequence[Artifact],
        contexts: Sequence[Context],
        event_edges: Sequence[tuple[int | None, int | None, Event]],
        reuse: Reuse,
    ) -> tuple[list[int], list[int], list[int]]:
        edges = [
            {"execution_index": execution, "artifact_index": artifact, "event": event}
            for execution, artifact, event in event_edges
        ]
        options = {
            "reuse_context_if_already_exist": reuse.contexts,
            "reuse_artifact_if_already_exist_by_external_id": reuse.artifacts_by_external_id,
        }
        answer = self._call(
            "PutLineageSubgraph",
            executions=executions,
            artifacts=artifacts,
            contexts=contexts,
            event_edges=edges,
            options=options,
        )
        return list(answer.execution_ids), list(answer.artifact_ids), list(answer.context_ids)

    def get_lineage_subgraph(self, options: LineageSubgraphQueryOptions, paths: Sequence[str]) -> LineageGraph:
        answer = self._call("GetLineageSubgraph", lineage_subgraph_query_options=options, read_mask={"paths": paths})
        graph: LineageGraph = answer.lineage_subgraph
        self._complete(graph.artifacts, ARTIFACT)
        self._complete(graph.executions, EXECUTION)
        self._complete(graph.contexts, CONTEXT)
        return graph

    def _complete(self, nodes: Any, kind: NodeKind[NodeT, TypeT]) -> None:
        """Fetch the nodes of which the server told the ids alone, as the published one does."""
        if nodes and not nodes[0].HasField("type_id"):
            whole = self.get_nodes_by_id(kind, [node.id for node in nodes])
            del nodes[:]
            nodes.extend(whole)


def _listing_call(kind: NodeKind[NodeT, TypeT], scope: Scope) -> tuple[str, dict[str, Any]]:
    """The method that lists a scope, and its fields."""
    nodes = f"Get{title_of(kind)}s"
    if scope.context_id is not None and scope.type_name is not None:
        raise errors.UnimplementedError("the service lists the nodes of a context or those of a type, not of both")
    if scope.context_id is not None:
        return f"{nodes}ByContext", {"context_id": _checked_ids([scope.context_id])[0]}
    if scope.type_name is not None:
        return f"{nodes}ByType", {"type_name": scope.type_name, "type_version": scope.type_version}
    return nodes, {}


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    ordered = sorted(set(ids))
    return (ordered[start : start + LARGEST_PAGE] for start in range(0, len(ordered), LARGEST_PAGE))


def _checked_ids(ids: Sequence[int]) -> Sequence[int]:
    for number in ids:
        if not -(2**63) <= number < 2**63:
            raise errors.InvalidArgumentError("an id has 64 bits", value=number)
    return ids
