"""SQLAlchemy engines for each kind of database: how connections are made, and how many are kept."""

from __future__ import annotations

import logging
import sqlite3
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Integer,
    QueuePool,
    SmallInteger,
    StaticPool,
    create_engine,
    event,
)

from gristmill.errors import MissingExtraError
from gristmill.metadata import errors
from gristmill.metadata.connection import SqliteTarget, Target
from gristmill.metadata.server_target import ServerTarget
from gristmill.metadata.sql.journal import FILE_ERRORS, log_kept
from gristmill.metadata.sql.sqlite_functions import add_functions

__all__ = ["BEGIN", "make_engine"]

BEGIN = "gristmill_begin"
"""Execution option: the statement that starts a transaction, where the driver starts none by itself."""

_CONNECT_SECONDS = 10  # as long as one attempt waits for another writer
_KEPT, _MOST = 5, 15  # connections of one store: writers take turns anyway, and servers bound the sum of all clients


def make_engine(target: Target) -> Engine:
    """The engine for a target. Nothing is connected yet.

    Raises:
        MissingExtraError: the driver is not installed.
    """
    if isinstance(target, SqliteTarget):
        return _sqlite(target)
    return {"postgresql": _postgresql, "mysql": _mysql}[target.dialect](target)


def _sqlite(target: SqliteTarget) -> Engine:
    if target.path is not None and target.mode == "rwc":
        Path(target.path).absolute().parent.mkdir(parents=True, exist_ok=True)

    def connect() -> sqlite3.Connection:
        # isolation_level=None: transactions start where this package says, not where the driver guesses.
        connection = sqlite3.connect(
            target.uri,
            uri=True,
            timeout=target.busy_seconds,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        try:
            connection.execute("PRAGMA synchronous=FULL").close()
            add_functions(connection)
        except FILE_ERRORS:  # the first look at a file that may be no database
            with log_kept(target):
                connection.close()
            raise
        return connection

    pool: dict[str, Any] = {"poolclass": StaticPool}
    if target.path is not None:
        pool = {"poolclass": QueuePool, "max_overflow": -1}
    engine = _engine("sqlite://", connect, **pool)
    event.listen(engine, "begin", _begin)
    return engine


def _postgresql(target: ServerTarget) -> Engine:
    try:
        import psycopg
    except ImportError as error:
        raise MissingExtraError("psycopg", "postgresql", "a metadata store on PostgreSQL") from error
    options = {"connect_timeout": _CONNECT_SECONDS, "application_name": "gristmill", **target.options}
    waiting = f"SET lock_timeout = {max(1, round(target.busy_seconds * 1000))}"  # 0 would wait for ever

    def connect() -> psycopg.Connection[Any]:
        connection = psycopg.connect(**options, dbname=target.database, client_encoding="utf8", autocommit=True)
        connection.execute(waiting)
        connection.autocommit = False
        return connection

    engine = _server_engine("postgresql+psycopg://", connect, target, use_native_hstore=False)
    # The driver sends integers as wide as they are; SQLAlchemy's casts would refuse ids past 32 bits, which only do not
    # exist.
    cast = (Integer, SmallInteger, BigInteger)
    event.listen(engine, "checkin", _forget_read_only)
    engine.dialect.colspecs = {kind: made for kind, made in engine.dialect.colspecs.items() if kind not in cast}
    return engine


def _forget_read_only(connection: Any, _: object) -> None:
    """What is not read-only is as the server has it: a database may be for reading alone by default."""
    if connection is not None:
        connection.read_only = None


def _mysql(target: ServerTarget) -> Engine:
    try:
        import pymysql
    except ImportError as error:
        raise MissingExtraError("pymysql", "mysql", "a metadata store on MySQL") from error
    options = {name: value for name, value in target.options.items() if name != "tls"}
    # The server rounds to seconds, and waits for at least one.
    waiting = max(1, round(target.busy_seconds))

    def connect() -> pymysql.Connection[Any]:
        tls = target.options.get("tls")
        try:
            return pymysql.connect(
                **options,
                database=target.database,
                charset="utf8mb4",
                connect_timeout=_CONNECT_SECONDS,
                ssl=_tls_context(tls) if tls else None,  # None: where the server offers it
            )
        except RuntimeError as error:  # how the driver tells that it lacks the package cryptography
            raise errors.FailedPreconditionError(
                f"the password for the metadata store {target} cannot be hidden on a connection in the clear: {error}",
                hint="let the server offer encrypted connections, or pip install 'pymysql[rsa]'",
            ) from error

    def prepare(connection: pymysql.Connection[Any], _: object) -> None:  # behind SQLAlchemy, which sets the charset
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            # A value that does not fit is an error, not cut off; case counts also between literals.
            cursor.execute(
                "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',"
                " collation_connection = 'utf8mb4_bin', innodb_lock_wait_timeout = %s, lock_wait_timeout = %s",
                (waiting, waiting),
            )

    engine = _server_engine("mysql+pymysql://", connect, target)
    event.listen(engine, "connect", prepare)
    return engine


def _tls_context(tls: Mapping[str, Any]) -> ssl.SSLContext:
    """As the original's driver: a given authority is checked, the server's name only when asked for."""
    context = ssl.create_default_context(cafile=tls.get("ca"), capath=tls.get("capath"))
    context.check_hostname = bool(tls.get("verify_server_cert"))
    if not (context.check_hostname or tls.get("ca") or tls.get("capath")):
        context.verify_mode = ssl.CERT_NONE
    if tls.get("cert"):
        context.load_cert_chain(tls["cert"], tls.get("key"))
    if tls.get("cipher"):
        context.set_ciphers(tls["cipher"])
    return context


def _server_engine(url: str, connect: Callable[[], Any], target: ServerTarget, **dialect: Any) -> Engine:
    patience = target.busy_seconds * (target.retries + 1)
    pool = {"pool_size": _KEPT, "max_overflow": _MOST - _KEPT, "pool_timeout": max(1.0, patience)}
    return _engine(url, connect, poolclass=QueuePool, **pool, **dialect)


def _engine(url: str, connect: Callable[[], Any], **options: Any) -> Engine:
    engine = create_engine(url, creator=connect, hide_parameters=True, pool_logging_name="gristmill", **options)
    if isinstance(engine.pool.logger, logging.Logger):
        engine.pool.logger.addFilter(_is_no_interruption)
    return engine


def _is_no_interruption(record: logging.LogRecord) -> bool:
    """The pool logs what strikes it while it takes back a connection; a Ctrl-C is raised on and is nobody's error."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or issubclass(kind, Exception)


def _begin(connection: Connection) -> None:
    statement = connection.get_execution_options().get(BEGIN, "BEGIN")
    if statement:
        connection.exec_driver_sql(statement)
