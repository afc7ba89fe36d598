"""Opening a database: the tables are there in the right version, or are made or migrated, by one process while others
wait.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import inspect, literal, select

from gristmill.disk_faults import disk_fault
from gristmill.metadata import errors
from gristmill.metadata.connection import SqliteTarget, Target
from gristmill.metadata.server_target import ServerTarget
from gristmill.metadata.sql.database import Database, Transaction
from gristmill.metadata.sql.journal import shares_memory, use_write_ahead_log
from gristmill.metadata.sql.migration import complete_tables, migrate
from gristmill.metadata.sql.server_database import create_database, exact_collation
from gristmill.metadata.sql.tables import SCHEMA_VERSION, tables_for
from gristmill.metadata.system_types import SYSTEM_TYPES

__all__ = ["downgrade_database", "holds_store", "open_database"]


def open_database(target: Target, *, enable_upgrade_migration: bool = False) -> Database:
    """Opens a database, and creates its tables when it has none of them.

    Raises:
        OpenError: it cannot be opened, is damaged, or has another schema version.
    """
    with _told_as_opening(target):
        database = Database(target)
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(database.close)
            if not _is_ready(database, enable_upgrade_migration):
                _make_ready(database, enable_upgrade_migration)
            on_failure.pop_all()
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
            return database.read(_version) is not None
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
    with _told_as_opening(target):
        database = Database(target)
        with contextlib.closing(database):
            database.read(_version)
    with contextlib.closing(database):
        database.set_up(lambda tx: _downgrade(tx, goal))


@contextlib.contextmanager
def _told_as_opening(target: Target) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # files of SQLite, and those of an encrypted connection
        fault = disk_fault(error, str(target))
        why = fault.rule if fault else error.strerror or error
        raise errors.OpenError(
            f"the metadata store {target} cannot be opened: {why}",
            errors.UNAVAILABLE,
            hint=fault.hint if fault else None,
        ) from error
    except errors.OpenError:
        raise
    except errors.StatusError as error:
        raise errors.OpenError(error.message, error.error_code, hint=error.hint) from error


def _is_ready(database: Database, upgrade: bool) -> bool:
    """Whether the tables are there in the right version; a database that is absent from its server is made."""
    target = database.target
    try:
        return database.read(lambda tx: _has_all(tx, upgrade))
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
    is_new = database.read(_version) is None
    if is_new and target.path is not None and shares_memory(str(Path(target.path).absolute())):
        with database.outside_transaction() as connection:
            use_write_ahead_log(connection, target.busy_seconds)


def _create_or_migrate(tx: Transaction, upgrade: bool) -> None:
    if _is_unfinished(tx) or not _present(tx):
        _create_tables(tx)
    elif not _has_all(tx, upgrade):  # another process may have been first
        migrate(tx, _version(tx) or 0, SCHEMA_VERSION)
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
    version = _version(tx)
    if version is None:
        raise errors.InvalidArgumentError("an empty database has no schema version", hint="open it once")
    if not goal <= version <= SCHEMA_VERSION:
        raise errors.InvalidArgumentError(
            f"the metadata store has schema version {version}, which cannot be taken down to {goal}"
        )
    migrate(tx, version, goal)


# ---- what a database holds


def _present(tx: Transaction) -> set[str]:
    """The store's tables that are there."""
    ours = set(tx.tables.metadata.tables)
    return ours & set(inspect(tx.connection).get_table_names())


def _version(tx: Transaction) -> int | None:
    """The schema version; None where no table is."""
    present = _present(tx)
    if not present:
        return None
    if tx.tables.environment.name not in present:
        return 0
    versions = [row[0] for row in tx.rows(select(tx.tables.environment.c.schema_version))]
    if not versions and _comes_from_version_0(tx, present):
        return 0
    if len(versions) != 1:
        raise errors.OpenError(
            f"a metadata store has one schema version, this one has {len(versions)}",
            errors.DATA_LOSS if versions else errors.ABORTED,
            hint="restore the database from a backup",
        )
    return int(versions[0])


def _is_unfinished(tx: Transaction) -> bool:
    """Whether the creation of tables was cut off, which databases other than MySQL undo."""
    present = _present(tx)
    if tx.connection.dialect.name != "mysql" or tx.tables.environment.name not in present:
        return False
    if _comes_from_version_0(tx, present):
        return False
    tables = (tx.tables.metadata.tables[name] for name in present)
    return not any(tx.rows(select(literal(1)).select_from(table).limit(1)) for table in tables)


def _comes_from_version_0(tx: Transaction, present: set[str]) -> bool:
    """Whether an empty table of the version was left by a migration from version 0 that was cut off, on MySQL."""
    type_ = tx.tables.type.name
    if tx.connection.dialect.name != "mysql" or type_ not in present:
        return False
    return "is_artifact_type" in {column["name"] for column in inspect(tx.connection).get_columns(type_)}


def _has_all(tx: Transaction, upgrade: bool) -> bool:
    """Whether all tables are there in the right version; False when none is, or they may be upgraded."""
    version = _version(tx)
    if version is None:
        return False
    _check_version(version, upgrade)
    if missing := sorted(set(tables_for(tx.connection.dialect.name, version).metadata.tables) - _present(tx)):
        raise errors.OpenError(
            "tables of the metadata store are missing",
            errors.DATA_LOSS,
            value=missing,
            hint="restore the database from a backup",
        )
    return version == SCHEMA_VERSION


def _check_version(version: int, upgrade: bool) -> None:
    if version > SCHEMA_VERSION:
        raise errors.OpenError(
            f"the metadata store has schema version {version}; this program knows versions up to {SCHEMA_VERSION}",
            errors.FAILED_PRECONDITION,
            hint="upgrade gristmill",
        )
    if version < SCHEMA_VERSION and not upgrade:
        raise errors.OpenError(
            f"the metadata store has schema version {version}; version {SCHEMA_VERSION} is needed",
            errors.FAILED_PRECONDITION,
            hint="open it once with enable_upgrade_migration=True, after a backup",
        )
