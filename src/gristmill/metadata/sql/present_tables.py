"""Which of the store's tables a database holds, in which schema version, and whether they can be changed safely."""

from __future__ import annotations

from sqlalchemy import inspect, literal, select, text

from gristmill.metadata import errors
from gristmill.metadata.sql.damage import RESTORE, damage, damage_told
from gristmill.metadata.sql.database import Transaction
from gristmill.metadata.sql.tables import SCHEMA_VERSION, tables_for

__all__ = ["check_columns", "check_pages", "has_all", "is_unfinished", "present_tables", "version_of"]


def present_tables(tx: Transaction) -> set[str]:
    """The store's tables that are there."""
    ours = set(tx.tables.metadata.tables)
    return ours & set(inspect(tx.connection).get_table_names())


def version_of(tx: Transaction) -> int | None:
    """The schema version; None where no table is."""
    return _version(tx, present_tables(tx))


def _version(tx: Transaction, present: set[str]) -> int | None:
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
            hint=RESTORE,
        )
    with damage_told("the schema version"):
        return int(versions[0])


def is_unfinished(tx: Transaction) -> bool:
    """Whether the creation of tables was cut off, which databases other than MySQL undo."""
    present = present_tables(tx)
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


def has_all(tx: Transaction, upgrade: bool) -> bool:
    """Whether all tables are there in the right version; False when none is, or they may be upgraded.

    Raises:
        OpenError: the version is newer, or older and may not be upgraded; or tables are missing.
        DataLossError: the tables are not of the version.
    """
    present = present_tables(tx)
    version = _version(tx, present)
    if version is None:
        return False
    if version > SCHEMA_VERSION:
        raise errors.OpenError(
            f"it has schema version {version}; this program knows versions up to {SCHEMA_VERSION}",
            errors.FAILED_PRECONDITION,
            hint="upgrade gristmill",
        )
    if missing := sorted(set(tables_for(tx.connection.dialect.name, version).metadata.tables) - present):
        hides = tx.connection.dialect.name == "mysql"  # what a user has no right on
        hint = f"{RESTORE}, or let this user see them" if hides else RESTORE
        raise errors.OpenError("tables are missing", errors.DATA_LOSS, value=missing, hint=hint)
    if version == SCHEMA_VERSION:
        return True
    check_columns(tx, version)
    if not upgrade:
        raise errors.OpenError(
            f"it has schema version {version}; version {SCHEMA_VERSION} is needed",
            errors.FAILED_PRECONDITION,
            hint="open it once with enable_upgrade_migration=True, after a backup",
        )
    return False


# ---- before tables are made or changed in what may be damaged


def check_pages(tx: Transaction) -> None:
    """SQLite: refuses a file whose pages contradict each other. What looks empty may have lost its list of tables.

    Raises:
        DataLossError: they do.
    """
    if tx.connection.dialect.name == "sqlite":
        found = tx.connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if found != "ok":
            raise damage(f"its pages contradict each other: {' '.join(str(found).split())}")


def check_columns(tx: Transaction, version: int) -> None:
    """SQLite: refuses tables that are not of the version, since making them anew would drop what it does not know.

    Servers change tables in place; MySQL may be between two versions.

    Raises:
        DataLossError: they are of another version.
    """
    if tx.connection.dialect.name != "sqlite":
        return
    columns_of = text("SELECT name FROM pragma_table_info(:table)")
    newest = tx.tables.metadata.tables
    for name, table in tables_for("sqlite", version).metadata.tables.items():
        found = {row[0] for row in tx.rows(columns_of, {"table": name})}
        of_others = found & set(newest[name].c.keys()) - set(table.c.keys())
        if of_others or not found >= set(table.c.keys()):
            raise damage(f"table {name} is not that of schema version {version}, which the database seems to have")
