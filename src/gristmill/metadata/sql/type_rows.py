"""Types as rows: reading them, and the rules by which a type may be put again.

A type is known by kind, name and version. It only ever grows: properties are added, never removed or retyped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from google.protobuf import json_format
from sqlalchemy import ColumnElement, Row, Select, and_, or_, select, tuple_, update

from gristmill.metadata import errors
from gristmill.metadata.kinds import NodeKind, NodeT, TypeT
from gristmill.metadata.sql.among import among
from gristmill.metadata.sql.damage import damage, damage_told
from gristmill.metadata.sql.database import Transaction, batches
from gristmill.metadata.sql.tables import Tables
from gristmill.metadata.system_types import SYSTEM_TYPES, base_type_name, base_type_number
from gristmill.proto import metadata_store_pb2 as messages

__all__ = [
    "DeclaredType",
    "declared_types",
    "find_type",
    "put_type",
    "select_types",
    "types_by_external_ids",
    "types_by_id",
    "user_types",
]


def find_type(tx: Transaction, kind: NodeKind[NodeT, TypeT], name: str, version: str | None) -> TypeT | None:
    """The type of that name and version ('' and None: unversioned)."""
    table = tx.tables.type
    of_version = table.c.version == version if version else table.c.version.is_(None)
    found = select_types(tx, kind, and_(table.c.name == name, of_version))
    return found[0] if found else None


def types_by_id(tx: Transaction, kind: NodeKind[NodeT, TypeT], ids: Iterable[int]) -> dict[int, TypeT]:
    """The types of that kind among the ids."""
    found: dict[int, TypeT] = {}
    for batch in batches(sorted(set(ids))):
        found.update((type_.id, type_) for type_ in select_types(tx, kind, tx.tables.type.c.id.in_(batch)))
    return found


@dataclass(frozen=True)
class DeclaredType:
    """What the check of a node needs of its type: the name, and each property's PropertyType."""

    name: str
    properties: dict[str, int] = field(default_factory=dict)


def declared_types(tx: Transaction, kind: NodeKind[NodeT, TypeT], ids: Iterable[int]) -> dict[int, DeclaredType]:
    """The types of that kind among the ids, in one statement."""
    query = _declarations(tx.tables, kind.type_kind)
    found: dict[int, DeclaredType] = {}
    for type_id, name, property_, data_type in tx.rows_of(query, ids):
        declared = found.setdefault(type_id, DeclaredType(name))
        if property_ is not None:
            declared.properties[property_] = data_type or messages.UNKNOWN
    return found


@cache
def _declarations(tables: Tables, type_kind: int) -> Select[Any]:
    table, property_ = tables.type, tables.type_property
    query = select(table.c.id, table.c.name, property_.c.name.label("property"), property_.c.data_type)
    query = query.join_from(table, property_, property_.c.type_id == table.c.id, isouter=True)
    return query.where(among(tables, table.c.id), table.c.type_kind == type_kind)


def types_by_external_ids(tx: Transaction, kind: NodeKind[NodeT, TypeT], external_ids: Sequence[str]) -> list[TypeT]:
    """The types of that kind with one of the external ids."""
    return [
        type_
        for batch in batches(sorted(set(external_ids)))
        for type_ in select_types(tx, kind, tx.tables.type.c.external_id.in_(batch))
    ]


def user_types(tx: Transaction, kind: NodeKind[NodeT, TypeT]) -> list[TypeT]:
    """All types of a kind but the system's, which have no version."""
    table = tx.tables.type
    is_other = tuple_(table.c.name, table.c.type_kind).not_in(list(SYSTEM_TYPES))
    return select_types(tx, kind, or_(is_other, table.c.version.is_not(None)))


def select_types(tx: Transaction, kind: NodeKind[NodeT, TypeT], where: ColumnElement[bool]) -> list[TypeT]:
    """The types of a kind for which a condition holds, in the order of their ids."""
    table = tx.tables.type
    rows = tx.rows(select(table).where(where, table.c.type_kind == kind.type_kind).order_by(table.c.id))
    with damage_told("a stored type"):
        types = {row.id: _message(kind, row) for row in rows}
    _add_properties(tx, types)
    _add_base_types(tx, kind, types)
    return list(types.values())


def put_type(
    tx: Transaction, kind: NodeKind[NodeT, TypeT], type_: TypeT, *, can_add_fields: bool, can_omit_fields: bool
) -> int:
    """Creates a type, or extends the stored one; gives its id.

    Raises:
        InvalidArgumentError: it has no name, or a property of type UNKNOWN.
        AlreadyExistsError: the stored type differs in a way that is not allowed.
        UnimplementedError: its base type would change.
    """
    _validate(type_)
    stored = find_type(tx, kind, type_.name, type_.version)
    if stored is None:
        return _create(tx, kind, type_)
    added = _added_properties(stored, type_, can_add_fields=can_add_fields, can_omit_fields=can_omit_fields)
    _insert_properties(tx, stored.id, added)
    _extend_base_type(tx, kind, stored, type_)
    if type_.external_id and type_.external_id != stored.external_id:
        table = tx.tables.type
        with tx.unique(f"a type with external id {type_.external_id!r}"):
            tx.run(update(table).where(table.c.id == stored.id).values(external_id=type_.external_id))
    return stored.id


def _message(kind: NodeKind[NodeT, TypeT], row: Row[Any]) -> TypeT:
    type_ = kind.type(id=row.id, name=row.name)
    for trait in ("version", "description", "external_id"):
        if getattr(row, trait) is not None:
            setattr(type_, trait, getattr(row, trait))
    if isinstance(type_, messages.ExecutionType):
        _read_structure(row.input_type, type_.input_type, type_)
        _read_structure(row.output_type, type_.output_type, type_)
    return type_


def _read_structure(text: str | None, into: messages.ArtifactStructType, owner: messages.ExecutionType) -> None:
    if not text:
        return
    into.SetInParent()
    try:
        json_format.Parse(text, into, ignore_unknown_fields=True)
    except json_format.ParseError as error:
        raise damage(f"the stored structure of execution type {owner.name!r} cannot be read") from error


def _add_properties(tx: Transaction, types: dict[int, TypeT]) -> None:
    table = tx.tables.type_property
    with damage_told("a stored type"):
        for row in tx.rows_of(select(table).where(among(tx.tables, table.c.type_id)), types):
            types[row.type_id].properties[row.name] = row.data_type or messages.UNKNOWN


def _add_base_types(tx: Transaction, kind: NodeKind[NodeT, TypeT], types: dict[int, TypeT]) -> None:
    link, table = tx.tables.parent_type, tx.tables.type
    query = select(link.c.type_id, table.c.name).join_from(link, table, link.c.parent_type_id == table.c.id)
    for row in tx.rows_of(query.where(among(tx.tables, link.c.type_id)), types):
        number = base_type_number(kind.type_kind, row.name)
        if number is not None:
            _set_base_type(types[row.type_id], number)


def _set_base_type(type_: Any, number: int) -> None:
    type_.base_type = number


def _validate(type_: TypeT) -> None:
    if not type_.name:
        raise errors.InvalidArgumentError("a type must have a name")
    for name, data_type in type_.properties.items():
        if data_type == messages.UNKNOWN:
            raise errors.InvalidArgumentError(
                f"property {name!r} of type {type_.name!r} is UNKNOWN", hint="declare it INT, DOUBLE, STRING, …"
            )


def _create(tx: Transaction, kind: NodeKind[NodeT, TypeT], type_: TypeT) -> int:
    values: dict[str, Any] = {"name": type_.name, "version": type_.version or None, "type_kind": kind.type_kind}
    for trait in ("description", "external_id"):
        values[trait] = getattr(type_, trait) if type_.HasField(trait) else None
    if isinstance(type_, messages.ExecutionType):
        for trait in ("input_type", "output_type"):
            values[trait] = _write_structure(getattr(type_, trait)) if type_.HasField(trait) else None
    parent = _base_type_id(tx, kind, type_)
    with tx.unique(f"a type with external id {type_.external_id!r}"):
        type_id = tx.insert(tx.tables.type, values)
    _insert_properties(tx, type_id, dict(type_.properties))
    if parent is not None:
        tx.insert_all(tx.tables.parent_type, [{"type_id": type_id, "parent_type_id": parent}])
    return type_id


def _write_structure(structure: messages.ArtifactStructType) -> str:
    return json_format.MessageToJson(structure, indent=None)


def _added_properties(
    stored: TypeT, given: TypeT, *, can_add_fields: bool, can_omit_fields: bool
) -> dict[str, messages.PropertyType]:
    have, want = dict(stored.properties), dict(given.properties)
    for name in have.keys() & want.keys():
        if have[name] != want[name]:
            raise _different(
                given,
                f"property {name!r} is stored as {messages.PropertyType.Name(have[name])} "
                f"and given as {messages.PropertyType.Name(want[name])}",
                "choose another name for the property, or another version for the type",
            )
    added = {name: want[name] for name in sorted(want.keys() - have.keys())}
    if added and not can_add_fields:
        raise _different(given, f"the properties {sorted(added)} are not stored", "pass can_add_fields=True")
    omitted = sorted(have.keys() - want.keys())
    if omitted and not can_omit_fields:
        raise _different(given, f"the stored properties {omitted} are not given", "pass can_omit_fields=True")
    return added


def _different(type_: TypeT, what: str, hint: str) -> errors.AlreadyExistsError:
    return errors.AlreadyExistsError(f"type {type_.name!r} exists with other properties: {what}", hint=hint)


def _insert_properties(tx: Transaction, type_id: int, properties: dict[str, messages.PropertyType]) -> None:
    rows = [{"type_id": type_id, "name": name, "data_type": int(data)} for name, data in properties.items()]
    tx.insert_all(tx.tables.type_property, rows)


def _extend_base_type(tx: Transaction, kind: NodeKind[NodeT, TypeT], stored: TypeT, given: TypeT) -> None:
    if not given.HasField("base_type"):
        return
    if stored.HasField("base_type"):
        if given.base_type != stored.base_type:
            raise errors.UnimplementedError(f"the base type of {given.name!r} is set and cannot change")
        return
    parent = _base_type_id(tx, kind, given)
    if parent is not None:
        tx.insert_all(tx.tables.parent_type, [{"type_id": stored.id, "parent_type_id": parent}])


def _base_type_id(tx: Transaction, kind: NodeKind[NodeT, TypeT], type_: TypeT) -> int | None:
    if not type_.HasField("base_type"):
        return None
    name = base_type_name(kind.type_kind, type_.base_type)
    if name is None:
        if type_.base_type == 0:  # UNSET asks for the removal of a base type
            raise errors.UnimplementedError(f"the base type of {type_.name!r} cannot be removed")
        raise errors.InvalidArgumentError(f"type {type_.name!r} names an unknown base type", value=type_.base_type)
    parent = find_type(tx, kind, name, None)
    if parent is None:
        raise damage(f"the system type {name!r} is missing from the database")
    return parent.id
