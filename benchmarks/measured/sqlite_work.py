"""Counts what SQLite is asked for: the same on every machine, however busy it is."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine, event

__all__ = ["SqliteWork", "sqlite_work"]


@dataclass
class SqliteWork:
    """What a block asked for.

    Attributes:
        statements: how many were executed.
        steps: how often SQLite's machine came to the end of a loop: about as often as it looked at a row.
    """

    statements: int = 0
    steps: int = 0


@contextmanager
def sqlite_work() -> Iterator[SqliteWork]:
    """The work on connections that are made in the block; it is filled in at the end."""
    statements, steps, work = itertools.count(), itertools.count(), SqliteWork()

    def connected(connection, _) -> None:  # type: ignore[no-untyped-def]
        connection.set_progress_handler(lambda: next(steps) < 0, 1)  # False: go on

    def executed(*_: object) -> None:
        next(statements)

    event.listen(Engine, "connect", connected)
    event.listen(Engine, "before_cursor_execute", executed)
    try:
        yield work
    finally:
        event.remove(Engine, "connect", connected)
        event.remove(Engine, "before_cursor_execute", executed)
        work.statements, work.steps = next(statements), next(steps)
