"""Storing nodes: creation, full replacement, replacement of masked fields, and the checks before them.

A node without an id is created; a node with one replaces what is stored under it. The store's clock sets the times; an
update that changes nothing leaves ``last_update_time_since_epoch`` alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from google.protobuf.internal.containers import MessageMap
from sqlalchemy import delete, update

from gristmill.metadata import errors
from gristmill.metadata.kinds import CONTEXT, NodeKind, NodeT, TypeT
from gristmill.metadata.sql.database import Transaction
from gristmill.metadata.sql.node_rows import nodes_by_column
from gristmill.metadata.sql.type_rows import DeclaredType, declared_types
from gristmill.metadata.sql.values import property_type, to_columns
from gristmill.proto.metadata_store_pb2 import PropertyType

__all__ = ["put_nodes"]

_MAPS = ("properties", "custom_properties")


def put_nodes(
    tx: Transaction,
    kind: NodeKind[NodeT, TypeT],
    nodes: Sequence[NodeT],
    *,
    mask: Sequence[str] = (),
    force_update_time: bool = False,
    must_be_unchanged: bool = False,
) -> list[int]:
    """Creates or updates nodes; gives their ids in the same order.

    Args:
        tx: a transaction that may write.
        kind: of all the nodes.
        nodes: without id to create, with id to update.
        mask: the fields that updates replace; all of them when it is empty. Creation ignores it.
        force_update_time: also updates that change nothing move the update time.
        must_be_unchanged: refuses to update what has another update time than the message.

    Raises:
        InvalidArgumentError: a node contradicts its type, or names an id that does not exist.
        NotFoundError: a node names a type that does not exist.
        AlreadyExistsError: another node has the name or the external id.
        FailedPreconditionError: a node that must be unchanged has changed.
    """
    stored = _stored(tx, kind, [node.id for node in nodes if node.HasField("id")])
    type_ids = {node.type_id for node in nodes if node.HasField("type_id")} | {node.type_id for node in stored.values()}
    types = declared_types(tx, kind, type_ids)
    ids = []
    for node in nodes:
        if not node.HasField("id"):
            ids.append(_create(tx, kind, node, types))
            continue
        if node.id not in stored and node.id in ids:  # created by this call
            stored |= _stored(tx, kind, [node.id])
        goal = _goal(kind, node, stored, mask)
        before = stored[node.id]
        if must_be_unchanged:
            _check_unchanged(kind, node, before)
        _check_properties(kind, goal, types, before)
        _update(tx, kind, before, goal, force_update_time)
        stored[node.id] = goal
        ids.append(node.id)
    return ids


def _stored(tx: Transaction, kind: NodeKind[NodeT, TypeT], ids: Sequence[int]) -> dict[int, NodeT]:
    return {node.id: node for node in nodes_by_column(tx, kind, "id", ids)}


def _create(tx: Transaction, kind: NodeKind[NodeT, TypeT], node: NodeT, types: Mapping[int, DeclaredType]) -> int:
    if not node.HasField("type_id"):
        raise errors.InvalidArgumentError(f"a new {kind.name} must have a type_id")
    _check_name(kind, node)
    _check_properties(kind, node, types)
    tables = tx.tables.of(kind)
    values = [(field, name, to_columns(value, name)) for field in _MAPS for name, value in getattr(node, field).items()]
    row = {
        **_columns(kind, node),
        "type_id": node.type_id,
        "create_time_since_epoch": tx.now,
        "last_update_time_since_epoch": tx.now,
    }
    with tx.unique(_subject(kind, node)):
        node_id = tx.insert(tables.node, row)
    rows = [_property_row(tables.owner.name, node_id, field, name, columns) for field, name, columns in values]
    tx.insert_all(tables.properties, rows)
    return node_id


def _check_unchanged(kind: NodeKind[NodeT, TypeT], given: NodeT, stored: NodeT) -> None:
    if given.last_update_time_since_epoch != stored.last_update_time_since_epoch:
        raise errors.FailedPreconditionError(
            f"{kind.name} {given.id} was changed since it was read",
            value=stored.last_update_time_since_epoch,
            hint="read it again, and put it with what has changed.",
        )


def _goal(kind: NodeKind[NodeT, TypeT], given: NodeT, stored: Mapping[int, NodeT], mask: Sequence[str]) -> NodeT:
    """What should be stored once the update is done."""
    before = stored.get(given.id)
    if before is None:
        raise errors.InvalidArgumentError(f"there is no {kind.name} with id {given.id}")
    if given.HasField("type_id") and given.type_id != before.type_id:
        raise errors.InvalidArgumentError(
            f"{kind.name} {given.id} has type_id {before.type_id}, which cannot change", value=given.type_id
        )
    goal = deepcopy(before)
    if mask:
        _apply_mask(kind, goal, given, mask)
        return goal
    for field in (*_fields(kind), *_MAPS):
        _copy_field(goal, given, field)
    if kind is CONTEXT:
        goal.name = given.name
    _check_name(kind, goal)
    return goal


def _apply_mask(kind: NodeKind[NodeT, TypeT], goal: NodeT, given: NodeT, mask: Sequence[str]) -> None:
    """Copies the masked fields. Paths that name no field are ignored, as published."""
    for path in mask:
        field, dot, key = path.partition(".")
        if dot and field in _MAPS:
            _copy_property(getattr(goal, field), getattr(given, field), key)
        elif path in (*_fields(kind), *_MAPS):
            _copy_field(goal, given, path)
        elif path == "name" and kind is CONTEXT and given.name:
            goal.name = given.name


def _copy_field(goal: NodeT, given: NodeT, field: str) -> None:
    goal.ClearField(field)
    if field in _MAPS:
        for name, value in getattr(given, field).items():
            getattr(goal, field)[name].CopyFrom(value)
    elif given.HasField(field):
        setattr(goal, field, getattr(given, field))


def _copy_property(goal: MessageMap[str, Any], given: MessageMap[str, Any], key: str) -> None:
    if key in given:
        goal[key].CopyFrom(given[key])
    elif key in goal:
        del goal[key]


def _update(tx: Transaction, kind: NodeKind[NodeT, TypeT], before: NodeT, goal: NodeT, force_time: bool) -> None:
    columns = _columns(kind, goal)
    had = _columns(kind, before)
    changed = {name: value for name, value in columns.items() if value != had[name]}
    properties_changed = _replace_properties(tx, kind, before, goal)
    if changed or properties_changed or force_time:
        goal.last_update_time_since_epoch = tx.now
        table = tx.tables.of(kind).node
        with tx.unique(_subject(kind, goal)):
            tx.run(update(table).where(table.c.id == goal.id).values(**changed, last_update_time_since_epoch=tx.now))


def _replace_properties(tx: Transaction, kind: NodeKind[NodeT, TypeT], before: NodeT, goal: NodeT) -> bool:
    """Stores the properties that differ; gives whether any did."""
    tables = tx.tables.of(kind)
    stale, fresh = [], []
    for field in _MAPS:
        had, want = getattr(before, field), getattr(goal, field)
        for name in sorted({*had, *want}):
            if name in had and name in want and had[name] == want[name]:
                continue
            if name in had:
                stale.append((int(field == "custom_properties"), name))
            if name in want:
                fresh.append(_property_row(tables.owner.name, goal.id, field, name, to_columns(want[name], name)))
    columns = tables.properties.c
    for custom, name in stale:
        same = (tables.owner == goal.id, columns.is_custom_property == custom, columns.name == name)
        tx.run(delete(tables.properties).where(*same))
    tx.insert_all(tables.properties, fresh)
    return bool(stale or fresh)


def _property_row(owner: str, node_id: int, field: str, name: str, columns: dict[str, Any]) -> dict[str, Any]:
    return {owner: node_id, "name": name, "is_custom_property": int(field == "custom_properties"), **columns}


def _fields(kind: NodeKind[NodeT, TypeT]) -> tuple[str, ...]:
    """The scalar fields that an update replaces."""
    own = ("uri",) if kind.has_uri else ()
    return (*own, *((kind.state_field,) if kind.state_field else ()), "external_id")


def _columns(kind: NodeKind[NodeT, TypeT], node: NodeT) -> dict[str, Any]:
    """The node's columns but its type and times. As published, an unset uri is "", other unset fields are NULL."""
    row: dict[str, Any] = {
        field: getattr(node, field) if node.HasField(field) else None for field in ("name", *_fields(kind))
    }
    if kind.has_uri:
        row["uri"] = row["uri"] or ""
    return row


def _check_name(kind: NodeKind[NodeT, TypeT], node: NodeT) -> None:
    if kind is CONTEXT and not node.name:
        raise errors.InvalidArgumentError("a context must have a name")


def _check_properties(
    kind: NodeKind[NodeT, TypeT], node: NodeT, types: Mapping[int, DeclaredType], before: NodeT | None = None
) -> None:
    """Checks a node against its type; what is stored already is not checked again, whoever stored it."""
    type_ = types.get(node.type_id)
    if type_ is None:
        raise errors.NotFoundError(f"there is no {kind.name} type with id {node.type_id}")
    for name, value in node.properties.items():
        if before is not None and name in before.properties and before.properties[name] == value:
            continue
        declared = type_.properties.get(name)
        if declared is None:
            raise errors.InvalidArgumentError(
                f"type {type_.name!r} declares no property {name!r}",
                hint="declare it with put_…_type(can_add_fields=True), or use custom_properties",
            )
        if property_type(value) != declared:
            raise errors.InvalidArgumentError(
                f"property {name!r} of type {type_.name!r} is declared {PropertyType.Name(declared)}",
                value=value.WhichOneof("value"),
            )


def _subject(kind: NodeKind[NodeT, TypeT], node: NodeT) -> str:
    traits = [f"{field} {getattr(node, field)!r}" for field in ("name", "external_id") if node.HasField(field)]
    return f"one {kind.name} of type {node.type_id} with {' or '.join(traits) or 'these values'}"
