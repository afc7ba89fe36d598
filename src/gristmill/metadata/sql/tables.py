"""The tables of ML Metadata's schema, versions 0 to 10, as that library spells them on each database.

On SQLite the declared types are spelled exactly as published (``INT``, ``TINYINT(1)`` …), since other tools look at
them. PostgreSQL has lower-case table names. There are no foreign keys anywhere: the store checks references itself.

Where the published spelling cannot keep what the API takes, ours is wider, and the original reads it all the same:
integers of properties have 64 bits everywhere; PostgreSQL's indexes take texts of any length; tables that are made on
MySQL tell all strings apart.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
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
    func,
    text,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from gristmill.metadata.kinds import ARTIFACT, CONTEXT, EXECUTION, NodeKind
from gristmill.metadata.sql.damage import damage

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
    """Bytes that are, as published, base64 text in the BLOB columns of SQLite and MySQL, themselves on PostgreSQL."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(_Spelled("BLOB") if dialect.name == "sqlite" else _blob())

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        encoded = base64.b64encode(value)
        return encoded.decode("ascii") if dialect.name == "sqlite" else encoded

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        """None: every row would pay for it, though few hold a message. ``Tables.message_bytes`` decodes."""


def _int() -> TypeEngine[int]:
    return Integer().with_variant(_Spelled("INT"), "sqlite")


def _wide_int() -> TypeEngine[int]:
    return BigInteger().with_variant(_Spelled("INT"), "sqlite")


def _number() -> TypeEngine[int]:
    tiny = _Spelled("TINYINT(1)")
    return SmallInteger().with_variant(tiny, "sqlite").with_variant(mysql.TINYINT(display_width=1), "mysql", "mariadb")


def _flag() -> TypeEngine[Any]:
    return _number().with_variant(Boolean(create_constraint=False), "postgresql")


def _long_text(version: int) -> TypeEngine[str]:
    return Text().with_variant(mysql.MEDIUMTEXT() if version >= 7 else mysql.TEXT(), "mysql", "mariadb")


def _blob() -> TypeEngine[bytes]:
    return LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb")


def _name(**options: Any) -> Column[str]:
    return Column("name", String(_NAME_LENGTH), **options)


def _serial() -> Column[int]:
    # nullable=True keeps "NOT NULL" out of SQLite's published "INTEGER PRIMARY KEY AUTOINCREMENT"; a key is never null.
    return Column("id", Integer, primary_key=True, nullable=True, autoincrement=True)


def _key(name: str) -> Column[int]:
    return Column(name, _int(), primary_key=True, nullable=False, autoincrement=False)


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
    """All tables, by what they hold, as a database spells them."""

    dialect: str
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

    def message_bytes(self, stored: Any) -> bytes:
        """A message from its column.

        Raises:
            DataLossError: it is none.
        """
        if self.dialect == "postgresql":
            return bytes(stored)
        try:
            return base64.b64decode(stored, validate=True)
        except (TypeError, ValueError) as error:
            raise damage("a stored proto_value is not base64 text") from error

    def membership(self, kind: NodeKind[Any, Any]) -> Table:
        """Which nodes of a kind are in which contexts; columns: id, context, member."""
        return {ARTIFACT.name: self.attribution, EXECUTION.name: self.association}[kind.name]


def tables_for(dialect: str, version: int = SCHEMA_VERSION, collation: str | None = None) -> Tables:
    """The tables as spelled on a database, told by SQLAlchemy's dialect name.

    Args:
        dialect: ``sqlite``, ``postgresql`` or ``mysql``.
        version: of the schema. Tables that it does not have are not in ``metadata``.
        collation: by which MySQL compares strings in tables that are made; the database's own by default.
    """
    return _tables(dialect, version, collation)


@cache
def _tables(dialect: str, version: int, collation: str | None) -> Tables:
    schema = _Schema(dialect, version, collation)
    return Tables(
        dialect=dialect,
        metadata=schema.metadata,
        type=_type_table(schema),
        type_property=schema.table(
            "TypeProperty", _key("type_id"), _name(primary_key=True), Column("data_type", _int(), nullable=True)
        ),
        parent_type=schema.table("ParentType", _key("type_id"), _key("parent_type_id"), since=6),
        event=_event_table(schema),
        event_path=_event_path_table(schema),
        association=_link(schema, "Association", "execution_id"),
        attribution=_link(schema, "Attribution", "artifact_id"),
        parent_context=_parent_context_table(schema),
        environment=schema.table(
            "MLMDEnv", Column("schema_version", Integer, primary_key=True, nullable=True, autoincrement=False), since=1
        ),
        nodes={kind.name: _node_tables(schema, kind) for kind in (ARTIFACT, EXECUTION, CONTEXT)},
    )


class _Schema:
    """Makes tables with the columns, keys and indexes that a version has on a database."""

    def __init__(self, dialect: str, version: int, collation: str | None) -> None:
        self.metadata = MetaData()
        self.version = version
        self._dialects = ("mysql", "mariadb") if dialect == "mysql" else (dialect,)
        self._lower_case = dialect == "postgresql"
        self._options: dict[str, Any] = {}
        if dialect == "mysql":
            self._options = {"mysql_engine": "InnoDB", "mariadb_engine": "InnoDB"}
        if collation is not None:
            self._options |= {"mysql_charset": "utf8mb4", "mariadb_charset": "utf8mb4"}
            self._options |= {"mysql_collate": collation, "mariadb_collate": collation}

    def table(self, name: str, *parts: Any, since: int = 0) -> Table:
        """A table; a version that does not have it yet gets one outside of ``metadata``."""
        present = [part for part in parts if part is not None]
        serial = getattr(present[0], "name", None) == "id"
        spelled = quoted_name(name.lower() if self._lower_case else name, quote=None)
        home = self.metadata if self.version >= since else MetaData()
        return Table(spelled, home, *present, sqlite_autoincrement=serial, **self._options)

    def since(self, version: int, column: Column[Any]) -> Column[Any] | None:
        """The column, in versions that have it."""
        return column if self.version >= version else None

    def unique(self, *columns: str, since: int = 0, name: str | None = None) -> UniqueConstraint | None:
        """A key, in versions that have it; its name where databases other than SQLite give it one."""
        if self.version < since:
            return None
        spelled = name.lower() if name and self._lower_case else name
        return UniqueConstraint(*columns, name=spelled if self._options or self._lower_case else None)

    def index(self, name: str, *columns: Any, since: int, until: int = SCHEMA_VERSION, **options: Any) -> None:
        """An index, in versions that have it."""
        if since <= self.version <= until:
            Index(name, *columns, **self._own(options))

    def _own(self, options: dict[str, Any]) -> dict[str, Any]:
        """The options for this database: for each option of another, SQLAlchemy would load the dialect of that."""
        return {name: value for name, value in options.items() if name.partition("_")[0] in self._dialects}

    def external_id(self, table: Table, kind: str) -> None:
        """The index on a table's external ids."""
        if self.version >= 9:
            Index(f"idx_{kind}_external_id", table.c.external_id)


def _type_table(schema: _Schema) -> Table:
    type_ = schema.table(
        "Type",
        _serial(),
        _name(nullable=False),
        schema.since(6, Column("version", String(_NAME_LENGTH))),
        Column("type_kind" if schema.version >= 2 else "is_artifact_type", _number(), nullable=False),
        schema.since(6, Column("description", Text)),
        Column("input_type", Text),
        Column("output_type", Text),
        schema.since(9, Column("external_id", String(_NAME_LENGTH))),
        schema.unique("external_id", since=9),
    )
    schema.index("idx_type_name", type_.c.name, since=6)
    schema.external_id(type_, "type")
    return type_


def _event_table(schema: _Schema) -> Table:
    event = schema.table(
        "Event",
        _serial(),
        Column("artifact_id", _int(), nullable=False),
        Column("execution_id", _int(), nullable=False),
        Column("type", _int(), nullable=False),
        Column("milliseconds_since_epoch", _wide_int()),
        schema.unique("artifact_id", "execution_id", "type", since=8, name="UniqueEvent"),
    )
    schema.index("idx_event_artifact_id", event.c.artifact_id, since=6, until=7)
    schema.index("idx_event_execution_id", event.c.execution_id, since=6)
    return event


def _event_path_table(schema: _Schema) -> Table:
    path = schema.table(
        "EventPath",
        Column("event_id", _int(), nullable=False),
        Column("is_index_step", _flag(), nullable=False),
        Column("step_index", _wide_int()),
        Column("step_key", Text),
    )
    schema.index("idx_eventpath_event_id", path.c.event_id, since=7)
    return path


def _parent_context_table(schema: _Schema) -> Table:
    table = schema.table("ParentContext", _key("context_id"), _key("parent_context_id"), since=6)
    schema.index("idx_parentcontext_parent_context_id", table.c.parent_context_id, since=6)
    return table


def _link(schema: _Schema, name: str, member: str) -> Table:
    columns = [Column("context_id", _int(), nullable=False), Column(member, _int(), nullable=False)]
    return schema.table(name, _serial(), *columns, schema.unique("context_id", member), since=4)


def _node_tables(schema: _Schema, kind: NodeKind[Any, Any]) -> NodeTables:
    title = kind.name.capitalize()
    exists = 3 if kind is CONTEXT else 0
    named = 3 if kind is CONTEXT else 5
    zero = text("0")
    node = schema.table(
        title,
        _serial(),
        Column("type_id", _int(), nullable=False),
        Column("uri", Text) if kind.has_uri else None,
        schema.since(5, Column(kind.state_field, _int())) if kind.state_field else None,
        schema.since(named, _name(nullable=kind is not CONTEXT)),
        schema.since(9, Column("external_id", String(_NAME_LENGTH))),
        schema.since(5, Column("create_time_since_epoch", _wide_int(), nullable=False, server_default=zero)),
        schema.since(5, Column("last_update_time_since_epoch", _wide_int(), nullable=False, server_default=zero)),
        schema.unique("external_id", since=9),
        schema.unique("type_id", "name", since=named, name=None if kind is CONTEXT else f"Unique{title}TypeName"),
        since=exists,
    )
    if kind.has_uri:
        lengths = {"mysql_length": _NAME_LENGTH, "mariadb_length": _NAME_LENGTH}
        # A hash takes a text of any length; the published B-tree refuses those past 2,700 bytes.
        schema.index(f"idx_{kind.name}_uri", node.c.uri, since=6, postgresql_using="hash", **lengths)
    if schema.version >= 6:
        for column in ("create_time_since_epoch", "last_update_time_since_epoch"):
            Index(f"idx_{kind.name}_{column}", node.c[column])
    schema.external_id(node, kind.name)
    properties = _property_table(schema, kind, exists)
    return NodeTables(node, properties, properties.c[f"{kind.name}_id"])


def _property_table(schema: _Schema, kind: NodeKind[Any, Any], exists: int) -> Table:
    table = schema.table(
        f"{kind.name.capitalize()}Property",
        _key(f"{kind.name}_id"),
        _name(primary_key=True, nullable=False),
        Column("is_custom_property", _flag(), primary_key=True, nullable=False, autoincrement=False),
        Column("int_value", _wide_int()),
        Column("double_value", Double),
        Column("string_value", _long_text(schema.version)),
        schema.since(7, Column("byte_value", _blob())),
        schema.since(10, Column("proto_value", _EncodedBytes())),
        schema.since(10, Column("bool_value", Boolean(create_constraint=False))),
        since=exists,
    )
    for value in ("int", "double", "string"):
        _index_values(schema, kind.name, value, table)
    return table


def _index_values(schema: _Schema, kind: str, value: str, properties: Table) -> None:
    column: ColumnElement[Any] = properties.c[f"{value}_value"]
    options: dict[str, Any] = {"sqlite_where": column.is_not(None)}
    if value == "string":
        lengths = {column.name: _NAME_LENGTH}
        options |= {"mysql_length": lengths, "mariadb_length": lengths}
        if properties.name.islower():  # PostgreSQL, which has no lengths in indexes: this is the same
            column = func.left(column, _NAME_LENGTH)
    schema.index(
        f"idx_{kind}_property_{value}",
        properties.c.name,
        properties.c.is_custom_property,
        column,
        since=8,
        **options,
    )
