"""The tables of ML Metadata's schema, version 10, as that library spells them on each database.

On SQLite the declared types are spelled exactly as published (``INT``, ``TINYINT(1)`` …), since other tools look at
them. PostgreSQL has lower-case table names. There are no foreign keys anywhere: the store checks references itself.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from gristmill.metadata import errors
from gristmill.metadata.kinds import ARTIFACT, CONTEXT, EXECUTION, NodeKind

__all__ = ["SCHEMA_VERSION", "NodeTables", "Tables", "tables_for"]

SCHEMA_VERSION = 10
_NAME_LENGTH = 255  # published; also the longest prefix that every MySQL engine can index


class _Spelled(UserDefinedType[Any]):
    """A column type written exactly so in CREATE TABLE."""

    cache_ok = True

    def __init__(self, spelling: str) -> None:
        self.spelling = spelling

    def get_col_spec(self, **_: object) -> str:
        return self.spelling


class _EncodedBytes(TypeDecorator[bytes]):
    """Bytes that are base64 text in SQLite's BLOB column, as published, and plain bytes on other databases."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(_Spelled("BLOB") if dialect.name == "sqlite" else _blob())

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return base64.b64encode(value).decode("ascii")

    def process_result_value(self, value: Any, dialect: Dialect) -> bytes | None:
        if value is None or dialect.name != "sqlite":
            return value  # type: ignore[no-any-return]  # what the driver gives for a binary column
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise errors.DataLossError(
                "a stored proto_value is not base64 text", hint="restore the database from a backup"
            ) from error


def _int() -> TypeEngine[int]:
    return Integer().with_variant(_Spelled("INT"), "sqlite")


def _wide_int() -> TypeEngine[int]:
    return BigInteger().with_variant(_Spelled("INT"), "sqlite")


def _flag() -> TypeEngine[int]:
    tiny = _Spelled("TINYINT(1)")
    return SmallInteger().with_variant(tiny, "sqlite").with_variant(mysql.TINYINT(display_width=1), "mysql", "mariadb")


def _long_text() -> TypeEngine[str]:
    return Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


def _blob() -> TypeEngine[bytes]:
    return LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb")


def _name(**options: Any) -> Column[str]:
    return Column("name", String(_NAME_LENGTH), **options)


def _external_id() -> Column[str]:
    return Column("external_id", String(_NAME_LENGTH), unique=True)


def _serial() -> Column[int]:
    # nullable=True keeps "NOT NULL" out of SQLite's published "INTEGER PRIMARY KEY AUTOINCREMENT"; a key is never null.
    return Column("id", Integer, primary_key=True, nullable=True, autoincrement=True)


@dataclass(frozen=True)
class NodeTables:
    """Where one kind of node lives.

    Attributes:
        node: one row a node.
        properties: one row a property.
        owner: the column of ``properties`` that holds the node's id.
    """

    node: Table
    properties: Table
    owner: Column[int]


@dataclass(frozen=True, eq=False)  # one object a spelling: statements may be kept by it
class Tables:
    """All tables, by what they hold."""

    metadata: MetaData
    type: Table
    type_property: Table
    parent_type: Table
    event: Table
    event_path: Table
    association: Table
    attribution: Table
    parent_context: Table
    environment: Table
    nodes: dict[str, NodeTables]

    def of(self, kind: NodeKind[Any, Any]) -> NodeTables:
        """The tables of a kind of node."""
        return self.nodes[kind.name]

    def membership(self, kind: NodeKind[Any, Any]) -> Table:
        """Which nodes of a kind are in which contexts; columns: id, context, member."""
        return {ARTIFACT.name: self.attribution, EXECUTION.name: self.association}[kind.name]


def tables_for(dialect: str) -> Tables:
    """The tables as spelled on a database, told by SQLAlchemy's dialect name."""
    return _tables(dialect == "postgresql")


@cache
def _tables(lower_case: bool) -> Tables:
    metadata = MetaData()

    def table(name: str, *parts: Any) -> Table:
        serial = bool(parts) and getattr(parts[0], "name", None) == "id"
        spelled = quoted_name(name.lower() if lower_case else name, quote=None)
        return Table(spelled, metadata, *parts, sqlite_autoincrement=serial)

    type_ = table(
        "Type",
        _serial(),
        _name(nullable=False),
        Column("version", String(_NAME_LENGTH)),
        Column("type_kind", _flag(), nullable=False),
        Column("description", Text),
        Column("input_type", Text),
        Column("output_type", Text),
        _external_id(),
    )
    Index("idx_type_name", type_.c.name)
    Index("idx_type_external_id", type_.c.external_id)
    type_property = table(
        "TypeProperty", _key("type_id"), _name(primary_key=True), Column("data_type", _int(), nullable=True)
    )
    event = table(
        "Event",
        _serial(),
        Column("artifact_id", _int(), nullable=False),
        Column("execution_id", _int(), nullable=False),
        Column("type", _int(), nullable=False),
        Column("milliseconds_since_epoch", _wide_int()),
        UniqueConstraint("artifact_id", "execution_id", "type"),
    )
    Index("idx_event_execution_id", event.c.execution_id)
    event_path = table(
        "EventPath",
        Column("event_id", _int(), nullable=False),
        Column("is_index_step", _flag(), nullable=False),
        Column("step_index", _wide_int()),
        Column("step_key", Text),
    )
    Index("idx_eventpath_event_id", event_path.c.event_id)
    parent_context = table("ParentContext", _key("context_id"), _key("parent_context_id"))
    Index("idx_parentcontext_parent_context_id", parent_context.c.parent_context_id)
    return Tables(
        metadata=metadata,
        type=type_,
        type_property=type_property,
        parent_type=table("ParentType", _key("type_id"), _key("parent_type_id")),
        event=event,
        event_path=event_path,
        association=_link(table, "Association", "execution_id"),
        attribution=_link(table, "Attribution", "artifact_id"),
        parent_context=parent_context,
        environment=table(
            "MLMDEnv", Column("schema_version", Integer, primary_key=True, nullable=True, autoincrement=False)
        ),
        nodes={kind.name: _node_tables(table, kind) for kind in (ARTIFACT, EXECUTION, CONTEXT)},
    )


def _key(name: str) -> Column[int]:
    return Column(name, _int(), primary_key=True, nullable=False, autoincrement=False)


def _link(table: Any, name: str, member: str) -> Table:
    columns = [Column("context_id", _int(), nullable=False), Column(member, _int(), nullable=False)]
    link: Table = table(name, _serial(), *columns, UniqueConstraint("context_id", member))
    return link


def _node_tables(table: Any, kind: NodeKind[Any, Any]) -> NodeTables:
    title = kind.name.capitalize()
    own: list[Column[Any]] = [Column("uri", Text)] if kind.has_uri else []
    if kind.state_field:
        own.append(Column(kind.state_field, _int()))
    node: Table = table(
        title,
        _serial(),
        Column("type_id", _int(), nullable=False),
        *own,
        _name(nullable=kind is not CONTEXT),
        _external_id(),
        Column("create_time_since_epoch", _wide_int(), nullable=False, server_default=text("0")),
        Column("last_update_time_since_epoch", _wide_int(), nullable=False, server_default=text("0")),
        UniqueConstraint("type_id", "name"),
    )
    if kind.has_uri:
        Index(f"idx_{kind.name}_uri", node.c.uri, mysql_length=_NAME_LENGTH, mariadb_length=_NAME_LENGTH)
    for column in ("create_time_since_epoch", "last_update_time_since_epoch", "external_id"):
        Index(f"idx_{kind.name}_{column}", node.c[column])
    properties: Table = table(
        f"{title}Property",
        _key(f"{kind.name}_id"),
        _name(primary_key=True, nullable=False),
        Column("is_custom_property", _flag(), primary_key=True, nullable=False, autoincrement=False),
        Column("int_value", _wide_int()),
        Column("double_value", Double),
        Column("string_value", _long_text()),
        Column("byte_value", _blob()),
        Column("proto_value", _EncodedBytes()),
        Column("bool_value", Boolean(create_constraint=False)),
    )
    for value in ("int", "double", "string"):
        _index_values(kind.name, value, properties)
    return NodeTables(node, properties, properties.c[f"{kind.name}_id"])


def _index_values(kind: str, value: str, properties: Table) -> None:
    column = properties.c[f"{value}_value"]
    prefix: dict[str, Any] = {}
    if value == "string":
        lengths = {column.name: _NAME_LENGTH}
        prefix = {"mysql_length": lengths, "mariadb_length": lengths}
    Index(
        f"idx_{kind}_property_{value}",
        properties.c.name,
        properties.c.is_custom_property,
        column,
        sqlite_where=column.is_not(None),
        **prefix,
    )
