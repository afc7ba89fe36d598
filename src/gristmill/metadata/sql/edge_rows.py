"""What connects nodes: events, associations, attributions and parents of contexts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, literal_column, select

from gristmill.metadata import errors
from gristmill.metadata.kinds import ARTIFACT, CONTEXT, EXECUTION, NodeKind
from gristmill.metadata.sql.database import Transaction, batches
from gristmill.metadata.sql.node_rows import existing_ids
from gristmill.proto.metadata_store_pb2 import Association, Attribution, Event, ParentContext

__all__ = ["events_where", "link", "put_attributions_and_associations", "put_events", "put_parent_contexts"]


def put_events(
    tx: Transaction,
    events: Sequence[Event],
    *,
    artifacts: AbstractSet[int] = frozenset(),
    executions: AbstractSet[int] = frozenset(),
) -> None:
    """Stores events; one without a time happens now.

    Args:
        tx: a transaction that may write.
        events: to store.
        artifacts: ids that are known to exist.
        executions: likewise.

    Raises:
        InvalidArgumentError: an event has no type, or a node that does not exist.
        AlreadyExistsError: an artifact and an execution have an event of that type already.
    """
    for event in events:
        if not event.type:
            raise errors.InvalidArgumentError("an event must have a type")
    used_artifacts = {event.artifact_id if event.HasField("artifact_id") else None for event in events}
    used_executions = {event.execution_id if event.HasField("execution_id") else None for event in events}
    _require(tx, ARTIFACT, used_artifacts - artifacts)
    _require(tx, EXECUTION, used_executions - executions)
    paths: list[dict[str, Any]] = []
    for event in events:
        paths.extend(_path_rows(_insert_event(tx, event), event))
    tx.insert_all(tx.tables.event_path, paths)


def events_where(tx: Transaction, column: str, ids: Iterable[int]) -> list[Event]:
    """The events of the artifacts or executions (``column`` says which) with their paths, in the order of storing."""
    table = tx.tables.event
    found: dict[int, Event] = {}
    for batch in batches(sorted(set(ids))):
        rows = tx.rows(select(table).where(table.c[column].in_(batch)))
        found.update((row.id, _event(row)) for row in rows)
    _add_paths(tx, found)
    return [found[event_id] for event_id in sorted(found)]


def put_attributions_and_associations(
    tx: Transaction, attributions: Sequence[Attribution], associations: Sequence[Association]
) -> None:
    """Puts artifacts and executions into contexts; what is there already stays as it is.

    Raises:
        InvalidArgumentError: a node does not exist.
    """
    edges: list[Attribution | Association] = [*attributions, *associations]
    _require(tx, CONTEXT, {edge.context_id if edge.HasField("context_id") else None for edge in edges})
    _require(tx, ARTIFACT, {edge.artifact_id if edge.HasField("artifact_id") else None for edge in attributions})
    _require(tx, EXECUTION, {edge.execution_id if edge.HasField("execution_id") else None for edge in associations})
    link(tx, tx.tables.attribution, [(edge.context_id, edge.artifact_id) for edge in attributions])
    link(tx, tx.tables.association, [(edge.context_id, edge.execution_id) for edge in associations])


def link(tx: Transaction, table: Table, pairs: Iterable[tuple[int, int]]) -> None:
    """Adds the (context, member) pairs that an association or attribution table does not hold yet."""
    context, member = [column.name for column in table.c][1:]
    tx.insert_missing(table, [{context: pair[0], member: pair[1]} for pair in sorted(set(pairs))])


def put_parent_contexts(tx: Transaction, edges: Sequence[ParentContext]) -> None:
    """Makes contexts children of others.

    Raises:
        InvalidArgumentError: a context does not exist, or would become its own ancestor.
        AlreadyExistsError: the edge exists.
    """
    _require(tx, CONTEXT, {edge.child_id if edge.HasField("child_id") else None for edge in edges})
    _require(tx, CONTEXT, {edge.parent_id if edge.HasField("parent_id") else None for edge in edges})
    for edge in edges:
        if edge.child_id in _ancestors(tx, edge.parent_id):
            raise errors.InvalidArgumentError(
                f"context {edge.child_id} would become its own ancestor through parent {edge.parent_id}"
            )
        with tx.unique(f"the parent context {edge.parent_id} of context {edge.child_id}"):
            tx.insert_all(
                tx.tables.parent_context, [{"context_id": edge.child_id, "parent_context_id": edge.parent_id}]
            )


def _ancestors(tx: Transaction, context_id: int) -> set[int]:
    """A context and all contexts above it."""
    table = tx.tables.parent_context
    known, level = {context_id}, [context_id]
    while level:
        above = {
            row[0]
            for batch in batches(level)
            for row in tx.rows(select(table.c.parent_context_id).where(table.c.context_id.in_(batch)))
        }
        level = sorted(above - known)
        known |= above
    return known


def _require(tx: Transaction, kind: NodeKind[Any, Any], ids: AbstractSet[int | None]) -> None:
    wanted = {node_id for node_id in ids if node_id is not None}
    if len(wanted) < len(ids):
        raise errors.InvalidArgumentError(f"the edge has no {kind.name} id")
    missing = wanted - existing_ids(tx, kind, wanted)
    if missing:
        raise errors.InvalidArgumentError(f"there is no {kind.name} with id {min(missing)}")


def _insert_event(tx: Transaction, event: Event) -> int:
    subject = f"the {Event.Type.Name(event.type)} event of artifact {event.artifact_id}, execution {event.execution_id}"
    has_time = event.HasField("milliseconds_since_epoch")
    row = {
        "artifact_id": event.artifact_id,
        "execution_id": event.execution_id,
        "type": int(event.type),
        "milliseconds_since_epoch": event.milliseconds_since_epoch if has_time else tx.now,
    }
    with tx.unique(subject):
        return tx.insert(tx.tables.event, row)


def _path_rows(event_id: int, event: Event) -> list[dict[str, Any]]:
    # The unused column of a step holds NULL or "", as published.
    return [
        {
            "event_id": event_id,
            "is_index_step": int(step.HasField("index")),
            "step_index": step.index if step.HasField("index") else None,
            "step_key": step.key,
        }
        for step in event.path.steps
    ]


def _event(row: Row[Any]) -> Event:
    event = Event(artifact_id=row.artifact_id, execution_id=row.execution_id, type=row.type)
    if row.milliseconds_since_epoch is not None:
        event.milliseconds_since_epoch = row.milliseconds_since_epoch
    return event


def _add_paths(tx: Transaction, events: Mapping[int, Event]) -> None:
    table = tx.tables.event_path
    for batch in batches(sorted(events)):
        for row in tx.rows(_in_stored_order(tx, table, table.c.event_id.in_(batch))):
            step = events[row.event_id].path.steps.add()
            if row.is_index_step:
                step.index = row.step_index
            else:
                step.key = row.step_key


_PLACES = {"sqlite": "rowid", "postgresql": "ctid"}


def _in_stored_order(tx: Transaction, table: Table, where: ColumnElement[bool]) -> Any:
    """The table has no key of its own: steps come in the order of their insertion.

    MySQL keeps rows without key in that order, and the index that finds an event's too.
    """
    query = select(table).where(where)
    place = _PLACES.get(tx.connection.dialect.name)
    return query if place is None else query.order_by(literal_column(place))
