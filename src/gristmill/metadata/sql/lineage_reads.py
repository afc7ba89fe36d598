"""``get_lineage_subgraph``: the part of the lineage graph around the nodes that a filter finds.

The walk crosses events level by level, all nodes of a level at once. Nodes that an ending filter finds are not walked
through, and are left out of the answer unless it asks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from sqlalchemy import select

from gristmill.metadata import errors
from gristmill.metadata.kinds import ARTIFACT, CONTEXT, EXECUTION, NodeKind
from gristmill.metadata.lineage_events import INPUT_EVENTS, OUTPUT_EVENTS
from gristmill.metadata.sql.among import among
from gristmill.metadata.sql.database import Transaction
from gristmill.metadata.sql.edge_rows import EventRow, event_rows, events_of
from gristmill.metadata.sql.filter_sql import filtered
from gristmill.metadata.sql.node_rows import nodes_by_column
from gristmill.metadata.sql.type_rows import types_by_id
from gristmill.proto.metadata_store_pb2 import (
    LineageGraph,
    LineageSubgraphQueryOptions,
)

__all__ = ["get_lineage_subgraph"]

_MOST_HOPS = 100  # published: more are cut to this, and so is no number at all
_END = {ARTIFACT.name: 1, EXECUTION.name: 2}  # where a row of an event has the node
_PARTS = tuple(field.name for field in LineageGraph.DESCRIPTOR.fields)


def get_lineage_subgraph(
    tx: Transaction, options: LineageSubgraphQueryOptions, paths: Sequence[str] = ()
) -> LineageGraph:
    """The subgraph; only the parts named by ``paths``, or all of them.

    Raises:
        InvalidArgumentError: no starting filter, a negative number of hops, an unknown path or a wrong filter.
        NotFoundError: no node passes the starting filter.
    """
    unknown = sorted(set(paths) - set(_PARTS))
    if unknown:
        raise errors.InvalidArgumentError("a field mask names parts of a LineageGraph", value=unknown)
    walk = _walked(tx, options)
    graph = LineageGraph()
    wanted = set(paths or _PARTS)
    for part, fill in _FILLERS.items():
        if part in wanted:
            fill(tx, walk, graph)
    return graph


@dataclass
class _Walk:
    """What a walk reached: ids of nodes by kind, and the rows of the events that it crossed, by id."""

    reached: dict[str, set[int]] = field(default_factory=lambda: {ARTIFACT.name: set(), EXECUTION.name: set()})
    hidden: dict[str, set[int]] = field(default_factory=lambda: {ARTIFACT.name: set(), EXECUTION.name: set()})
    events: dict[int, EventRow] = field(default_factory=dict)
    memberships: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def shown(self, kind: NodeKind[Any, Any]) -> set[int]:
        return self.reached[kind.name] - self.hidden[kind.name]


def _walked(tx: Transaction, options: LineageSubgraphQueryOptions) -> _Walk:
    kind, filter_query = _start(options)
    hops = _hops(options)
    frontier = set(_passing(tx, kind, filter_query))
    if not frontier:
        raise errors.NotFoundError(f"no {kind.name} passes the starting filter", value=filter_query)
    walk = _Walk()
    walk.reached[kind.name] |= frontier
    frontier -= _stop(tx, walk, kind, options, frontier)
    for _ in range(hops):
        if not frontier:
            break
        other = EXECUTION if kind is ARTIFACT else ARTIFACT
        crossed = list(_crossed(tx, kind, options.direction, frontier))
        found = {event[_END[other.name]] for event in crossed} - walk.reached[other.name]
        walk.reached[other.name] |= found
        walk.events.update((event[0], event) for event in crossed)
        frontier = found - _stop(tx, walk, other, options, found)
        kind = other
    return walk


def _start(options: LineageSubgraphQueryOptions) -> tuple[NodeKind[Any, Any], str]:
    chosen = options.WhichOneof("starting_nodes")
    filter_query = getattr(options, chosen).filter_query if chosen else ""
    if not filter_query:
        raise errors.InvalidArgumentError(
            "a lineage query starts at the nodes that a filter finds",
            hint="set starting_artifacts.filter_query or starting_executions.filter_query",
        )
    return (ARTIFACT if chosen == "starting_artifacts" else EXECUTION), filter_query


def _hops(options: LineageSubgraphQueryOptions) -> int:
    if options.max_num_hops < 0:
        raise errors.InvalidArgumentError("max_num_hops must not be negative", value=options.max_num_hops)
    return min(options.max_num_hops, _MOST_HOPS) if options.HasField("max_num_hops") else _MOST_HOPS


def _stop(
    tx: Transaction, walk: _Walk, kind: NodeKind[Any, Any], options: LineageSubgraphQueryOptions, ids: set[int]
) -> set[int]:
    """Those of the ids that an ending filter finds. Marks those that the answer leaves out."""
    ending = options.ending_artifacts if kind is ARTIFACT else options.ending_executions
    if not ending.filter_query:
        return set()
    stopped = set(_passing(tx, kind, ending.filter_query, ids))
    if not ending.include_ending_nodes:
        walk.hidden[kind.name] |= stopped
    return stopped


def _passing(
    tx: Transaction, kind: NodeKind[Any, Any], filter_query: str, ids: Iterable[int] | None = None
) -> list[int]:
    column = tx.tables.of(kind).node.c.id
    query = filtered(select(column), tx.tables, kind, filter_query, tx.connection.dialect.name)
    rows = tx.rows(query) if ids is None else tx.rows_of(query.where(among(tx.tables, column)), ids)
    return [row[0] for row in rows]


def _crossed(tx: Transaction, kind: NodeKind[Any, Any], direction: int, frontier: set[int]) -> Iterator[EventRow]:
    """The events that leave the frontier in the direction."""
    upstream, downstream = LineageSubgraphQueryOptions.UPSTREAM, LineageSubgraphQueryOptions.DOWNSTREAM
    followed = INPUT_EVENTS | OUTPUT_EVENTS
    if direction in (upstream, downstream):
        followed = OUTPUT_EVENTS if (direction == upstream) == (kind is ARTIFACT) else INPUT_EVENTS
    return event_rows(tx, f"{kind.name}_id", frontier, followed)


# ---- the answer


def _add_nodes(kind: NodeKind[Any, Any]) -> Callable[[Transaction, _Walk, LineageGraph], None]:
    def fill(tx: Transaction, walk: _Walk, graph: LineageGraph) -> None:
        nodes_by_column(tx, kind, "id", _ids(tx, walk, kind), getattr(graph, f"{kind.name}s").add)

    return fill


def _add_types(kind: NodeKind[Any, Any]) -> Callable[[Transaction, _Walk, LineageGraph], None]:
    def fill(tx: Transaction, walk: _Walk, graph: LineageGraph) -> None:
        type_ids = {node.type_id for node in getattr(graph, f"{kind.name}s")} or _type_ids(tx, walk, kind)
        getattr(graph, f"{kind.name}_types").extend(types_by_id(tx, kind, type_ids).values())

    return fill


def _type_ids(tx: Transaction, walk: _Walk, kind: NodeKind[Any, Any]) -> set[int]:
    """For an answer of which the nodes themselves are no part."""
    column = tx.tables.of(kind).node.c
    query = select(column.type_id).where(among(tx.tables, column.id)).distinct()
    return {row[0] for row in tx.rows_of(query, _ids(tx, walk, kind))}


def _ids(tx: Transaction, walk: _Walk, kind: NodeKind[Any, Any]) -> set[int]:
    if kind is not CONTEXT:
        return walk.shown(kind)
    return {context for member in (ARTIFACT, EXECUTION) for context, _ in _memberships(tx, walk, member)}


def _memberships(tx: Transaction, walk: _Walk, kind: NodeKind[Any, Any]) -> list[tuple[int, int]]:
    """(context, member) of the nodes of a kind, in the order of storing."""
    table = tx.tables.membership(kind)
    member = table.c[f"{kind.name}_id"]
    query = select(table.c.id, table.c.context_id, member).where(among(tx.tables, member))
    if kind.name not in walk.memberships:
        rows = sorted(tx.rows_of(query, walk.shown(kind)), key=itemgetter(0))
        walk.memberships[kind.name] = [(context, node) for _, context, node in rows]
    return walk.memberships[kind.name]


def _add_events(tx: Transaction, walk: _Walk, graph: LineageGraph) -> None:
    artifacts, executions = walk.shown(ARTIFACT), walk.shown(EXECUTION)
    shown = [event for event in walk.events.values() if event[1] in artifacts and event[2] in executions]
    events_of(tx, shown, graph.events.add)


def _add_attributions(tx: Transaction, walk: _Walk, graph: LineageGraph) -> None:
    for context, artifact in _memberships(tx, walk, ARTIFACT):
        graph.attributions.add(context_id=context, artifact_id=artifact)


def _add_associations(tx: Transaction, walk: _Walk, graph: LineageGraph) -> None:
    for context, execution in _memberships(tx, walk, EXECUTION):
        graph.associations.add(context_id=context, execution_id=execution)


_FILLERS: dict[str, Callable[[Transaction, _Walk, LineageGraph], None]] = {
    **{f"{kind.name}s": _add_nodes(kind) for kind in (ARTIFACT, EXECUTION, CONTEXT)},
    **{f"{kind.name}_types": _add_types(kind) for kind in (ARTIFACT, EXECUTION, CONTEXT)},
    "events": _add_events,
    "attributions": _add_attributions,
    "associations": _add_associations,
}
"""How each part is filled. ``parent_contexts`` stays empty, as published."""
