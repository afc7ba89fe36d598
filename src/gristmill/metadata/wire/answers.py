"""What the service answers to each request: a function from a back end and a request to the fields of the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gristmill.metadata import errors
from gristmill.metadata.contract import MetadataBackend
from gristmill.metadata.kinds import ARTIFACT, CONTEXT, EXECUTION, AnyKind
from gristmill.metadata.listing import NEWEST_FIRST, ListOptions, Scope
from gristmill.metadata.reuse import Reuse
from gristmill.metadata.wire.paging import page
from gristmill.metadata.wire.protocol import KINDS, title_of

__all__ = ["ANSWERS"]

Fields = dict[str, Any]
Answer = Callable[[MetadataBackend, Any], Fields]


def _put_type(kind: AnyKind) -> Answer:
    def answer(backend: MetadataBackend, request: Any) -> Fields:
        [type_id] = backend.put_types([getattr(request, f"{kind.name}_type")], **_growth(request))
        return {"type_id": type_id}

    return answer


def _put_types(backend: MetadataBackend, request: Any) -> Fields:
    by_kind = {kind: list(getattr(request, f"{kind.name}_types")) for kind in KINDS}
    ids = iter(backend.put_types([type_ for types in by_kind.values() for type_ in types], **_growth(request)))
    return {f"{kind.name}_type_ids": [next(ids) for _ in types] for kind, types in by_kind.items()}


def _growth(request: Any) -> dict[str, bool]:
    if request.can_delete_fields or not request.all_fields_match:
        raise errors.UnimplementedError("types keep their properties: can_delete_fields and all_fields_match are gone")
    return {"can_add_fields": request.can_add_fields, "can_omit_fields": request.can_omit_fields}


def _put_nodes(kind: AnyKind) -> Answer:
    def answer(backend: MetadataBackend, request: Any) -> Fields:
        must_be_unchanged = kind is ARTIFACT and request.options.abort_if_latest_updated_time_changed
        ids = backend.put_nodes(
            kind,
            list(getattr(request, f"{kind.name}s")),
            list(request.update_mask.paths),
            must_be_unchanged=must_be_unchanged,
        )
        return {f"{kind.name}_ids": ids}

    return answer


def _get_type(kind: AnyKind) -> Answer:
    return lambda backend, request: {
        f"{kind.name}_type": backend.get_type(kind, request.type_name, request.type_version or None)
    }


def _get_types(kind: AnyKind) -> Answer:
    return lambda backend, request: {f"{kind.name}_types": backend.get_types(kind)}


def _get_types_by_id(kind: AnyKind) -> Answer:
    return lambda backend, request: {f"{kind.name}_types": backend.get_types_by_id(kind, list(request.type_ids))}


def _get_types_by_external_ids(kind: AnyKind) -> Answer:
    return lambda backend, request: {
        f"{kind.name}_types": backend.get_types_by_external_ids(kind, list(request.external_ids))
    }


def _get_nodes_by_id(kind: AnyKind) -> Answer:
    return lambda backend, request: {
        f"{kind.name}s": backend.get_nodes_by_id(kind, list(getattr(request, f"{kind.name}_ids")))
    }


def _get_artifacts_by_id(backend: MetadataBackend, request: Any) -> Fields:
    ids = list(request.artifact_ids)
    if not request.populate_artifact_types:
        return {"artifacts": backend.get_nodes_by_id(ARTIFACT, ids)}
    artifacts, types = backend.get_artifacts_and_types(ids)
    return {"artifacts": artifacts, "artifact_types": types}


def _get_nodes_by_external_ids(kind: AnyKind) -> Answer:
    return lambda backend, request: {
        f"{kind.name}s": backend.get_nodes_by_external_ids(kind, list(request.external_ids))
    }


def _get_node_by_type_and_name(kind: AnyKind) -> Answer:
    def answer(backend: MetadataBackend, request: Any) -> Fields:
        name = getattr(request, f"{kind.name}_name")
        found = backend.get_node_by_type_and_name(kind, request.type_name, name, request.type_version or None)
        return {} if found is None else {kind.name: found}

    return answer


def _listing(kind: AnyKind, scope: Callable[[Any], Scope], usual_order: ListOptions | None = None) -> Answer:
    """Without options the whole listing, as the published service gives it; with options one page."""

    def answer(backend: MetadataBackend, request: Any) -> Fields:
        if not request.HasField("options"):
            return {f"{kind.name}s": backend.get_nodes(kind, usual_order, scope(request))}
        found, token = page(backend, kind, request.options, scope(request))
        return {f"{kind.name}s": found, **({"next_page_token": token} if token else {})}

    return answer


def _of_type(request: Any) -> Scope:
    return Scope(type_name=request.type_name, type_version=request.type_version)


def _of_context(request: Any) -> Scope:
    return Scope(context_id=request.context_id)


def _put_events(backend: MetadataBackend, request: Any) -> Fields:
    backend.put_events(list(request.events))
    return {}


def _put_attributions_and_associations(backend: MetadataBackend, request: Any) -> Fields:
    backend.put_attributions_and_associations(list(request.attributions), list(request.associations))
    return {}


def _put_parent_contexts(backend: MetadataBackend, request: Any) -> Fields:
    backend.put_parent_contexts(list(request.parent_contexts))
    return {}


def _put_execution(backend: MetadataBackend, request: Any) -> Fields:
    options = request.options
    reuse = Reuse(
        contexts=options.reuse_context_if_already_exist,
        contexts_by_id=options.force_reuse_context,
        artifacts_by_external_id=options.reuse_artifact_if_already_exist_by_external_id,
    )
    pairs = [
        (pair.artifact if pair.HasField("artifact") else None, pair.event if pair.HasField("event") else None)
        for pair in request.artifact_event_pairs
    ]
    execution_id, artifact_ids, context_ids = backend.put_execution(
        request.execution, pairs, list(request.contexts), reuse, force_update_time=options.force_update_time
    )
    return {"execution_id": execution_id, "artifact_ids": artifact_ids, "context_ids": context_ids}


def _put_lineage_subgraph(backend: MetadataBackend, request: Any) -> Fields:
    reuse = Reuse(
        contexts=request.options.reuse_context_if_already_exist,
        artifacts_by_external_id=request.options.reuse_artifact_if_already_exist_by_external_id,
    )
    edges = [
        (
            edge.execution_index if edge.HasField("execution_index") else None,
            edge.artifact_index if edge.HasField("artifact_index") else None,
            edge.event,
        )
        for edge in request.event_edges
    ]
    nodes = (list(request.executions), list(request.artifacts), list(request.contexts))
    execution_ids, artifact_ids, context_ids = backend.put_lineage_subgraph(*nodes, edges, reuse)
    return {"execution_ids": execution_ids, "artifact_ids": artifact_ids, "context_ids": context_ids}


def _get_events(field: str) -> Answer:
    return lambda backend, request: {"events": backend.get_events(**{field: list(getattr(request, field))})}


def _get_contexts_of(kind: AnyKind) -> Answer:
    return lambda backend, request: {"contexts": backend.get_contexts_of(kind, getattr(request, f"{kind.name}_id"))}


def _get_parents(backend: MetadataBackend, request: Any) -> Fields:
    return {"contexts": backend.get_parent_contexts(request.context_id)}


def _get_children(backend: MetadataBackend, request: Any) -> Fields:
    return {"contexts": backend.get_children_contexts(request.context_id)}


def _get_parents_of_several(backend: MetadataBackend, request: Any) -> Fields:
    found = {number: backend.get_parent_contexts(number) for number in request.context_ids}
    return {"contexts": {number: {"parent_contexts": parents} for number, parents in found.items() if parents}}


def _get_children_of_several(backend: MetadataBackend, request: Any) -> Fields:
    found = {number: backend.get_children_contexts(number) for number in request.context_ids}
    return {"contexts": {number: {"children_contexts": children} for number, children in found.items() if children}}


def _get_lineage_graph(backend: MetadataBackend, request: Any) -> Fields:
    raise errors.UnimplementedError("GetLineageGraph is gone", hint="use GetLineageSubgraph.")


def _of_kind(kind: AnyKind) -> Mapping[str, Answer]:
    title = title_of(kind)
    return {
        f"Put{title}Type": _put_type(kind),
        f"Put{title}s": _put_nodes(kind),
        f"Get{title}Type": _get_type(kind),
        f"Get{title}Types": _get_types(kind),
        f"Get{title}TypesByID": _get_types_by_id(kind),
        f"Get{title}TypesByExternalIds": _get_types_by_external_ids(kind),
        f"Get{title}s": _listing(kind, lambda request: Scope()),
        f"Get{title}sByID": _get_nodes_by_id(kind),
        f"Get{title}sByType": _listing(kind, _of_type),
        f"Get{title}sByExternalIds": _get_nodes_by_external_ids(kind),
        f"Get{title}ByTypeAndName": _get_node_by_type_and_name(kind),
    }


ANSWERS: Mapping[str, Answer] = {
    **_of_kind(ARTIFACT),
    **_of_kind(EXECUTION),
    **_of_kind(CONTEXT),
    "PutTypes": _put_types,
    "PutEvents": _put_events,
    "PutExecution": _put_execution,
    "PutLineageSubgraph": _put_lineage_subgraph,
    "PutAttributionsAndAssociations": _put_attributions_and_associations,
    "PutParentContexts": _put_parent_contexts,
    "GetArtifactsByID": _get_artifacts_by_id,
    "GetArtifactsByURI": lambda backend, request: {
        "artifacts": [found for uri in request.uris for found in backend.get_artifacts_by_uri(uri)]
    },
    "GetEventsByExecutionIDs": _get_events("execution_ids"),
    "GetEventsByArtifactIDs": _get_events("artifact_ids"),
    "GetContextsByArtifact": _get_contexts_of(ARTIFACT),
    "GetContextsByExecution": _get_contexts_of(EXECUTION),
    "GetArtifactsByContext": _listing(ARTIFACT, _of_context),
    "GetExecutionsByContext": _listing(EXECUTION, _of_context, NEWEST_FIRST),
    "GetParentContextsByContext": _get_parents,
    "GetChildrenContextsByContext": _get_children,
    "GetParentContextsByContexts": _get_parents_of_several,
    "GetChildrenContextsByContexts": _get_children_of_several,
    "GetLineageGraph": _get_lineage_graph,
    "GetLineageSubgraph": lambda backend, request: {
        "lineage_subgraph": backend.get_lineage_subgraph(
            request.lineage_subgraph_query_options, list(request.read_mask.paths)
        )
    },
}
