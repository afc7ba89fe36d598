"""What connects nodes: events, associations, attributions and parents of contexts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Select, Table, literal_column, select

from gristmill.metadata import errors
from gristmill.metadata.kinds import ARTIFACT, CONTEXT, EXECUTION, NodeKind
from gristmill.metadata.sql.among import among
from gristmill.metadata.sql.damage import damage_told
from gristmill.metadata.sql.database import Transaction
from gristmill.metadata.sql.node_rows import existing_ids
from gristmill.metadata.sql.tables import Tables
from gristmill.proto.metadata_store_pb2 import Association, Attribution, Event, ParentContext

__all__ = [
    "EventRow",
    "event_rows",
    "events_of",
    "events_where",
    "link",
    "put_attributions_and_associations",
    "put_events",
    "put_parent_contexts",
]

EventRow = Sequence[Any]
"""An event's id, artifact, execution, type and time."""
_EVENT_FIELDS = ("artifact_id", "execution_id", "type", "milliseconds_since_epoch")


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
    return events_of(tx, event_rows(tx, column, ids))


def event_rows(
    tx: Transaction, column: str, ids: Iterable[int], types: frozenset[int] | None = None
) -> Iterator[EventRow]:
    """The events of the artifacts or executions; only those of some types, where they are given."""
    return tx.tuples_of(_events(tx.tables, column, types), ids)


def events_of(tx: Transaction, rows: Iterable[EventRow], new: Callable[[], Event] = Event) -> list[Event]:
    """Rows of events as messages with their paths, in the order of storing; ``new`` makes each message."""
    with damage_told("a stored event"):
        events: dict[int, Event] = {}
        for event_id, artifact_id, execution_id, type_, milliseconds in sorted(rows, key=itemgetter(0)):
            event = events[event_id] = new()
            event.artifact_id = artifact_id
            event.execution_id = execution_id
            event.type = type_
            if milliseconds is not None:
                event.milliseconds_since_epoch = milliseconds
        for event_id, is_index_step, index, key in tx.tuples_of(_paths(tx.tables), events):
            step = events[event_id].path.steps.add()
            if is_index_step:
                step.index = index
            else:
                step.key = key
    return list(events.values())


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
    query = select(table.c.parent_context_id).where(among(tx.tables, table.c.context_id))
    with damage_told("a stored parent context"):
        while level:
            above = {row[0] for row in tx.rows_of(query, level)}
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


@cache
def _events(tables: Tables, column: str, types: frozenset[int] | None) -> Select[Any]:
    event = tables.event.c
    query = select(event.id, *(event[field] for field in _EVENT_FIELDS)).where(among(tables, event[column]))
    return (
        query
        if types is None
        else query.where(event.type.in_([literal_column(str(number)) for number in sorted(types)]))
    )


_PLACES = {"sqlite": "rowid", "postgresql": "ctid"}


@cache
def _paths(tables: Tables) -> Select[Any]:
    """Of events. The table has no key of its own: steps come in the order of their insertion.

    MySQL keeps rows without key in that order, and the index that finds an event's too.
    """
    path = tables.event_path.c
    query = select(path.event_id, path.is_index_step, path.step_index, path.step_key)
    query = query.where(among(tables, path.event_id))
    place = _PLACES.get(tables.dialect)
    return query if place is None else query.order_by(literal_column(place))
