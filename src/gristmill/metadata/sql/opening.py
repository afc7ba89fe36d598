"""Opening a database: the tables are there in the right version, or are made or migrated, by one process while others
wait.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from gristmill.disk_faults import disk_fault
from gristmill.metadata import errors
from gristmill.metadata.connection import SqliteTarget, Target
from gristmill.metadata.server_target import ServerTarget
from gristmill.metadata.sql.database import Database, Transaction
from gristmill.metadata.sql.journal import log_kept, shares_memory, use_write_ahead_log
from gristmill.metadata.sql.migration import complete_tables, migrate
from gristmill.metadata.sql.present_tables import (
    check_columns,
    check_pages,
    has_all,
    is_unfinished,
    present_tables,
    version_of,
)
from gristmill.metadata.sql.server_database import create_database, exact_collation
from gristmill.metadata.sql.tables import SCHEMA_VERSION, tables_for
from gristmill.metadata.system_types import SYSTEM_TYPES

__all__ = ["downgrade_database", "holds_store", "open_database"]


def open_database(target: Target, *, enable_upgrade_migration: bool = False) -> Database:
    """Opens a database, and creates its tables when it has none of them.

    Raises:
        OpenError: it cannot be opened, is damaged, or has another schema version.
    """
    with _at_opening(target) as database:
        if not _is_ready(database, enable_upgrade_migration):
            _make_ready(database, enable_upgrade_migration)
    return database


def holds_store(target: Target) -> bool:
    """Whether a store is there. Where the database is absent or has none of its tables, that is so afterwards, too.

    Raises:
        OpenError: it cannot be opened.
    """
    if isinstance(target, SqliteTarget) and target.path is not None:
        return os.path.exists(target.path) and os.path.getsize(target.path) > 0
    with _told_as_opening(target), contextlib.closing(Database(target)) as database:
        try:
            return database.read(version_of) is not None
        except errors.NotFoundError:
            return False


def downgrade_database(target: Target, goal: int) -> None:
    """Takes a database down to an older schema version. What that version has no place for is lost.

    Raises:
        InvalidArgumentError: there is no such version, or the database is empty or older.
        OpenError: it cannot be opened.
    """
    if not 0 <= goal <= SCHEMA_VERSION:
        raise errors.InvalidArgumentError(f"a schema version is a number from 0 to {SCHEMA_VERSION}", value=goal)
    with _at_opening(target) as database:
        database.read(version_of)
        database.read(check_pages)
    with contextlib.closing(database):
        database.set_up(lambda tx: _downgrade(tx, goal))


@contextlib.contextmanager
def _at_opening(target: Target) -> Iterator[Database]:
    """A database to look at. One that is not what it should be is an OpenError, and its files stay as they are."""
    with _told_as_opening(target):
        database = Database(target)
        try:
            yield database
        except BaseException:
            with log_kept(target) if isinstance(target, SqliteTarget) else contextlib.nullcontext():
                database.close()
            raise


@contextlib.contextmanager
def _told_as_opening(target: Target) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # files of SQLite, and those of an encrypted connection
        fault = disk_fault(error, str(target))
        why = fault.rule if fault else str(error)
        hint = fault.hint if fault else "check the files that the configuration names"
        raise errors.OpenError(_not_opened(target, why), errors.UNAVAILABLE, hint=hint) from error
    except errors.StatusError as error:
        rule = error.message if str(target) in error.message else _not_opened(target, error.message)
        raise errors.OpenError(rule, error.error_code, value=error.value, hint=error.hint) from error


def _not_opened(target: Target, why: str) -> str:
    return f"the metadata store {target} cannot be opened: {why}"


def _is_ready(database: Database, upgrade: bool) -> bool:
    """Whether the tables are there in the right version; a database that is absent from its server is made."""
    target = database.target
    try:
        return database.read(lambda tx: has_all(tx, upgrade))
    except errors.NotFoundError:
        if not (isinstance(target, ServerTarget) and target.create):
            raise
        create_database(target)
    except errors.OpenError:
        if isinstance(target, SqliteTarget):
            raise
    return False  # another process may be at work on the tables of a server: to be looked at once it has done


def _make_ready(database: Database, upgrade: bool) -> None:
    target = database.target
    if isinstance(target, SqliteTarget):
        _prepare_file(database, target)
    database.set_up(lambda tx: _create_or_migrate(tx, upgrade))


def _prepare_file(database: Database, target: SqliteTarget) -> None:
    if target.mode == "ro":
        raise errors.OpenError(
            f"the metadata store {target} is empty or old, and opened for reading only",
            errors.FAILED_PRECONDITION,
            hint="open it for writing once",
        )
    database.read(check_pages)
    is_new = database.read(version_of) is None
    if is_new and target.path is not None and shares_memory(str(Path(target.path).absolute())):
        with database.outside_transaction() as connection:
            use_write_ahead_log(connection, target.busy_seconds)


def _create_or_migrate(tx: Transaction, upgrade: bool) -> None:
    if is_unfinished(tx) or not present_tables(tx):
        _create_tables(tx)
    elif not has_all(tx, upgrade):  # another process may have been first
        migrate(tx, version_of(tx) or 0, SCHEMA_VERSION)
        _add_system_types(tx)


def _create_tables(tx: Transaction) -> None:
    dialect = tx.connection.dialect.name
    made = tables_for(dialect, collation=exact_collation(tx))
    if dialect == "mysql":  # which keeps what is half done: as long as its first table is empty, that is unfinished
        made.environment.create(tx.connection, checkfirst=True)
    complete_tables(tx.connection, made)
    _add_system_types(tx)
    tx.insert_all(made.environment, [{"schema_version": SCHEMA_VERSION}])


def _add_system_types(tx: Transaction) -> None:
    table = tx.tables.type
    present = {tuple(row) for row in tx.rows(select(table.c.name, table.c.type_kind).where(table.c.version.is_(None)))}
    tx.insert_all(
        table, [{"name": name, "type_kind": kind} for name, kind in SYSTEM_TYPES if (name, kind) not in present]
    )


def _downgrade(tx: Transaction, goal: int) -> None:
    version = version_of(tx)
    if version is None:
        raise errors.InvalidArgumentError("an empty database has no schema version", hint="open it once")
    if not goal <= version <= SCHEMA_VERSION:
        raise errors.InvalidArgumentError(
            f"the metadata store has schema version {version}, which cannot be taken down to {goal}"
        )
    check_columns(tx, version)
    migrate(tx, version, goal)
