"""Nodes (artifacts, executions, contexts) as rows: reading them by a condition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal_column, null, or_, select

from gristmill.metadata.kinds import NodeKind, NodeT, TypeT
from gristmill.metadata.listing import ListOptions, OrderByField, Position, Scope
from gristmill.metadata.sql.among import among
from gristmill.metadata.sql.damage import damage_told
from gristmill.metadata.sql.database import Transaction
from gristmill.metadata.sql.filter_sql import filtered
from gristmill.metadata.sql.tables import Tables
from gristmill.metadata.sql.values import VALUE_COLUMNS, set_value

__all__ = ["existing_ids", "list_nodes", "node_by_type_and_name", "nodes_by_column", "nodes_where", "of_type"]

_COLUMNS = ("id", "type_id", "create_time_since_epoch", "last_update_time_since_epoch", "name", "external_id")


def nodes_by_column(
    tx: Transaction,
    kind: NodeKind[NodeT, TypeT],
    column: str,
    wanted: Iterable[Any],
    new: Callable[[], NodeT] | None = None,
) -> list[NodeT]:
    """The nodes whose column holds one of the values, each once, in the order of their ids.

    Args:
        tx: a transaction.
        kind: of the nodes.
        column: of the nodes' table.
        wanted: its values.
        new: makes each message, for example in a list of a larger one.
    """
    rows = tx.tuples_of(_nodes_among(tx.tables, kind, column), wanted)
    return _messages(tx, kind, sorted(rows, key=itemgetter(0)), new or kind.node)


def list_nodes(tx: Transaction, kind: NodeKind[NodeT, TypeT], options: ListOptions, scope: Scope) -> list[NodeT]:
    """The nodes of a scope, ordered, filtered and cut as the options say."""
    query, node = _nodes(tx.tables, kind), tx.tables.of(kind).node
    id_ = node.c.id
    if scope.context_id is not None:
        table = tx.tables.membership(kind)
        id_ = table.c[f"{kind.name}_id"]  # its index has a context's members in order: the newest few are read alone
        query = query.join(table, and_(id_ == node.c.id, table.c.context_id == scope.context_id))
    if scope.type_name is not None:
        query = query.where(of_type(tx, kind, scope.type_name, scope.type_version))
    if options.filter_query:
        query = filtered(query, tx.tables, kind, options.filter_query, tx.connection.dialect.name)
    field = (options.order_by or OrderByField.ID).value
    order = [id_] if field == "id" else [node.c[field], id_]
    if scope.after is not None:
        query = query.where(_behind(order, scope.after, options.is_asc))
    query = query.order_by(*(column.asc() if options.is_asc else column.desc() for column in order))
    return _messages(tx, kind, tx.rows(query.limit(options.limit) if options.limit else query), kind.node)


def node_by_type_and_name(
    tx: Transaction, kind: NodeKind[NodeT, TypeT], type_name: str, name: str, version: str | None
) -> NodeT | None:
    """The node of that name among those of a type."""
    where = and_(of_type(tx, kind, type_name, version), tx.tables.of(kind).node.c.name == name)
    found = nodes_where(tx, kind, where)
    return found[0] if found else None


def nodes_where(tx: Transaction, kind: NodeKind[NodeT, TypeT], where: ColumnElement[bool]) -> list[NodeT]:
    """The nodes for which a condition holds, in the order of their ids."""
    rows = tx.rows(_nodes(tx.tables, kind).where(where).order_by(tx.tables.of(kind).node.c.id))
    return _messages(tx, kind, rows, kind.node)


def existing_ids(tx: Transaction, kind: NodeKind[NodeT, TypeT], ids: Iterable[int]) -> set[int]:
    """Which of the ids belong to a node of that kind."""
    return {row[0] for row in tx.rows_of(_ids_among(tx.tables, kind), ids)}


def of_type(tx: Transaction, kind: NodeKind[NodeT, TypeT], name: str, version: str | None) -> ColumnElement[bool]:
    """The condition that a node has a type ('' and None: unversioned)."""
    type_ = tx.tables.type
    of_version = type_.c.version == version if version else type_.c.version.is_(None)
    wanted = select(type_.c.id).where(type_.c.name == name, of_version, type_.c.type_kind == kind.type_kind)
    return tx.tables.of(kind).node.c.type_id == wanted.scalar_subquery()


def _behind(order: Sequence[ColumnElement[Any]], after: Position, is_asc: bool) -> ColumnElement[bool]:
    """The condition that a node stands behind a position in the order of the id, or of another field and the id."""
    *fields, id_ = order
    behind = id_ > after.id if is_asc else id_ < after.id
    for field in fields:
        further = field > after.value if is_asc else field < after.value
        behind = or_(further, and_(field == after.value, behind))
    return behind


@cache
def _nodes(tables: Tables, kind: NodeKind[Any, Any]) -> Select[Any]:
    """All nodes of a kind, in rows as ``_message`` takes them."""
    node, type_ = tables.of(kind).node, tables.type
    # An artifact has a URI even where the column is NULL.
    uri = func.coalesce(node.c.uri, literal_column("''")) if kind.has_uri else null()
    state = node.c[kind.state_field] if kind.state_field else null()
    query = select(*(node.c[name] for name in _COLUMNS), type_.c.name, uri, state)
    return query.join_from(node, type_, type_.c.id == node.c.type_id, isouter=True)


@cache
def _nodes_among(tables: Tables, kind: NodeKind[Any, Any], column: str) -> Select[Any]:
    wanted = tables.of(kind).node.c[column]
    condition = among(tables, wanted) if column == "id" else wanted.in_(bindparam("ids", expanding=True))
    return _nodes(tables, kind).where(condition)


@cache
def _ids_among(tables: Tables, kind: NodeKind[Any, Any]) -> Select[Any]:
    column = tables.of(kind).node.c.id
    return select(column).where(among(tables, column))


@cache
def _properties(tables: Tables, kind: NodeKind[Any, Any]) -> Select[Any]:
    owner, columns = tables.of(kind).owner, tables.of(kind).properties.c
    query = select(owner, columns.is_custom_property, columns.name, *(columns[name] for name in VALUE_COLUMNS))
    return query.where(among(tables, owner))


def _messages(
    tx: Transaction, kind: NodeKind[NodeT, TypeT], rows: Iterable[Sequence[Any]], new: Callable[[], NodeT]
) -> list[NodeT]:
    with damage_told(f"a stored {kind.name}"):
        nodes = {row[0]: _message(new(), row, kind.state_field) for row in rows}
        for owner, is_custom, name, integer, number, text, message, truth in tx.tuples_of(
            _properties(tx.tables, kind), nodes
        ):
            node = nodes[owner]
            value = (node.custom_properties if is_custom else node.properties)[name]
            if text is None and integer is not None:  # the most frequent case, without a call
                value.int_value = integer
            else:
                content = None if message is None else tx.tables.message_bytes(message)
                set_value(value, integer, number, text, content, truth)
    return list(nodes.values())


def _message(node: Any, row: Sequence[Any], state_field: str | None) -> Any:
    """Fills a message of any kind. Fields have their names here: to set each in a loop takes twice as long."""
    node.id, node.type_id, created, updated, name, external_id, type_name, uri, state = row
    node.create_time_since_epoch, node.last_update_time_since_epoch = created, updated
    if name is not None:
        node.name = name
    if external_id is not None:
        node.external_id = external_id
    if type_name is not None:
        node.type = type_name
    if uri is not None:
        node.uri = uri
    if state is not None:
        setattr(node, str(state_field), state)
    return node
