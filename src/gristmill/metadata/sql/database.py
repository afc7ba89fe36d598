"""One database: its connections, and transactions that happen whole or not at all.

A unit of work is a function of a ``Transaction``. It may be called again after another writer was in the way, so it
must not change anything outside the transaction.
"""

from __future__ import annotations

import contextlib
import logging
import os
import random
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    Connection,
    Engine,
    Executable,
    Insert,
    QueuePool,
    Row,
    StaticPool,
    Table,
    create_engine,
    event,
    insert,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError

from gristmill.metadata import errors
from gristmill.metadata.connection import SqliteTarget
from gristmill.metadata.sql.failures import is_contention, translated
from gristmill.metadata.sql.tables import Tables, tables_for

__all__ = ["BATCH", "Database", "Transaction", "batches"]

Result = TypeVar("Result")
Item = TypeVar("Item")

BATCH = 1000
"""Ids in one IN list: far below every database's limit on parameters, far above the cost of a statement."""

_FIRST_PAUSE_SECONDS = 0.05  # mean pause before the first repeated attempt; doubles each time
_BEGIN = "gristmill_begin"  # execution option that says how a transaction starts


def batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """The items in runs of at most ``BATCH``."""
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


@dataclass(frozen=True)
class Transaction:
    """What a unit of work sees.

    Attributes:
        connection: inside a transaction.
        tables: the schema, as this database spells it.
        now: milliseconds since 1970 UTC when the transaction began.
    """

    connection: Connection
    tables: Tables
    now: int = field(default_factory=lambda: time.time_ns() // 1_000_000)

    def rows(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """All rows of a query; ``parameters`` fill its ``bindparam``s."""
        return self.connection.execute(statement, parameters).fetchall()

    def run(self, statement: Executable) -> None:
        """Executes a statement that gives no rows."""
        self.connection.execute(statement)

    def insert(self, table: Table, row: Mapping[str, Any]) -> int:
        """Inserts one row; gives its new id."""
        key = self.connection.execute(_insertion(table), dict(row)).inserted_primary_key
        if key is None:
            raise errors.InternalError("the database gave no id for a new row")
        return int(key[0])

    def insert_all(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Inserts rows that all have the same columns."""
        if rows:
            self.connection.execute(_insertion(table), [dict(row) for row in rows])

    def insert_missing(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Inserts rows, and passes over those that are there already by a key of the table."""
        if rows:
            statement = _insertion_of_missing(table, self.connection.dialect.name)
            self.connection.execute(statement, [dict(row) for row in rows])

    @contextlib.contextmanager
    def unique(self, subject: str) -> Iterator[None]:
        """Names the subject when a row that must be unique exists already.

        Raises:
            AlreadyExistsError: it does.
        """
        try:
            yield
        except IntegrityError as error:
            raise errors.AlreadyExistsError(
                f"{subject} exists already", hint="look the existing one up, or choose another name or external id"
            ) from error


class Database:
    """Connections to one SQLite database. May be used by any number of threads, and in a forked child."""

    def __init__(self, target: SqliteTarget) -> None:
        self.target = target
        self.tables = tables_for("sqlite")
        self._engine = _engine(target)
        self._process = os.getpid()
        self._inherited: list[object] = []
        self._is_gone = False
        # A database in memory has one connection, so its transactions take turns.
        self._turn: contextlib.AbstractContextManager[object] = (
            threading.RLock() if target.path is None else contextlib.nullcontext()
        )
        self._finalizer = weakref.finalize(self, self._engine.dispose)

    def close(self) -> None:
        """Closes the connections. The next call opens new ones; a database in memory is gone."""
        self._is_gone = self.target.path is None
        self._engine.dispose()

    def read(self, work: Callable[[Transaction], Result]) -> Result:
        """Runs a unit of work that only reads: it sees one state of the database throughout."""
        return self._attempts("BEGIN", work)

    def write(self, work: Callable[[Transaction], Result]) -> Result:
        """Runs a unit of work that writes; all of it is stored when this returns, nothing when it raises.

        Raises:
            AbortedError: other writers were in the way for longer than the target allows.
        """
        return self._attempts("BEGIN IMMEDIATE", work)

    @contextlib.contextmanager
    def outside_transaction(self) -> Iterator[Connection]:
        """A connection for statements that no transaction may hold."""
        with self._turn, self._connect() as connection:
            yield connection.execution_options(**{_BEGIN: ""})

    def _attempts(self, begin: str, work: Callable[[Transaction], Result]) -> Result:
        pause = _FIRST_PAUSE_SECONDS
        for left in range(self.target.retries, -1, -1):
            try:
                with self._turn, self._connect() as connection:
                    connection.execution_options(**{_BEGIN: begin})
                    with connection.begin():
                        return work(Transaction(connection, self.tables))
            except DBAPIError as error:
                if left == 0 or not is_contention(error):
                    raise translated(error, str(self.target)) from error
            except OverflowError as error:  # from the driver, before the database sees the statement
                raise errors.InvalidArgumentError("an integer in the call does not fit into 64 bits") from error
            time.sleep(random.uniform(0, 2 * pause))
            pause *= 2
        raise AssertionError("the last attempt returns or raises")

    def _connect(self) -> Connection:
        if self._is_gone:
            raise errors.FailedPreconditionError("this metadata store in memory is closed, and gone with it")
        if os.getpid() != self._process:
            self._leave_parents_connections()
        return self._engine.connect()

    def _leave_parents_connections(self) -> None:
        """In a forked child: starts afresh, and never closes what belongs to the parent."""
        if self.target.path is None:
            raise errors.FailedPreconditionError(
                "a metadata store in memory belongs to the process that made it", hint="use a file between processes"
            )
        self._inherited.append(self._engine.pool)
        self._engine.dispose(close=False)
        self._process = os.getpid()


# Statements without values are built once: building costs as much as executing.
@cache
def _insertion(table: Table) -> Insert:
    return insert(table)


@cache
def _insertion_of_missing(table: Table, dialect: str) -> Insert:
    if dialect in ("mysql", "mariadb"):
        return insert(table).prefix_with("IGNORE")
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return make(table).on_conflict_do_nothing()


def _engine(target: SqliteTarget) -> Engine:
    if target.path is not None and target.mode == "rwc":
        Path(target.path).absolute().parent.mkdir(parents=True, exist_ok=True)

    def connect() -> sqlite3.Connection:
        # isolation_level=None: transactions start where this module says, not where the driver guesses.
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
        except sqlite3.Error:  # the first look at a file that may be no database
            connection.close()
            raise
        return connection

    pool: dict[str, Any] = {"poolclass": StaticPool}
    if target.path is not None:
        pool = {"poolclass": QueuePool, "max_overflow": -1}
    engine = create_engine("sqlite://", creator=connect, hide_parameters=True, pool_logging_name="gristmill", **pool)
    if isinstance(engine.pool.logger, logging.Logger):
        engine.pool.logger.addFilter(_is_no_interruption)
    event.listen(engine, "begin", _begin)
    return engine


def _is_no_interruption(record: logging.LogRecord) -> bool:
    """The pool logs what strikes it while it takes back a connection; a Ctrl-C is raised on and is nobody's error."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or issubclass(kind, Exception)


def _begin(connection: Connection) -> None:
    statement = connection.get_execution_options().get(_BEGIN, "BEGIN")
    if statement:
        connection.exec_driver_sql(statement)
