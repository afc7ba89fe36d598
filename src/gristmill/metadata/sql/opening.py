"""Opening a database: the tables are there in the right version, or are made, by one process while others wait."""

from __future__ import annotations

import contextlib
from pathlib import Path

from sqlalchemy import inspect, select

from gristmill.disk_faults import disk_fault
from gristmill.errors import NotSupportedError
from gristmill.metadata import errors
from gristmill.metadata.connection import SqliteTarget
from gristmill.metadata.sql.database import Database, Transaction
from gristmill.metadata.sql.journal import shares_memory, use_write_ahead_log
from gristmill.metadata.sql.tables import SCHEMA_VERSION
from gristmill.metadata.system_types import SYSTEM_TYPES

__all__ = ["open_database"]


def open_database(target: SqliteTarget, *, enable_upgrade_migration: bool = False) -> Database:
    """Opens a database, and creates its tables when it has none of them.

    Raises:
        OpenError: it cannot be opened, is damaged, or has another schema version.
        NotSupportedError: an older schema should be upgraded.
    """
    try:
        database = Database(target)
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(database.close)
            if not database.read(lambda tx: _is_ready(tx, enable_upgrade_migration)):
                _create(database)
            on_failure.pop_all()
    except OSError as error:
        fault = disk_fault(error, str(target))
        why = fault.rule if fault else error.strerror
        raise errors.OpenError(
            f"the metadata store {target} cannot be opened: {why}",
            errors.UNAVAILABLE,
            hint=fault.hint if fault else None,
        ) from error
    except errors.OpenError:
        raise
    except errors.StatusError as error:
        raise errors.OpenError(error.message, error.error_code, hint=error.hint) from error
    return database


def _create(database: Database) -> None:
    target = database.target
    if target.mode == "ro":
        raise errors.OpenError(
            f"the metadata store {target} is empty and opened for reading only",
            errors.FAILED_PRECONDITION,
            hint="open it for writing once",
        )
    if target.path is not None and shares_memory(str(Path(target.path).absolute())):
        with database.outside_transaction() as connection:
            use_write_ahead_log(connection, target.busy_seconds)
    database.write(_create_tables)


def _create_tables(tx: Transaction) -> None:
    if _is_ready(tx, False):  # another process was first
        return
    tables = tx.tables
    tables.metadata.create_all(tx.connection, checkfirst=False)
    tx.insert_all(tables.environment, [{"schema_version": SCHEMA_VERSION}])
    tx.insert_all(tables.type, [{"name": name, "type_kind": type_kind} for name, type_kind in SYSTEM_TYPES])


def _is_ready(tx: Transaction, upgrade: bool) -> bool:
    """Whether all tables are there in the right version; False when none is."""
    ours = set(tx.tables.metadata.tables)
    present = ours & set(inspect(tx.connection).get_table_names())
    if not present:
        return False
    if tx.tables.environment.name not in present:
        _check_version(0, upgrade)
    versions = [row[0] for row in tx.rows(select(tx.tables.environment.c.schema_version))]
    if len(versions) != 1:
        raise errors.OpenError(
            f"a metadata store has one schema version, this one has {len(versions)}",
            errors.DATA_LOSS if versions else errors.ABORTED,
            hint="restore the database from a backup",
        )
    _check_version(versions[0], upgrade)
    if present != ours:
        raise errors.OpenError(
            "tables of the metadata store are missing",
            errors.DATA_LOSS,
            value=sorted(ours - present),
            hint="restore the database from a backup",
        )
    return True


def _check_version(version: int, upgrade: bool) -> None:
    if version > SCHEMA_VERSION:
        raise errors.OpenError(
            f"the metadata store has schema version {version}; this program knows versions up to {SCHEMA_VERSION}",
            errors.FAILED_PRECONDITION,
            hint="upgrade gristmill",
        )
    if version < SCHEMA_VERSION and upgrade:
        raise NotSupportedError(
            f"gristmill does not upgrade schema version {version} yet",
            hint="open the database once with ml-metadata and enable_upgrade_migration=True",
        )
    if version < SCHEMA_VERSION:
        raise errors.OpenError(
            f"the metadata store has schema version {version}; version {SCHEMA_VERSION} is needed",
            errors.FAILED_PRECONDITION,
            hint="open it once with ml-metadata and enable_upgrade_migration=True, after a backup",
        )
