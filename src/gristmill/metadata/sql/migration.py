"""Taking a database from one schema version to another, a version at a time, up or down.

A step compares the tables of two versions and changes what differs. SQLite cannot change a table's keys, so there a
table that differs is made anew and filled from the old one; servers alter it. Each change looks at what the database
really has: MySQL stores every change of a table by itself, so a migration that was cut off is taken up again. Until a
step is done, up or down, the stored version is the lower of its two, so that nobody takes the tables for more.

The published steps that change rows: contexts' types do not exist before version 2, of two equal events only the newer
one passes into version 8, and values that a lower version has no column for are dropped with their rows.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Index,
    MetaData,
    Table,
    UniqueConstraint,
    and_,
    delete,
    func,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.schema import AddConstraint, CreateColumn, CreateIndex, CreateTable, DropIndex, DropTable

from gristmill.metadata.kinds import ARTIFACT, CONTEXT, EXECUTION
from gristmill.metadata.sql.database import Transaction
from gristmill.metadata.sql.server_database import exact_collation
from gristmill.metadata.sql.tables import SCHEMA_VERSION, Tables, tables_for

__all__ = ["complete_tables", "migrate"]

_RENAMED = {"is_artifact_type": "type_kind", "type_kind": "is_artifact_type"}
_MYSQL_TEXT_BYTES = 65_535  # what its TEXT columns hold, those of strings before version 7


def migrate(tx: Transaction, start: int, goal: int) -> None:
    """Changes the tables of version ``start`` into those of version ``goal``."""
    dialect = tx.connection.dialect.name
    tables = partial(tables_for, dialect, collation=exact_collation(tx))
    for version in range(start, goal):
        _change_rows(tx, tables(version), version, version + 1)
        _change_tables(tx.connection, tables(version), tables(version + 1))
        _write_version(tx, tables(version + 1), version + 1)
    if goal <= start < SCHEMA_VERSION and dialect == "mysql":  # the step down to the start may have been cut off
        _change_tables(tx.connection, tables(start + 1), tables(start))
    for version in range(start, goal, -1):
        _write_version(tx, tables(version - 1), version - 1)
        _change_rows(tx, tables(version), version, version - 1)
        _change_tables(tx.connection, tables(version), tables(version - 1))


def complete_tables(connection: Connection, tables: Tables) -> None:
    """Makes tables, and whatever is absent from those that are there."""
    _change_tables(connection, tables, tables)


def _write_version(tx: Transaction, tables: Tables, version: int) -> None:
    environment = tables.environment
    if version == 0:  # which has no table for it
        return
    if tx.rows(select(environment)):
        tx.run(update(environment).values(schema_version=version))
    else:
        tx.run(insert(environment).values(schema_version=version))


# ---- rows


def _change_rows(tx: Transaction, tables: Tables, old: int, new: int) -> None:
    if (old, new) == (2, 1):
        tx.run(delete(tables.type).where(tables.type.c.type_kind == CONTEXT.type_kind))
    elif (old, new) == (7, 8):
        _drop_older_events(tx, tables)
    elif (old, new) in ((10, 9), (7, 6)):
        _drop_values(tx, tables, {10: ("proto_value", "bool_value"), 7: ("byte_value",)}[old])
    if (old, new) == (7, 6) and tx.connection.dialect.name == "mysql":
        _shorten_texts(tx, tables)


def _drop_older_events(tx: Transaction, tables: Tables) -> None:
    event, path = tables.event, tables.event_path
    key = (event.c.artifact_id, event.c.execution_id, event.c.type)
    # The sub-query within is MySQL's wish, which deletes from no table that it reads.
    newest = select(func.max(event.c.id).label("id")).group_by(*key).subquery()
    tx.run(delete(event).where(event.c.id.not_in(select(newest.c.id))))
    tx.run(delete(path).where(path.c.event_id.not_in(select(event.c.id))))


def _drop_values(tx: Transaction, tables: Tables, lost: tuple[str, ...]) -> None:
    for kind in (ARTIFACT, EXECUTION, CONTEXT):
        table = tables.of(kind).properties
        held = [column for column in table.c if column.name.endswith("_value")]
        empty = [column.is_(None) for column in held if column.name not in lost]
        tx.run(delete(table).where(and_(*empty)))


def _shorten_texts(tx: Transaction, tables: Tables) -> None:
    for kind in (ARTIFACT, EXECUTION, CONTEXT):
        table = tables.of(kind).properties
        column = table.c.string_value
        short = func.left(column, _MYSQL_TEXT_BYTES // 4)  # a character has four bytes at most
        tx.run(update(table).where(func.length(column) > _MYSQL_TEXT_BYTES).values(string_value=short))


# ---- tables


def _change_tables(connection: Connection, old: Tables, new: Tables) -> None:
    before, after = old.metadata.tables, new.metadata.tables
    for name in before.keys() - after.keys():
        connection.execute(DropTable(before[name], if_exists=True))
    present = set(inspect(connection).get_table_names())
    for name, table in after.items():
        if name not in present:
            table.create(connection)
        elif connection.dialect.name == "sqlite":
            _remake(connection, before[name], table)
        else:
            _alter(connection, before.get(name, table), table)


def _remake(connection: Connection, old: Table, new: Table) -> None:
    """SQLite: puts a table in the place of another, with all rows."""
    if _shape(old) != _shape(new):
        aside = old.to_metadata(MetaData(), name=f"{old.name}Temp")
        connection.exec_driver_sql(f'ALTER TABLE "{old.name}" RENAME TO "{aside.name}"')
        connection.execute(CreateTable(new))
        kept = {column.name: source for column in new.c if (source := _source(aside, column.name)) is not None}
        connection.execute(insert(new).from_select(list(kept), select(*kept.values())))
        connection.execute(DropTable(aside))
    _change_indexes(connection, old, new)


def _shape(table: Table) -> tuple[object, ...]:
    """What a table that keeps its rows must agree in: columns, and keys over several of them."""
    return tuple(column.name for column in table.c), frozenset(_keys(table))


def _source(old: Table, name: str) -> Column[Any] | None:
    """The column of the old table that fills a column of the new one."""
    found = old.c.get(name)
    return found if found is not None else old.c.get(_RENAMED.get(name, name))


def _keys(table: Table) -> dict[tuple[str, ...], UniqueConstraint]:
    found = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    return {tuple(column.name for column in each.columns): each for each in found}


def _alter(connection: Connection, old: Table, new: Table) -> None:
    """Servers: changes columns, keys and indexes in place."""
    _drop_keys(connection, old, new)
    columns = {column["name"] for column in inspect(connection).get_columns(new.name)}
    changes = []
    for column in new.c:
        renamed = _RENAMED.get(column.name)
        if column.name in columns:
            changes.append(_modification(connection, old, column))
        elif renamed in columns:
            changes.append(_renaming(connection, str(renamed), column))
            columns.discard(str(renamed))
        else:
            changes.append(f"ADD COLUMN {_spelled(connection, column)}")
    changes += [
        f"DROP COLUMN {_quoted(connection, name)}"
        for name in sorted({c.name for c in old.c} & columns - {*new.c.keys()})
    ]
    for change in filter(None, changes):
        connection.exec_driver_sql(f"ALTER TABLE {_quoted(connection, new.name)} {change}")
    _add_keys(connection, new)
    _change_indexes(connection, old, new)


def _modification(connection: Connection, old: Table, column: Column[Any]) -> str:
    """Empty where the column stays as it is. Only MySQL has columns of more than one spelling."""
    before = old.c.get(column.name)
    if before is None or _spelled(connection, before) == _spelled(connection, column):
        return ""
    return f"MODIFY COLUMN {_spelled(connection, column)}"


def _renaming(connection: Connection, name: str, column: Column[Any]) -> str:
    if connection.dialect.name == "mysql":
        return f"CHANGE COLUMN {_quoted(connection, name)} {_spelled(connection, column)}"
    return f"RENAME COLUMN {_quoted(connection, name)} TO {_quoted(connection, column.name)}"


def _drop_keys(connection: Connection, old: Table, new: Table) -> None:
    gone = _keys(old).keys() - _keys(new).keys()
    noun = "INDEX" if connection.dialect.name == "mysql" else "CONSTRAINT"
    for key in inspect(connection).get_unique_constraints(new.name):
        if tuple(key["column_names"]) in gone and key["name"]:
            name = _quoted(connection, key["name"])
            connection.exec_driver_sql(f"ALTER TABLE {_quoted(connection, new.name)} DROP {noun} {name}")


def _add_keys(connection: Connection, new: Table) -> None:
    present = {tuple(key["column_names"]) for key in inspect(connection).get_unique_constraints(new.name)}
    for columns, key in _keys(new).items():
        if columns not in present:
            connection.execute(AddConstraint(key))


def _change_indexes(connection: Connection, old: Table, new: Table) -> None:
    present = {index["name"] for index in inspect(connection).get_indexes(new.name)}
    wanted: dict[Any, Index] = {index.name: index for index in new.indexes}
    for index in sorted(old.indexes, key=lambda each: str(each.name)):
        if index.name in present and index.name not in wanted:
            connection.execute(DropIndex(index))
    for name in sorted(wanted.keys() - present):
        connection.execute(CreateIndex(wanted[name]))


def _spelled(connection: Connection, column: Column[Any]) -> str:
    """A column as CREATE TABLE spells it."""
    return str(CreateColumn(column).compile(dialect=connection.dialect)).strip()


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)
