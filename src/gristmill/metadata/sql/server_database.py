"""Databases on servers: making one that is absent, and how strings are told apart in it."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gristmill.metadata.server_target import ServerTarget
from gristmill.metadata.sql.database import Transaction
from gristmill.metadata.sql.engines import make_engine
from gristmill.metadata.sql.failures import translated

__all__ = ["create_database", "exact_collation"]

_ALWAYS_THERE = {"postgresql": "postgres", "mysql": ""}
_MADE_BY_ANOTHER = ("42P04", "23505")  # PostgreSQL, when another process is a moment earlier
_EXACT = ("utf8mb4_nopad_bin", "utf8mb4_0900_bin", "utf8mb4_bin")  # MariaDB's, MySQL 8's, that of all


def create_database(target: ServerTarget) -> None:
    """Creates the database that a target names, unless it is there.

    Raises:
        StatusError: the server does not let this user do that.
    """
    engine = make_engine(replace(target, database=_ALWAYS_THERE[target.dialect]))
    name = engine.dialect.identifier_preparer.quote_identifier(target.database)
    unless = "IF NOT EXISTS " if target.dialect == "mysql" else ""
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {unless}{name.replace('%', '%%')}")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _MADE_BY_ANOTHER:
            raise translated(error, target) from error
    finally:
        engine.dispose()


def exact_collation(tx: Transaction) -> str | None:
    """The collation by which a MySQL server tells all strings apart, the end of a name included; None elsewhere."""
    if tx.connection.dialect.name != "mysql":
        return None
    known = {row[0] for row in tx.rows(text("SELECT collation_name FROM information_schema.collations"))}
    return next(name for name in _EXACT if name in known)
