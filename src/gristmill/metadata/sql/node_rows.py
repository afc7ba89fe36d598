"""Nodes (artifacts, executions, contexts) as rows: reading them by a condition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select, true

from gristmill.metadata.kinds import NodeKind, NodeT, TypeT
from gristmill.metadata.listing import ListOptions, OrderByField, Position, Scope
from gristmill.metadata.sql.database import Transaction, batches
from gristmill.metadata.sql.filter_sql import filter_condition
from gristmill.metadata.sql.tables import NodeTables
from gristmill.metadata.sql.values import to_value

__all__ = ["existing_ids", "list_nodes", "node_by_type_and_name", "nodes_by_column", "nodes_where", "of_type"]


def nodes_by_column(tx: Transaction, kind: NodeKind[NodeT, TypeT], column: str, wanted: Iterable[Any]) -> list[NodeT]:
    """The nodes whose column holds one of the values, each once, in the order of their ids."""
    field = tx.tables.of(kind).node.c[column]
    found: list[NodeT] = []
    for batch in batches(sorted(set(wanted))):
        found.extend(nodes_where(tx, kind, field.in_(batch)))
    return sorted(found, key=lambda node: node.id)


def list_nodes(tx: Transaction, kind: NodeKind[NodeT, TypeT], options: ListOptions, scope: Scope) -> list[NodeT]:
    """The nodes of a scope, ordered, filtered and cut as the options say."""
    conditions: list[ColumnElement[bool]] = []
    node = tx.tables.of(kind).node
    if scope.context_id is not None:
        table = tx.tables.membership(kind)
        members = select(table.c[f"{kind.name}_id"]).where(table.c.context_id == scope.context_id)
        conditions.append(node.c.id.in_(members))
    if scope.type_name is not None:
        conditions.append(of_type(tx, kind, scope.type_name, scope.type_version))
    if options.filter_query:
        conditions.append(filter_condition(tx.tables, kind, options.filter_query, tx.connection.dialect.name))
    if scope.after is not None:
        conditions.append(_behind(node.c[_order_field(options)], node.c.id, scope.after, options.is_asc))
    return nodes_where(tx, kind, and_(true(), *conditions), options)


def node_by_type_and_name(
    tx: Transaction, kind: NodeKind[NodeT, TypeT], type_name: str, name: str, version: str | None
) -> NodeT | None:
    """The node of that name among those of a type."""
    where = and_(of_type(tx, kind, type_name, version), tx.tables.of(kind).node.c.name == name)
    found = nodes_where(tx, kind, where)
    return found[0] if found else None


def nodes_where(
    tx: Transaction,
    kind: NodeKind[NodeT, TypeT],
    where: ColumnElement[bool] | None = None,
    options: ListOptions | None = None,
) -> list[NodeT]:
    """The nodes for which a condition holds, ordered and cut as the options say (by default: all, by id)."""
    tables, type_ = tx.tables.of(kind), tx.tables.type
    query = select(tables.node, type_.c.name.label("type")).join_from(
        tables.node, type_, type_.c.id == tables.node.c.type_id, isouter=True
    )
    if where is not None:
        query = query.where(where)
    nodes = {row.id: _message(kind, row) for row in tx.rows(_ordered(query, tables, options or ListOptions()))}
    _add_properties(tx, tables, nodes)
    return list(nodes.values())


def existing_ids(tx: Transaction, kind: NodeKind[NodeT, TypeT], ids: Iterable[int]) -> set[int]:
    """Which of the ids belong to a node of that kind."""
    column = tx.tables.of(kind).node.c.id
    return {row[0] for batch in batches(sorted(set(ids))) for row in tx.rows(select(column).where(column.in_(batch)))}


def of_type(tx: Transaction, kind: NodeKind[NodeT, TypeT], name: str, version: str | None) -> ColumnElement[bool]:
    """The condition that a node has a type ('' and None: unversioned)."""
    type_ = tx.tables.type
    of_version = type_.c.version == version if version else type_.c.version.is_(None)
    wanted = select(type_.c.id).where(type_.c.name == name, of_version, type_.c.type_kind == kind.type_kind)
    return tx.tables.of(kind).node.c.type_id == wanted.scalar_subquery()


def _behind(field: ColumnElement[Any], id_: ColumnElement[Any], after: Position, is_asc: bool) -> ColumnElement[bool]:
    further = field > after.value if is_asc else field < after.value
    further_of_equals = id_ > after.id if is_asc else id_ < after.id
    return or_(further, and_(field == after.value, further_of_equals))


def _order_field(options: ListOptions) -> str:
    return (options.order_by or OrderByField.ID).value


def _ordered(query: Select[Any], tables: NodeTables, options: ListOptions) -> Select[Any]:
    columns = [tables.node.c.id]
    if _order_field(options) != "id":
        columns.insert(0, tables.node.c[_order_field(options)])
    query = query.order_by(*(column.asc() if options.is_asc else column.desc() for column in columns))
    return query.limit(options.limit) if options.limit else query


def _message(kind: NodeKind[NodeT, TypeT], row: Row[Any]) -> NodeT:
    present: dict[str, Any] = {
        "id": row.id,
        "type_id": row.type_id,
        "name": row.name,
        "type": row.type,
        "external_id": row.external_id,
        "create_time_since_epoch": row.create_time_since_epoch,
        "last_update_time_since_epoch": row.last_update_time_since_epoch,
    }
    if kind.state_field:
        present[kind.state_field] = getattr(row, kind.state_field)
    if kind.has_uri:
        present["uri"] = row.uri or ""
    return kind.node(**{name: value for name, value in present.items() if value is not None})


def _add_properties(tx: Transaction, tables: NodeTables, nodes: dict[int, NodeT]) -> None:
    for batch in batches(list(nodes)):
        _add_batch(tx, tables, nodes, batch)


def _add_batch(tx: Transaction, tables: NodeTables, nodes: dict[int, NodeT], batch: Sequence[int]) -> None:
    query = select(tables.properties, tables.owner.label("owner")).where(tables.owner.in_(batch))
    for row in tx.rows(query):
        node = nodes[row.owner]
        values = node.custom_properties if row.is_custom_property else node.properties
        to_value(row, values[row.name])
