"""One database: its connections, and transactions that happen whole or not at all.

A unit of work is a function of a ``Transaction``. It may be called again after another writer was in the way, so it
must not change anything outside the transaction.
"""

from __future__ import annotations

import contextlib
import os
import random
import threading
import time
import weakref
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, Executable, Insert, Row, Select, Table, func, insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from gristmill.metadata import errors
from gristmill.metadata.connection import Target, is_in_memory
from gristmill.metadata.server_target import ServerTarget
from gristmill.metadata.sql.damage import damage
from gristmill.metadata.sql.engines import BEGIN, make_engine
from gristmill.metadata.sql.failures import is_contention, is_lost, translated
from gristmill.metadata.sql.tables import SCHEMA_VERSION, Tables, tables_for

__all__ = ["BATCH", "Database", "Transaction", "batches"]

Result = TypeVar("Result")
Item = TypeVar("Item")

BATCH = 1000
"""Ids in one statement: far below every database's limit on parameters, far above the cost of a statement."""

_FIRST_PAUSE_SECONDS = 0.05  # mean pause before the first repeated attempt; doubles each time


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

    def rows_of(self, statement: Executable, ids: Iterable[Any]) -> Iterator[Any]:
        """The rows of a query for some ids, which its parameter ``ids`` takes; each id counts once."""
        for batch in batches(sorted(set(ids))):
            yield from self.rows(statement, {"ids": batch})

    def tuples_of(self, statement: Executable, ids: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
        """As ``rows_of``, but tuples of what the driver gives: for the queries that give thousands.

        SQLAlchemy's rows take half as long again, and no column's type converts anything here.
        """
        driver: Any = self.connection.dialect.dbapi
        for batch in batches(sorted(set(ids))):
            with self.connection.execute(statement, {"ids": batch}) as result:
                try:
                    found = result.cursor.fetchall()
                except driver.Error as error:  # SQLite reads, and finds damage, as rows are fetched
                    raise DBAPIError.instance(None, None, error, driver.Error) from error
            yield from found

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
    """Connections to one database. May be used by any number of threads, and in a forked child."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.tables = tables_for(target.dialect)
        self._engine = make_engine(target)
        self._process = os.getpid()
        self._inherited: list[object] = []
        self._was_reached = False
        self._is_gone = False
        # A database in memory has one connection, so its transactions take turns.
        self._turn: contextlib.AbstractContextManager[object] = (
            threading.RLock() if is_in_memory(target) else contextlib.nullcontext()
        )
        self._finalizer = weakref.finalize(self, _close_own, self._engine, self._process)

    def close(self) -> None:
        """Closes the connections. The next call opens new ones; a database in memory is gone."""
        self._is_gone = is_in_memory(self.target)
        self._engine.dispose()

    def read(self, work: Callable[[Transaction], Result]) -> Result:
        """Runs a unit of work that only reads: it sees one state of the database throughout."""
        return self._attempts(_READ[self.target.dialect], work)

    def write(self, work: Callable[[Transaction], Result]) -> Result:
        """Runs a unit of work that writes; all of it is stored when this returns, nothing when it raises.

        Raises:
            AbortedError: other writers were in the way for longer than the target allows.
            UnknownError: the connection broke while the server was storing: the work is stored whole, or not at all.
        """
        if self.target.dialect == "sqlite":  # where the transaction itself waits for its turn
            return self._attempts(_WRITE["sqlite"], work)
        return self._attempts(_WRITE[self.target.dialect], lambda tx: work(_in_turn(tx)))

    def set_up(self, work: Callable[[Transaction], Result]) -> Result:
        """Runs a unit of work that makes or changes tables, while no other does.

        On MySQL, which stores each change of a table by itself, the work must be one that can be taken up again.
        """
        dialect = self.target.dialect
        if dialect == "sqlite":
            return self._attempts(_WRITE[dialect], work)
        return self._attempts(_OUTSIDE, lambda guard: self._set_up_alone(guard, work))

    def _set_up_alone(self, guard: Transaction, work: Callable[[Transaction], Result]) -> Result:
        """Does the work on a connection of its own, while ``guard`` holds a lock that dies with its connection."""
        lock, unlock = _set_up_lock(self.target)
        if guard.rows(select(lock))[0][0] == 0:
            raise errors.AbortedError(
                f"another process sets up the metadata store {self.target} for too long",
                hint="repeat the call, or look for a process that hangs while it opens the store",
            )
        try:
            return self._attempts(_WRITE[self.target.dialect], work)
        finally:
            guard.rows(select(unlock))

    @contextlib.contextmanager
    def outside_transaction(self) -> Iterator[Connection]:
        """A connection to a SQLite database for statements that no transaction may hold."""
        with self._turn, self._connect() as connection:
            yield connection.execution_options(**{BEGIN: ""})

    def _attempts(self, options: Mapping[str, Any], work: Callable[[Transaction], Result]) -> Result:
        pause = _FIRST_PAUSE_SECONDS
        for left in range(self.target.retries, -1, -1):
            is_done = False
            try:
                with self._turn, self._connect() as connection:
                    connection.execution_options(**options)
                    with connection.begin():
                        result = work(Transaction(connection, self.tables))
                        is_done = True
                    return result
            except DBAPIError as error:
                if is_done and is_lost(error) and options is not _READ[self.target.dialect]:
                    raise self._doubt() from error
                if left == 0 or not self._may_repeat(error):
                    raise translated(error, self.target) from error
            except UnicodeDecodeError as error:  # of SQLite's own message, which quotes what the file holds
                raise self._damage("its names are no text") from error
            except errors.DataLossError as error:
                if str(self.target) in error.message:  # told by the work within this work
                    raise
                raise self._damage(error.message) from error
            except MemoryError as error:
                raise errors.ResourceExhaustedError(
                    f"the metadata store {self.target} asks for more memory than there is",
                    hint="a damaged file asks so too: check it with sqlite3 FILE 'PRAGMA integrity_check'",
                ) from error
            except (OverflowError, StatementError) as error:  # before the database sees the statement
                if not isinstance(getattr(error, "orig", error), OverflowError):
                    raise
                raise errors.InvalidArgumentError("an integer in the call does not fit into 64 bits") from error
            except PoolTimeoutError as error:
                raise errors.ResourceExhaustedError(
                    f"all connections to the metadata store {self.target} are in use", hint="use fewer threads"
                ) from error
            time.sleep(random.uniform(0, 2 * pause))
            pause *= 2
        raise AssertionError("the last attempt returns or raises")

    def _may_repeat(self, error: DBAPIError) -> bool:
        """Whether another attempt may succeed: a server that was there comes back; one that never was is misspelled."""
        return is_contention(error) or (self._was_reached and is_lost(error))

    def _damage(self, what: str) -> errors.StatusError:
        return damage(f"the metadata store {self.target} is damaged: {what}")

    def _doubt(self) -> errors.StatusError:
        return errors.UnknownError(
            f"the connection to the metadata store {self.target} broke while it was storing the call",
            hint="look whether the call is stored, which it is as a whole or not at all, before you repeat it",
        )

    def _connect(self) -> Connection:
        if self._is_gone:
            raise errors.FailedPreconditionError("this metadata store in memory is closed, and gone with it")
        if os.getpid() != self._process:
            self._leave_parents_connections()
        connection = self._engine.connect()
        self._was_reached = True
        return connection

    def _leave_parents_connections(self) -> None:
        """In a forked child: starts afresh, and never closes what belongs to the parent."""
        if is_in_memory(self.target):
            raise errors.FailedPreconditionError(
                "a metadata store in memory belongs to the process that made it", hint="use a file between processes"
            )
        self._inherited.append(self._engine.pool)
        self._engine.dispose(close=False)
        self._process = os.getpid()


_READ: dict[str, dict[str, Any]] = {
    "sqlite": {BEGIN: "BEGIN"},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
    "mysql": {},  # connections are made with REPEATABLE READ
}
_WRITE: dict[str, dict[str, Any]] = {
    "sqlite": {BEGIN: "BEGIN IMMEDIATE"},
    # Each statement sees what the writers stored for which the first one waited.
    "postgresql": {"isolation_level": "READ COMMITTED"},
    "mysql": {},
}
_OUTSIDE = {"isolation_level": "AUTOCOMMIT"}
_SET_UP_LOCK = 0x677269737420  # a number that no other program's advisory lock is likely to have: "grist "


def _in_turn(tx: Transaction) -> Transaction:
    """Waits until no other writer is at work on a server: they queue for the row of the schema version.

    Raises:
        FailedPreconditionError: the tables were migrated meanwhile.
    """
    versions = tx.rows(_version_row(tx.tables))
    if [row[0] for row in versions] != [SCHEMA_VERSION]:
        raise errors.FailedPreconditionError(
            "the metadata store was migrated to another schema version while it was open", hint="open it again"
        )
    return tx


def _set_up_lock(target: Target) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """How to take and to leave the lock of those that make or change tables; taking gives 0 when it took too long."""
    if not isinstance(target, ServerTarget) or target.dialect == "postgresql":
        return func.pg_advisory_lock(_SET_UP_LOCK), func.pg_advisory_unlock(_SET_UP_LOCK)
    # MySQL's locks are the server's, not the database's, and their names have 64 characters at most.
    name = f"gristmill {zlib.crc32(target.database.encode()):x}"
    return func.get_lock(name, target.busy_seconds * (target.retries + 1)), func.release_lock(name)


def _close_own(engine: Engine, process: int) -> None:
    """Closes the connections at the end of the process that made them, never in a child that inherited them."""
    if os.getpid() == process:
        engine.dispose()


# Statements without values are built once: building costs as much as executing.
@cache
def _insertion(table: Table) -> Insert:
    return insert(table)


@cache
def _insertion_of_missing(table: Table, dialect: str) -> Insert:
    if dialect in ("mysql", "mariadb"):
        return insert(table).prefix_with("IGNORE")
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # the largest of the dialects: a tenth of a cached run's start

        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


@cache
def _version_row(tables: Tables) -> Select[Any]:
    return select(tables.environment.c.schema_version).with_for_update()
