"""Calls that store executions together with their artifacts, events and contexts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from gristmill.metadata import errors
from gristmill.metadata.kinds import ARTIFACT, CONTEXT, EXECUTION
from gristmill.metadata.reuse import Reuse
from gristmill.metadata.sql.database import Transaction, batches
from gristmill.metadata.sql.edge_rows import link, put_events
from gristmill.metadata.sql.node_rows import existing_ids
from gristmill.metadata.sql.node_writes import put_nodes
from gristmill.metadata.sql.tables import Tables
from gristmill.proto.metadata_store_pb2 import Artifact, Context, Event, Execution

__all__ = ["put_execution", "put_lineage_subgraph"]

_NO_ARTIFACT = -1  # published: the id given back for a pair without artifact and event


def put_execution(
    tx: Transaction,
    execution: Execution,
    pairs: Sequence[tuple[Artifact | None, Event | None]],
    contexts: Sequence[Context],
    reuse: Reuse,
    *,
    force_update_time: bool,
) -> tuple[int, list[int], list[int]]:
    """Stores artifacts, execution, events and contexts, in that order, and links all of them to every context.

    Raises:
        InvalidArgumentError: the ids in the events contradict the nodes they come with.
    """
    for artifact, event in pairs:
        _check_pair(execution, artifact, event)
    artifact_ids = _put_pair_artifacts(tx, pairs, reuse)
    execution_id = put_nodes(tx, EXECUTION, [execution], force_update_time=force_update_time)[0]
    events = [
        _placed(event, artifact_id, execution_id)
        for (_, event), artifact_id in zip(pairs, artifact_ids, strict=True)
        if event is not None
    ]
    stored = {artifact_id for (artifact, _), artifact_id in zip(pairs, artifact_ids, strict=True) if artifact}
    put_events(tx, events, artifacts=stored, executions={execution_id})
    context_ids = _put_contexts(tx, contexts, reuse)
    known = [artifact_id for artifact_id in artifact_ids if artifact_id != _NO_ARTIFACT]
    _link_all(tx, context_ids, known, [execution_id])
    return execution_id, artifact_ids, context_ids


def put_lineage_subgraph(
    tx: Transaction,
    executions: Sequence[Execution],
    artifacts: Sequence[Artifact],
    contexts: Sequence[Context],
    event_edges: Sequence[tuple[int | None, int | None, Event]],
    reuse: Reuse,
) -> tuple[list[int], list[int], list[int]]:
    """Stores nodes and the events between them, and links all of them to every context.

    Raises:
        OutOfRangeError: an edge's index points outside its list.
        InvalidArgumentError: an edge names no node, or contradicts the node it names; a node has no type_id.
    """
    for execution_index, artifact_index, event in event_edges:
        _check_end("execution", execution_index, executions, event)
        _check_end("artifact", artifact_index, artifacts, event)
    for node in (*executions, *artifacts, *contexts):
        if not node.HasField("type_id"):
            raise errors.InvalidArgumentError("every node of a lineage subgraph must have a type_id")
    context_ids = _put_contexts(tx, contexts, reuse)
    artifact_ids = _put_artifacts(tx, artifacts, reuse)
    execution_ids = put_nodes(tx, EXECUTION, executions)
    events = [
        _placed(
            event,
            event.artifact_id if artifact_index is None else artifact_ids[artifact_index],
            event.execution_id if execution_index is None else execution_ids[execution_index],
        )
        for execution_index, artifact_index, event in event_edges
    ]
    put_events(tx, events, artifacts=set(artifact_ids), executions=set(execution_ids))
    _link_all(tx, context_ids, artifact_ids, execution_ids)
    return execution_ids, artifact_ids, context_ids


def _check_pair(execution: Execution, artifact: Artifact | None, event: Event | None) -> None:
    if event is None:
        return
    if not _agrees(event, "execution_id", execution):
        raise errors.InvalidArgumentError(
            "an event's execution_id must be the execution's id, or be left out", value=event.execution_id
        )
    if artifact is None and not event.HasField("artifact_id"):
        raise errors.InvalidArgumentError("an event without artifact must have an artifact_id")
    if artifact is not None and not _agrees(event, "artifact_id", artifact):
        raise errors.InvalidArgumentError(
            "an event's artifact_id must be its artifact's id, or be left out", value=event.artifact_id
        )


def _check_end(end: str, index: int | None, nodes: Sequence[Execution] | Sequence[Artifact], event: Event) -> None:
    field = f"{end}_id"
    if index is None:
        if not event.HasField(field):
            raise errors.InvalidArgumentError(f"an edge must have an {end}'s index, or its event an {field}")
        return
    if not 0 <= index < len(nodes):
        raise errors.OutOfRangeError(
            f"an edge's {end} index must point into the {len(nodes)} {end}s of the call", value=index
        )
    if not _agrees(event, field, nodes[index]):
        raise errors.InvalidArgumentError(
            f"an event's {field} must be the id of {end} {index} of the call, or be left out",
            value=getattr(event, field),
        )


def _agrees(event: Event, field: str, node: Execution | Artifact) -> bool:
    """Whether an event leaves the id of its node out, or names the one that the message of the node has."""
    return not event.HasField(field) or (node.HasField("id") and node.id == getattr(event, field))


def _put_pair_artifacts(
    tx: Transaction, pairs: Sequence[tuple[Artifact | None, Event | None]], reuse: Reuse
) -> list[int]:
    stored = iter(_put_artifacts(tx, [artifact for artifact, _ in pairs if artifact is not None], reuse))
    ids = []
    for artifact, event in pairs:
        if artifact is not None:
            ids.append(next(stored))
        else:
            ids.append(_NO_ARTIFACT if event is None else event.artifact_id)
    return ids


def _put_artifacts(tx: Transaction, artifacts: Sequence[Artifact], reuse: Reuse) -> list[int]:
    if not reuse.artifacts_by_external_id:
        return put_nodes(tx, ARTIFACT, artifacts)
    # One by one: two messages of a call may share an external id, and the second means what the first created.
    return [put_nodes(tx, ARTIFACT, [_with_stored_id(tx, artifact)])[0] for artifact in artifacts]


def _with_stored_id(tx: Transaction, artifact: Artifact) -> Artifact:
    if artifact.HasField("id") or not artifact.external_id:
        return artifact
    table = tx.tables.of(ARTIFACT).node
    rows = tx.rows(select(table.c.id).where(table.c.external_id == artifact.external_id))
    if not rows:
        return artifact
    known = Artifact()
    known.CopyFrom(artifact)
    known.id = rows[0].id
    return known


def _put_contexts(tx: Transaction, contexts: Sequence[Context], reuse: Reuse) -> list[int]:
    by_id = {context.id for context in contexts if reuse.contexts_by_id and context.HasField("id")}
    missing = by_id - existing_ids(tx, CONTEXT, by_id)
    if missing:
        raise errors.NotFoundError(f"there is no context with id {min(missing)}")
    known = _stored_contexts(tx, contexts) if reuse.contexts else {}
    ids = []
    for context in contexts:
        if context.id in by_id:
            ids.append(context.id)
            continue
        if not context.HasField("type_id") or not context.name:
            raise errors.InvalidArgumentError("a context must have a type_id and a name")
        key = (context.type_id, context.name)
        if key in known:
            ids.append(_reused(context, known[key]))
            continue
        ids.append(put_nodes(tx, CONTEXT, [context])[0])
        if reuse.contexts:  # under its new name, when it was stored under another
            known = {other: known_id for other, known_id in known.items() if known_id != ids[-1]} | {key: ids[-1]}
    return ids


def _stored_contexts(tx: Transaction, contexts: Sequence[Context]) -> dict[tuple[int, str], int]:
    """The ids of those of the contexts that exist, by type and name."""
    keys = {(context.type_id, context.name) for context in contexts}
    wanted = {"types": sorted({type_id for type_id, _ in keys})}
    found = [
        row
        for names in batches(sorted({name for _, name in keys}))
        for row in tx.rows(_contexts_by_key(tx.tables), wanted | {"names": names})
    ]
    return {(row.type_id, row.name): row.id for row in found if (row.type_id, row.name) in keys}


@cache
def _contexts_by_key(tables: Tables) -> Select[Any]:
    columns = tables.of(CONTEXT).node.c
    # Not by pairs: SQLite finds no index for those, and looks at every context.
    of_types = columns.type_id.in_(bindparam("types", expanding=True))
    of_names = columns.name.in_(bindparam("names", expanding=True))
    return select(columns.id, columns.type_id, columns.name).where(of_types, of_names)


def _reused(context: Context, stored_id: int) -> int:
    if context.HasField("id") and context.id != stored_id:
        raise errors.InvalidArgumentError(f"context {context.name!r} is stored with id {stored_id}", value=context.id)
    return stored_id


def _placed(event: Event, artifact_id: int, execution_id: int) -> Event:
    placed = Event()
    placed.CopyFrom(event)
    placed.artifact_id = artifact_id
    placed.execution_id = execution_id
    return placed


def _link_all(
    tx: Transaction, context_ids: Sequence[int], artifact_ids: Sequence[int], execution_ids: Sequence[int]
) -> None:
    link(tx, tx.tables.attribution, [(context, artifact) for context in context_ids for artifact in artifact_ids])
    link(tx, tx.tables.association, [(context, execution) for context in context_ids for execution in execution_ids])
